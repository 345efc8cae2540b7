"""Fits a profile to the columns that a file has: what can be made, what stands in, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from prevalence.design import Design
from prevalence.errors import ColumnError, LoadError, counted
from prevalence.loaders.schema import AnyRecipe, Profile, names_of

LONGEST_LIST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a profile makes of a file.

    Attributes
    ----------
    variables : mapping of canonical name to operation
        Those whose columns the file has.
    design : Design
        With fallbacks taken; names are those of the file's columns, or of canonical variables.
    id : tuple of str
    notes : tuple of str
        Fallbacks taken and variables not made.
    """

    variables: Mapping[str, AnyRecipe]
    design: Design
    id: tuple[str, ...]
    notes: tuple[str, ...]


def renamed(profile: Profile, present: Sequence[str], extra: Iterable[str] = ()) -> dict[str, str]:
    """Return file column -> the profile's spelling, for the columns that are to be read.

    A column of the exact spelling goes before one that differs in case alone.
    """
    folded = {name.casefold(): name for name in reversed(present)}
    exact = set(present)
    found: dict[str, str] = {}
    for wanted in dict.fromkeys((*profile.mentioned, *extra)):
        name = wanted if wanted in exact else folded.get(wanted.casefold())
        if name is not None:
            found.setdefault(name, wanted)
    return found


def fitted(profile: Profile, present: Iterable[str], *, empty: Iterable[str] = (), what: str) -> Fit:
    """Return what the profile makes of a file with these columns.

    Parameters
    ----------
    profile : Profile
    present : iterable of str
        Columns of the file, in the profile's spelling.
    empty : iterable of str
        Those that hold no value at all: a fallback stands in for them too.
    what : str
        Name of the file, for messages.

    Raises
    ------
    LoadError
        If columns that the profile needs are absent; the message lists all of them.
    """
    names = set(present)
    design, key, notes = _with_fallbacks(profile, names, names - set(empty))
    variables = {name: recipe for name, recipe in profile.variables.items() if names.issuperset(recipe.sources)}
    needed = [*design.columns, *key, *profile.keep]
    needed = [name for name in needed if name not in variables]
    needed += [column for recipe in profile.variables.values() if not recipe.optional for column in recipe.sources]
    absent = [name for name in dict.fromkeys(needed) if name not in names]
    if absent:
        raise LoadError(_misfit(profile, absent, names, what))
    left_out = [
        f"{name} ({', '.join(sorted(set(r.sources) - names))})" for name, r in profile.variables.items() if name not in variables
    ]
    if left_out:
        notes += (f"Not made, because {what} lacks their columns: {', '.join(left_out)}.",)
    return Fit(variables=variables, design=design, id=key, notes=notes)


def _misfit(profile: Profile, absent: Sequence[str], present: Iterable[str], what: str) -> str:
    """Return the message that lists absent columns with the columns that look similar."""
    unused = set(present) - set(profile.mentioned)
    shown = ", ".join(f"{name!r}{_similar(name, unused)}" for name in absent[:LONGEST_LIST])
    more = f" and {len(absent) - LONGEST_LIST} more" if len(absent) > LONGEST_LIST else ""
    return (
        f"Profile {profile.name!r} does not fit {what}: {counted(len(absent), 'column')} that it needs "
        f"{'is' if len(absent) == 1 else 'are'} absent: {shown}{more}. "
        f"Check that this is the right file, or write a profile that extends {profile.name!r} and names the columns as the file does."
    )


def require_names(wanted: Iterable[str], present: Iterable[str], what: str) -> None:
    """Raise `ColumnError` for columns that the user asks for and the file lacks."""
    names = set(present)
    absent = [name for name in wanted if name not in names]
    if absent:
        shown = ", ".join(f"{name!r}{_similar(name, names)}" for name in absent[:LONGEST_LIST])
        raise ColumnError(
            f"columns= names {counted(len(absent), 'column')} that {what} does not have: {shown}. Correct or remove them."
        )


def _similar(name: str, present: Iterable[str]) -> str:
    by_folded = {other.casefold(): other for other in sorted(present)}
    close = get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f" (similar: {by_folded[close[0]]!r})" if close else ""


def _with_fallbacks(profile: Profile, names: set[str], filled: set[str]) -> tuple[Design, tuple[str, ...], tuple[str, ...]]:
    """Return the design and key with fallbacks for absent and empty columns, and what to tell the reader."""
    table = profile.design
    notes: dict[str, None] = {}

    def resolved(wanted: Iterable[str]) -> tuple[str, ...]:
        result: list[str] = []
        for name in wanted:
            fallback = profile.fallback.get(name)
            if name in filled or fallback is None:
                result.append(name)
                continue
            state = "is empty in" if name in names else "is not in"
            notes[f"Column {name!r} {state} the file: {fallback.note}"] = None
            result.extend(fallback.columns)
        return tuple(dict.fromkeys(result))

    design = Design(
        weight=next(iter(resolved([table.weight])), table.weight),
        stratum=resolved(names_of(table.stratum)) or None,
        psu=resolved(names_of(table.psu)) or None,
        fpc=next(iter(resolved(names_of(table.fpc))), None),
        lonely_psu=table.lonely_psu,
        df_rule=table.df_rule,
        weight_scale=table.weight_scale,
        population=table.population,
    )
    return design, resolved(profile.id), tuple(notes)
