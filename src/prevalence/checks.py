"""What a user gives: names in one form, and numbers checked with one clear error each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from prevalence.errors import OptionError, listed


def as_names(names: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return one name, several or none as a tuple.

    Examples
    --------
    >>> as_names("sex"), as_names(["sex", "area"]), as_names(None)
    (('sex',), ('sex', 'area'), ())
    """
    return (names,) if isinstance(names, str) else tuple(() if names is None else names)


def check_share(name: str, value: float, *, zero: bool = False, one: bool = False) -> None:
    """Raise `OptionError` unless 0 < value < 1; `zero` and `one` let the ends in."""
    inside = (value >= 0 if zero else value > 0) and (value <= 1 if one else value < 1)
    if not inside:
        low, high = "0 or more" if zero else "above 0", "1 or less" if one else "below 1"
        hint = " Write 12 % as 0.12." if 1 < value <= 100 else ""
        raise OptionError(f"{name} must be {low} and {high}; found {value!r}.{hint}")


def check_above(name: str, value: float, least: float, *, equal: bool = False, finite: bool = True) -> None:
    """Raise `OptionError` unless value > least (>= where `equal`), and finite where asked."""
    fits = value >= least if equal else value > least
    if not fits or (finite and not math.isfinite(value)):
        raise OptionError(f"{name} must be a number {'of at least' if equal else 'above'} {least:g}; found {value!r}.")


def exactly_one(what: str, options: Mapping[str, float | None]) -> tuple[str, float]:
    """Return the option that is given.

    Raises
    ------
    OptionError
        If none or several are.
    """
    given = [(name, value) for name, value in options.items() if value is not None]
    if len(given) != 1:
        found = listed([name for name, _ in given], limit=len(given)) if given else "none"
        raise OptionError(
            f"{what} needs exactly one of {listed(options, limit=len(options))}; found {found}. Leave the others out."
        )
    return given[0]
