"""Draws random survey designs with random answers, as CSV files and a description that drawn.R reads; run it to draw the fixed ones.

A design has one to three stages, strata at any of them, units that stand alone, corrections as fractions, as counts or absent, and
weights of which some are zero; some have unequal probabilities at the first stage. Its domains are large, rare, within one unit and empty; some outcomes are missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
FIXED_SEED = 20251122
FIXED_COUNT = 24

STAGE_SHARES = (0.35, 0.4, 0.25)
"""Chance of one, two and three stages."""

MOST_PEOPLE = {1: 15, 2: 7, 3: 4}
"""One more than the most people of an ultimate unit, by number of stages."""

CONVENTIONS = ("count", "fraction", "none")
EVERYBODY: dict[str, Any] = {}


@dataclass(frozen=True)
class Plan:
    """What was drawn about a design before its units were.

    Attributes
    ----------
    stages : int
    rows_are_units : bool
        Whether there is no column of primary units.
    stratified : tuple of bool, one a stage
    fpc : tuple of {"count", "fraction", "none"}, one a stage
    rule : lonely-unit rule
    lonely_domains : bool
    nested_labels : bool
        Whether the labels of primary units start anew in each stratum.
    unequal : bool
        Whether primary units have probabilities of their own, in place of one fraction a stratum; not with `average`, which the library refuses.
    """

    stages: int
    rows_are_units: bool
    stratified: tuple[bool, ...]
    fpc: tuple[str, ...]
    rule: str
    lonely_domains: bool
    nested_labels: bool
    unequal: bool

    def may_stand_alone(self, stage: int) -> bool:
        """Whether a stratum may have one unit that does not stand for itself alone: R averages later stages in its own way."""
        return self.rule != "fail" and not (self.rule == "average" and stage > 0) and not (self.unequal and stage == 0)

    @property
    def may_have_zero_weights(self) -> bool:
        """Whether weights may be zero: where a rule asks which units have members, R counts members of weight zero, the library does not."""
        return self.rule != "average" and not self.lonely_domains


@dataclass(frozen=True)
class Drawn:
    """A drawn design.

    Attributes
    ----------
    name : str
    rows : data frame
    arguments : dict
        As ``design_args`` of the suite.
    given : list of str
        Columns of the correction that R gets; empty: those of the arguments.
    """

    name: str
    rows: pd.DataFrame
    arguments: dict[str, Any]
    given: list[str]

    @property
    def description(self) -> dict[str, Any]:
        """What drawn.R reads."""
        return {
            "name": self.name,
            "data": f"{self.name}.csv",
            "design_args": self.arguments,
            "given": self.given,
            "asked": list(_asked(self.arguments)),
        }


def write(folder: Path, seed: int, count: int) -> Path:
    """Write `count` designs below a folder and return their description; the same seed gives the same designs."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    designs = [draw(seed, index) for index in range(count)]
    for design in designs:
        design.rows.to_csv(data / f"{design.name}.csv", index=False, lineterminator="\n")
    description = data / "drawn_designs.json"
    lines = ",\n".join(json.dumps(design.description) for design in designs)
    description.write_text(f'{{"seed": {seed}, "designs": [\n{lines}\n]}}\n', encoding="utf-8")
    return description


def draw(seed: int, index: int) -> Drawn:
    """Return one design; `index` tells apart those of one seed."""
    rng = np.random.default_rng([seed, index])
    plan = _plan(rng)
    units = pd.DataFrame({"parent": [0]})
    for stage in range(plan.stages):
        units = _drawn_stage(rng, units, stage, plan)
    per_unit = rng.integers(1, MOST_PEOPLE[plan.stages], len(units))
    people = units if plan.rows_are_units else units.loc[np.repeat(units.index, per_unit)]
    rows = _answered(rng, people.reset_index(drop=True), plan)
    rows = rows.sample(frac=1, random_state=rng).reset_index(drop=True)
    arguments, given, unused = _arguments(rng, plan, rows)
    return Drawn(f"drawn_{index + 1:02d}", rows.drop(columns=unused), arguments, given)


