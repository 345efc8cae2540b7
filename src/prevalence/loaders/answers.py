"""Answers of a column: each distinct value once, as text that codes are compared by, and the row that holds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.errors import ColumnError, counted, listed
from prevalence.provenance import Codebook
from prevalence.rows import Codes, Floats, plain

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


@dataclass(frozen=True, slots=True)
class Answers:
    """A column by its distinct values.

    Attributes
    ----------
    column : str
    positions : int64 array, one a row
        Position in `values`; -1 where the row has no answer.
    values : tuple
        Distinct values, as the file has them.
    texts : tuple of str
        The same as comparable text (`code_text`).
    missing : mapping of text to reason
        Answers that mean "no answer": those of the profile, then those that the file declares.
    """

    column: str
    positions: Codes
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    missing: Mapping[str, str]

    def rows(self, texts: Iterable[str]) -> dict[str, int]:
        """Return how many rows hold each of the distinct answers named, in order of appearance."""
        wanted = set(texts)
        sizes = np.bincount(self.positions[self.positions >= 0], minlength=len(self.texts))
        found: dict[str, int] = {}
        for text, size in zip(self.texts, sizes, strict=True):
            if text in wanted:
                found[text] = found.get(text, 0) + int(size)
        return found

    def spread(self, values: Iterable[float]) -> Floats:
        """Return one number a row from one number a distinct answer; NaN where there is no answer."""
        return np.array([*values, np.nan], dtype=np.float64)[self.positions]

    def spread_text(self, values: Iterable[str | None]) -> npt.NDArray[np.object_]:
        """Return one text a row from one text a distinct answer; None where there is no answer."""
        return np.array([*values, None], dtype=object)[self.positions]


def answers_of(frame: pd.DataFrame, column: str, missing: Mapping[str, str], codebook: Codebook) -> Answers:
    """Return the answers of a column; codes that the file's codebook declares missing join the profile's."""
    positions, distinct = pd.factorize(frame[column], use_na_sentinel=True)
    values = tuple(plain(value) for value in distinct)
    known = codebook.variables.get(column)
    declared = {code_text(code): reason for code, reason in known.missing.items()} if known else {}
    reasons = {**declared, **{code_text(code): reason for code, reason in missing.items()}}
    return Answers(column, positions.astype(np.int64), values, tuple(map(code_text, values)), reasons)


def by_answer(column: pd.Series[Any], made_of: Callable[[Any], object]) -> pd.Series[Any]:
    """Return what a function makes of each distinct value of a column, spread over the rows; None where a value is missing."""
    positions, distinct = pd.factorize(column, use_na_sentinel=True)
    return pd.Series(np.array([*map(made_of, distinct), None], dtype=object)[positions], index=column.index)


def code_text(value: object) -> str:
    """Return a code as text by which 1, 1.0, "1", "01" and True are the same, and so are "Yes" and "yes ".

    Examples
    --------
    >>> code_text(1.0), code_text(" 01"), code_text("Yes")
    ('1', '1', 'yes')
    """
    if isinstance(value, bool):
        return str(int(value))
    text = str(plain(value)).strip()
    return str(plain(float(text))) if NUMBER.fullmatch(text) else text.casefold()


def as_code(text: str) -> int | float | str:
    """Return the code that a key of a profile stands for: a number where it reads as one."""
    number: int | float | str = plain(float(text)) if NUMBER.fullmatch(text.strip()) else text
    return number


def numbers_of(answers: Answers) -> Floats:
    """Return the distinct answers as float64, NaN for missing codes.

    Raises
    ------
    ColumnError
        If an answer is text that is no number and not declared as a missing code.
    """
    raw = pd.Series(
        [None if text in answers.missing else value for text, value in zip(answers.texts, answers.values, strict=True)]
    )
    dated = [value for value in raw if isinstance(value, date) or (isinstance(value, str) and DATE.fullmatch(value.strip()))]
    converted = pd.to_numeric(raw, errors="coerce")
    broken = [answers.texts[i] for i in np.flatnonzero(raw.notna() & converted.isna())]
    if dated:
        rows = sum(answers.rows(map(code_text, dated)).values())
        raise ColumnError(
            f"column {answers.column!r} must hold numbers; {counted(rows, 'row')} hold dates, for example {listed(map(str, dated))}. "
            "Compute the number first (age: completed years at the interview), or name another column in the profile."
        )
    if broken:
        rows = sum(answers.rows(broken).values())
        examples = listed(value for text, value in zip(answers.texts, answers.values, strict=True) if text in broken)
        raise ColumnError(
            f"column {answers.column!r} must hold numbers; {counted(rows, 'row')} hold text that cannot be read as one, "
            f"for example {examples}. Declare these answers under 'missing' in the profile, or recode the column."
        )
    return converted.to_numpy(dtype=np.float64)
