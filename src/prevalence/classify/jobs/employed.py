"""What classifiers of jobs share: who has a job, columns of levels, and whether a question was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import narwhals.stable.v2 as nw

from prevalence.checks import as_names
from prevalence.classify.answers import Answer, check_answers, check_numbers, equals, never, reported
from prevalence.classify.values import texts
from prevalence.errors import DataError, OptionError, counted, listed, suggestion
from prevalence.survey import Survey


def employed(survey: Survey) -> nw.Expr:
    """Return a flag of the persons with a job: ``economic_activity`` is 1, or, without that column, a status is given."""
    if "economic_activity" in survey.columns:
        check_numbers(survey.frame, ["economic_activity"])
        check_answers(survey.frame, ["economic_activity"])
        return equals("economic_activity", 1)
    return ~nw.col("status").is_null()


def asked(survey: Survey, column: str) -> Answer:
    """Return the answer in a column of 1, 0 and null; unknown for everybody where the question was not asked."""
    if column in survey.columns:
        return reported(column)
    unknown = never(survey.design.weight)
    return Answer(unknown, unknown)


def check_levels(survey: Survey, column: str, levels: Sequence[str]) -> None:
    """Raise `DataError` if a column holds another level than the stated ones."""
    found = texts(survey.frame, column, f"levels, such as {levels[0]!r}")
    strange = [level for level in found if level not in levels]
    if strange:
        raise DataError(
            f"column {column!r} must hold the levels {listed(levels, limit=len(levels))}; found {counted(len(strange), 'other level')}, "
            f"for example {listed(strange)}.{suggestion(strange[0], levels)} Recode them in the profile."
        )


def check_not_asked(survey: Survey, not_asked: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the questions declared as not asked, or raise `OptionError` for one that is unknown or in the data."""
    declared = as_names(not_asked)
    for name in declared:
        if name not in known:
            raise OptionError(
                f"not_asked must name questions among {listed(known, limit=len(known))}; found {name!r}.{suggestion(name, known)}"
            )
        if name in survey.columns:
            raise OptionError(
                f"not_asked names {name!r}, but the data have that column. Take it off the list, or drop the column."
            )
    return declared
