"""How often does each interval hold the truth, by prevalence, number of units, clustering, domain and df rule?

    python benchmarks/interval_coverage.py

draws 10,000 samples of each of 300 surveys, up to four domains in each, and writes the tables ``docs/methods/coverage/grid*.csv`` of the page
"Coverage" of the docs. About a quarter of an hour on one core; ``--jobs 2`` changes no number, ``--samples 500`` is a quick look.

No people are made: a sample is the number of people and of cases by sampling unit, half and class of weight. That is all that estimates and their Taylor
standard errors depend on. The limits are the library's own (`prevalence.formulas.interval`); the unit tests compare the estimates, standard errors, design
effects and degrees of freedom computed here with those of `prevalence.prevalence` for the same people.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.progress import track

from prevalence.design import DF_RULES
from prevalence.formulas.interval import PROPORTION_METHODS, Limits, ProportionMethod, Proportions, proportion
from prevalence.totals import Floats

FOLDER = Path(__file__).parents[1] / "docs" / "methods" / "coverage"

LAYOUTS = ((2, 20), (2, 100), (10, 20), (0, 20))
"""Units in each stratum (0: one stratum holds them all) and people interviewed in each unit on average: children of an area, or all its members."""
UNITS = (20, 30, 60, 100, 400)
CORRELATIONS = (0.0, 0.05, 0.1)
PREVALENCES = (0.003, 0.01, 0.05, 0.2, 0.5)

SIZES = (0.5, 1.5)
"""The expected number of interviews of a unit lies evenly between these multiples of the average; the number is Poisson, at least 1."""
STRATUM_WEIGHTS, UNIT_WEIGHTS = 0.3, 0.2
"""Standard deviations of the logarithm of weights between strata and between units of a stratum."""
CLASS_WEIGHTS = (0.75, 1.25)
"""Weights of the two classes of people in each unit."""

SATTERTHWAITE = "satterthwaite"
LEAST_DF = 4.0
"""Where few cases leave the spread of squares unknown, `satterthwaite` goes no lower (if `occupied` allows): its t is 2.78."""
SMALLEST_FOR_FOURTH = 4
"""Units that an unbiased fourth cumulant needs."""
RULES = (*(rule for rule in DF_RULES if rule != SATTERTHWAITE), SATTERTHWAITE)

LEVEL = 0.95
ENOUGH_DF, ENOUGH_CASES, FEW_CASES = 30, 20, 10
"""Where the recommended interval must hold 95 %: median df, and expected cases over the design effect; and half of those cases."""
ERRORS_ALLOWED = 3
"""Monte Carlo errors (of a coverage of 95 %, with the samples that have an interval) by which a cell may fall below the level."""
DF_BANDS, CASES_BANDS = (0, 4, 10, 30, np.inf), (0, 1, 5, 10, 20, np.inf)
BATCH = 500_000
"""Units drawn at a time: bounds the memory."""
KEY = ["units per stratum", "people per unit", "units", "icc", "p", "domain"]


@dataclass(frozen=True)
class Setting:
    """One survey of the grid."""

    per_stratum: int
    people: int
    units: int
    icc: float
    p: float

    @property
    def shape(self) -> tuple[int, int]:
        """Strata, units of a stratum."""
        return (self.units // self.per_stratum, self.per_stratum) if self.per_stratum else (1, self.units)


@dataclass(frozen=True)
class Drawn:
    """Samples of a survey: people and cases.

    Attributes
    ----------
    people, cases : int arrays, shape (samples, strata, units of a stratum, half, weight class)
    weight : float array, shape (samples, strata, units of a stratum, 1, weight class)
    marked : bool array, shape (samples, strata, units of a stratum)
        Units of the scattered domain.
    """

    people: npt.NDArray[np.int64]
    cases: npt.NDArray[np.int64]
    weight: Floats
    marked: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """Estimates of one domain, one a sample; every array has shape (samples,), `df` shape (samples, rules)."""

    estimate: Floats
    se: Floats
    deff: Floats
    n: Floats
    df: Floats

    def kept(self, chosen: npt.NDArray[np.bool_]) -> Answers:
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw(setting: Setting, samples: int, rng: np.random.Generator) -> Drawn:
    """Draw samples: chances of units are beta with the stated correlation within units, answers are binomial."""
    shape = (samples, *setting.shape)
    size = np.maximum(rng.poisson(setting.people * rng.uniform(*SIZES, shape)), 1)
    people = in_two(rng, in_two(rng, size))
    chance = np.full(shape, setting.p)
    if setting.icc:
        concentration = 1 / setting.icc - 1
        chance = rng.beta(setting.p * concentration, (1 - setting.p) * concentration, shape)
    cases = rng.binomial(people, chance[..., None, None])
    log_weight = rng.normal(0, STRATUM_WEIGHTS, shape[:2])[..., None] + rng.normal(0, UNIT_WEIGHTS, shape)
    return Drawn(people, cases, np.exp(log_weight)[..., None, None] * CLASS_WEIGHTS, rng.random(shape) < 1 / 4)


def in_two(rng: np.random.Generator, number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Split people at random into two equal groups, along a new last axis."""
    first = rng.binomial(number, 0.5)
    return np.stack([first, number - first], axis=-1)


