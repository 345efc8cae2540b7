"""The years by which child labour and forced labour are to end: parameters, each with source and status."""

from __future__ import annotations

from dataclasses import dataclass

from prevalence.countries._tables import rows_of
from prevalence.errors import OptionError, check_option, listed


@dataclass(frozen=True, slots=True)
class Deadline:
    """A year by which a goal is to be reached.

    Attributes
    ----------
    goal : {"child_labour", "forced_labour"}
    year : int
    default : bool
        Whether it is the one taken where none is named.
    status, source : str
    """

    goal: str
    year: int
    default: bool
    status: str
    source: str


def deadlines() -> tuple[Deadline, ...]:
    """Return all deadlines.

    Examples
    --------
    >>> import prevalence as pv
    >>> [(entry.goal, entry.year) for entry in pv.countries.deadlines()]
    [('child_labour', 2025), ('child_labour', 2030), ('forced_labour', 2030)]
    """
    return tuple(
        Deadline(row["goal"], int(row["year"]), row["default"] == "yes", row["status"], row["source"])
        for row in rows_of("deadlines.csv")
    )


def deadline(goal: str, year: int | None = None) -> Deadline:
    """Return the deadline of a goal.

    Parameters
    ----------
    goal : {"child_labour", "forced_labour"}
    year : int, optional
        Which one; default: 2030. SDG target 8.7 set 2025 for child labour, which was missed; later calls speak of 2030.

    Returns
    -------
    Deadline

    Raises
    ------
    OptionError
        If the goal is unknown or has no deadline of that year.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.countries.deadline("child_labour").year, pv.countries.deadline("child_labour", 2025).status
    (2030, 'verified')
    """
    known = deadlines()
    check_option("goal", goal, tuple(dict.fromkeys(entry.goal for entry in known)))
    found = [entry for entry in known if entry.goal == goal and (entry.default if year is None else entry.year == year)]
    if not found:
        years = [entry.year for entry in known if entry.goal == goal]
        raise OptionError(
            f"year must be a deadline of {goal!r}: {listed(years)}; found {year!r}. Give another year where it is used."
        )
    return found[0]
