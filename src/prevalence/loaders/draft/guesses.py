"""Which column plays which part, guessed from names, labels and the look of the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from prevalence.loaders.draft.roles import Role, match, named, no_answer, phrases
from prevalence.provenance import Codebook
from prevalence.rows import plain

SURE = 0.6
"""From here on a guess is written as a line of the profile, below it as a comment."""

WORTH_NAMING = 0.4
MOST_OTHERS = 3
MOST_CODES = 12
"""A column with more distinct values is no list of codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A column that may play a part: how well it matches (0 to 1, for ranking alone) and by what."""

    column: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The columns taken for a part, and others that might be it.

    Attributes
    ----------
    role : Role
    columns : tuple of str
        Empty if none is likely enough.
    confidence : float
        Of the least sure of the columns.
    others : tuple of Candidate
    """

    role: Role
    columns: tuple[str, ...]
    confidence: float
    others: tuple[Candidate, ...]


def candidates(names: Sequence[str], labels: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Return, for each role, the columns worth naming, the best first."""
    found: dict[str, list[Candidate]] = {}
    for role in phrases().roles:
        scored = ((name, *match(role, name, labels.get(name, ""))) for name in names)
        worth = [Candidate(column=n, confidence=score, reason=why) for n, score, why in scored if score >= WORTH_NAMING]
        found[role.name] = sorted(worth, key=lambda candidate: (-candidate.confidence, role.preference(candidate.column)))
    return found


def guess(found: Mapping[str, Sequence[Candidate]], frame: pd.DataFrame, codebook: Codebook) -> tuple[Guess, ...]:
    """Return the guess for each role; a column serves one variable, the one that it matches best.

    Parameters
    ----------
    found : mapping of role to candidates
    frame : pandas.DataFrame
        The candidate columns.
    codebook : Codebook
        Their value labels.
    """
    best = {candidate.column: 0.0 for several in found.values() for candidate in several}
    for several in found.values():
        for candidate in several:
            best[candidate.column] = max(best[candidate.column], candidate.confidence)
    places = {str(name): place for place, name in enumerate(frame.columns)}
    guesses = []
    for role in phrases().roles:
        fit = [c for c in found[role.name] if _plausible(role, frame[c.column], codebook.levels(c.column))]
        sure = [c for c in fit if c.confidence >= SURE and c.confidence == best[c.column]]
        taken = sorted(sure, key=lambda c: places[c.column]) if role.several else sure[:1]
        others = tuple(c for c in fit if c not in taken)[:MOST_OTHERS]
        lowest = min((c.confidence for c in taken), default=0.0)
        guesses.append(Guess(role=role, columns=tuple(c.column for c in taken), confidence=lowest, others=others))
    return tuple(guesses)


def _plausible(role: Role, column: pd.Series[Any], labels: Mapping[Any, str]) -> bool:
    """Return whether the values look like the role: few codes, or numbers in its range."""
    values = column.dropna()
    if values.empty:
        return True
    if role.op in ("recode", "any_yes", "keep"):
        return values.nunique() <= max(MOST_CODES, len(labels))
    if role.limits is not None:
        numbers = pd.to_numeric(values, errors="coerce")
        inside = numbers.between(*role.limits)
        return bool(inside.mean() > 0.5 and numbers.nunique() > 2)
    return not (role.name == "weight" and not pd.api.types.is_numeric_dtype(values))


def levels_found(role: Role, column: pd.Series[Any], labels: Mapping[Any, str]) -> tuple[dict[Any, str], list[Any]]:
    """Return code -> level for the codes whose label (or text) says what they are, and the codes that nobody knows."""
    known: dict[Any, str] = {}
    unknown: list[Any] = []
    for code in codes_of(column, labels):
        text = str(labels.get(code, code))
        level = named(text, role.levels)
        if level is not None:
            known[code] = level
        elif no_answer(text) is None:
            unknown.append(code)
    order = list(role.levels)
    return dict(sorted(known.items(), key=lambda item: order.index(item[1]))), unknown


def missing_found(column: pd.Series[Any], labels: Mapping[Any, str]) -> dict[Any, str]:
    """Return code -> reason for the codes whose label says that there is no answer."""
    reasons = {code: no_answer(str(labels.get(code, code))) for code in codes_of(column, labels)}
    return {code: reason for code, reason in reasons.items() if reason is not None}


def codes_of(column: pd.Series[Any], labels: Mapping[Any, str]) -> list[Any]:
    """Return labelled codes, and, where the column is a list of codes, those that occur."""
    distinct = [plain(value) for value in column.dropna().unique()]
    occurring = distinct if len(distinct) <= max(MOST_CODES, len(labels)) else []
    return list(dict.fromkeys([*labels, *sorted(occurring, key=lambda value: (isinstance(value, str), str(value)))]))
