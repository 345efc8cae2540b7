"""The result of a comparison of two rounds: one row a cell, and the tables it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from prevalence.baseline.effects import Effects, Relative, effects, relative_change
from prevalence.baseline.samples import Pair
from prevalence.errors import OptionError
from prevalence.estimates import Estimates, Interval, key_named
from prevalence.formulas.contrast import WaldTest
from prevalence.formulas.significance import Adjustment
from prevalence.provenance import software
from prevalence.shown import Column, Floats, Shown, plain
from prevalence.totals import Ints
from prevalence.written import json_text, records, write_file

SCHEMA = "prevalence/change/1"
ROUND = "round"
NO_COVARIANCE = "Public records have none: read them with their private part, or create them with correlations=True; correlation= knows of no other cell."


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Change(Shown):
    """What changed between two rounds, one row a cell; arrays of shape (cells,), NaN where a number cannot be had.

    Attributes
    ----------
    n_old, n_new : float arrays
        Unweighted people.
    old, new : float arrays
        Rates.
    change, se, low, high, t, df, p_value : float arrays
        new - old, with t limits.
    p_adjusted : float array
        NaN unless asked for.
    relative, relative_se, relative_low, relative_high : float arrays
        new / old - 1; limits on the log scale.
    relative_method : tuple of str
        ``fieller`` where the old rate has a coefficient of variation above 20 % or the new one is 0, else ``log``.
    number_old, number_new, number_change, number_se, number_low, number_high : float arrays
        Numbers of people.
    number_relative, number_relative_se, number_relative_low, number_relative_high : float arrays
    population_effect, population_effect_se, prevalence_effect, prevalence_effect_se : float arrays
        Parts of `number_change`: of the growth of the population and of the change of the rate.
    flag : tuple of str
        Warnings of a cell.
    rounds, samples, comparability : str
        Names of the rounds; how the samples are related; ``D`` where another definition was let pass, ``B`` for a break in the series.
    level : float
    difference : Estimates
        The differences, for joint tests, further contrasts and tests.
    table : Estimates
        Rates of both rounds, with the dimension ``round``.
    notes : tuple of str
    crossed : bool
        Whether the covariances between cells are known, without which there is no joint test.
    """

    n_old: Floats
    n_new: Floats
    old: Floats
    new: Floats
    change: Floats
    se: Floats
    low: Floats
    high: Floats
    t: Floats
    df: Floats
    p_value: Floats
    p_adjusted: Floats
    relative: Floats
    relative_se: Floats
    relative_low: Floats
    relative_high: Floats
    relative_method: tuple[str, ...]
    number_old: Floats
    number_new: Floats
    number_change: Floats
    number_se: Floats
    number_low: Floats
    number_high: Floats
    number_relative: Floats
    number_relative_se: Floats
    number_relative_low: Floats
    number_relative_high: Floats
    population_effect: Floats
    population_effect_se: Floats
    prevalence_effect: Floats
    prevalence_effect_se: Floats
    flag: tuple[str, ...]
    rounds: str
    samples: str
    comparability: str
    level: float
    difference: Estimates = field(repr=False)
    table: Estimates = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    crossed: bool = field(repr=False)

    def columns(self) -> dict[str, Column]:
        """Return the columns by name, dimensions first."""
        names = ["indicator", *(name for name in self.difference.dimensions if name != ROUND)]
        cells: dict[str, Column] = {key.name: tuple(key.texts()) for key in self.difference.keys if key.name in names}
        return {**cells, **Shown.columns(self)}

    def test(self) -> WaldTest:
        """Return the joint test that nothing changed in any cell; leave cells out with `cells` of ``pv.baseline.change``.

        Raises
        ------
        OptionError
            If the covariances between cells are not known, or a cell has no standard error above zero.
        """
        if not self.crossed:
            raise OptionError(f"A joint test needs the covariances between the cells. {NO_COVARIANCE}")
        return self.difference.test()

    def to_json(self, path: str | Path) -> Path:
        """Write rows, facts and notes as JSON, numbers to 12 significant digits; return the path."""
        document = {
            "schema": SCHEMA,
            **self.facts(),
            "notes": list(self.notes),
            "software": software(),
            "cells": records({name: plain(column) for name, column in self.columns().items()}),
        }
        return write_file(Path(path), json_text(document))


def change_of(
    pair: Pair, names: tuple[str, str], adjust: Adjustment | None, level: float, flags: str, notes: tuple[str, ...]
) -> Change:
    """Return the change between the rounds of a pair."""
    rates = replace(pair.rates, interval=Interval(pair.rates.interval.method, level))
    difference = rates.difference(ROUND, names[1], names[0])
    difference = replace(difference, interval=Interval(difference.interval.method, level))
    first, second = _rows(rates, difference, names)
    tests = difference.tests(adjust=adjust)
    ratio = relative_change(rates, first, second, difference)
    counts = _Counts.of(pair, level, first, second, names)
    numbers, limits = rates.numbers, difference.limits
    unknown = np.full(len(first), np.nan)
    return Change(
        n_old=numbers.n[first],
        n_new=numbers.n[second],
        old=numbers.estimate[first],
        new=numbers.estimate[second],
        change=difference.numbers.estimate,
        se=difference.numbers.se,
        low=limits.low,
        high=limits.high,
        t=tests.test.t,
        df=difference.numbers.df,
        p_value=tests.p_value,
        p_adjusted=unknown if tests.adjusted is None else tests.adjusted.p_value,
        relative=ratio.value,
        relative_se=ratio.se,
        relative_low=ratio.low,
        relative_high=ratio.high,
        relative_method=ratio.method,
        number_old=counts.old,
        number_new=counts.new,
        number_change=counts.change,
        number_se=counts.se,
        number_low=counts.low,
        number_high=counts.high,
        number_relative=counts.ratio.value,
        number_relative_se=counts.ratio.se,
        number_relative_low=counts.ratio.low,
        number_relative_high=counts.ratio.high,
        population_effect=counts.parts.population,
        population_effect_se=counts.parts.population_se,
        prevalence_effect=counts.parts.prevalence,
        prevalence_effect_se=counts.parts.prevalence_se,
        flag=_flags(difference, flags),
        rounds=f"{names[0]} to {names[1]}",
        samples=pair.said,
        comparability=flags,
        level=level,
        difference=difference,
        table=rates,
        notes=notes,
        crossed=pair.crossed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Change of the numbers of people, NaN where they are not known."""

    old: Floats
    new: Floats
    change: Floats
    se: Floats
    low: Floats
    high: Floats
    ratio: Relative
    parts: Effects

    @classmethod
    def of(cls, pair: Pair, level: float, first: Ints, second: Ints, names: tuple[str, str]) -> _Counts:
        unknown = np.full(len(first), np.nan)
        if pair.numbers is None or pair.people is None:
            none = Relative(value=unknown, se=unknown, low=unknown, high=unknown, method=("",) * len(first))
            parts = Effects(population=unknown, population_se=unknown, prevalence=unknown, prevalence_se=unknown)
            return cls(old=unknown, new=unknown, change=unknown, se=unknown, low=unknown, high=unknown, ratio=none, parts=parts)
        table = replace(pair.numbers, interval=Interval(pair.numbers.interval.method, level))
        found = table.difference(ROUND, names[1], names[0])
        limits = replace(found, interval=Interval(found.interval.method, level)).limits
        return cls(
            old=table.numbers.estimate[first],
            new=table.numbers.estimate[second],
            change=found.numbers.estimate,
            se=found.numbers.se,
            low=limits.low,
            high=limits.high,
            ratio=relative_change(table, first, second, found),
            parts=effects(pair, first, second),
        )


def _rows(table: Estimates, difference: Estimates, names: tuple[str, str]) -> tuple[Ints, Ints]:
    """Return the rows of both rounds in the order of the differences."""
    dimensions = [name for name in ("indicator", *table.dimensions) if name != ROUND]

    def cells(estimates: Estimates) -> list[tuple[str, ...]]:
        texts = [key.texts() for name in dimensions for key in estimates.keys if key.name == name]
        return list(zip(*texts, strict=True))

    rounds = key_named(table.keys, ROUND).texts()
    places = {(name, *cell): row for row, (name, cell) in enumerate(zip(rounds, cells(table), strict=True))}
    found = [np.array([places[name, *cell] for cell in cells(difference)], dtype=np.int64) for name in names]
    return found[0], found[1]


def _flags(difference: Estimates, comparability: str) -> tuple[str, ...]:
    lead = {"D": "definition differs", "B": "break in series", "DB": "definition differs; break in series"}.get(comparability, "")
    return tuple("; ".join(filter(None, (lead, flag))) for flag in difference.flags)
