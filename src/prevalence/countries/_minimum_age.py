"""An age limit of a country as its source prints it: a number where it is one, and the text always."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MinimumAge:
    """An age limit.

    Attributes
    ----------
    years : float or None
        The age, None where the text is no number (``"12/13"``, ``"N/A"``, ``"multi-territory"``).
    text : str
        What the source prints.
    mark : bool or None
        What the source says beside it: for the ages of work whether it meets international standards, for the age of compulsory
        education whether it was calculated. None where it does not say.
    """

    years: float | None
    text: str
    mark: bool | None = None


def minimum_age(text: str, mark: str = "") -> MinimumAge:
    """Return an age limit from its text and its mark (``Yes``, ``No`` or nothing).

    Examples
    --------
    >>> minimum_age("17.5", "Yes").years, minimum_age("12/13", "No").years
    (17.5, None)
    """
    try:
        years = float(text)
    except ValueError:
        years = None
    return MinimumAge(years, text, {"Yes": True, "No": False}.get(mark))
