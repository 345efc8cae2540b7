"""The production unit of a job, formal, informal or a household: step A of the ILO's algorithm of informality."""

from __future__ import annotations

import re
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import Answer, all_of, any_of, check_numbers, compares, distinct, missing, never
from prevalence.classify.jobs.employed import asked
from prevalence.classify.values import among
from prevalence.errors import DataError, listed
from prevalence.survey import Survey

PUBLIC = ("Government", "Public enterprise", "NGO")
HOUSEHOLD = "Household"
BAND = re.compile(r"(\d+)\s*(?:-\s*(\d+)|(\+))?")


@dataclass(frozen=True, slots=True)
class Unit:
    """Flags of persons, whether or not they have a job.

    Attributes
    ----------
    household, formal : narwhals expressions
        The unit is a private household as employer; is formal. It is informal otherwise.
    open : narwhals expression
        It counts as informal because an answer is unknown.
    """

    household: nw.Expr
    formal: nw.Expr
    open: nw.Expr


def unit(survey: Survey, social: Answer, *, size_threshold: int, extra: tuple[str, ...]) -> Unit:
    """Return the kind of production unit of each person's main job."""
    columns = survey.columns
    blank = never(survey.design.weight)
    sector = "institutional_sector" in columns
    public = among("institutional_sector", PUBLIC) if sector else blank
    household = among("institutional_sector", [HOUSEHOLD]) if sector else blank
    if "destination" in extra:
        household = household | (among("destination", ["Own use only"]) & ~public)
    registered = asked(survey, "registered")
    if "bookkeeping" in extra:
        kept = asked(survey, "bookkeeping").yes
        registered = Answer(registered.yes | kept, registered.known | kept)
    large = all_of([asked(survey, "premises"), _large(survey, size_threshold)])
    covered = any_of([social, large])
    employee = among("status", ["Employee"])
    stand_in = Answer((employee & covered.yes) | (~employee & large.yes), (employee & covered.known) | (~employee & large.known))
    formal = ~household & (public | registered.yes | (~registered.known & stand_in.yes))
    sector_unknown = nw.col("institutional_sector").is_null() if sector else ~blank
    unsettled = (~registered.known & ~stand_in.known) | sector_unknown
    return Unit(household, formal, ~household & ~formal & unsettled)


def _large(survey: Survey, threshold: int) -> Answer:
    """Return whether the unit has at least `threshold` workers, from numbers or from bands such as ``5-9`` and ``10+``."""
    if "size" not in survey.columns:
        return asked(survey, "size")
    schema = survey.frame.collect_schema()
    if schema["size"] not in (nw.String, nw.Categorical, nw.Enum):
        check_numbers(survey.frame, ["size"])
        return Answer(compares("size", ">=", threshold), ~missing("size"))
    bands = {str(value): _band(str(value)) for value in distinct(survey.frame, "size")}
    straddling = [text for text, (low, high) in bands.items() if low < threshold <= high]
    if straddling:
        raise DataError(
            f"bands of 'size' must lie wholly below or at and above size_threshold={threshold}; {listed(sorted(straddling))} do not. "
            "Choose a threshold at the edge of a band; the ILO took 10 where the answers left no edge at 5."
        )
    reaching = among("size", [text for text, (low, _) in bands.items() if low >= threshold])
    return Answer(reaching, ~nw.col("size").is_null())


def _band(text: str) -> tuple[float, float]:
    found = BAND.fullmatch(text.strip())
    if found is None:
        raise DataError(
            f"column 'size' must hold numbers of workers or bands such as '1-4', '5-9' and '10+'; found {text!r}. Recode it in the profile."
        )
    low, high, more = found.groups()
    return float(low), float("inf") if more else float(high or low)
