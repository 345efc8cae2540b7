"""Progress of a run on standard error: one line that a terminal shows and a file never sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that says what is being done next; nothing is shown if `quiet` or without a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    shown = not quiet and console.is_terminal
    columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, disable=not shown, transient=True) as bar:
        task = bar.add_task("Starting", total=steps, completed=-1)

        def step(text: str) -> None:
            bar.update(task, advance=1, description=text)

        yield step
