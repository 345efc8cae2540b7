"""Progress over many tables on standard error: one line that a terminal shows and a file never sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

MANY = 20
"""Tables from which it is shown."""

Step = Callable[[str], None]
"""Told the name of each table as it is begun."""


def unseen(name: str) -> None:
    """Show nothing."""


@contextmanager
def progress(steps: int) -> Iterator[Step]:
    """Give a function that says which table is being set; nothing is shown for few tables or without a terminal."""
    if steps <= MANY:
        yield unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=steps, completed=0)
        yield lambda name: bar.update(task, advance=1, description=name)
