"""The operations of a profile: each makes one canonical column from columns of the file and reports what it could not use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.loaders import schema
from prevalence.loaders.answers import Answers, answers_of, as_code, code_text, numbers_of
from prevalence.provenance import Codebook
from prevalence.rows import Floats

Read = Callable[[str], Answers]
WHOLE = re.compile(r"(\d+)\.0*")
"""Text of a whole number that was written as a decimal one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A canonical column.

    Attributes
    ----------
    values : float64 or object array, one a row
        Numbers with NaN, or text with None.
    levels : tuple of str
        Levels in display order, empty unless categorical.
    unknown : mapping of answer to rows
        Answers that the profile does not know; they became missing.
    emptied : mapping of reason to rows
        Answers that mean "no answer"; they became missing.
    repaired : int
        Rows in which a lost leading zero was restored.
    stood_in : mapping of column to rows
        Columns that stood in for the first one.
    """

    values: Floats | npt.NDArray[np.object_]
    levels: tuple[str, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    repaired: int = 0
    stood_in: Mapping[str, int] = field(default_factory=dict)


def derive(recipe: schema.Recipe, frame: pd.DataFrame, codebook: Codebook) -> Derived:
    """Return the column that an operation makes of `frame`.

    Parameters
    ----------
    recipe : Recipe
        Operation of a profile; its columns must be in `frame`.
    frame : pandas.DataFrame
    codebook : Codebook
        Of the file: value labels, and codes that it declares missing.

    Raises
    ------
    ColumnError
        If a column that must hold numbers holds text.
    """
    if isinstance(recipe, schema.Constant):
        return _constant(recipe, len(frame))

    def read(column: str) -> Answers:
        return answers_of(frame, column, recipe.missing, codebook)

    if isinstance(recipe, schema.Labels):
        return _labels(read(recipe.column), codebook.levels(recipe.column))
    return _derive(recipe, read)


@singledispatch
def _derive(recipe: Any, _read: Read) -> Derived:
    raise TypeError(f"unknown operation {type(recipe).__name__}")


@_derive.register
def _recode(recipe: schema.Recode, read: Read) -> Derived:
    answers = read(recipe.column)
    values = answers.spread_text(_looked_up(answers, recipe.codes))
    for column, codes in recipe.if_empty.items():
        other = read(column)
        empty = (answers.positions < 0) & pd.isna(values)
        values[empty] = other.spread_text(_looked_up(other, codes))[empty]
    levels = recipe.levels or tuple(dict.fromkeys(recipe.codes.values()))
    return _with_losses(values, [answers], map(code_text, recipe.codes), levels)


@_derive.register
def _number(recipe: schema.Number, read: Read) -> Derived:
    answers = read(recipe.column)
    values, valid = _in_range(answers, recipe.valid)
    return _with_losses(answers.spread(values / recipe.divide_by), [answers], _where(answers, valid))


@_derive.register
def _sum(recipe: schema.Sum, read: Read) -> Derived:
    table, items, used = _numbers(recipe, read)
    none_known = np.isnan(table).all(axis=1)
    return _with_losses(np.where(none_known, np.nan, np.nansum(table, axis=1)), items, used)


@_derive.register
def _first_known(recipe: schema.FirstKnown, read: Read) -> Derived:
    table, items, used = _numbers(recipe, read)
    values = np.full(len(table), np.nan)
    stood_in = {}
    for name, column in zip(recipe.columns, table.T, strict=True):
        taken = np.isnan(values) & ~np.isnan(column)
        values[taken] = column[taken]
        if name != recipe.columns[0] and taken.any():
            stood_in[name] = int(taken.sum())
    return replace(_with_losses(values, items, used), stood_in=stood_in)


@_derive.register
def _product(recipe: schema.Product, read: Read) -> Derived:
    items = [read(column) for column in recipe.columns]
    values = np.prod([answers.spread(numbers_of(answers)) for answers in items], axis=0)
    if recipe.given is not None:
        values = np.where(read(recipe.given).positions < 0, np.nan, values)
    return _with_losses(values, items, None)


@_derive.register
def _normalised(recipe: schema.Normalised, read: Read) -> Derived:
    items = [read(recipe.column), read(recipe.to)]
    values, target = (answers.spread(numbers_of(answers)) for answers in items)
    both = ~np.isnan(values) & ~np.isnan(target)
    total = values[both].sum()
    factor = target[both].sum() / total if total > 0 else np.nan
    return _with_losses(np.where(both, values * factor, np.nan), items, None)


@_derive.register
def _any_yes(recipe: schema.AnyYes, read: Read) -> Derived:
    yes, no = set(map(code_text, recipe.yes)), set(map(code_text, recipe.no))
    items = [read(column) for column in (*recipe.columns, *recipe.optional_columns)]
    table = np.column_stack([a.spread(1.0 if t in yes else 0.0 if t in no else np.nan for t in a.texts) for a in items])
    values = np.where((table == 1).any(axis=1), 1.0, np.where((table == 0).all(axis=1), 0.0, np.nan))
    empty = np.all([answers.positions < 0 for answers in items], axis=0)
    for column, codes in recipe.no_if_empty.items():
        other, skipped = read(column), set(map(code_text, codes))
        values[empty & (other.spread(float(text in skipped) for text in other.texts) == 1)] = 0.0
    return _with_losses(values, items, yes | no)


@_derive.register
def _any_code(recipe: schema.AnyCode, read: Read) -> Derived:
    codes = set(map(code_text, recipe.codes))
    table = [a.spread(float(t in codes) for t in a.texts) == 1 for a in map(read, recipe.sources)]
    return Derived(values=np.any(table, axis=0).astype(np.float64))


@_derive.register
def _bands(recipe: schema.Bands, read: Read) -> Derived:
    answers = read(recipe.column)
    numbers = numbers_of(answers)
    names = np.full(len(numbers), None, dtype=object)
    for name, limits in recipe.bands.items():
        names[(numbers >= limits[0]) & (numbers <= (limits[1] if len(limits) > 1 else np.inf))] = name
    derived = _with_losses(answers.spread_text(names), [answers], None, tuple(recipe.bands))
    outside = sum(answers.rows(_where(answers, pd.isna(names) & ~np.isnan(numbers))).values())
    return replace(derived, emptied={**derived.emptied, "outside every band": outside}) if outside else derived


@_derive.register
def _code(recipe: schema.Code, read: Read) -> Derived:
    answers = read(recipe.column)
    codes: list[str | None] = []
    padded: list[bool] = []
    for value, text in zip(answers.values, answers.texts, strict=True):
        code, was_padded = (None, False) if text in answers.missing else _classification_code(value, recipe)
        codes.append(code[: recipe.first] if code else None)
        padded.append(was_padded)
    repaired = int(np.nansum(answers.spread(map(float, padded))))
    usable = np.array([code is not None for code in codes], dtype=bool)
    return replace(_with_losses(answers.spread_text(codes), [answers], _where(answers, usable)), repaired=repaired)


@_derive.register
def _text(recipe: schema.Text, read: Read) -> Derived:
    answers = read(recipe.column)
    trimmed = (
        None if text in answers.missing else str(value).strip() for value, text in zip(answers.values, answers.texts, strict=True)
    )
    values = answers.spread_text(text and (text.upper() if recipe.upper else text) for text in trimmed)
    return _with_losses(values, [answers], None)


def _constant(recipe: schema.Constant, rows: int) -> Derived:
    if isinstance(recipe.value, str):
        return Derived(values=np.full(rows, recipe.value, dtype=object), levels=(recipe.value,))
    return Derived(values=np.full(rows, float(recipe.value)))


def _labels(answers: Answers, labels: Mapping[Any, str]) -> Derived:
    texts = {code_text(code): label.strip() for code, label in labels.items()}
    unlabelled = {
        text: str(value).strip() for text, value in zip(answers.texts, answers.values, strict=True) if text not in texts
    }
    names = {text: name for text, name in {**texts, **unlabelled}.items() if text not in answers.missing}
    levels = tuple(dict.fromkeys(name for text, name in names.items() if text in texts))
    return _with_losses(answers.spread_text(names.get(text) for text in answers.texts), [answers], None, levels)


def _classification_code(value: Any, recipe: schema.Code) -> tuple[str | None, bool]:
    """Return a code as text and whether a zero was restored.

    A number can have lost one zero only: no class of ISIC or ISCO begins with two, so 12 is division 12, not class 0012.
    Text keeps its length unless it was a number once, as "127.0" was, or as the profile says (`pad_text`): "141" may be a group.
    """
    text = str(value).strip()
    whole = WHOLE.fullmatch(text)
    was_number = not isinstance(value, str) or whole is not None
    text = whole[1] if whole else text
    if not text.isdecimal() or len(text) > recipe.digits:
        return None, False
    may_pad = recipe.pad_text or was_number
    if may_pad and len(text) in (recipe.digits - 1, 1) and len(text) < recipe.digits and not text.startswith("0"):
        return f"0{text}", True
    return text, False


def _in_range(answers: Answers, limits: tuple[float, float] | None) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the distinct numbers, NaN outside the limits, and which of them lie inside."""
    numbers = numbers_of(answers)
    low, high = limits or (-np.inf, np.inf)
    valid = (numbers >= low) & (numbers <= high)
    return np.where(valid, numbers, np.nan), valid


