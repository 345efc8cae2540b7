"""Three-valued answers (yes, no, unknown) as pairs of two-valued expressions that every engine evaluates alike.

Comparisons with missing values differ between engines (pandas: False; Polars: NaN is above every number; DuckDB: null), so each
answer is first turned into two flags that are never missing, joined by Kleene's logic, and written as 0, 1 or null at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Literal

import narwhals.stable.v2 as nw

from prevalence.errors import ColumnError, counted
from prevalence.rows import Frame, with_columns
from prevalence.survey import Survey

Operator = Literal[">=", ">"]
KEPT = "__classify_"


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or unknown for each row.

    Attributes
    ----------
    yes, known : narwhals expressions
        Flags without missing values; `yes` holds only where `known` does.
    """

    yes: nw.Expr
    known: nw.Expr

    @property
    def no(self) -> nw.Expr:
        """Rows known to be no."""
        return self.known & ~self.yes


def missing(name: str) -> nw.Expr:
    """Return a flag of the rows whose number is null or NaN."""
    value = nw.col(name).cast(nw.Float64)
    return value.is_null() | value.is_nan().fill_null(value=False)


def scope(survey: Survey, indicator: str) -> nw.Expr:
    """Return a flag of the rows to which an indicator applies, whether its value is known or not."""
    unknown = f"{indicator}_unknown"
    return ~missing(unknown if unknown in survey.columns else indicator)


def never(name: str) -> nw.Expr:
    """Return a flag that holds nowhere, as long as the column `name`."""
    absent = nw.col(name).is_null()
    return absent & ~absent


def compares(name: str, operator: Operator, limit: float) -> nw.Expr:
    """Return a flag of the rows whose known number is ``>=`` or ``>`` the limit."""
    value = nw.col(name).cast(nw.Float64)
    reaches = value > limit if operator == ">" else value >= limit
    return reaches.fill_null(value=False) & ~missing(name)


def equals(name: str, value: float) -> nw.Expr:
    """Return a flag of the rows whose known number is `value`."""
    return (nw.col(name).cast(nw.Float64) == value).fill_null(value=False) & ~missing(name)


def reported(name: str) -> Answer:
    """Return the answer in a column of 1 (yes), 0 (no) and missing (unknown)."""
    return Answer(equals(name, 1), ~missing(name))


def either(flags: Iterable[nw.Expr]) -> nw.Expr:
    """Return the flags joined by "or"."""
    return reduce(or_, flags)


def every(flags: Iterable[nw.Expr]) -> nw.Expr:
    """Return the flags joined by "and"."""
    return reduce(and_, flags)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return yes if one is yes, unknown if none is yes and one is unknown, else no."""
    given = list(answers)
    yes = either(answer.yes for answer in given)
    return Answer(yes, yes | every(answer.known for answer in given))


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return no if one is no, unknown if none is no and one is unknown, else yes."""
    given = list(answers)
    no = either(answer.no for answer in given)
    return Answer(every(answer.yes for answer in given), no | every(answer.known for answer in given))


def negation(answer: Answer) -> Answer:
    """Return yes where the answer is no, and unknown where it is unknown."""
    return Answer(answer.no, answer.known)


def first_known(answers: Iterable[Answer]) -> Answer:
    """Return the first answer of each row that is known: evidence in order of strength."""
    strongest, *weaker = answers
    yes, known = strongest.yes, strongest.known
    for answer in weaker:
        yes, known = yes | (answer.yes & ~known), known | answer.known
    return Answer(yes, known)


def one_zero(flag: nw.Expr, *, known: nw.Expr) -> nw.Expr:
    """Return 1.0 where the flag holds, 0.0 where not, and null (NaN in pandas) where it is not known."""
    number = nw.when(flag).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).cast(nw.Float64)
    return nw.when(known).then(number)