def answers(drawn: Drawn) -> dict[str, Answers]:
    """Return the answers of each domain: two lie in all units, one in a quarter of the strata, one in a quarter of the units, anywhere."""
    n, x, y = drawn.people.sum(axis=4), (drawn.people * drawn.weight).sum(axis=4), (drawn.cases * drawn.weight).sum(axis=4)
    every = n.sum(axis=3), x.sum(axis=3), y.sum(axis=3)
    strata = n.shape[1]
    first = (np.arange(strata) < np.ceil(strata / 4))[:, None]
    found = {"everyone": estimated(*every), "half of each unit": estimated(n[..., 0], x[..., 0], y[..., 0])}
    if strata > 1:
        found["quarter of strata"] = estimated(*(part * first for part in every))
    return found | {"scattered quarter": estimated(*(part * drawn.marked for part in every))}


def estimated(n_unit: npt.NDArray[np.int64], x: Floats, y: Floats) -> Answers:
    """Return ratio estimates, Taylor standard errors, design effects and df from unit sums of shape (samples, strata, units of a stratum)."""
    X, Y, n = x.sum(axis=(1, 2)), y.sum(axis=(1, 2)), n_unit.sum(axis=(1, 2)).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = Y / X
        scores = (y - estimate[:, None, None] * x) / X[:, None, None]
        # All or none are cases: what rounding leaves is no spread.
        scores *= ((Y > 0) & (n_unit.sum(axis=(1, 2)) > 0) & ~np.isclose(Y, X, rtol=1e-12, atol=0))[:, None, None]
        deviations = scores - scores.mean(axis=2, keepdims=True)
        units = deviations.shape[2]
        variance = units / (units - 1) * (deviations**2).sum(axis=(1, 2))
        deff = variance * (n - 1) / (estimate * (1 - estimate))
    return Answers(estimate, np.sqrt(variance), deff, n, degrees_of(n_unit > 0, deviations))


def degrees_of(occupied: npt.NDArray[np.bool_], deviations: Floats) -> Floats:
    """Return the degrees of freedom by each rule, shape (samples, rules), from arrays of shape (samples, strata, units of a stratum)."""
    _, strata, units = occupied.shape
    in_stratum = occupied.sum(axis=2)
    own, touched = in_stratum.sum(axis=1), (in_stratum > 0).sum(axis=1)
    degrees = {
        "occupied": np.minimum(touched * (units - 1), own - 1),
        "own": own - touched,
        "domain-strata": touched * (units - 1),
        "design": np.full(len(occupied), strata * (units - 1)),
    }
    degrees[SATTERTHWAITE] = np.minimum(degrees["occupied"], np.fmax(satterthwaite(deviations, in_stratum), LEAST_DF))
    return np.maximum(np.stack([degrees[rule] for rule in RULES], axis=1), 0).astype(float)


