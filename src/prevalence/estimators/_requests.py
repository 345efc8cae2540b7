"""What was asked, checked: columns, tables and margins."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prevalence.aggregate import Contrast, Outcome
from prevalence.checks import as_names
from prevalence.errors import OptionError, check_option, suggestion
from prevalence.estimates import RESULT_COLUMNS
from prevalence.survey import Survey

By = str | Sequence[str] | Sequence[Sequence[str]] | None
Margins = bool | str | Sequence[str]


Keep = Literal["units", "moments"]
KEEP: tuple[Keep, ...] = ("units", "moments")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of the rows: the totals of every sampling unit, or stratum moments for the contrasts named."""

    units: bool
    contrasts: tuple[Contrast, ...] = ()
    progress: bool = False


UNITS = Kept(units=True)


def kept_of(keep: Keep, contrasts: Sequence[Contrast], progress: bool) -> Kept:
    """Return what is to be kept of the rows.

    Raises
    ------
    OptionError
        If `contrasts` or `progress` are given where the units are kept, which need neither.
    """
    check_option("keep", keep, KEEP)
    if keep == "units" and (contrasts or progress):
        raise OptionError(
            "contrasts and progress belong to keep='moments'; where units are kept every contrast can be taken later."
        )
    return Kept(units=keep == "units", contrasts=tuple(contrasts), progress=progress)


@dataclass(frozen=True, slots=True)
class Asked:
    outcome: Outcome
    label: str


def distinct(names: str | Sequence[str]) -> tuple[str, ...]:
    found = as_names(names)
    if not found or len(set(found)) < len(found):
        raise OptionError(f"Name at least one column, and each once; found {list(found)!r}.")
    return found


def unknown_flag(survey: Survey, name: str) -> str | None:
    """Return the column that marks unknown answers: missing then counts them, not the rows that are out of scope."""
    return f"{name}_unknown" if f"{name}_unknown" in survey.columns else None


def tables_of(by: By) -> tuple[tuple[str, ...], ...]:
    """Return the dimensions of each table asked for.

    Raises
    ------
    OptionError
        If `by` mixes names and lists, names a dimension twice in a table, or one that is called like a column of results.
    """
    tables = _tables_of(by)
    for table in tables:
        if len(set(table)) < len(table):
            raise OptionError(f"by names a dimension twice: {list(table)!r}. Name each once.")
        refuse_names_of_results("by", table)
    return tables


def refuse_names_of_results(role: str, names: Iterable[str], taken: Container[str] = RESULT_COLUMNS) -> None:
    """Raise `OptionError` if a column that gives labels is called like a column of results, which would take its place."""
    for name in names:
        if name in taken:
            raise OptionError(
                f"{role}={name!r} is the name of a column of results. Rename the column of the data, for example '{name}_'."
            )


def _tables_of(by: By) -> tuple[tuple[str, ...], ...]:
    if by is None:
        return ((),)
    if isinstance(by, str):
        return ((by,),)
    if all(isinstance(part, str) for part in by):
        return (tuple(str(part) for part in by),)
    if any(isinstance(part, str) for part in by):
        raise OptionError(f"by is one name, a list of names (crossed) or a list of lists (several tables); found {by!r}.")
    return tuple(tuple(part) for part in by)


def dimensions_with_margin(margins: Margins, tables: Sequence[Sequence[str]]) -> frozenset[str]:
    dimensions = {name for table in tables for name in table}
    if isinstance(margins, bool):
        return frozenset(dimensions if margins else ())
    wanted = frozenset((margins,) if isinstance(margins, str) else margins)
    for name in sorted(wanted - dimensions):
        raise OptionError(f"margins names {name!r}, which is no dimension of by.{suggestion(name, dimensions)}")
    return wanted
