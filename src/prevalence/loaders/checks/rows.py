"""The rows of the tables of a check: plain frozen records of codes, counts and shares; never of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row of a table; its fields are the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One thing that a person should look at.

    Attributes
    ----------
    severity : {"error", "warning", "note"}
        ``error``: `prevalence.load` stops. ``warning``: it goes through, and numbers may be wrong. ``note``: good to know.
    place : str
        Column, variable or table.
    must_hold, found, to_do : str
        What must hold, what was found, what to do.
    """

    severity: Severity
    place: str
    must_hold: str
    found: str
    to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """What loading drops, joins, repairs or sets to missing: step, rows, and why."""

    step: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Record):
    """A file: its name (never its folder), its rows, and the SHA-256 digest of its bytes."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Record):
    """A column that the profile names: its part, whether the file has it, and how many rows hold a value."""

    column: str
    part: str
    state: str
    label: str
    filled: int
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Record):
    """A canonical variable, over the rows that pass the filters: rows known and missing, and its levels or quantiles."""

    variable: str
    operation: str
    source: str
    known: int
    missing: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside(Record):
    """Codes that occur in a column and that the profile, or the value labels of the file, do not know."""

    column: str
    unknown_to: str
    codes: int
    rows: int
    examples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFact(Record):
    """A fact about weights, strata, sampling units or keys."""

    fact: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """Answers to an item: given, refused or unknown by reason, codes not known, and empty (skipped or lost)."""

    item: str
    label: str
    answered: int
    no_answer: int
    unknown: int
    empty: int
    share_no_answer: float
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeTest(Record):
    """An index of digit preference in ages: its value, the value without preference, and how to read it."""

    index: str
    ages: str
    rows: int
    value: float
    without_preference: float
    p_value: float
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRatio(Record):
    """Rows of a single age for 100 expected from its two neighbours, with limits of what chance explains (95 %)."""

    age: int
    rows: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap(Record):
    """Rows with hours at a value or its multiples; for a threshold, also rows one hour below and above."""

    variable: str
    hours: str
    with_hours: int
    rows: int
    share: float
    share_without_preference: float
    one_below: float
    one_above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyShare(Record):
    """Share with an indicator among those who were answered for by one kind of respondent."""

    indicator: str
    respondent: str
    rows: int
    share: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpread(Record):
    """How much an indicator differs between interviewers or teams."""

    indicator: str
    between: str
    groups: int
    pooled: int
    rows: int
    share: float
    share_lowest: float
    share_highest: float
    chi_square: float
    df: int
    p_value: float
    icc: float
    design_effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShare(Record):
    """Share with an indicator in one interviewer's or team's interviews."""

    indicator: str
    between: str
    group: str
    rows: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Record):
    """Result of the interviews, before the filter."""

    column: str
    code: str
    label: str
    rows: int
    share: float
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interviewed(Record):
    """Eligible children listed in the households, rows of the file, and completed interviews."""

    group: str
    level: str
    listed: float
    rows: int
    interviewed: int
    share_interviewed: float