def satterthwaite(deviations: Floats, occupied: npt.NDArray[np.int64]) -> Floats:
    r"""Return twice the squared mean of the variance estimate over its own estimated variance.

    .. math:: 2 \frac{V^2 - \sum_h v_h}{\sum_h v_h}, \qquad v_h = n_h^2\, \frac{2 n_h k_{2h}^2 + (n_h - 1) k_{4h}}{n_h (n_h + 1)}

    with the k statistics of the scores of a stratum: the fraction is Fisher's unbiased variance of :math:`k_2`. With fewer than four units the fourth cannot be
    estimated; the scores are then taken as normal, :math:`v_h = 2 V_h^2 / (d_h + 2)`, where :math:`d_h` is the smaller of n - 1 and the occupied units.

    Parameters
    ----------
    deviations : float array, shape (samples, strata, units of a stratum)
    occupied : int array, shape (samples, strata)
    """
    n = deviations.shape[2]
    square, fourth = (deviations**2).sum(axis=2), (deviations**4).sum(axis=2)
    k2 = square / (n - 1)
    if n >= SMALLEST_FOR_FOURTH:
        k4 = n * ((n + 1) * fourth - 3 * (n - 1) * square**2 / n) / ((n - 1) * (n - 2) * (n - 3))
        spread = n * (2 * n * k2**2 + (n - 1) * k4) / (n + 1)
    else:
        spread = 2 * (n * k2) ** 2 / (np.clip(occupied, 1, n - 1) + 2)
    total = spread.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, 2 * (n * k2).sum(axis=1) ** 2 / total - 2, np.inf)


def gathered(setting: Setting, samples: int, seed: int) -> dict[str, Answers]:
    """Return the answers of all samples of a survey by domain, and borrowed design effects as those of everyone."""
    rng = np.random.default_rng([871, seed])
    size = max(BATCH // setting.units, 1)
    batches = [answers(draw(setting, min(size, samples - start), rng)) for start in range(0, samples, size)]
    return {
        domain: Answers(*(np.concatenate([getattr(one[domain], f.name) for one in batches]) for f in fields(Answers)))
        for domain in batches[0]
    }


def all_limits(of: Answers, df: Floats, borrowed: Floats) -> dict[ProportionMethod, Limits]:
    """Return the limits by each method."""
    # A borrowed design effect is read only where an estimate has none of its own: elsewhere NaN spares the work.
    needed = np.where(of.se == 0, borrowed, np.nan)
    shares = Proportions(of.estimate, of.se, df, of.n, needed)
    return {method: proportion(method, shares, LEVEL) for method in PROPORTION_METHODS}


def width(limits: Limits) -> float:
    """Return the mean width of the intervals there are, cut at 0 and 1."""
    wide = np.minimum(limits.high, 1) - np.maximum(limits.low, 0)
    return float(np.nanmean(wide)) if np.isfinite(wide).any() else np.nan


def rows_of_cell(setting: Setting, domain: str, of: Answers, borrowed: Floats) -> Iterator[dict[str, Any]]:
    """Yield one row for each df rule, or for several rules with the same df in all samples."""
    drawn = np.isfinite(of.estimate)
    of, borrowed = of.kept(drawn), borrowed[drawn]
    p, n = setting.p, float(of.n.mean())
    deff = max(float(of.estimate.var()) * n / (p * (1 - p)), 1.0)
    fewer = np.minimum(of.estimate, 1 - of.estimate) * of.n / np.fmax(np.nan_to_num(of.deff, nan=np.inf), 1)
    cell = {
        **dict(
            zip(
                KEY, (setting.per_stratum or setting.units, *(setting.people, setting.units, setting.icc, p), domain), strict=True
            )
        ),
        "expected cases": n * p,
        "deff": deff,
        "cases over deff": n * p / deff,
        "bias, % of p": 100 * (of.estimate.mean() / p - 1),
        "mean se over sd": of.se.mean() / of.estimate.std(),
        "nobody drawn, %": 100 * (1 - drawn.mean()),
        "se is 0, %": 100 * np.mean(of.se == 0),
        **{f"estimated cases over deff below {few}, %": 100 * np.mean(fewer < few) for few in (FEW_CASES, ENOUGH_CASES)},
        "median df, occupied": np.median(of.df[:, RULES.index("occupied")]),
    }
    standard = width(all_limits(of, of.df[:, RULES.index("occupied")], borrowed)["wald"])
    left = list(RULES)
    while left:
        df = of.df[:, RULES.index(left[0])]
        same = [rule for rule in left if np.array_equal(of.df[:, RULES.index(rule)], df)]
        left = [rule for rule in left if rule not in same]
        error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / max(np.sum(df > 0), 1))
        row = {**cell, "df rule": " = ".join(same), "median df": np.median(df), "no interval, %": 100 * np.mean(df <= 0)}
        row["Monte Carlo error"] = error
        for method, limits in all_limits(of, df, borrowed).items():
            there = max(int((~np.isnan(limits.low)).sum()), 1)
            above, below = (100 * float(np.sum(missed)) / there for missed in (limits.high < p, limits.low > p))
            row |= {f"{method}: covers": 100 - above - below, f"{method}: truth above": above, f"{method}: truth below": below}
            row[f"{method}: width"] = width(limits) / standard
        yield row


