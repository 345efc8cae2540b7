"""A folder of results that is whole or not there: everything is written beside it and moved when all is done."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from prevalence.errors import OutputError

RECORD = "baseline.json"
"""Names the files of its run, so that the next run can remove those that it does not write again."""

REPORT_NAME = "statistical-report"
"""Name of the files of a report, before their endings."""


def results_folder(out: str | Path) -> AbstractContextManager[Path]:
    """Give a temporary folder to write a baseline to; when all went well its files become those of `out`.

    A folder that is there already keeps what is not of an earlier run. After an error or an interruption it is as it was.

    Raises
    ------
    OutputError
        Before anything else, if `out` cannot be written.
    """
    return _replaced(out, lambda folder: _files_of(folder / RECORD))


def report_folder(out: str | Path) -> AbstractContextManager[Path]:
    """Give a temporary folder to write a report to, as `results_folder`: a baseline and its report may lie side by side."""
    return _replaced(out, lambda folder: {path.name for path in folder.glob(f"{REPORT_NAME}.*")})


@contextmanager
def _replaced(out: str | Path, earlier: Callable[[Path], set[str]]) -> Iterator[Path]:
    """Give a temporary folder; `earlier` names the files of an earlier run in `out`, which go unless they are written again."""
    target = Path(out).absolute()
    temporary = _temporary(target)
    try:
        yield temporary
        _move(temporary, target, earlier)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(target: Path) -> Path:
    """Return a new folder on the same disk as the target: in it if it is there, beside it if not."""
    if target.exists() and not target.is_dir():
        raise OutputError(f"Results need a folder; {target.name!r} is a file. Remove it, or choose another folder.")
    where = target if target.is_dir() else target.parent
    try:
        where.mkdir(parents=True, exist_ok=True)
        temporary = where / f".{target.name}.{os.getpid()}.part"
        temporary.mkdir()
    except OSError as error:
        raise OutputError(f"Results cannot be written to {target.name!r}: {error.strerror}. Choose another folder.") from error
    return temporary


def _move(temporary: Path, target: Path, earlier: Callable[[Path], set[str]]) -> None:
    try:
        if not target.exists():
            temporary.replace(target)
            return
        written = sorted(path.relative_to(temporary) for path in temporary.rglob("*") if path.is_file())
        outdated = earlier(target) - {path.as_posix() for path in written}
        # The record goes last: what it names is there.
        for path in sorted(written, key=lambda path: path.name == RECORD):
            (target / path).parent.mkdir(exist_ok=True)
            (temporary / path).replace(target / path)
        for name in outdated:
            (target / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"Results cannot be moved to {target.name!r}: {error.strerror}. Choose another folder.") from error


def _files_of(record: Path) -> set[str]:
    """Return the files that an earlier run says it wrote, none outside its own folder."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        names = {str(name) for name in content["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}