def keep(frame: Frame, flags: Mapping[str, nw.Expr]) -> tuple[Frame, dict[str, nw.Expr]]:
    """Return the frame with each flag as a working column, and the flags as references to them.

    Nested expressions would be computed anew wherever they are used; `without_kept` takes the working columns away.
    """
    named = {f"{KEPT}{key}": flag for key, flag in flags.items()}
    return with_columns(frame, named), {key: nw.col(f"{KEPT}{key}") for key in flags}


def keep_answers(frame: Frame, answers: Mapping[str, Answer]) -> tuple[Frame, dict[str, Answer]]:
    """Return the frame with each answer as two working columns, and the answers as references to them."""
    flags = {f"{key}_{part}": getattr(answer, part) for key, answer in answers.items() for part in ("yes", "known")}
    frame, kept = keep(frame, flags)
    return frame, {key: Answer(kept[f"{key}_yes"], kept[f"{key}_known"]) for key in answers}


def without_kept(frame: Frame) -> Frame:
    """Return the frame without working columns."""
    return frame.drop([name for name in frame.collect_schema().names() if name.startswith(KEPT)])


def beside(answer: Answer, name: str, unknown: str, within: nw.Expr) -> dict[str, nw.Expr]:
    """Return ``<name>_unknown`` and, for bounds, ``<name>_low`` and ``<name>_high``; null outside `within`."""
    columns = {f"{name}_unknown": one_zero(~answer.known, known=within)}
    if unknown == "bounds":
        columns[f"{name}_low"] = one_zero(answer.yes, known=within)
        columns[f"{name}_high"] = one_zero(answer.yes | ~answer.known, known=within)
    return columns


def tally(frame: Frame, flags: Mapping[str, nw.Expr]) -> dict[str, int]:
    """Return the number of rows of each flag; one aggregate over the frame, lazy or not."""
    sums = {f"tally_{index}": flag.cast(nw.Int64).sum() for index, flag in enumerate(flags.values())}
    selected = frame.select(**sums)
    row = (selected.collect() if isinstance(selected, nw.LazyFrame) else selected).rows()[0]
    return {key: int(value or 0) for key, value in zip(flags, row, strict=True)}


def check_answers(frame: Frame, names: Iterable[str]) -> None:
    """Raise `ColumnError` unless the named columns hold 0, 1 or missing alone."""
    wanted = list(names)
    wrong = tally(frame, {name: ~(missing(name) | equals(name, 0) | equals(name, 1)) for name in wanted})
    faulty = [f"{name!r} ({counted(rows, 'row')})" for name, rows in wrong.items() if rows]
    if faulty:
        raise ColumnError(
            f"answers must be 0, 1 or missing; other values stand in {', '.join(faulty[:3])}"
            f"{f' and {len(faulty) - 3} more columns' if len(faulty) > 3 else ''}. "
            "Recode them in the profile (yes = 1, no = 0, do not know and refused = missing)."
        )


def check_numbers(frame: Frame, names: Iterable[str]) -> None:
    """Raise `ColumnError` if one of the named columns holds text; a text column without any value is let through."""
    schema = frame.collect_schema()
    texts = [name for name in names if schema[name] in (nw.String, nw.Categorical, nw.Enum)]
    filled = tally(frame, {name: ~nw.col(name).is_null() for name in texts}) if texts else {}
    wrong = [name for name, rows in filled.items() if rows]
    if wrong:
        raise ColumnError(
            f"column {wrong[0]!r} must hold numbers; it holds text in {counted(filled[wrong[0]], 'row')}. "
            "Recode it, or declare the missing codes in the profile."
        )


def distinct(frame: Frame, name: str) -> list[object]:
    """Return the distinct values of a column that are not missing; a lazy frame computes these alone."""
    selected = frame.select(nw.col(name)).unique()
    column = (selected.collect() if isinstance(selected, nw.LazyFrame) else selected).get_column(name)
    return [value for value in column.to_list() if value is not None and value == value]
