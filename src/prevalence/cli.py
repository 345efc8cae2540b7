"""The command `prevalence`: baseline, check, profiles, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from prevalence.errors import PrevalenceError

BAD_INPUT = 2
"""Exit status of a run that the user can cure."""

app = typer.Typer(
    name="prevalence",
    help="Child labour and forced labour prevalence from survey data, with the right standard errors.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Out = Annotated[Path, typer.Option("--out", help="Folder for the results; other files in it stay.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


@app.command()
def baseline(config: Annotated[Path, typer.Argument(help="Configuration, a TOML file.")], out: Out, quiet: Quiet = False) -> None:
    """Make a baseline: tables, figures and report of the surveys that a configuration names."""
    _run(config, out, quiet=quiet)


@app.command()
def demo(out: Out = Path("results"), quiet: Quiet = False) -> None:
    """Make the baseline of the sample survey of three fictional countries."""
    from prevalence.job import sample_config

    _run(sample_config(), out, quiet=quiet)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Survey file, or several of the same layout.")],
    profile: Annotated[str, typer.Option("--profile", help="Shipped profile, or path of one's own TOML file.")],
) -> None:
    """Check a file against a profile: what matches, what is missing, the sampling design, the quality of the data.

    Exit status 2 if the file cannot be used as it is.
    """
    from prevalence.loaders import check as checked

    report = checked(files, profile=profile)
    typer.echo(str(report))
    if not report.ok:
        raise typer.Exit(BAD_INPUT)


@app.command(name="profiles")
def profiles_() -> None:
    """List the shipped profiles."""
    from prevalence.loaders import profiles

    shipped = profiles()
    width = max(len(profile.name) for profile in shipped)
    for profile in shipped:
        typer.echo(f"{profile.name:<{width}}  {profile.title}")


def main() -> None:
    """Run the command line; bad input ends with one message and exit status 2."""
    try:
        app()
    except PrevalenceError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INPUT)


def _run(config: Path, out: Path, *, quiet: bool) -> None:
    from prevalence.job import run

    results = run(config, out=out, quiet=quiet)
    typer.echo(
        f"{len(results.tables)} tables and {len(results.files)} files are in {results.folder}. Begin with {results.folder / 'report.html'}."
    )
