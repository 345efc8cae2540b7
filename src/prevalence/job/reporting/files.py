"""The files of a report: all of them are replaced together, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prevalence.errors import OutputError

NAME = "statistical-report"


@contextmanager
def report_folder(out: str | Path) -> Iterator[Path]:
    """Give a temporary folder; when all went well its files become those of `out`, and a report of an earlier run goes.

    Other files of `out` stay: a baseline and its report may lie side by side.

    Raises
    ------
    OutputError
        Before anything else, if `out` cannot be written.
    """
    target = Path(out).absolute()
    if target.exists() and not target.is_dir():
        raise OutputError(f"Results need a folder; {target.name!r} is a file. Remove it, or choose another folder.")
    where = target if target.is_dir() else target.parent
    temporary = where / f".{target.name}.{os.getpid()}.part"
    try:
        where.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
    except OSError as error:
        raise OutputError(f"Results cannot be written to {target.name!r}: {error.strerror}. Choose another folder.") from error
    try:
        yield temporary
        _move(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(temporary: Path, target: Path) -> None:
    try:
        target.mkdir(exist_ok=True)
        written = sorted(path.name for path in temporary.iterdir())
        for name in written:
            (temporary / name).replace(target / name)
        for old in target.glob(f"{NAME}.*"):
            if old.name not in written:
                old.unlink()
    except OSError as error:
        raise OutputError(f"Results cannot be moved to {target.name!r}: {error.strerror}. Choose another folder.") from error
