"""Does a planned sample have the precision that the plan promised? Plans, draws the plan 1,000 times from a population whose truth is known, and compares.

    python benchmarks/planned_precision.py --draws 1000

prints the table of the page "Sample size" of the docs and writes it to ``docs/methods/planning/planned_precision.csv``. About two minutes on one core.

The correlations that a plan needs come from the whole population (the formula alone is then on trial), or from one earlier survey, as in practice.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table

import prevalence as pv
from prevalence.plan.simulated import Frame, Rows, clusters_of, drawn_areas, drawn_people, frame_of
from prevalence.simulate import Population, population

FILE = Path(__file__).parents[1] / "docs" / "methods" / "planning" / "planned_precision.csv"
HOUSEHOLDS = 240_000
POPULATION_SEED, EARLIER_SEED = 8_710, 17
ALLOWED = 0.05
"""A promise is kept if the coefficient of variation over draws is within 5 % of the promised one, give or take three Monte Carlo errors."""


@dataclass(frozen=True)
class Scenario:
    """What is planned, where."""

    name: str
    country: str
    who: str
    households: int
    response: float
    inputs: str
    targets: tuple[dict[str, Any], ...]
    allocation: str = "proportional"


SCENARIOS = (
    Scenario("one child, national", "XAA", "one", 20, 1.0, "population", ({"cv": 0.06},)),
    Scenario("one child, national", "XAA", "one", 20, 1.0, "earlier survey", ({"cv": 0.06},)),
    Scenario("one child, 10 % fail to answer", "XAA", "one", 25, 0.9, "population", ({"cv": 0.06},)),
    Scenario("all children, national", "XAA", "all", 12, 1.0, "population", ({"cv": 0.06},)),
    Scenario("all children, urban and rural", "XAA", "all", 12, 1.0, "population", ({"by": "area", "cv": 0.10},), "neyman"),
    Scenario(
        "one child, three regions",
        "XBB",
        "one",
        20,
        1.0,
        "population",
        ({"by": "region", "relative_margin": 0.30},),
        "square-root",
    ),
    Scenario("one child, national", "XCC", "one", 20, 1.0, "population", ({"cv": 0.15},)),
    Scenario("one child, national", "XCC", "one", 20, 1.0, "earlier survey", ({"cv": 0.15},)),
)


@cache
def people_of(country: str) -> Population:
    """Return the population of a country, made once."""
    return population(countries=(country,), households=HOUSEHOLDS, seed=POPULATION_SEED)


def strata_of(people: Population, frame: Frame) -> pd.DataFrame:
    """Return the strata with their labels, households, children a household and true rates."""
    areas = people.areas.assign(stratum=people.areas["stratum"].astype(str))
    strata = areas.groupby("stratum", observed=True).agg(
        households=("households", "sum"), clusters=("households", "size"), area=("area", "first"), region=("region", "first")
    )
    home = people.households["area_index"].to_numpy()
    code = np.repeat(frame.stratum[home], frame.count)
    strata["children"] = np.bincount(frame.stratum[home], weights=frame.count) / np.bincount(frame.stratum[home])
    strata["rate"] = np.bincount(code, weights=frame.y) / np.bincount(code)
    return strata.reset_index()


def earlier_rows(people: Population, frame: Frame, scenario: Scenario) -> pd.DataFrame:
    """Return the people from whom the correlations are estimated: everybody, or a survey of 16 areas a stratum."""
    if scenario.inputs == "population":
        home = np.repeat(np.arange(len(frame.count)), frame.count)
        area = people.households["area_index"].to_numpy()[home]
        return pd.DataFrame({"y": frame.y, "weight": 1.0, "area": area, "stratum": frame.stratum[area], "household": home})
    rng = np.random.default_rng(EARLIER_SEED)
    areas = drawn_areas(frame, clusters_of(frame, 16), rng)
    rows = drawn_people(frame, *areas, 25, rng, one=scenario.who == "one")
    return pd.DataFrame({"y": rows.y, "weight": rows.weight, "area": rows.area, "stratum": rows.stratum})


def planned(scenario: Scenario) -> pv.plan.SamplePlan:
    """Return the plan of a scenario."""
    people = people_of(scenario.country)
    frame = frame_of(people, "child_labour")
    rows = earlier_rows(people, frame, scenario)
    homes = "household" if "household" in rows else None
    survey = pv.Survey(rows, pv.Design(weight="weight", stratum="stratum", psu="area"))
    found = pv.plan.icc(survey, "y", household=homes)
    rate = "rate" if scenario.inputs == "population" else float(found.rate[0])
    return pv.plan.sample_plan(
        strata_of(people, frame),
        [pv.plan.Target(indicator="child_labour", rate=rate, **target) for target in scenario.targets],
        households_per_cluster=scenario.households,
        children=pv.plan.children_per_household(np.bincount(frame.count).tolist()),
        icc=max(float(found.icc[0]), 0.0),
        household_icc=float(found.household_icc[0]) if homes else 0.0,
        who=scenario.who,
        response=scenario.response,
        allocation=scenario.allocation,
    )


def estimates(scenario: Scenario, plan: pv.plan.SamplePlan, draws: int) -> dict[str, np.ndarray]:
    """Return the estimated rate of every domain in every draw."""
    people = people_of(scenario.country)
    frame = frame_of(people, "child_labour")
    labels = strata_of(people, frame).set_index("stratum")
    wanted = clusters_of(frame, dict(zip(plan.strata.stratum, plan.strata.clusters.tolist(), strict=True)))
    inside = {
        name: np.array([name in ("All", *labels.loc[stratum, ["area", "region"]]) for stratum in frame.strata])
        for name in plan.precision.domain
    }
    found: dict[str, list[float]] = {name: [] for name in inside}
    for draw in track(range(1, draws + 1), description=f"{scenario.country} {scenario.name}"):
        rng = np.random.default_rng([draw, POPULATION_SEED])
        rows = drawn_people(
            frame,
            *drawn_areas(frame, wanted, rng),
            scenario.households,
            rng,
            one=scenario.who == "one",
            response=scenario.response,
        )
        for name, strata in inside.items():
            found[name].append(rate_of(rows, strata))
    return {name: np.array(values) for name, values in found.items()}


def rate_of(rows: Rows, strata: np.ndarray) -> float:
    """Return the weighted rate among people of the given strata."""
    kept = strata[rows.stratum]
    return float(rows.weight[kept] @ rows.y[kept] / rows.weight[kept].sum())


def compared(scenario: Scenario, draws: int) -> Iterator[dict[str, Any]]:
    """Return promise and outcome of each domain."""
    plan = planned(scenario)
    promised = plan.precision
    frame = frame_of(people_of(scenario.country), "child_labour")
    labels = strata_of(people_of(scenario.country), frame).set_index("stratum")
    for place, (name, values) in enumerate(estimates(scenario, plan, draws).items()):
        strata = np.array([name in ("All", *labels.loc[stratum, ["area", "region"]]) for stratum in frame.strata])
        kept = strata[np.repeat(frame.stratum[people_of(scenario.country).households["area_index"].to_numpy()], frame.count)]
        truth = float(frame.y[kept].mean())
        spread, error = spread_and_error(values)
        cv = float(promised.cv[place])
        ratio, noise = spread / truth / cv, error / truth / cv
        margin = promised.margin[place] / promised.rate[place] * truth
        yield {
            "country": scenario.country,
            "plan": scenario.name,
            "correlations from": scenario.inputs,
            "domain": name,
            "clusters": int(plan.strata.clusters[strata].sum()),
            "true rate": round(truth, 4),
            "promised cv": round(cv, 4),
            "cv over draws": round(spread / truth, 4),
            "ratio": round(ratio, 3),
            "Monte Carlo error": round(noise, 3),
            "outside the margin, %": round(100 * float((np.abs(values - truth) > margin).mean()), 1),
            "kept": verdict(ratio, ALLOWED + 3 * noise),
        }


def verdict(ratio: float, allowed: float) -> str:
    """Return whether the spread is what was promised."""
    return "yes" if abs(ratio - 1) <= allowed else "more precise" if ratio < 1 else "no"


def spread_and_error(values: np.ndarray) -> tuple[float, float]:
    """Return the standard deviation over draws and its Monte Carlo error, from the fourth moment."""
    centred = values - values.mean()
    variance = float(values.var(ddof=1))
    fourth = float((centred**4).mean())
    return variance**0.5, float(np.sqrt(max(fourth - variance**2, 0) / len(values)) / (2 * variance**0.5))


def main() -> None:
    parser = argparse.ArgumentParser(description="Promised and actual precision of planned samples.")
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    lines = [line for scenario in SCENARIOS for line in compared(scenario, arguments.draws)]
    table = Table(*lines[0])
    for line in lines:
        table.add_row(*(str(value) for value in line.values()))
    Console(width=200).print(table)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(lines).to_csv(arguments.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
