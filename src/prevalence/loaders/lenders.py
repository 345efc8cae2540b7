"""Finds the files that lend columns to the main one: given by role, or as sheets of the same workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prevalence.errors import ConfigError, LoadError, listed
from prevalence.loaders.fit import fitted
from prevalence.loaders.schema import FileTable, Join, Profile
from prevalence.loaders.stacking import OpenedFile

WORKBOOKS = (".xlsx", ".xls", ".ods")
Open = Callable[[Sequence[Path], FileTable, Sequence[str]], tuple[OpenedFile, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """The files of one role, opened, and what is taken from them.

    Attributes
    ----------
    role : str
    join : Join
    files : tuple of OpenedFile
    columns : mapping of new name to column
    """

    role: str
    join: Join
    files: tuple[OpenedFile, ...]
    columns: Mapping[str, str]


def lenders_of(
    profile: Profile, main: Sequence[OpenedFile], roles: Mapping[str, Sequence[Path]], opened: Open
) -> tuple[tuple[Lender, ...], tuple[str, ...]]:
    """Return the files that lend columns, and a note for each role that was not given and is not needed.

    Parameters
    ----------
    profile : Profile
    main : sequence of OpenedFile
    roles : mapping of role to paths
        As the user gave them.
    opened : callable
        Opens paths by a ``[file]`` table, looking for further columns.

    Raises
    ------
    LoadError
        If a role is needed and not given, or a key column is absent.
    ConfigError
        If the profile takes a column that the main file has already.
    """
    lenders: list[Lender] = []
    notes: list[str] = []
    known = set(main[0].names)
    for role, join in profile.join.items():
        paths, table = roles.get(role), profile.file
        if paths is None and join.sheet is not None and main[0].request.path.suffix.lower() in WORKBOOKS:
            paths, table = [file.request.path for file in main], table.model_copy(update={"sheet": join.sheet})
        if paths is None:
            notes.append(_without(role, join, profile, known, main[0].name))
            continue
        files = opened(paths, table, (*join.keys.values(), *join.taken.values()))
        _check_keys(role, join, known, main[0].name, files[0])
        columns = _taken(profile, role, join, known, files[0])
        lenders.append(Lender(role=role, join=join, files=files, columns=columns))
        known |= set(columns)
    return tuple(lenders), tuple(notes)


def _without(role: str, join: Join, profile: Profile, known: set[str], main: str) -> str:
    """Return what to say of a role that was not given; raise if the profile needs it."""
    if join.optional:
        return f"No file was given for {role!r}: columns that {main} lacks are missing."
    try:
        fitted(profile, known, what=main)
    except LoadError as error:
        roles = ", ".join(f'"{name}": ...' for name in (profile.file.role, *profile.join))
        raise LoadError(
            f"Profile {profile.name!r} takes columns from a second file, {role!r}, which was not given, and {main} lacks them. "
            f"Pass the files by role: pv.load({{{roles}}}, profile={profile.name!r}). {error}"
        ) from error
    return f"No file was given for {role!r}: {main} has the columns that are needed."


def _check_keys(role: str, join: Join, known: set[str], main: str, other: OpenedFile) -> None:
    for names, there, where in ((join.keys.keys(), known, main), (join.keys.values(), set(other.names), other.name)):
        if absent := [name for name in names if name not in there]:
            raise LoadError(
                f"{where} has no column {listed(absent)}, which joins {role!r}. "
                f"Check that the files are those of the roles, or name the key columns under [join.{role}] keys."
            )


def _taken(profile: Profile, role: str, join: Join, known: set[str], other: OpenedFile) -> dict[str, str]:
    """Return new name -> column of the other file; by default what the profile names and the main file lacks."""
    if not join.taken:
        keys = set(join.keys.values())
        return {name: name for name in other.spelling.values() if name not in known and name not in keys}
    if repeated := [name for name in join.taken if name in known]:
        raise ConfigError(
            f"[join.{role}] of profile {profile.name!r} takes columns that the main file has already: {listed(repeated)}. "
            'Give them another name, columns = { NEW = "OLD" }, or leave them out.'
        )
    there = set(other.names)
    return {name: column for name, column in join.taken.items() if column in there}
