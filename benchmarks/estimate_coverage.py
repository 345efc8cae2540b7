"""How often do the intervals of totals, means, ratios and differences hold the truth, by df rule?

    python benchmarks/estimate_coverage.py

draws 10,000 samples of each of 180 surveys, asks 14 questions of each, and writes the tables ``docs/methods/coverage/estimates*.csv`` of the page
"Coverage" of the docs. About 20 minutes on one core; ``--jobs 2`` changes no number, ``--samples 500`` is a quick look. ``--only none`` writes
``estimates_none.csv`` alone, in three minutes: what the default interval of a number of people does where many samples hold no case.

Samples are those of `interval_coverage` beside this file, with hours of work of the cases: the sum of the gamma distributed hours of several people is gamma
distributed, so that here too sums by unit are drawn and no people. The unit tests compare estimates, standard errors and degrees of freedom with the library's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from interval_coverage import (
    BATCH,
    CLASS_WEIGHTS,
    ENOUGH_CASES,
    ENOUGH_DF,
    ERRORS_ALLOWED,
    FOLDER,
    LEVEL,
    RULES,
    SATTERTHWAITE,
    SIZES,
    STRATUM_WEIGHTS,
    degrees_of,
    in_two,
    labels_of,
    summarised,
)
from rich.progress import track

from prevalence.formulas.interval import Limits, Proportions, log_wald, none_found, wald
from prevalence.formulas.ratio import divide
from prevalence.totals import Floats

LAYOUTS = ((2, 20, 0.2), (2, 100, 0.2), (10, 20, 0.6), (0, 20, 0.6))
"""Units in each stratum (0: one stratum holds them all), people interviewed in each unit on average, and the standard deviation of the logarithm of unit weights."""
UNITS = (20, 30, 60, 100, 400)
CORRELATIONS = (0.0, 0.05, 0.1)
PREVALENCES = (0.01, 0.05, 0.25)
"""Of the first half of the people of each unit."""
GAP = 0.5
"""Prevalence of the second half over that of the first."""
HOURS, SHAPE = 20.0, 1.0
"""Mean hours of a case and shape of their gamma distribution: skewness 2, standard deviation equal to the mean."""
HAZARDOUS = 0.3
"""Share of the hours that are hazardous."""
MARKED = 1 / 4
"""Chance of a unit to lie in the scattered domain."""

DF_BANDS, CASES_BANDS = (0, 4, 8, 15, 30, np.inf), (0, 5, 10, 20, 50, np.inf)
ROUNDING = 1e-12
"""Part of an estimate below which its standard error is what rounding leaves."""
RARE, FEW = 0.05, 60
"""Surveys that are asked about samples without a case: prevalence and number of units up to here."""
SEEN = 0.01
"""Share of the samples of a cell that must be without a case for it to be listed."""
KEY = ["units per stratum", "people per unit", "unit weights", "units", "icc", "p", "statistic", "domain"]
SCALES: tuple[Literal["wald", "log"], ...] = ("wald", "log")


@dataclass(frozen=True)
class Setting:
    """One survey of the grid."""

    per_stratum: int
    people: int
    weights: float
    units: int
    icc: float
    p: float

    @property
    def shape(self) -> tuple[int, int]:
        """Strata, units of a stratum."""
        return (self.units // self.per_stratum, self.per_stratum) if self.per_stratum else (1, self.units)

    @property
    def between(self) -> float:
        """Squared coefficient of variation of the mean hours of units that gives hours the stated correlation."""
        return (self.icc / SHAPE) / (1 - self.icc - self.icc / SHAPE)


@dataclass(frozen=True)
class Drawn:
    """Samples of a survey.

    Attributes
    ----------
    people, cases : int arrays, shape (samples, strata, units of a stratum, half, weight class)
    hours, hazardous : float arrays, of the same shape
        Sums over the cases.
    weight : float array, shape (samples, strata, units of a stratum, 1, weight class)
    marked : bool array, shape (samples, strata, units of a stratum)
        Units of the scattered domain.
    size : float array, shape (samples,)
        People of the population, given the weights of its strata.
    """

    people: npt.NDArray[np.int64]
    cases: npt.NDArray[np.int64]
    hours: Floats
    hazardous: Floats
    weight: Floats
    marked: npt.NDArray[np.bool_]
    size: Floats


@dataclass(frozen=True)
class Sums:
    """Sums of the members of a domain in each unit, each of shape (samples, strata, units of a stratum).

    Attributes
    ----------
    n, c : people and cases, unweighted
    x, y, h, z : people, cases, hours and hazardous hours, weighted
    """

    n: npt.NDArray[np.int64]
    c: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    h: Floats
    z: Floats

    def within(self, units: npt.NDArray[np.bool_]) -> Sums:
        return Sums(*(getattr(self, field.name) * units for field in fields(self)))

    def plus(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True)
class Linear:
    """An estimate, shape (samples,), and its scores and the members of its domain by unit."""

    estimate: Floats
    scores: Floats
    members: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """Answers to one question; arrays have shape (samples,), `df` shape (samples, rules).

    Attributes
    ----------
    truth, estimate, se : of the question; for a ratio of two prevalences `se` is that of the logarithm
    p, share, n : true and estimated prevalence in the domain, of a comparison in the group with fewer cases, and its people
    df : by each rule
    """

    truth: Floats
    estimate: Floats
    se: Floats
    p: Floats
    share: Floats
    n: Floats
    df: Floats


def draw(setting: Setting, samples: int, rng: np.random.Generator) -> Drawn:
    """Draw samples: chances of units are beta and mean hours gamma with the stated correlation, answers are binomial and hours gamma."""
    shape = (samples, *setting.shape)
    number = np.maximum(rng.poisson(setting.people * rng.uniform(*SIZES, shape)), 1)
    people = in_two(rng, in_two(rng, number))
    chance, share, level = np.full(shape, setting.p), np.full(shape, HAZARDOUS), np.ones(shape)
    if setting.icc:
        concentration = 1 / setting.icc - 1
        chance, share = (rng.beta(p * concentration, (1 - p) * concentration, shape) for p in (setting.p, HAZARDOUS))
        level = rng.gamma(1 / setting.between, setting.between, shape)
    cases = rng.binomial(people, chance[..., None, None] * np.array([1, GAP])[:, None])
    scale, share = (HOURS / SHAPE * level)[..., None, None], share[..., None, None]
    hazardous, other = (scale * rng.standard_gamma(SHAPE * cases * part) for part in (share, 1 - share))
    of_strata = np.exp(rng.normal(0, STRATUM_WEIGHTS, shape[:2]))
    weight = of_strata[..., None] * np.exp(rng.normal(0, setting.weights, shape))
    expected = of_strata.sum(axis=1) * shape[2] * setting.people * np.exp(setting.weights**2 / 2)
    marked = rng.random(shape) < MARKED
    return Drawn(people, cases, hazardous + other, hazardous, weight[..., None, None] * CLASS_WEIGHTS, marked, expected)


def sums_of(drawn: Drawn) -> tuple[Sums, Sums]:
    """Return the sums of both halves."""
    unweighted = [part.sum(axis=4) for part in (drawn.people, drawn.cases)]
    weighted = [(part * drawn.weight).sum(axis=4) for part in (drawn.people, drawn.cases, drawn.hours, drawn.hazardous)]
    first, second = (Sums(*(part[..., half] for part in (*unweighted, *weighted))) for half in (0, 1))
    return first, second


def total(y: Floats, members: npt.NDArray[np.int64]) -> Linear:
    """Return a total."""
    return Linear(y.sum(axis=(1, 2)), y, members)


def ratio(y: Floats, x: Floats, members: npt.NDArray[np.int64]) -> Linear:
    """Return a ratio, NaN where there is nothing to divide by."""
    X = x.sum(axis=(1, 2))[:, None, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = y.sum(axis=(1, 2))[:, None, None] / X
        return Linear(estimate[:, 0, 0], (y - estimate * x) / X, members)


def difference(a: Linear, b: Linear) -> Linear:
    """Return the first less the second."""
    return Linear(a.estimate - b.estimate, a.scores - b.scores, a.members + b.members)


def relative(a: Linear, b: Linear) -> Linear:
    """Return the first over the second, with the scores of its logarithm."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = a.scores / a.estimate[:, None, None] - b.scores / b.estimate[:, None, None]
        return Linear(a.estimate / b.estimate, scores, a.members + b.members)


