"""Fits a profile to the columns that a file has: what can be made, what stands in, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from prevalence.checks import as_names
from prevalence.design import Design
from prevalence.errors import ColumnError, LoadError, counted, listed
from prevalence.loaders.schema import AnyRecipe, Profile

LONGEST_LIST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a profile makes of a file.

    Attributes
    ----------
    prepared, variables : mapping of name to operation
        Those whose columns the file has.
    design : Design
        With fallbacks taken; names are those of the file's columns, or of canonical variables.
    id : tuple of str
    notes : tuple of str
        Fallbacks taken and variables not made.
    """

    prepared: Mapping[str, AnyRecipe]
    variables: Mapping[str, AnyRecipe]
    design: Design
    id: tuple[str, ...]
    notes: tuple[str, ...]


def renamed(profile: Profile, present: Sequence[str], extra: Iterable[str] = ()) -> dict[str, str]:
    """Return file column -> the profile's spelling, for the columns that are to be read.

    A column of the exact spelling goes before one that differs in case alone, and this before one that stands in a group of a form.

    Raises
    ------
    LoadError
        If a column of a form stands in several groups.
    """
    folded = {name.casefold(): name for name in reversed(present)}
    exact = set(present)
    grouped = _without_groups(present, profile.file.group_separator)
    found: dict[str, str] = {}
    for wanted in _wanted(profile, extra):
        name = wanted if wanted in exact else folded.get(wanted.casefold()) or _only(grouped.get(wanted.casefold(), ()), wanted)
        if name is not None:
            found.setdefault(name, wanted)
    return found


def _wanted(profile: Profile, extra: Iterable[str]) -> Iterable[str]:
    """Return the columns to look for: those named, then the select_multiple questions that named choices belong to."""
    named = tuple(dict.fromkeys((*profile.mentioned, *extra)))
    separator = profile.file.choice_separator
    questions = (name.rpartition(separator)[0] for name in named if separator and separator in name)
    return dict.fromkeys((*named, *questions))


def _without_groups(present: Iterable[str], separator: str) -> dict[str, list[str]]:
    """Return a name without its outer groups, casefolded -> the columns so called."""
    found: dict[str, list[str]] = {}
    for name in present if separator else ():
        parts = name.casefold().split(separator)
        for start in range(1, len(parts)):
            found.setdefault(separator.join(parts[start:]), []).append(name)
    return found


def _only(names: Sequence[str], wanted: str) -> str | None:
    if len(names) > 1:
        raise LoadError(
            f"Column {wanted!r} must stand in one group of the form; it stands in {len(names)}: {listed(names)}. "
            "Name the one that is meant with its group in a profile that extends this one."
        )
    return names[0] if names else None


def choices_in(profile: Profile, present: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the columns that can be made from select_multiple answers: name -> question and choice."""
    separator, names = profile.file.choice_separator, set(present)
    asked = [name for name in profile.mentioned if separator and separator in name and name not in names]
    parts = {name: name.rpartition(separator) for name in asked}
    return {name: (question, choice) for name, (question, _, choice) in parts.items() if question in names}


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
    names = {*present, *choices_in(profile, present)}
    prepared = _prepared(profile, names)
    names |= set(prepared)
    design, key, notes = _with_fallbacks(profile, names, names - set(empty))
    fitting = {name: recipe.fitting(names) for name, recipe in profile.variables.items()}
    variables = {name: recipe for name, recipe in fitting.items() if recipe is not None}
    recipes = [*profile.prepare.items(), *profile.variables.items()]
    made = {**prepared, **variables}
    unprepared = {name for name, recipe in profile.prepare.items() if name not in prepared and not recipe.optional}
    needed = [name for name in (*design.columns, *key, *profile.keep) if name not in variables]
    needed += [column for name, recipe in recipes if name not in made and not recipe.optional for column in recipe.needed]
    needed = [name for name in needed if name not in unprepared]  # its own columns are listed in its place
    absent = [name for name in dict.fromkeys(needed) if name not in names]
    if absent:
        raise LoadError(_misfit(profile, absent, names, what))
    return Fit(prepared=prepared, variables=variables, design=design, id=key, notes=(*notes, *_lacks(recipes, made, names, what)))


def _prepared(profile: Profile, names: Iterable[str]) -> dict[str, AnyRecipe]:
    """Return the operations of `prepare` whose columns there are; one may read those above it."""
    known, made = set(names), dict[str, AnyRecipe]()
    for name, recipe in profile.prepare.items():
        fitting = recipe.fitting(known)
        if fitting is not None:
            made[name] = fitting
            known.add(name)
    return made


def _lacks(
    recipes: Iterable[tuple[str, AnyRecipe]], made: Mapping[str, AnyRecipe], names: Collection[str], what: str
) -> tuple[str, ...]:
    """Return what to tell of variables that are not made, and of those that are made without some of their columns."""
    out: list[str] = []
    narrowed: list[str] = []
    for name, recipe in recipes:
        lacking = ", ".join(sorted(column for column in set(recipe.sources) if column not in names))
        if name not in made:
            out.append(f"{name} ({lacking})")
        elif lacking:
            narrowed.append(f"{name} ({lacking})")
    return (
        *((f"Not made, because {what} lacks their columns: {', '.join(out)}.",) if out else ()),
        *((f"Made without columns that {what} lacks: {', '.join(narrowed)}.",) if narrowed else ()),
    )


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

    def resolved(wanted: Iterable[str], tried: tuple[str, ...] = ()) -> tuple[str, ...]:
        result: list[str] = []
        for name in wanted:
            fallback = profile.fallback.get(name)
            if name in filled or fallback is None or name in tried:
                result.append(name)
                continue
            state = "is empty in" if name in names else "is not in"
            notes[f"Column {name!r} {state} the file: {fallback.note}"] = None
            result.extend(resolved(fallback.columns, (*tried, name)))
        return tuple(dict.fromkeys(result))

    design = Design(
        weight=next(iter(resolved([table.weight])), table.weight),
        stratum=resolved(as_names(table.stratum)) or None,
        psu=resolved(as_names(table.psu)) or None,
        fpc=next(iter(resolved(as_names(table.fpc))), None),
        lonely_psu=table.lonely_psu,
        lonely_domains=table.lonely_domains,
        df_rule=table.df_rule,
        weight_scale=table.weight_scale,
        population=table.population,
    )
    return design, resolved(profile.id), tuple(notes)
