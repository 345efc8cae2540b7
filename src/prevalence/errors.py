"""Every error and warning of the package, and the phrases that make a message clear.

A message says what must hold, what was found (a count and up to three examples) and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class PrevalenceError(ValueError):
    """Base of all errors that a user of the package can cause and cure."""


class ColumnError(PrevalenceError):
    """A column is absent, or does not hold what its role asks for."""


class DataError(PrevalenceError):
    """Rows break a rule: duplicated persons, unknown codes, values out of range."""


class DesignError(PrevalenceError):
    """The sampling design contradicts itself or the data."""


class DefinitionError(PrevalenceError):
    """A definition of an indicator is unknown, malformed or cannot be applied to these data."""


class LoadError(PrevalenceError):
    """A file cannot be read, or a profile does not fit it."""


class OptionError(PrevalenceError):
    """An option has a value that it does not know."""


class ConfigError(PrevalenceError):
    """A configuration file has faults; the message lists all of them."""


class OutputError(PrevalenceError):
    """Results cannot be written where they were asked for."""


class PrevalenceWarning(UserWarning):
    """Something was done that the user should know of before publishing."""


def listed(values: Iterable[object], limit: int = 3) -> str:
    """Return up to `limit` quoted examples and how many more there are.

    Examples
    --------
    >>> listed(["KEN-07", "KEN-12", "KEN-31", "KEN-40"])
    "'KEN-07', 'KEN-12', 'KEN-31' and 1 more"
    """
    items = list(values)
    shown = ", ".join(repr(item) for item in items[:limit])
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "stratum", "strata"), counted(3, "stratum", "strata"), counted(2000, "row")
    ('1 stratum', '3 strata', '2,000 rows')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` where a known name is close to `name`, else nothing.

    Examples
    --------
    >>> suggestion("supply_chian", ["sex", "supply_chain"])
    " Did you mean 'supply_chain'?"
    """
    by_folded = {str(k).casefold(): str(k) for k in known}
    close = get_close_matches(str(name).casefold(), list(by_folded), n=1, cutoff=0.6)
    return f" Did you mean {by_folded[close[0]]!r}?" if close else ""


def check_option(option: str, value: object, allowed: Sequence[str]) -> None:
    """Raise `OptionError` unless `value` is one of the `allowed` strings."""
    if value not in allowed:
        raise OptionError(
            f"{option} must be one of {listed(allowed, limit=len(allowed))}; found {value!r}.{suggestion(str(value), allowed)}"
        )