def answers(drawn: Drawn, setting: Setting) -> dict[tuple[str, str], Answers]:
    """Return the answers to all questions, by statistic and domain."""
    first, second = sums_of(drawn)
    every = first.plus(second)
    chain, rest = every.within(drawn.marked), every.within(~drawn.marked)
    p = setting.p * (1 + GAP) / 2
    both, (men, women) = (tuple(ratio(of.y, of.x, of.n) for of in pair) for pair in ((chain, rest), (first, second)))
    hours = difference(ratio(first.h, first.y, first.c), ratio(second.h, second.y, second.c))
    fewer, thin = (setting.p * GAP, women), (p, both[0])
    within, across = "halves of each unit", "scattered quarter and rest"
    found = {
        ("difference of prevalences", within): settled(difference(men, women), setting.p * (1 - GAP), *fewer),
        ("ratio of prevalences", within): settled(relative(men, women), 1 / GAP, *fewer),
        ("difference of means", within): settled(hours, 0.0, *fewer),
        ("difference of prevalences", across): settled(difference(*both), 0.0, *thin),
    }
    domains = (
        ("everyone", every, drawn.size, (p, ratio(every.y, every.x, every.n))),
        ("scattered quarter", chain, drawn.size * MARKED, thin),
    )
    for domain, of, size, base in domains:
        found |= {
            ("total of cases", domain): settled(total(of.y, of.n), p * size, *base),
            ("total of hours", domain): settled(total(of.h, of.n), p * HOURS * size, *base),
            ("mean, many zeros", domain): settled(ratio(of.h, of.x, of.n), p * HOURS, *base),
            ("mean", domain): settled(ratio(of.h, of.y, of.c), HOURS, *base),
            ("ratio", domain): settled(ratio(of.z, of.h, of.c), HAZARDOUS, *base),
        }
    return found


