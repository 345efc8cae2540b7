"""Coverage of the intervals of a change between two rounds, over pairs of simulated rounds.

Areas have a rate of their own in each round: the rate of everyone moved on the logit scale by an area effect, part of which stays from round to
round. Every draw is a column of one table, so that `prevalence` itself computes all draws of a setting at once.

    python benchmarks/change_coverage.py --draws 10000
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import sparse, special, stats

from prevalence.baseline.change_table import Change, change_of
from prevalence.baseline.labels import UnitLabels
from prevalence.baseline.rounds import Round
from prevalence.baseline.samples import paired
from prevalence.design import Design
from prevalence.estimates import Estimates, Interval, Key, Numbers, Sample
from prevalence.formulas.ratio import Linear, ratio, total
from prevalence.formulas.rules import Linearised
from prevalence.formulas.variance import Lonely
from prevalence.provenance import Provenance
from prevalence.totals import Floats, Moments, Totals, Units

FILE = Path(__file__).resolve().parent.parent / "docs" / "methods" / "change" / "coverage.csv"
LEVEL = 0.95
STRATA = 6
PER_AREA = (12, 28)
"""Fewest and most children of an area."""
SPREAD = 0.5
"""Standard deviation of the area effects, on the logit scale: an intra-class correlation of about 0.05 at a rate of 20 %."""
STAYING = 0.7
"""Correlation of the effects of an area in both rounds."""
GROWTH = 1.1
"""Weights of the second round over those of the first: the population grows."""
SEED = 20250620
NODES = 80


@dataclass(frozen=True)
class Setting:
    """Areas a stratum in each round, how many of them are the same in both, and the rates."""

    areas: int
    shared: int
    old: float
    new: float

    @property
    def samples(self) -> str:
        return "shared" if self.shared else "independent"

    @property
    def kind(self) -> str:
        return "independent" if not self.shared else "same areas" if self.shared == self.areas else "half rotated"


SETTINGS = [
    Setting(areas, round(part * areas), old, new)
    for part, areas, (old, new) in product((0.0, 0.5, 1.0), (4, 8, 20), ((0.05, 0.04), (0.22, 0.18)))
]


def centre_of(rate: float) -> float:
    """Return the logit whose mean over the area effects is a rate."""
    node, weight = special.roots_hermitenorm(NODES)
    share = weight / weight.sum()
    low, high = -12.0, 12.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if share @ special.expit(middle + SPREAD * node) < rate else (low, middle)
    return (low + high) / 2


def drawn(setting: Setting, draws: int, rng: np.random.Generator) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return cases and children of each area in both rounds, weighted, shapes (areas, draws)."""
    units = STRATA * setting.areas
    effect = rng.normal(size=(2, units, draws))
    stays = np.tile(np.arange(setting.areas) < setting.shared, STRATA)[:, None]
    own = STAYING * effect[0] + np.sqrt(1 - STAYING**2) * effect[1]
    effects = effect[0], np.where(stays, own, effect[1])
    weight = np.repeat(1 + 0.3 * np.arange(STRATA), setting.areas)[:, None]
    rounds = []
    for effect_of, rate, growth in zip(effects, (setting.old, setting.new), (1.0, GROWTH), strict=True):
        children = rng.integers(*PER_AREA, size=(units, draws), endpoint=True)
        cases = rng.binomial(children, special.expit(centre_of(rate) + SPREAD * effect_of))
        rounds.append((weight * growth * cases, weight * growth * children))
    return rounds[0], rounds[1]


def round_of(setting: Setting, cases: Floats, children: Floats, *, first: bool) -> Round:
    """Return a round whose cells are the draws."""
    draws = cases.shape[1]
    stratum = np.repeat(np.arange(STRATA, dtype=np.int64), setting.areas)
    sampled = np.full(STRATA, setting.areas, dtype=np.int64)
    rule = Linearised(Units.of_one_stage(stratum, sampled, np.zeros(STRATA)), Lonely(), "occupied")
    n, x, y = (_columns(values) for values in (np.maximum(children, 1), children, cases))
    blank = np.zeros(draws)
    moments = Moments(weight=blank, ee=blank, ex=blank, xx=blank, reference=0.0, cases=blank, missing=blank)
    totals = Totals(units=rule.units, n=n, x=x, y=y, moments=moments)
    people = Totals(units=rule.units, n=n, x=x, y=x, moments=moments)
    names = [
        f"{h} {place if place < setting.shared else f'{place} {first}'}" for h in range(STRATA) for place in range(setting.areas)
    ]
    labels = UnitLabels(tuple(names), tuple(map(str, range(STRATA))))
    tables = [
        _table(rule, linear, n, kind)
        for linear, kind in ((ratio(totals), "proportion"), (total(totals), "unbounded"), (total(people), "unbounded"))
    ]
    return Round(rates=tables[0], numbers=tables[1], people=tables[2], labels=labels)


