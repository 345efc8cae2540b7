"""Hazardous work as the data tell it: codes of industry and occupation, long hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import narwhals.stable.v2 as nw

from prevalence.classify.answers import Answer, compares, distinct, either, equals, missing, never
from prevalence.classify.children.hazards import HazardCode, Hazards
from prevalence.classify.revision import evidence_of, exists
from prevalence.errors import DataError, counted, listed
from prevalence.rows import Frame

Column = Literal["isic", "isco"]
CODED: tuple[Column, ...] = ("isic", "isco")
LABELS = {"4": "ISIC Rev.4", "3.1": "ISIC Rev.3.1", "08": "ISCO-08", "88": "ISCO-88"}
REVISIONS = {"4": "isic4", "3.1": "isic3", "08": "isco08", "88": "isco88"}


def by_code(frame: Frame, hazards: Hazards, column: Column) -> Answer:
    """Return whether the code of a row (``isic`` or ``isco``) is on the list; a code with too few digits to tell is unknown.

    Raises
    ------
    DataError
        If a value cannot be a code of the classification, or the codes exist in its other revision alone.
    """
    codes = _codes(distinct(frame, column), hazards, column)
    listed_codes = hazards.codes_in(column)
    yes, unclear = [], []
    for span in sorted({(code.age_min, code.age_max) for code in listed_codes}):
        entries = [code for code in listed_codes if (code.age_min, code.age_max) == span]
        within = compares("age", ">=", span[0]) & ~compares("age", ">=", span[1] + 1)
        inside = [value for value, code in codes.items() if _among(code, entries)]
        nearly = [value for value, code in codes.items() if value not in inside and _above(code, entries)]
        yes.append(_holds(column, inside) & within)
        unclear.append(_holds(column, nearly) & within)
    found, open_ones = either(yes), either(unclear)
    return Answer(found, found | (_holds(column, list(codes)) & ~open_ones))


def by_long_hours(hazards: Hazards, *, coded: bool) -> Answer:
    """Return whether the hours reach those that are hazardous at every age; a special code is no number of hours."""
    known = ~missing("economic_hours")
    if coded:
        known = known & ~equals("economic_hours_special", 1)
    limit = hazards.hours_threshold if hazards.hours_threshold is not None else float("inf")
    return Answer(compares("economic_hours", hazards.hours_operator, limit) & known, known)


def _holds(column: str, values: list[object]) -> nw.Expr:
    return nw.col(column).is_in(values).fill_null(value=False) if values else never(column)


def _among(code: str, entries: Iterable[HazardCode]) -> bool:
    return any(code.startswith(prefix) for entry in entries for prefix in entry.prefixes)


def _above(code: str, entries: Iterable[HazardCode]) -> bool:
    """Return whether a group holds codes that are listed and others: 731 where 7311 is."""
    return any(prefix.startswith(code) for entry in entries for prefix in entry.prefixes)


def _codes(values: list[object], hazards: Hazards, column: Column) -> dict[object, str]:
    """Return the code of each distinct value as text, having checked that they can be of the stated revision."""
    revision = hazards.isic if column == "isic" else hazards.isco
    read = {value: _padded(_digits(value)) if column == "isic" else _digits(value) for value in values}
    label, known = LABELS[revision], REVISIONS[revision]
    lengths = (2, 4) if column == "isic" else (1, 2, 3, 4)
    wrong = [
        value for value, code in read.items() if len(code) not in lengths or (column == "isic" and not exists(code[:2], known))
    ]
    if wrong:
        raise DataError(
            f"column {column!r} must hold codes of {label} as digits; {counted(len(wrong), 'value')} cannot be one, "
            f"for example {listed(sorted(wrong, key=str))}. Correct them in the profile, or state the revision: with_hazards(..., {column}=...)."
        )
    told = evidence_of(read.values(), column)
    if told.verdict in REVISIONS.values() and told.verdict != known:
        other = next(name for name, identifier in REVISIONS.items() if identifier == told.verdict)
        raise DataError(
            f"column {column!r} must hold {label}; {counted(len(told.only[told.verdict]), 'code')} exist in {LABELS[other]} alone, "
            f"for example {listed(told.only[told.verdict])}, and none in {label} alone. "
            f"Use definition=pv.classify.with_hazards(..., {column}={other!r})."
        )
    return read


def _digits(value: object) -> str:
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() and text.isdigit() else ""
    number = float(str(value))
    return str(int(number)) if number.is_integer() and number >= 0 else ""


def _padded(digits: str) -> str:
    """Return a class or division with the leading zero that a number has lost: 1 is 01, 111 is 0111."""
    return digits.zfill(2 if len(digits) == 1 else 4 if len(digits) == 3 else len(digits))