def settled(found: Linear, truth: Floats | float, p: float, prevalence: Linear) -> Answers:
    """Return the answers with Taylor standard errors and df; `p` and `prevalence` are those of the domain, or of the group with fewer cases."""
    unknown = ~np.isfinite(found.scores).all(axis=(1, 2))
    scores = np.where(unknown[:, None, None], 0.0, found.scores)
    deviations = scores - scores.mean(axis=2, keepdims=True)
    units = deviations.shape[2]
    se = np.sqrt(units / (units - 1) * (deviations**2).sum(axis=(1, 2)))
    noise = se <= ROUNDING * np.nan_to_num(np.abs(found.estimate), posinf=0)
    df = degrees_of(found.members > 0, np.where(noise[:, None, None], 0.0, deviations))
    n = prevalence.members.sum(axis=(1, 2)).astype(float)
    truths, ps = (np.broadcast_to(value, n.shape) for value in (truth, p))
    return Answers(truths, found.estimate, np.where(unknown, np.nan, np.where(noise, 0.0, se)), ps, prevalence.estimate, n, df)


def gathered(setting: Setting, samples: int, seed: int) -> dict[tuple[str, str], Answers]:
    """Return the answers of all samples of a survey."""
    rng = np.random.default_rng([872, seed])
    size = max(BATCH // setting.units, 1)
    batches = [answers(draw(setting, min(size, samples - start), rng), setting) for start in range(0, samples, size)]
    return {
        asked: Answers(*(np.concatenate([getattr(one[asked], f.name) for one in batches]) for f in fields(Answers)))
        for asked in batches[0]
    }


def limits_of(statistic: str, of: Answers, df: Floats) -> dict[str, Limits]:
    """Return the limits on each scale; differences have no logarithm, and a ratio of prevalences is asked for on that scale alone."""
    if statistic == "ratio of prevalences":
        return {"log": log_wald(of.estimate, of.se, df, LEVEL)}
    plain = {"wald": wald(of.estimate, of.se, df, LEVEL)}
    if statistic.startswith("difference"):
        return plain
    with np.errstate(invalid="ignore", divide="ignore"):
        return plain | {"log": log_wald(of.estimate, of.se / of.estimate, df, LEVEL)}


def rows_of_cell(setting: Setting, asked: tuple[str, str], of: Answers) -> Iterator[dict[str, Any]]:
    """Yield one row for each df rule, or for several rules with the same df in all samples."""
    of_setting = (setting.per_stratum or setting.units, *(getattr(setting, field.name) for field in fields(setting)[1:]))
    cell = dict(zip(KEY, (*of_setting, *asked), strict=True)) | of_cell(asked[0], of)
    standard = next(iter(limits_of(asked[0], of, of.df[:, RULES.index("occupied")]).values()))
    left = list(RULES)
    while left:
        df = of.df[:, RULES.index(left[0])]
        same = [rule for rule in left if np.array_equal(of.df[:, RULES.index(rule)], df)]
        left = [rule for rule in left if rule not in same]
        row = {**cell, "df rule": " = ".join(same), "median df": np.median(df)}
        for scale, limits in limits_of(asked[0], of, df).items():
            there = ~np.isnan(limits.low)
            number = max(int(there.sum()), 1)
            above, below = (100 * float(np.sum(missed)) / number for missed in (limits.high < of.truth, limits.low > of.truth))
            row |= {"no interval, %": 100 * np.mean(~there), "Monte Carlo error": 100 * np.sqrt(LEVEL * (1 - LEVEL) / number)}
            row |= {f"{scale}: covers": 100 - above - below if there.any() else np.nan, f"{scale}: truth above": above}
            row |= {f"{scale}: truth below": below, f"{scale}: width": relative_width(limits, standard)}
        yield row


def relative_width(limits: Limits, standard: Limits) -> float:
    """Return the median width over the standard one, where both are finite."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (limits.high - limits.low) / (standard.high - standard.low)
    return float(np.median(found[np.isfinite(found)])) if np.isfinite(found).any() else np.nan


def of_cell(statistic: str, of: Answers) -> dict[str, float]:
    """Return what is so whatever the df rule: effective cases, coefficient of variation, bias and quality of the standard error."""
    drawn = np.isfinite(of.share)
    p, n = float(of.p[0]), float(of.n[drawn].mean())
    deff = max(float(of.share[drawn].var()) * n / (p * (1 - p)), 1.0)
    there = np.isfinite(of.se)
    error, truth = (of.estimate - of.truth)[there], float(of.truth.mean())
    spread = float(np.log(of.estimate[there]).std()) if statistic == "ratio of prevalences" else float(error.std())
    return {
        "effective cases": n * p / deff,
        "cv, %": np.nan if truth == 0 else 100 * float(error.std()) / truth,
        "bias, % of sd": 100 * float(error.mean() / error.std()),
        "mean se over sd": float(of.se[there].mean()) / spread,
        "median df, occupied": float(np.median(of.df[:, RULES.index("occupied")])),
    }


def survey(job: tuple[int, Setting, int]) -> list[dict[str, Any]]:
    """Return the rows of one survey of the grid."""
    seed, setting, samples = job
    return [row for asked, of in gathered(setting, samples, seed).items() for row in rows_of_cell(setting, asked, of)]


@dataclass(frozen=True)
class Counted:
    """Numbers of cases and their default limits, each of shape (samples,)."""

    estimate: Floats
    truth: Floats
    low: Floats
    high: Floats


def counted(drawn: Drawn, setting: Setting) -> dict[str, Counted]:
    """Return the number of cases with its default limits by domain: t on the log scale, and where none was found exact ones."""
    first, second = sums_of(drawn)
    every = first.plus(second)
    p = setting.p * (1 + GAP) / 2
    share = settled(ratio(every.y, every.x, every.n), p, p, ratio(every.y, every.x, every.n))
    deff = np.where(
        share.estimate > 0, np.maximum(divide(share.se**2 * (share.n - 1), share.estimate * (1 - share.estimate)), 1), 1
    )
    found = {}
    for domain, of, size, borrowed in (
        ("everyone", every, drawn.size, np.ones_like(deff)),
        ("scattered quarter", every.within(drawn.marked), drawn.size * MARKED, deff),
    ):
        answer = settled(total(of.y, of.n), p * size, p, ratio(of.y, of.x, of.n))
        df = answer.df[:, RULES.index(SATTERTHWAITE)]
        some = limits_of("total of cases", answer, df)["log"]
        nobody = Proportions(answer.estimate, answer.se, df, answer.n, borrowed)
        none = none_found(of.x.sum(axis=(1, 2)), nobody, LEVEL)
        low, high = (np.where(answer.estimate == 0, getattr(none, side), getattr(some, side)) for side in ("low", "high"))
        found[domain] = Counted(answer.estimate, answer.truth, low, high)
    return found


def none_of(job: tuple[int, Setting, int]) -> list[dict[str, Any]]:
    """Return one row for each domain of a survey: coverage where there is no case, where there is one, and in all."""
    seed, setting, samples = job
    rng = np.random.default_rng([873, seed])
    size = max(BATCH // setting.units, 1)
    batches = [counted(draw(setting, min(size, samples - start), rng), setting) for start in range(0, samples, size)]
    of_setting = (setting.per_stratum or setting.units, *(getattr(setting, field.name) for field in fields(setting)[1:]))
    rows = []
    for domain in batches[0]:
        estimate, truth, low, high = (
            np.concatenate([getattr(one[domain], field.name) for one in batches]) for field in fields(Counted)
        )
        there, none = ~np.isnan(low), estimate == 0
        holds = (low <= truth) & (truth <= high)
        row: dict[str, Any] = dict(zip(KEY, (*of_setting, "total of cases", domain), strict=True))
        row |= {"no case, %": 100 * none.mean(), "no interval, %": 100 * (~there).mean()}
        for name, of in (("no case", none), ("cases", ~none), ("all", np.full(len(none), True))):
            row[f"{name}: covers"] = 100 * holds[there & of].mean() if (there & of).any() else np.nan
        row |= {"all: truth above": 100 * (high < truth)[there].mean(), "all: truth below": 100 * (low > truth)[there].mean()}
        rows.append(row)
    return rows


def without_cases(samples: int, jobs: int) -> pd.DataFrame:
    """Return the cells of few units and rare cases in which samples without a case are seen."""
    asked = [(seed, each, samples) for seed, each in enumerate(settings()) if each.p <= RARE and each.units <= FEW]
    with ProcessPoolExecutor(jobs) as pool:
        rows = [row for of in track(pool.map(none_of, asked), total=len(asked), description="none") for row in of]
    cells = pd.DataFrame(rows)
    return cells[cells["no case, %"] >= 100 * SEEN].round(2)


def long(grid: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell, df rule and scale."""
    each = grid.assign(rule=grid["df rule"].str.split(" = ")).explode("rule")
    about = [*KEY, "rule", "effective cases", "median df", "median df, occupied", "no interval, %", "Monte Carlo error"]
    parts = []
    for scale in SCALES:
        names = {f"{scale}: {what}": what for what in ("covers", "truth above", "truth below", "width")}
        parts.append(each[[*about, *names]].rename(columns=names))
    rows = pd.concat(parts, keys=SCALES, names=["interval"]).reset_index("interval").dropna(subset="covers")
    return rows.assign(short=rows["covers"] < 100 * LEVEL - ERRORS_ALLOWED * rows["Monte Carlo error"])


def contest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how each df rule and scale does for each statistic where df (of `occupied`) and cases are enough."""
    enough = (rows["effective cases"] >= ENOUGH_CASES) & (rows["median df, occupied"] >= ENOUGH_DF)
    return summarised(rows[enough], ["statistic", "domain", "rule", "interval"])


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how each statistic does with `satterthwaite`, by its df and by effective cases."""
    rows = rows[rows["rule"] == SATTERTHWAITE]
    df = pd.cut(rows["median df"], list(DF_BANDS), right=False, labels=labels_of(DF_BANDS))
    cases = pd.cut(rows["effective cases"], list(CASES_BANDS), right=False, labels=labels_of(CASES_BANDS))
    by = ["statistic", "interval", "df", "effective cases"]
    return summarised(rows.assign(**{"df": df, "effective cases": cases}), by).sort_values(by, kind="stable")


def settings() -> list[Setting]:
    """Return the surveys of the grid."""
    grid = product(LAYOUTS, UNITS, CORRELATIONS, PREVALENCES)
    return [Setting(per, people, weights, units, icc, p) for (per, people, weights), units, icc, p in grid]


def main() -> None:
    """Run the grid and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000, help="samples of each survey")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the tables")
    parser.add_argument("--only", choices=["none"], help="write one table alone")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    without_cases(asked.samples, asked.jobs).to_csv(asked.out / "estimates_none.csv", index=False)
    if asked.only:
        return
    jobs = [(seed, setting, asked.samples) for seed, setting in enumerate(settings())]
    with ProcessPoolExecutor(asked.jobs) as pool:
        done = list(track(pool.map(survey, jobs), total=len(jobs), description="surveys"))
    grid = pd.DataFrame([row for rows in done for row in rows]).round(2)
    rows = long(grid)
    tables = {"estimates": grid} | {f"estimates_{f.__name__}": f(rows).round(2) for f in (contest, bands)}
    for name, table in tables.items():
        table.to_csv(asked.out / f"{name}.csv", index=False)
    print(tables["estimates_contest"].to_string(index=False))


if __name__ == "__main__":
    main()