def _plan(rng: np.random.Generator) -> Plan:
    stages = int(rng.choice(3, p=STAGE_SHARES)) + 1
    rule = str(rng.choice(["fail", "certainty", "adjust", "average"]))
    stratified = tuple(bool(rng.random() < (0.75 if stage == 0 else 0.3)) for stage in range(stages))
    alike = str(rng.choice(CONVENTIONS, p=[0.4, 0.4, 0.2]))
    rows_are_units = stages == 1 and rng.random() < 0.25
    unequal = not rows_are_units and rule != "average" and rng.random() < 0.2
    alike = "fraction" if unequal else alike
    fpc = (alike,) * stages if unequal or rng.random() < 0.6 else tuple(str(rng.choice(CONVENTIONS)) for _ in range(stages))
    return Plan(
        stages=stages,
        rows_are_units=rows_are_units,
        stratified=stratified,
        fpc=fpc,
        rule=rule,
        lonely_domains=not unequal and (rule == "adjust" or (rule == "average" and stages == 1)) and rng.random() < 0.4,
        nested_labels=bool(rng.random() < 0.4),
        unequal=unequal,
    )


def _drawn_stage(rng: np.random.Generator, above: pd.DataFrame, stage: int, plan: Plan) -> pd.DataFrame:
    """Return the units of a stage below each unit of the one above; labels start anew in each."""
    found = []
    for parent in above.to_dict("records"):
        label = 0
        strata = int(rng.integers(2, 5 if stage == 0 else 3)) if plan.stratified[stage] else 1
        for stratum in range(1, strata + 1):
            sampled, population = _sizes(rng, stage, plan, 2 if strata == 1 else 1)
            for position in range(1, sampled + 1):
                label += 1
                restarts = stage == 0 and plan.nested_labels
                found.append(
                    {
                        **parent,
                        f"stratum{stage + 1}": f"h{stratum}",
                        f"unit{stage + 1}": position if restarts else label,
                        f"sampled{stage + 1}": sampled,
                        f"population{stage + 1}": population,
                    }
                )
    return pd.DataFrame(found)


def _sizes(rng: np.random.Generator, stage: int, plan: Plan, fewest: int) -> tuple[int, int]:
    """Return the number of units sampled in a stratum and in its population; `fewest` holds at the first stage alone."""
    most = (7 if plan.stages == 1 else 5) if stage == 0 else 4
    sampled = int(rng.integers(2, most))
    if fewest == 1 or stage > 0:
        sampled = 1 if rng.random() < 0.2 else sampled
    everything = plan.fpc[stage] != "none" and rng.random() < 0.15
    if plan.unequal and stage == 0:
        return max(sampled, 2), max(sampled, 2) + int(rng.integers(1, 25))
    if sampled == 1 and not plan.may_stand_alone(stage):
        sampled, everything = (1, True) if plan.fpc[stage] != "none" else (2, False)
    if plan.rows_are_units:
        sampled *= 4
    return sampled, sampled if everything else sampled + int(rng.integers(1, 25))


