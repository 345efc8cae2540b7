"""Reads the files of one role, which share a layout, and stacks their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from prevalence.errors import LoadError, listed
from prevalence.loaders.fit import renamed
from prevalence.loaders.formats import open_file
from prevalence.loaders.opened import Opened, Raw, Request
from prevalence.loaders.schema import Profile
from prevalence.loaders.tidy import tidied
from prevalence.provenance import Codebook, Source, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file whose columns are known under the profile's spelling, and whose rows are not yet read.

    Attributes
    ----------
    request : Request
    opened : Opened
    spelling : mapping of column to name
        Columns of the file that the profile or the user names -> their name in the profile.
    """

    request: Request
    opened: Opened
    spelling: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name of the file, without its folder."""
        return self.request.path.name

    @property
    def names(self) -> tuple[str, ...]:
        """All columns of the file; those that the profile names, in its spelling."""
        return tuple(self.spelling.get(name, name) for name in self.opened.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The rows of all files of a role, what they say of their columns, and where they come from."""

    raw: Raw
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """Names of the files, for messages."""
        return listed([source.name for source in self.sources]).replace("'", "")


def opened_file(request: Request, profile: Profile, extra: Iterable[str]) -> OpenedFile:
    """Return a file with its columns matched to the names that the profile and the user use."""
    opened = open_file(request)
    return OpenedFile(request=request, opened=opened, spelling=renamed(profile, opened.names, extra))


def stacked(files: Sequence[OpenedFile], columns: Iterable[str], *, file_column: str = "") -> Stack:
    """Return the rows of files of one layout, in the order of the files.

    Parameters
    ----------
    files : sequence of OpenedFile
    columns : iterable of str
        Columns to read, in the profile's spelling; those that a file lacks are left out.
    file_column : str
        Column to make that holds the name of the file of each row; none if empty.

    Raises
    ------
    LoadError
        If a file holds no rows, or the files differ in these columns.
    """
    wanted = set(columns)
    raws = [_read(file, wanted) for file in files]
    _check_same_columns(files, raws)
    frames = [
        raw.frame.assign(**{file_column: file.name}) if file_column else raw.frame for file, raw in zip(files, raws, strict=True)
    ]
    notes = tuple(note for raw in raws for note in raw.notes)
    names = [file.name for file in files]
    raw = Raw(
        frame=frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True),
        codebook=_stacked_codebook(raws),
        notes=(*notes, *_label_conflicts(raws, names)),
    )
    sources = (Source(name=file.name, sha256=_digest(file), rows=len(frame)) for file, frame in zip(files, frames, strict=True))
    return Stack(raw=raw, sources=tuple(sources))


def _read(file: OpenedFile, wanted: set[str]) -> Raw:
    """Return the wanted columns of one file under the profile's spelling."""
    spelling = {name: known for name, known in file.spelling.items() if known in wanted}
    raw = file.opened.read(list(spelling))
    frame = tidied(raw.frame.rename(columns=spelling))
    if frame.empty:
        raise LoadError(f"{file.name} holds no rows. Check the file.")
    codebook = Codebook({spelling[name]: variable for name, variable in raw.codebook.variables.items()})
    return replace(raw, frame=frame, codebook=codebook, notes=(*raw.notes, *_spelling_notes(file.name, spelling)))


def _spelling_notes(file: str, spelling: Mapping[str, str]) -> tuple[str, ...]:
    recased = [
        f"{name} for {wanted}" for name, wanted in spelling.items() if name != wanted and name.casefold() == wanted.casefold()
    ]
    return (f"Columns of {file} read in another case: {', '.join(recased)}.",) if recased else ()


def _digest(file: OpenedFile) -> str:
    with file.request.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_same_columns(files: Sequence[OpenedFile], raws: Sequence[Raw]) -> None:
    for file, raw in zip(files[1:], raws[1:], strict=True):
        differing = sorted(set(raws[0].frame.columns) ^ set(raw.frame.columns))
        if differing:
            raise LoadError(
                f"Files loaded together must have the same columns; {files[0].name} and {file.name} differ in "
                f"{listed(differing)}. Load them apart, or bring them to one layout."
            )


def _stacked_codebook(raws: Sequence[Raw]) -> Codebook:
    """Return the codebook of all files; where they differ, the first goes before the others."""
    variables: dict[str, Variable] = {}
    for raw in raws:
        for name, variable in raw.codebook.variables.items():
            known = variables.get(name, Variable())
            variables[name] = Variable(
                label=known.label or variable.label,
                levels={**variable.levels, **known.levels},
                missing={**variable.missing, **known.missing},
            )
    return Codebook({name: replace(variable, levels=_in_code_order(variable.levels)) for name, variable in variables.items()})


def _in_code_order(levels: Mapping[Any, str]) -> dict[Any, str]:
    numeric = all(isinstance(code, int | float) for code in levels)
    return dict(sorted(levels.items())) if numeric else dict(levels)


def _label_conflicts(raws: Sequence[Raw], names: Sequence[str]) -> tuple[str, ...]:
    """Return a note for each column in which files give a code different labels."""
    notes: dict[str, None] = {}
    for column, variable in raws[0].codebook.variables.items():
        for raw, name in zip(raws[1:], names[1:], strict=True):
            other = raw.codebook.levels(column)
            if any(other.get(code, label) != label for code, label in variable.levels.items()):
                notes[f"Value labels of {column} differ between {names[0]} and {name}; those of the first are shown."] = None
    return tuple(notes)