def _columns(values: Floats) -> sparse.csc_array:
    units, draws = values.shape
    indices = np.tile(np.arange(units), draws)
    return sparse.csc_array((values.T.ravel().astype(float), indices, np.arange(draws + 1) * units), shape=(units, draws))


def _table(rule: Linearised, linear: Linear, presence: sparse.csc_array, kind: str) -> Estimates:
    draws = len(linear.estimate)
    found = rule.spread(linear.scores, presence)
    unknown = np.full(draws, np.nan)
    labels = tuple(map(str, range(draws)))
    numbers = Numbers(
        estimate=linear.estimate,
        se=np.sqrt(found.variance),
        se_log=unknown,
        deff=unknown,
        df=found.df,
        n=np.full(draws, 1000.0),
        cases=np.full(draws, 100.0),
        missing=np.zeros(draws),
        n_psu=found.n_psu,
        population=unknown,
        borrowed_deff=unknown,
        census=found.census,
    )
    keys = (
        Key.constant("indicator", "y", draws),
        Key.constant("statistic", "prevalence", draws),
        Key("draw", np.arange(draws), labels, labels),
    )
    return Estimates(
        keys=keys,
        numbers=numbers,
        kind="proportion" if kind == "proportion" else "unbounded",
        interval=Interval("logit" if kind == "proportion" else "wald", LEVEL),
        sample=Sample(rule, linear.scores, presence, Design(weight="w")),
        provenance=Provenance(),
    )


def change_in(setting: Setting, draws: int, rng: np.random.Generator) -> Change:
    """Return the change of every draw."""
    rounds = drawn(setting, draws, rng)
    old, new = (round_of(setting, *values, first=first) for values, first in zip(rounds, (True, False), strict=True))
    return change_of(paired(old, new, ("old", "new"), setting.samples, None), ("old", "new"), None, LEVEL, "", ())


def lines_of(setting: Setting, draws: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Return the coverage of every interval in a setting."""
    found = change_in(setting, draws, rng)
    children = sum(PER_AREA) / 2 * setting.areas * float((1 + 0.3 * np.arange(STRATA)).sum())
    truth = {
        "rate": setting.new - setting.old,
        "relative": setting.new / setting.old - 1,
        "number": children * (GROWTH * setting.new - setting.old),
        "number, relative": GROWTH * setting.new / setting.old - 1,
    }
    limits = {
        "rate": (found.change, found.se, found.low, found.high),
        "relative": (found.relative, found.relative_se, found.relative_low, found.relative_high),
        "number": (found.number_change, found.number_se, found.number_low, found.number_high),
        "number, relative": (
            found.number_relative,
            found.number_relative_se,
            found.number_relative_low,
            found.number_relative_high,
        ),
    }
    df = float(np.median(found.df))
    cases = setting.new * sum(PER_AREA) / 2 * setting.areas * STRATA
    out: list[dict[str, object]] = []
    for name, (value, se, low, high) in limits.items():
        known = np.isfinite(low) & np.isfinite(high)
        below, above = (100 * float(each[known].mean()) for each in (truth[name] < low, truth[name] > high))
        covered = 100 - below - above
        error = 100 * float(np.sqrt(LEVEL * (1 - LEVEL) / known.sum()))
        out.append(
            {
                "samples": setting.kind,
                "areas a round": setting.areas * STRATA,
                "old": setting.old,
                "new": setting.new,
                "interval of": name,
                "df": round(df),
                "cases": round(cases),
                "mean se / sd": round(float(np.sqrt((se[known] ** 2).mean()) / value[known].std()), 3),
                "covered, %": round(covered, 2),
                "missed below, %": round(below, 2),
                "missed above, %": round(above, 2),
                "Monte Carlo error": round(error, 2),
                "within 3": "yes" if abs(covered - 100 * LEVEL) <= 3 * error else "no",
                "no interval": int((~known).sum()),
            }
        )
    return out


def normal_tail(lines: list[dict[str, object]]) -> str:
    """Return a sentence that sums up."""
    frame = pd.DataFrame(lines)
    kept = frame[(frame["df"] >= 30)]
    good = (kept["within 3"] == "yes").sum()
    chance = stats.binom.sf(0, len(kept), 2 * stats.norm.sf(3))
    return f"With 30 degrees of freedom or more {good} of {len(kept)} are within three Monte Carlo errors (chance of any outside by luck {chance:.0%})."


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of the intervals of a change.")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    lines: list[dict[str, object]] = []
    for place, setting in enumerate(track(SETTINGS, description="Settings")):
        lines += lines_of(setting, arguments.draws, np.random.default_rng([SEED, place]))
    table = Table(*map(str, lines[0]))
    for line in lines:
        table.add_row(*(str(value) for value in line.values()))
    console = Console(width=200)
    console.print(table)
    console.print(normal_tail(lines))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(lines).to_csv(arguments.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
