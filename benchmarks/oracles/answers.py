"""An answer of a package, and why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oracles.cases import Case

Answer = dict[str, float]
"""Numbers by name: ``estimate, se, low, high, df, deff, statistic, p``."""


class NotOfferedError(Exception):
    """The package has no function for the question."""


def asked(case: Case, answer: Callable[[Case], Answer]) -> tuple[Answer, str]:
    """Return the answer and an empty note, or no answer and the reason."""
    try:
        return {name: float(value) for name, value in answer(case).items() if value is not None}, ""
    except NotOfferedError as reason:
        return {}, f"not offered: {reason}" if str(reason) else "not offered"
    except Exception as error:
        text = " ".join(str(error).split())
        return {}, f"{type(error).__name__}: {text[:160]}"


def picked(row: Mapping[str, object], **names: str) -> Answer:
    """Return numbers of a row under the names of an answer."""
    return {ours: float(str(row[theirs])) for ours, theirs in names.items() if theirs in row and row[theirs] is not None}
