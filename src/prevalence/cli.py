"""The command `prevalence`: baseline, report, change, progress, plan, check, profiles, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from prevalence.errors import OptionError, PrevalenceError

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
Cells = Annotated[
    list[str] | None, typer.Option("--cell", help="Cell as DIMENSION=LEVEL, such as sex=Female; may be given several times.")
]
Samples = Annotated[
    str,
    typer.Option(
        "--samples",
        help="How the samples are related: independent, or shared, for rounds in the same areas (needs the private parts).",
    ),
]
Correlation = Annotated[
    float | None, typer.Option("--correlation", help="Of the rates of both rounds, where units are not known.")
]
Force = Annotated[
    list[str] | None,
    typer.Option("--force", help="Difference between the rounds that is let pass and flagged; may be given several times."),
]
Files = Annotated[Path | None, typer.Option("--out", help="Folder for the table and a page of HTML; other files in it stay.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


@app.command()
def baseline(config: Annotated[Path, typer.Argument(help="Configuration, a TOML file.")], out: Out, quiet: Quiet = False) -> None:
    """Make a baseline: tables, figures and report of the surveys that a configuration names."""
    _run(config, out, quiet=quiet)


@app.command()
def report(
    config: Annotated[Path, typer.Argument(help="Configuration, a TOML file; its table [report] is optional.")],
    out: Out,
    format: Annotated[
        list[str] | None, typer.Option("--format", help="docx, html or pdf; may be given several times. Default: all three.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Make a statistical report as Word, HTML and PDF: summary, tables, figures, method, sampling errors, quality."""
    from prevalence.job.reporting._document import document

    written = document(config, out, formats=tuple(format or ()), quiet=quiet)
    typer.echo(
        f"{len(written.tables)} tables and {len(written.figures)} figures are in {', '.join(written.files)} in {written.folder}."
    )


@app.command()
def demo(out: Out = Path("results"), quiet: Quiet = False) -> None:
    """Make the baseline of the sample survey of three fictional countries."""
    from prevalence.job import sample_config

    _run(sample_config(), out, quiet=quiet)


@app.command()
def change(
    old: Annotated[Path, typer.Argument(help="Baseline record of the old round, JSON.")],
    new: Annotated[Path, typer.Argument(help="Baseline record of the new round, JSON.")],
    private_old: Annotated[Path | None, typer.Option("--private-old", help="Private part of the old record, .npz.")] = None,
    private_new: Annotated[Path | None, typer.Option("--private-new", help="Private part of the new record, .npz.")] = None,
    cell: Cells = None,
    samples: Samples = "auto",
    correlation: Correlation = None,
    standardise: Annotated[
        list[str] | None, typer.Option("--standardise", help="Dimension to average over with the composition of the old round.")
    ] = None,
    adjust: Annotated[str | None, typer.Option("--adjust", help="Adjust p-values: holm or benjamini-hochberg.")] = None,
    force: Force = None,
    level: Annotated[float, typer.Option("--level", help="Confidence of the intervals.")] = 0.95,
    out: Files = None,
) -> None:
    """Compare two baseline records: absolute and relative change of rates and numbers, if they measured the same."""
    from prevalence.job.comparisons import compare_records

    found, files = compare_records(
        old,
        new,
        private=(private_old, private_new),
        cells=_cells(cell),
        samples=samples,
        correlation=correlation,
        standardise=tuple(standardise or ()),
        adjust=adjust,
        force=tuple(force or ()),
        level=level,
        out=out,
    )
    typer.echo(str(found))
    for note in found.notes:
        typer.echo(f"Note: {note}.")
    _say_written(files, out)


@app.command()
def progress(
    records: Annotated[list[Path], typer.Argument(help="Baseline records, JSON; two or more of different years.")],
    private: Annotated[
        list[Path] | None, typer.Option("--private", help="Private part of each record, .npz, in the order of the records.")
    ] = None,
    cell: Cells = None,
    of: Annotated[str, typer.Option("--of", help="What the target is of: rate or number.")] = "rate",
    target: Annotated[
        float | None, typer.Option("--target", help="Value or share to be reached; default: the goal of the oldest record.")
    ] = None,
    target_year: Annotated[float, typer.Option("--target-year", help="Year of the target.")] = 2030,
    kind: Annotated[
        str, typer.Option("--kind", help="Whether the target is a level, or a reduction of the base value by that share.")
    ] = "level",
    ending: Annotated[float | None, typer.Option("--ending", help="Value that counts as ended, for a target of 0.")] = None,
    method: Annotated[str, typer.Option("--method", help="Rate of reduction: two-point, unicef or wls.")] = "two-point",
    drift: Annotated[
        float, typer.Option("--drift", help="Variance of the logarithm added for each year after the last round.")
    ] = 0.0,
    samples: Samples = "auto",
    correlation: Correlation = None,
    force: Force = None,
    out: Files = None,
) -> None:
    """Say how far a country has come, what the target asks for, and how sure that is; with a trajectory figure."""
    from prevalence.job.comparisons import Aim, follow_records

    aim = None if target is None else Aim(target=target, year=target_year, kind=kind, ending=ending, of=of)
    rounds, found, files = follow_records(
        records,
        private=tuple(private or ()),
        cell=_cells(cell),
        aim=aim,
        method=method,
        drift=drift,
        samples=samples,
        correlation=correlation,
        force=tuple(force or ()),
        out=out,
    )
    typer.echo(str(rounds))
    typer.echo(str(found))
    _say_written(files, out)


@app.command()
def plan(config: Annotated[Path, typer.Argument(help="Plan, a TOML file.")], out: Out) -> None:
    """Plan the next round: sample by stratum and stage, the precision to expect, the areas to visit."""
    from prevalence.plan import run

    made = run(config, out=out)
    typer.echo(str(made))
    typer.echo(f"Begin with {made.folder / 'plan.html'}.")


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


def _cells(given: list[str] | None) -> dict[str, str]:
    """Return DIMENSION=LEVEL options by dimension."""
    wrong = [text for text in given or [] if "=" not in text]
    if wrong:
        raise OptionError(f"A cell is given as DIMENSION=LEVEL, such as sex=Female; found {wrong[0]!r}.")
    return {name.strip(): level.strip() for name, _, level in (text.partition("=") for text in given or [])}


def _say_written(files: tuple[str, ...], out: Path | None) -> None:
    if out is not None:
        page = next(name for name in files if name.endswith(".html"))
        typer.echo(f"{len(files)} files are in {out}. Begin with {out / page}.")


def _run(config: Path, out: Path, *, quiet: bool) -> None:
    from prevalence.job import run

    results = run(config, out=out, quiet=quiet)
    typer.echo(
        f"{len(results.tables)} tables and {len(results.files)} files are in {results.folder}. Begin with {results.folder / 'report.html'}."
    )
