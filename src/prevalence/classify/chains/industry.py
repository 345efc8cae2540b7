"""Reading a column of industries: ISIC Rev.4 codes with lost zeros restored, of one revision, each change counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prevalence.classify.answers import distinct, tally
from prevalence.classify.revision import CURRENT, exists, require_current
from prevalence.classify.values import among
from prevalence.errors import DataError, counted, listed
from prevalence.provenance import Count
from prevalence.rows import Frame

REVISION = CURRENT["isic"]
REVISIONS = (REVISION, "isic3")


@dataclass(frozen=True, slots=True)
class Industry:
    """A column of industry codes as the table of chains can read it.

    Attributes
    ----------
    column : str
    codes : mapping of value to code
        Each distinct value of the column with its class (4 digits) or division (2 digits), as text.
    counts : tuple of Count
        Rows whose lost zero was restored, and rows whose code is no class and is read as its division.
    """

    column: str
    codes: Mapping[object, str]
    counts: tuple[Count, ...]


def industries(frame: Frame, columns: Sequence[str], *, revision: str, step: str) -> list[Industry]:
    """Return the industries of the columns of one file, or raise `DataError` if they cannot be ISIC Rev.4.

    Their revision is told from all of them together. Numbers have lost their leading zero: 127 is 0127, 7 is division 07. Text keeps its
    length. A code that is no class of Rev.4 (0100, which some offices write for division 01, or a slip) says no more than its division.
    """
    values = {column: distinct(frame, column) for column in columns}
    together = [value for found in values.values() for value in found]
    read = isic_codes(together, column=", ".join(columns), revision=revision)
    return [_industry(frame, column, found, read, step) for column, found in values.items()]


def _industry(frame: Frame, column: str, values: list[object], read: Mapping[object, str], step: str) -> Industry:
    repaired = [value for value in values if not isinstance(value, str) and read[value] != str(int(float(str(value))))]
    strays = [value for value in values if not exists(read[value], REVISION)]
    reasons = {
        f"{column}: leading zeros restored, which numbers lose ({_examples(repaired, read)})": repaired,
        f"{column}: no class of ISIC Rev.4, read as its division ({_examples(strays, read)})": strays,
    }
    found = tally(frame, {reason: among(column, rows) for reason, rows in reasons.items()})
    counts = tuple(Count(step=step, rows=rows, reason=reason) for reason, rows in found.items() if rows)
    return Industry(column, {value: read[value][:2] if value in set(strays) else read[value] for value in values}, counts)


def isic_codes(values: Iterable[object], *, column: str, revision: str) -> dict[object, str]:
    """Return the ISIC Rev.4 code (4 or 2 digits, as text) of each distinct value of a column.

    Raises
    ------
    DataError
        If a value cannot be a class or division, or the codes are of another revision, of two, or exist in both.
    """
    read = {value: _isic(value) for value in values}
    nowhere = [
        value
        for value, code in read.items()
        if len(code) not in (2, 4) or not any(exists(code[:2], known) for known in REVISIONS)
    ]
    _check(read, nowhere, column)
    require_current(read.values(), column=column, classification="isic", revision=revision, option="revision")
    _check(read, [value for value, code in read.items() if not exists(code[:2], REVISION)], column)
    return read


def _check(read: Mapping[object, str], wrong: list[object], column: str) -> None:
    if wrong:
        raise DataError(
            f"column {column!r} must hold ISIC Rev.4 classes of 4 digits (or divisions of 2); {counted(len(wrong), 'value')} cannot be one, "
            f"for example {listed(sorted(wrong, key=str))}. Repair lost leading zeros ('127' is '0127') in the profile, "
            "and convert codes of another revision (Rev.3.1) or of a national classification (pv.classify.isic_from_national)."
        )


def _isic(value: object) -> str:
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() and text.isdigit() else ""
    number = float(str(value))
    if not number.is_integer() or number < 1:
        return ""
    digits = str(int(number))
    return digits.zfill(4 if len(digits) == 3 else 2)


def _examples(values: list[object], read: Mapping[object, str]) -> str:
    shown = sorted(values, key=str)[:3]
    return ", ".join(
        f"{str(value).removesuffix('.0')} as {read[value] if exists(read[value], REVISION) else read[value][:2]}"
        for value in shown
    )