def _numbers(recipe: schema.Sum | schema.FirstKnown, read: Read) -> tuple[Floats, list[Answers], list[str] | None]:
    """Return the numbers of several columns (rows x columns), the answers, and those that are numbers in the valid range."""
    items = [read(column) for column in recipe.sources]
    ranges = [_in_range(answers, recipe.valid) for answers in items]
    table = np.column_stack([answers.spread(values) for answers, (values, _) in zip(items, ranges, strict=True)])
    used = [text for answers, (_, valid) in zip(items, ranges, strict=True) for text in _where(answers, valid)]
    return table, items, used if recipe.valid else None


def _looked_up(answers: Answers, codes: Mapping[str, str]) -> list[str | None]:
    levels = {code_text(code): level for code, level in codes.items()}
    return [levels.get(text) for text in answers.texts]


def _where(answers: Answers, known: npt.NDArray[np.bool_]) -> list[str]:
    return [text for text, is_known in zip(answers.texts, known, strict=True) if is_known]


def _with_losses(
    values: Floats | npt.NDArray[np.object_],
    items: Iterable[Answers],
    used: Iterable[str] | None,
    levels: tuple[str, ...] = (),
) -> Derived:
    """Return the column with a count of the answers that were not used; None: all were, but for the missing codes."""
    unknown: dict[str, int] = {}
    emptied: dict[str, int] = {}
    mapped = None if used is None else set(used)
    for answers in items:
        reasons = {text: reason for text, reason in answers.missing.items() if text not in (mapped or ())}
        for text, rows in answers.rows(reasons).items():
            name = f"{as_code(text)} ({reasons[text]})"
            emptied[name] = emptied.get(name, 0) + rows
        if mapped is not None:
            for text, rows in answers.rows(set(answers.texts) - mapped - set(reasons)).items():
                unknown[text] = unknown.get(text, 0) + rows
    return Derived(values=values, levels=levels, unknown=unknown, emptied=emptied)