def survey(job: tuple[int, Setting, int]) -> list[dict[str, Any]]:
    """Return the rows of one survey of the grid."""
    seed, setting, samples = job
    found = gathered(setting, samples, seed)
    everyone = found["everyone"]
    borrowed = np.where(np.isfinite(everyone.deff) & (everyone.se > 0), np.fmax(everyone.deff, 1), 1.0)
    return [row for domain, of in found.items() for row in rows_of_cell(setting, domain, of, borrowed)]


def long(grid: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell, df rule and interval."""
    each = grid.assign(rule=grid["df rule"].str.split(" = ")).explode("rule")
    about = [*KEY, "rule", "cases over deff", "median df", "median df, occupied", "no interval, %", "Monte Carlo error"]
    parts = []
    for method in PROPORTION_METHODS:
        names = {f"{method}: {what}": what for what in ("covers", "truth above", "truth below", "width")}
        parts.append(each[[*about, *names]].rename(columns=names))
    rows = pd.concat(parts, keys=PROPORTION_METHODS, names=["interval"]).reset_index("interval").dropna(subset="covers")
    return rows.assign(short=rows["covers"] < 100 * LEVEL - ERRORS_ALLOWED * rows["Monte Carlo error"])


def summarised(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return what the cells of each group have in common: coverage, tails and width."""
    groups = rows.groupby(by, sort=False, observed=True)
    return groups.agg(
        **{
            "cells": ("covers", "size"),
            "too low": ("short", "sum"),
            "lowest, %": ("covers", "min"),
            "mean, %": ("covers", "mean"),
            "highest, %": ("covers", "max"),
            "truth above, %": ("truth above", "mean"),
            "truth below, %": ("truth below", "mean"),
            "width": ("width", "mean"),
            "no interval, %": ("no interval, %", "mean"),
        }
    ).reset_index()


def contest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how each pair of df rule and interval does where it must hold the level: by df of `occupied`, and by its own."""
    rows = rows[rows["cases over deff"] >= ENOUGH_CASES]
    pair = ["rule", "interval"]
    by_own = summarised(rows[rows["median df"] >= ENOUGH_DF], pair)[[*pair, "cells", "too low", "lowest, %"]]
    return summarised(rows[rows["median df, occupied"] >= ENOUGH_DF], pair).merge(by_own, on=pair, suffixes=("", ", by own df"))


def rules(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how each pair does by domain, where cases are enough whatever the df."""
    return summarised(rows[rows["cases over deff"] >= ENOUGH_CASES], ["domain", "rule", "interval"])


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how each pair does by df of `occupied` and by expected cases over the design effect."""
    df = pd.cut(rows["median df, occupied"], list(DF_BANDS), right=False, labels=labels_of(DF_BANDS))
    cases = pd.cut(rows["cases over deff"], list(CASES_BANDS), right=False, labels=labels_of(CASES_BANDS))
    by = ["df", "cases/deff"]
    return summarised(rows.assign(**{"df": df, "cases/deff": cases}), [*by, "rule", "interval"]).sort_values(by, kind="stable")


def labels_of(edges: tuple[float, ...]) -> list[str]:
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges[1:-1])]
    return [f"below {edges[1]:g}", *inner, f"{edges[-2]:g} or more"]


def settings() -> list[Setting]:
    """Return the surveys of the grid."""
    grid = product(LAYOUTS, UNITS, CORRELATIONS, PREVALENCES)
    return [Setting(per_stratum, people, units, icc, p) for (per_stratum, people), units, icc, p in grid]


def main() -> None:
    """Run the grid and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000, help="samples of each survey")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the tables")
    asked = parser.parse_args()
    jobs = [(seed, setting, asked.samples) for seed, setting in enumerate(settings())]
    with ProcessPoolExecutor(asked.jobs) as pool:
        done = list(track(pool.map(survey, jobs), total=len(jobs), description="surveys"))
    grid = pd.DataFrame([row for rows in done for row in rows])
    rows = long(grid)
    tables = {"grid": grid.round(3)} | {f"grid_{f.__name__}": f(rows).round(2) for f in (contest, rules, bands)}
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(asked.out / f"{name}.csv", index=False)
    print(tables["grid_contest"].to_string(index=False))


if __name__ == "__main__":
    main()
