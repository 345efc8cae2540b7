"""The columns of a regression from the rows of a survey: levels against their references, numbers, and who is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import DataError, OptionError, counted, listed, suggestion
from prevalence.rows import indicator as zero_one
from prevalence.rows import numbers, plain, require_columns
from prevalence.shown import Booleans, Floats, Ints
from prevalence.survey import Survey

CONSTANT, NUMBER = "(constant)", "per unit"


@dataclass(frozen=True, slots=True)
class Term:
    """A column of the regression: a variable and its level; a number has none."""

    variable: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of the survey: the indicator, weights, and who is in scope."""

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
    frame = survey.collect([survey.design.weight, *asked])
    y = zero_one(frame, indicator)
    within = np.ones(len(y), dtype=np.bool_) if among is None else zero_one(frame, among) == 1
    return Rows(frame=frame, y=y, weight=numbers(frame, survey.design.weight), within=within)


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
    complete = rows.within & np.isfinite(rows.y) & np.logical_and.reduce([_answered(rows.frame, name) for name in names])
    columns, terms = [np.ones(len(rows.y))], [Term(CONSTANT, "")]
    references: list[str] = []
    at_reference: list[Booleans | None] = []
    for name in names:
        levels = _levels(survey, rows.frame, name, complete)
        if levels is None:
            columns.append(numbers(rows.frame, name))
            terms.append(Term(name, NUMBER))
            references.append("")
            at_reference.append(None)
            continue
        codes, labels = levels
        first = _reference(name, labels, reference)
        for code, label in enumerate(labels):
            if code != first:
                columns.append(np.where(codes < 0, np.nan, codes == code))
                terms.append(Term(name, label))
                references.append(labels[first])
                at_reference.append(codes == first)
    return Model(x=np.column_stack(columns), terms=tuple(terms), references=tuple(references), at_reference=tuple(at_reference))


def _answered(frame: nw.DataFrame[Any], name: str) -> Booleans:
    """Return the rows with an answer."""
    if _is_number(frame, name):
        return np.isfinite(numbers(frame, name))
    return np.array([not _missing(plain(value)) for value in frame.get_column(name).to_list()], dtype=np.bool_)


def _is_number(frame: nw.DataFrame[Any], name: str) -> bool:
    dtype = frame.get_column(name).dtype
    return dtype.is_numeric() or dtype == nw.Boolean


def _levels(survey: Survey, frame: nw.DataFrame[Any], name: str, there: Booleans) -> tuple[Ints, list[str]] | None:
    """Return the code of each row, -1 where missing, and the labels of a category that somebody `there` has; None for a number."""
    known = survey.codebook.levels(name)
    if _is_number(frame, name) and not known:
        values = numbers(frame, name)
        if not np.isin(values[np.isfinite(values)], (0.0, 1.0)).all():
            return None
        return np.where(np.isfinite(values), values, -1).astype(np.int64), ["0", "1"]
    answers = [plain(value) for value in frame.get_column(name).to_list()]
    found = {value for value, here in zip(answers, there.tolist(), strict=True) if here}
    order = [value for value in known if value in found] + sorted(found - set(known), key=str)
    if len(order) < 2:
        raise DataError(f"A determinant needs two levels or more; {name!r} has {counted(len(order), 'level')}. Leave it out.")
    place = {value: code for code, value in enumerate(order)}
    codes = np.array([place.get(value, -1) for value in answers], dtype=np.int64)
    return codes, [str(known.get(value, value)) for value in order]


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _reference(name: str, labels: Sequence[str], reference: Mapping[str, Any]) -> int:
    if name not in reference:
        return 0
    level = str(reference[name])
    if level not in labels:
        raise OptionError(
            f"{name!r} has no level {level!r} to be the reference; it has {listed(labels)}.{suggestion(level, labels)}"
        )
    return list(labels).index(level)


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
