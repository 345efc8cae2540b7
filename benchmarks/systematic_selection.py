"""How far is each variance form from the truth when units are drawn systematically with probability proportional to size?

    python benchmarks/systematic_selection.py

writes ``docs/methods/selection/bias.csv``, the table of the page "Systematic selection" of the docs, in about a minute. Populations of 600 areas in five kinds of order;
each is drawn with a random start, over and over, and the true variance is that of the estimated totals over all starts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import stdtrit

from prevalence.formulas.occupancy import occupancy
from prevalence.formulas.selection import selection_form
from prevalence.formulas.variance import Lonely, variances
from prevalence.totals import Floats, StageUnits

FILE = Path(__file__).parents[1] / "docs" / "methods" / "selection" / "bias.csv"
AREAS = 600
SAMPLES = (20, 60, 180)
ORDERS = ("at random", "trend", "regions", "neighbours alike", "period of the interval")
FORMS = ("with replacement", "independent, fpc", "successive-differences", "collapsed-pairs", "brewer = hartley-rao")
SEED = 20250612


@dataclass(frozen=True)
class List:
    """A list of areas in the order of selection: people and cases of each."""

    people: Floats
    cases: Floats


@dataclass(frozen=True)
class Draws:
    """Samples of one list, a column each.

    Attributes
    ----------
    scores : float array, shape (units, samples)
        Weighted cases in the order of selection.
    probability : float array, shape (units, samples)
    """

    scores: Floats
    probability: Floats


def listed(order: str, n: int, rng: np.random.Generator) -> List:
    """Return a list whose share of cases follows the order."""
    place = np.arange(AREAS) / AREAS
    people = np.exp(rng.normal(5, 0.4, AREAS))
    if order == "trend":
        share = 0.05 + 0.3 * place
    elif order == "regions":
        share = rng.uniform(0.05, 0.35, 10)[(place * 10).astype(int)]
    elif order == "neighbours alike":
        share = 0.2 + 0.07 * walk(rng)
    elif order == "period of the interval":
        share = 0.2 + 0.1 * np.sin(2 * np.pi * n * np.cumsum(people) / people.sum())
    else:
        share = np.full(AREAS, 0.2)
    return List(people, people * np.clip(share + rng.normal(0, 0.05, AREAS), 0.001, 1))


def walk(rng: np.random.Generator) -> Floats:
    """Return a stationary series of variance 1 in which neighbours have correlation 0.95."""
    steps = rng.normal(0, np.sqrt(1 - 0.95**2), AREAS)
    steps[0] = rng.normal()
    return np.array([*accumulated(steps)])


def accumulated(steps: Floats) -> Iterator[float]:
    """Return each step plus 0.95 of what was before it."""
    value = 0.0
    for step in steps:
        value = 0.95 * value + step
        yield value


def drawn(population: List, n: int, starts: int) -> Draws:
    """Return systematic samples from evenly spaced starts."""
    probability = n * population.people / population.people.sum()
    start = (np.arange(starts) + 0.5) / starts
    chosen = np.searchsorted(np.cumsum(probability), start[None, :] + np.arange(n)[:, None])
    return Draws(population.cases[chosen] / probability[chosen], probability[chosen])


def estimated(draws: Draws) -> dict[str, Floats]:
    """Return the variance of each sample by each form; every sample is a stratum of its own."""
    n, samples = draws.scores.shape
    stratum = np.repeat(np.arange(samples), n)
    probability = draws.probability.T.ravel()
    every, ones = np.arange(n * samples), np.ones(samples)
    fraction = draws.probability.mean(axis=0)
    scores = sparse.csc_array((draws.scores.T.ravel(), every, np.arange(samples + 1) * n), shape=(n * samples, samples))
    found = {}
    for name, f in (("with replacement", 0 * ones), ("independent, fpc", fraction)):
        stage = StageUnits(every, stratum, np.full(samples, n), f, ones)
        found[name] = variances(scores, occupancy(scores, stage), stage, Lonely())
    for name in FORMS[2:]:
        form = selection_form(name.partition(" ")[0], stage, sequence=np.tile(np.arange(n), samples), probability=probability)
        found[name] = form.variances(scores)
    return found


def of_setting(order: str, n: int, lists: int, starts: int) -> dict[str, Any]:
    """Return one line of the table: what each form gives on average over the truth, and how often its interval holds it."""
    rng = np.random.default_rng([SEED, ORDERS.index(order), n])
    true_variance, mean, covered = 0.0, dict.fromkeys(FORMS, 0.0), dict.fromkeys(FORMS, 0.0)
    for _ in range(lists):
        population = listed(order, n, rng)
        draws = drawn(population, n, starts)
        totals = draws.scores.sum(axis=0)
        true_variance += float(totals.var()) / lists
        for name, variance in estimated(draws).items():
            mean[name] += float(variance.mean()) / lists
            covered[name] += float(held(totals, variance, population.cases.sum(), n).mean()) / lists
    ratios = {name: f"{np.sqrt(mean[name] / true_variance):.2f} ({covered[name]:.0%})" for name in FORMS}
    return {"order of the list": order, "areas drawn": n, **ratios}


def held(totals: Floats, variance: Floats, truth: float, n: int) -> npt.NDArray[np.bool_]:
    """Return whether the t interval of each sample holds the truth."""
    return np.abs(totals - truth) <= stdtrit(n - 1, 0.975) * np.sqrt(variance)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=int, default=500)
    parser.add_argument("--starts", type=int, default=100)
    asked = parser.parse_args()
    table = pd.DataFrame([of_setting(order, n, asked.lists, asked.starts) for order in ORDERS for n in SAMPLES])
    FILE.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(FILE, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
