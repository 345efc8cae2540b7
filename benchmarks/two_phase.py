"""How far are the standard errors of a two-phase sample from the truth?

    python benchmarks/two_phase.py

writes ``docs/methods/two-phase/bias.csv``, the table of the page "Two-phase samples" of the docs, in about a minute. A labour force survey draws areas in strata
and screens all children of 15 households in each; a module then asks all children whom the screening found at work and one in four of the others, drawn over all areas at once.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import stdtrit

from prevalence.formulas.two_phase import refined, second_phase, two_phase_rule, ultimate_units
from prevalence.totals import Floats, Ints, Units

FILE = Path(__file__).parents[1] / "docs" / "methods" / "two-phase" / "bias.csv"
STRATA, AREAS, CHILDREN = 4, 60, 24
DRAWN = (3, 8, 24)
"""Areas drawn in each stratum of 60."""
OTHERS = 0.25
"""Part of the children who were not found at work that the module asks."""
SEED = 20250613
METHODS = ("full", "full, no fpc", "one phase, no fpc", "phase 2 alone")


@dataclass(frozen=True)
class Population:
    """Children in areas: stratum and area of each, found at work by the screening, and in child labour."""

    stratum: Ints
    area: Ints
    screened: Ints
    labour: Floats


@dataclass(frozen=True)
class Draw:
    """One sample of both phases, by child of phase 1.

    Attributes
    ----------
    child : int array, shape (children of phase 1,)
    asked : bool array, shape (children of phase 1,)
    weight : float array, shape (children of phase 1,)
        Of both phases, 0 for those who were not asked.
    """

    child: Ints
    asked: npt.NDArray[np.bool_]
    weight: Floats


def population(rng: np.random.Generator) -> Population:
    """Return a population of 4 strata, 60 areas each, about 24 children an area; child labour of 4 to 20 % by stratum, clustered in areas."""
    area = np.repeat(np.arange(STRATA * AREAS), rng.poisson(CHILDREN, STRATA * AREAS) + 1)
    stratum = area // AREAS
    chance = 1 / (1 + np.exp(-(np.linspace(-3.2, -1.5, STRATA)[stratum] + rng.normal(0, 0.5, STRATA * AREAS)[area])))
    labour = (rng.random(len(area)) < chance).astype(float)
    screened = (rng.random(len(area)) < np.where(labour == 1, 0.8, 0.06)).astype(np.int64)
    return Population(stratum, area, screened, labour)


def draw(people: Population, areas: int, rng: np.random.Generator) -> Draw:
    """Return a sample: areas at random in strata, all their children screened, then those asked."""
    chosen = np.concatenate([h * AREAS + rng.permutation(AREAS)[:areas] for h in range(STRATA)])
    child = np.flatnonzero(np.isin(people.area, chosen))
    group = people.screened[child]
    asked = group == 1
    others = np.flatnonzero(~asked)
    asked[rng.permutation(others)[: max(2, round(OTHERS * len(others)))]] = True
    fraction = np.where(group == 1, 1.0, asked[others].mean())
    return Draw(child, asked, np.where(asked, AREAS / areas / fraction, 0.0))


def linear(people: Population, sample: Draw) -> tuple[Floats, Floats]:
    """Return the total and the prevalence, and the scores of each child, shape (children, 2)."""
    y = sample.weight * people.labour[sample.child]
    prevalence = y.sum() / sample.weight.sum()
    return np.array([y.sum(), prevalence]), np.column_stack([y, (y - prevalence * sample.weight) / sample.weight.sum()])


def estimated(people: Population, sample: Draw, areas: int) -> tuple[Floats, dict[str, Floats], Floats]:
    """Return estimates, their variances by each method, shape (2,) each, and degrees of freedom."""
    estimate, scores = linear(people, sample)
    area = np.unique(people.area[sample.child], return_inverse=True)[1]
    ultimate, one, two = ultimate_units(area, np.arange(len(area)))
    dense = np.zeros_like(scores)
    dense[ultimate] = scores
    columns = sparse.csc_array(dense)
    presence = sparse.csc_array(np.repeat((sample.asked[np.argsort(ultimate)] * 1.0)[:, None], 2, axis=1))
    stratum = np.repeat(np.arange(STRATA), areas)
    sampled, size = np.full(STRATA, areas), np.ones(STRATA)
    group = people.screened[sample.child]
    every = np.ones(len(area), dtype=bool)
    corrected = refined(Units.of_one_stage(stratum, sampled, size * areas / AREAS), one)
    plain = refined(Units.of_one_stage(stratum, sampled, 0 * size), one)
    certain = refined(Units.of_one_stage(stratum, sampled, size), one)
    phase_2, all_asked = second_phase(two, group, sample.asked), second_phase(two, 0 * group, every)
    asked = sample.asked[two]
    rules = (
        two_phase_rule(corrected, phase_2, asked),
        two_phase_rule(plain, phase_2, asked),
        two_phase_rule(plain, all_asked, asked),
        two_phase_rule(certain, phase_2, asked),
    )
    spreads = [rule.spread(columns, presence) for rule in rules]
    return estimate, {name: found.variance for name, found in zip(METHODS, spreads, strict=True)}, spreads[0].df


def of_setting(areas: int, samples: int) -> list[dict[str, Any]]:
    """Return the lines of one size of sample: mean standard error over the true one, and coverage."""
    rng = np.random.default_rng([SEED, areas])
    people = population(rng)
    truth = np.array([people.labour.sum(), people.labour.mean()])
    found = [estimated(people, draw(people, areas, rng), areas) for _ in range(samples)]
    estimates = np.array([estimate for estimate, _, _ in found])
    half = stdtrit(np.array([df for _, _, df in found]), 0.975)
    lines = []
    for column, statistic in enumerate(("total", "prevalence")):
        line: dict[str, Any] = {"statistic": statistic, "areas in phase 1": STRATA * areas}
        for name in METHODS:
            variance = np.array([variances[name][column] for _, variances, _ in found])
            ratio = np.sqrt(np.nanmean(variance)) / estimates[:, column].std()
            held = np.abs(estimates[:, column] - truth[column]) <= half[:, column] * np.sqrt(variance)
            line[name] = f"{ratio:.2f} ({held.mean():.0%})"
        line["not estimable"] = f"{np.mean([np.isnan(variances['full'][column]) for _, variances, _ in found]):.1%}"
        lines.append(line)
    return lines


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=4000)
    asked = parser.parse_args()
    lines = map(partial(of_setting, samples=asked.samples), DRAWN)
    table = pd.DataFrame([line for setting in lines for line in setting])
    FILE.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(FILE, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
