"""What became of each sampled case, and the rates of response that follow.

Source: AAPOR, Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, chapter on outcome rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate import text_of
from prevalence.errors import DataError, counted, listed, suggestion
from prevalence.rows import MISSING_CODE, Floats, indicator, levels_of
from prevalence.totals import Ints

DISPOSITIONS = ("interview", "partial", "refusal", "non-contact", "other", "unknown", "ineligible")
"""I, P, R, NC, O, UH + UO of AAPOR, and cases out of scope."""

RESPONDED, UNKNOWN, INELIGIBLE = (0, 1), 5, 6

RATES = {
    "RR1": "interviews over all but ineligible cases",
    "RR2": "interviews and partial ones over all but ineligible cases",
    "RR3": "interviews over eligible cases, unknown ones counted by their estimated eligibility",
    "RR4": "interviews and partial ones over eligible cases, unknown ones counted by their estimated eligibility",
    "RR5": "interviews over cases known to be eligible",
    "RR6": "interviews and partial ones over cases known to be eligible",
    "COOP1": "interviews over cases contacted",
    "COOP3": "interviews over cases contacted and able to take part",
    "REF1": "refusals over all but ineligible cases",
    "REF3": "refusals over cases known to be eligible",
    "CON1": "cases contacted over all but ineligible cases",
    "CON3": "cases contacted over cases known to be eligible",
}


def dispositions_of(frame: nw.DataFrame[Any], column: str, codes: Mapping[Any, str] | None) -> Ints:
    """Return the place of each row in `DISPOSITIONS`.

    Parameters
    ----------
    frame : eager narwhals frame
    column : str
        0/1 (1 = interview, 0 = other), or values that `codes` translates, or the names themselves.
    codes : mapping of value to disposition, optional

    Raises
    ------
    DataError
        If a value is missing or has no disposition.
    """
    if codes is None and _is_indicator(frame, column):
        values = indicator(frame, column)
        _check_all(column, np.isnan(values))
        return np.where(values == 1, 0, 4).astype(np.int64)
    found, levels = levels_of(frame, column)
    _check_all(column, found == MISSING_CODE)
    named = {text_of(value): name for value, name in (codes or {name: name for name in DISPOSITIONS}).items()}
    unknown = [name for name in named.values() if name not in DISPOSITIONS]
    if unknown:
        raise DataError(
            f"Dispositions are {listed(DISPOSITIONS, limit=7)}; codes hold {listed(unknown)}.{suggestion(unknown[0], DISPOSITIONS)}"
        )
    without = [text_of(level) for level in levels if text_of(level) not in named]
    if without:
        raise DataError(
            f"Every value of {column!r} needs a disposition; {counted(len(without), 'value has', 'values have')} none: {listed(without)}. "
            f"Give codes={{value: disposition}} with {listed(DISPOSITIONS, limit=7)}."
        )
    place = np.array([DISPOSITIONS.index(named[text_of(level)]) for level in levels], dtype=np.int64)
    return place[found]


def rates(sums: Floats, eligibility: float | None = None) -> dict[str, float]:
    """Return AAPOR's outcome rates from the number (or weight) of cases by disposition.

    Parameters
    ----------
    sums : float array, shape (7,)
        In the order of `DISPOSITIONS`.
    eligibility : float, optional
        AAPOR's e, the part of unknown cases that is eligible; by default that of the cases whose eligibility is known.
    """
    interview, partial, refusal, contactless, other, unknown, ineligible = sums.tolist()
    known = interview + partial + refusal + contactless + other
    e = (known / (known + ineligible) if known + ineligible > 0 else np.nan) if eligibility is None else eligibility
    every, estimated = known + unknown, known + e * unknown
    contacted = interview + partial + refusal + other
    return {
        "RR1": _part(interview, every),
        "RR2": _part(interview + partial, every),
        "RR3": _part(interview, estimated),
        "RR4": _part(interview + partial, estimated),
        "RR5": _part(interview, known),
        "RR6": _part(interview + partial, known),
        "COOP1": _part(interview, contacted),
        "COOP3": _part(interview, contacted - other),
        "REF1": _part(refusal, every),
        "REF3": _part(refusal, known),
        "CON1": _part(contacted, every),
        "CON3": _part(contacted, known),
    }


def _part(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")


def _is_indicator(frame: nw.DataFrame[Any], column: str) -> bool:
    dtype = frame.get_column(column).dtype
    return bool(dtype.is_numeric() or dtype == nw.Boolean)


def _check_all(column: str, missing: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    if missing.any():
        raise DataError(
            f"Every sampled case needs a disposition; {column!r} is missing in {counted(int(missing.sum()), 'row')}. "
            "Take it from the fieldwork records; cases of which nothing is known are 'unknown'."
        )