def _answered(rng: np.random.Generator, rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add weights, domains and outcomes."""
    n = len(rows)
    stages = range(1, plan.stages + 1)
    primary = rows.groupby(["stratum1", "unit1"], sort=False).ngroup().to_numpy()
    effect = rng.normal(0, 0.7, primary.max() + 1)[primary]
    weight = np.prod([rows[f"population{k}"] / rows[f"sampled{k}"] for k in stages], axis=0) * np.exp(rng.normal(0, 0.3, n))
    weight = weight / (weight.mean() if rng.random() < 0.3 else 1)
    weight[rng.random(n) < (rng.choice([0, 0.06]) if plan.may_have_zero_weights else 0)] = 0
    rows["w"] = np.round(weight, 6)
    rows["sex"] = rng.choice(["Female", "Male"], n)
    rows["group"] = rng.choice(["A", "B", "C"], n, p=[0.6, 0.36, 0.04])
    rows["island"] = (primary == rng.integers(0, primary.max() + 1)).astype(int)
    rows["void"] = (np.arange(n) < 3).astype(int)  # no outcome is known of anybody here
    level = rng.choice([-3.0, -0.7, 1.5])
    rows["y"] = (rng.random(n) < 1 / (1 + np.exp(-level - effect - 0.5 * (rows["sex"] == "Male")))).astype(float)
    rows["x"] = np.round(20 + 4 * effect + rng.gamma(4, 2, n), 4)
    rows["hours"] = np.round(rng.gamma(4, 8, n) + 1, 3)
    for name in ("y", "x", "hours"):
        rows.loc[(rng.random(n) < rng.choice([0, 0.05, 0.15])) | (rows["void"] == 1), name] = np.nan
    return rows


def _arguments(rng: np.random.Generator, plan: Plan, rows: pd.DataFrame) -> tuple[dict[str, Any], list[str], list[str]]:
    """Add the columns of the correction; return the arguments of the design, the columns that R gets and those that nobody needs."""
    for stage, convention in enumerate(plan.fpc, 1):
        sampled, population = rows[f"sampled{stage}"], rows[f"population{stage}"]
        if convention != "none":
            rows[f"fpc{stage}"] = population if convention == "count" else sampled / population
        rows[f"given{stage}"] = population.astype(float) if convention != "none" else np.inf
    names = [f"fpc{stage}" if convention != "none" else None for stage, convention in enumerate(plan.fpc, 1)]
    stratum = ["stratum1"] if plan.stratified[0] else []
    later = [
        {"unit": f"unit{stage}", "stratum": [f"stratum{stage}"] if plan.stratified[stage - 1] else [], "fpc": names[stage - 1]}
        for stage in range(2, plan.stages + 1)
    ]
    arguments = {
        "weight": "w",
        "stratum": stratum,
        "psu": [] if plan.rows_are_units else [*(stratum if plan.nested_labels else []), "unit1"],
        "fpc": names[0],
        "lonely_psu": plan.rule,
        "lonely_domains": bool(plan.lonely_domains),
        **({"later_stages": later} if later else {}),
    }
    if plan.unequal:
        primary = rows.groupby(["stratum1", "unit1"], sort=False).ngroup().to_numpy()
        rows["fpc1"] = np.round(rows["fpc1"] * rng.uniform(0.3, 1, primary.max() + 1)[primary], 6)
        arguments["selection"] = "brewer"
    # R takes one convention for all stages, no stage without, and no fractions that are all 1; Inf is its word for none.
    one_kind = len(set(plan.fpc)) == 1 and not all((rows[name] == 1).all() for name in names if name)
    given = [] if one_kind or names[0] is None else [f"given{stage}" for stage in range(1, plan.stages + 1)]
    unused = ["parent", *(f"{part}{stage}" for stage in range(1, plan.stages + 1) for part in ("sampled", "population"))]
    unused += [name for name in rows.columns if name.startswith("given") and name not in given]
    return arguments, given, unused


def _asked(arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what R is asked of every design."""
    groups = [{"group": name} for name in ("A", "B", "C")]
    corners = [{"island": 1}, {"void": 1}]
    yield {"statistic": "prevalence", "variable": ["y"], "domains": [EVERYBODY, *groups, *corners]}
    yield {"statistic": "mean", "variable": ["x"], "domains": [EVERYBODY, *groups]}
    yield {"statistic": "total", "variable": ["y"], "domains": [EVERYBODY, {"sex": "Female"}]}
    yield {"statistic": "total", "variable": ["x"], "domains": corners}
    yield {"statistic": "ratio", "variable": ["x", "hours"], "domains": [EVERYBODY, {"group": "B"}]}
    yield {"statistic": "difference", "of": "prevalence", "variable": ["y"], "dimension": "sex", "a": "Female", "b": "Male"}
    yield {"statistic": "difference", "of": "mean", "variable": ["x"], "dimension": "group", "a": "B", "b": "A"}
    yield {"statistic": "relative", "of": "mean", "variable": ["x"], "dimension": "sex", "a": "Female", "b": "Male"}
    if arguments["lonely_psu"] != "average" and not arguments["lonely_domains"] and "selection" not in arguments:
        # R asks these rules of all cells together, and cannot make the matrix of a sample with unequal probabilities.
        yield {"statistic": "covariance", "of": "prevalence", "variable": ["y"], "by": ["sex"]}


if __name__ == "__main__":
    write(FOLDER, FIXED_SEED, FIXED_COUNT)
