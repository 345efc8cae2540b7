"""Progress on standard error: one line that a terminal shows and a file never sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[str], None]
"""Told the name of each step as it is begun."""


def unseen(name: str) -> None:
    """Show nothing."""


@contextmanager
def progress(steps: int, *, quiet: bool = False) -> Iterator[Step]:
    """Give a function that says what is being done next; nothing is shown if `quiet` or without a terminal."""
    if quiet:
        yield unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        # A step that is begun is not done: the first leaves the bar at 0.
        task = bar.add_task("Starting", total=steps, completed=-1)
        yield lambda name: bar.update(task, advance=1, description=name)
