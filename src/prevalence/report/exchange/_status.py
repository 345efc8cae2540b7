"""SDMX observation status: what a code means where it comes from, and which of several codes is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prevalence.errors import OptionError, check_option, listed, suggestion

Origin = Literal["sdmx", "ilo-microdata"]
Precedence = Literal["ilo", "sdmx"]
ORIGINS: tuple[Origin, ...] = ("sdmx", "ilo-microdata")
PRECEDENCES: tuple[Precedence, ...] = ("ilo", "sdmx")

SUPPRESSED, MISSING, CONFIDENTIAL = "Q", "O", "C"

STATUSES = {
    "A": "normal",
    "B": "time series break",
    "D": "definition differs",
    "E": "estimated",
    "F": "forecast",
    "G": "experimental",
    "H": "missing; holiday or weekend",
    "I": "imputed (CCSA definition)",
    "J": "derogation",
    "K": "included in another category",
    "L": "missing; exist but not collected",
    "M": "missing; cannot exist",
    "N": "not significant",
    "O": "missing",
    "P": "provisional",
    "Q": "missing; suppressed",
    "S": "strike and other special events",
    "U": "low reliability",
    "V": "unvalidated",
    "W": "includes another category",
}
"""SDMX CL_OBS_STATUS 2.2, names as UNICEF's copy of the list prints them (verified)."""

UNICEF_STATUSES = {
    "RA": "reanalysed",
    "ER": "external reanalysis",
    "RP": "reported",
    "AD": "adjusted",
    "MD": "modelled",
    "PR": "projection",
    "LT": "less than",
    "BU": "break and low reliability",
    "PU": "provisional and low reliability",
    "DE": "definition differs and estimated",
}
"""Codes that UNICEF adds (verified)."""

WITHOUT_VALUE = frozenset("HLMOQ")
"""Codes that say that there is no value: nothing else can be said of the cell."""

ILO_MICRODATA = {"S": SUPPRESSED, "U": "U", "B": "B", "": "A"}
"""The ILO's microdata code writes S for a withheld cell, which is Q in SDMX, where S means strike (verified)."""

ORDER: dict[Precedence, str] = {"ilo": "QMLHOUBDPEIFGJKNVWS", "sdmx": "QMLHOBDUPEIFGJKNVWS"}
"""Which code is written where several meet, apart from `A`. ILO code keeps U over B, SDMX guidance puts B first (both verified); the places of the
others are this package's."""


@dataclass(frozen=True, slots=True)
class ObservationStatus:
    """What the status of an observation means.

    Attributes
    ----------
    code : str
        As it is in SDMX.
    meaning : str
    has_value : bool
        Whether an observation with this status has a value.
    """

    code: str
    meaning: str
    has_value: bool


def observation_status(code: str, *, origin: Origin = "sdmx") -> ObservationStatus:
    """Return what a status code means.

    Parameters
    ----------
    code : str
        An empty one is ``A``, normal.
    origin : {"sdmx", "ilo-microdata"}
        Where the code comes from. ``S`` means strike in SDMX, and fewer than 5 observations, withheld, in the output of the ILO's microdata code.

    Raises
    ------
    OptionError
        If the code is not known there.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.report.observation_status("S").meaning, pv.report.observation_status("S", origin="ilo-microdata").meaning
    ('strike and other special events', 'missing; suppressed')
    """
    check_option("origin", origin, ORIGINS)
    names = STATUSES | UNICEF_STATUSES
    if origin == "ilo-microdata":
        if code not in ILO_MICRODATA:
            raise OptionError(
                f"The ILO's microdata code writes {listed(ILO_MICRODATA, limit=4)}; found {code!r}. Is it an SDMX file?"
            )
        code = ILO_MICRODATA[code]
    code = code or "A"
    if code not in names:
        raise OptionError(f"OBS_STATUS must be a code of SDMX or UNICEF; found {code!r}.{suggestion(code, names)}")
    return ObservationStatus(code, names[code], code not in WITHOUT_VALUE)


def check_statuses(codes: Iterable[str]) -> tuple[str, ...]:
    """Return codes that may be said of a whole table, or raise `OptionError`."""
    found = tuple(codes)
    wrong = [code for code in found if code not in STATUSES or code in WITHOUT_VALUE or code == "A"]
    if wrong:
        raise OptionError(
            f"statuses are SDMX codes of observations that have a value, such as 'B' (break) or 'P' (provisional); found {listed(wrong)}. "
            "What is withheld or missing is known from the estimates."
        )
    return found


def chosen(codes: Sequence[str], precedence: Precedence, joined: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the code that is written and those that it leaves out; `joined` maps two codes to one that says both.

    Examples
    --------
    >>> chosen(["B", "U"], "ilo", {}), chosen(["B", "U"], "sdmx", {}), chosen(["B", "U"], "ilo", {"B U": "BU"})
    (('U', ('B',)), ('B', ('U',)), ('BU', ()))
    """
    order = sorted(set(codes), key=ORDER[precedence].index)
    if not order:
        return "A", ()
    pair = joined.get(" ".join(sorted(order[:2])))
    if pair is not None and order[0] not in WITHOUT_VALUE:
        return pair, tuple(order[2:])
    return order[0], tuple(order[1:])
