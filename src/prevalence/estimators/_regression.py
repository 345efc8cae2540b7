"""The columns of a regression from the rows of a survey: levels against their references, numbers, and who is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate import members
from prevalence.errors import DataError, OptionError, counted, listed, suggestion
from prevalence.rows import MISSING_CODE, labels_of, levels_of, not_finite, numbers, plain, require_columns
from prevalence.rows import indicator as zero_one
from prevalence.shown import Booleans, Floats
from prevalence.survey import Survey

CONSTANT, NUMBER = "(constant)", "per unit"


@dataclass(frozen=True, slots=True)
class Term:
    """A column of the regression: a variable and its level; a number has none."""

    variable: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of the survey: the indicator, weights over all phases (0 outside the second), and who is in scope."""

    frame: nw.DataFrame[Any]
    y: Floats
    weight: Floats
    within: Booleans


def read_rows(survey: Survey, indicator: str, names: Sequence[str], among: str | None) -> Rows:
    asked = [indicator, *names, *([among] if among else [])]
    require_columns(survey.data, asked)
    if isinstance(survey.frame, nw.LazyFrame):
        raise OptionError(
            "determinants needs rows in memory, since it goes over them several times; collect the lazy frame before."
        )
    frame = survey.collect(asked)
    y = zero_one(frame, indicator)
    weight = members(survey, indicator, [()]).weight
    within = weight > 0
    if among is not None:
        within &= zero_one(frame, among) == 1
    return Rows(frame=frame, y=y, weight=weight, within=within)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The columns of the regression, the constant first.

    Attributes
    ----------
    x : float array, shape (rows, terms)
        NaN where a variable is missing.
    terms : tuple of Term
    references : tuple of str
        Of each term but the constant.
    at_reference : tuple of bool array or None
        Rows at the reference of each term but the constant; None for numbers.
    """

    x: Floats
    terms: tuple[Term, ...]
    references: tuple[str, ...]
    at_reference: tuple[Booleans | None, ...]

    def columns_of(self, variable: str) -> list[int]:
        """Return the columns of a variable."""
        return [place for place, term in enumerate(self.terms) if term.variable == variable]


def model_of(survey: Survey, rows: Rows, names: Sequence[str], reference: Mapping[str, Any]) -> Model:
    unknown = [name for name in reference if name not in names]
    if unknown:
        raise OptionError(f"reference names {unknown[0]!r}, which of does not.{suggestion(unknown[0], names)}")
    answers = {name: _answers(survey, rows.frame, name) for name in names}
    complete = rows.within & np.logical_and.reduce(
        [np.isfinite(values) for values in (rows.y, *(a.values for a in answers.values()))]
    )
    columns, terms = [np.ones(len(rows.y))], [Term(CONSTANT, "")]
    references: list[str] = []
    at_reference: list[Booleans | None] = []
    for name, answer in answers.items():
        if not answer.levels:
            if name in reference:
                raise OptionError(f"{name!r} is a number, which has no reference. Make it text, or leave the reference out.")
            columns.append(answer.values)
            terms.append(Term(name, NUMBER))
            references.append("")
            at_reference.append(None)
            continue
        occurring = _occurring(name, answer, complete)
        first = _reference(name, answer, occurring, reference)
        for code in occurring:
            if code != first:
                columns.append(np.where(np.isin(answer.values, occurring), answer.values == code, np.nan))
                terms.append(Term(name, answer.labels[code]))
                references.append(answer.labels[first])
                at_reference.append(answer.values == first)
    return Model(x=np.column_stack(columns), terms=tuple(terms), references=tuple(references), at_reference=tuple(at_reference))


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one variable: numbers, or codes of levels, which a number has none of; NaN where missing."""

    values: Floats
    levels: tuple[Any, ...] = ()
    labels: tuple[str, ...] = ()


def _answers(survey: Survey, frame: nw.DataFrame[Any], name: str) -> Answers:
    known = survey.codebook.levels(name)
    dtype = frame.get_column(name).dtype
    if (dtype.is_numeric() or dtype == nw.Boolean) and not known:
        values = numbers(frame, name)
        if np.isinf(values).any():
            raise not_finite(name, int(np.isinf(values).sum()))
        if np.isin(values[np.isfinite(values)], (0.0, 1.0)).all():
            return Answers(values, (0, 1), ("0", "1"))
        return Answers(values)
    codes, levels = levels_of(frame, name, known)
    values = np.where(codes == MISSING_CODE, np.nan, codes.astype(np.float64))
    return Answers(values, levels, labels_of(levels, known))


def _occurring(name: str, answer: Answers, there: Booleans) -> list[int]:
    """Return the codes of the levels that somebody `there` has."""
    found = np.unique(answer.values[there]).astype(np.int64).tolist()
    if len(found) < 2:
        raise DataError(f"A determinant needs two levels or more; {name!r} has {counted(len(found), 'level')}. Leave it out.")
    return [int(code) for code in found]


def _reference(name: str, answer: Answers, occurring: Sequence[int], reference: Mapping[str, Any]) -> int:
    """Return the code of the reference, given as level or label."""
    if name not in reference:
        return occurring[0]
    level = plain(reference[name])
    for code in occurring:
        if level == answer.levels[code] or str(level) == answer.labels[code]:
            return code
    labels = [answer.labels[code] for code in occurring]
    raise OptionError(
        f"{name!r} has no level {level!r} to be the reference; it has {listed(labels)}.{suggestion(str(level), labels)}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """People at each level, cases among them, and people at the level or its reference, whichever are fewer; all who are used."""

    n: Floats
    cases: Floats
    least: Floats
    used: int


def counts_of(model: Model, y: Floats, known: Booleans) -> Counts:
    at = [known if term.level == NUMBER else known & (model.x[:, 1 + place] == 1) for place, term in enumerate(model.terms[1:])]
    n = np.array([float(rows.sum()) for rows in at])
    others = np.array([float((known if rows is None else known & rows).sum()) for rows in model.at_reference])
    cases = np.array([float(y[rows].sum()) for rows in at])
    return Counts(n=n, cases=cases, least=np.minimum(n, others), used=int(known.sum()))


def check_levels(model: Model, y: Floats, used: Booleans) -> None:
    """Raise `DataError` if nobody or everybody at a level is a case: its odds are 0 or infinite."""
    if not used.any():
        raise DataError("A regression needs people with an answer to every variable; found none.")
    at = {
        (term.variable, term.level): model.x[:, place] == 1
        for place, term in enumerate(model.terms)
        if term.level not in ("", NUMBER)
    }
    for term, label, rows in zip(model.terms[1:], model.references, model.at_reference, strict=True):
        if rows is not None:
            at[term.variable, label] = rows
    wrong = [key for key, rows in at.items() if len(np.unique(y[used & rows])) < 2]
    if wrong:
        name, level = wrong[0]
        found = y[used & at[wrong[0]]]
        what = "nobody" if not len(found) else "only cases" if found[0] == 1 else "no case"
        raise DataError(
            f"A logistic regression needs cases and others at every level; {counted(len(wrong), 'level')} lack them, for example {name} {level!r}: "
            f"{what}. Merge levels, or restrict the people with among."
        )
