"""How often do the intervals hold the truth? Draws samples of a population whose truth is known, and counts.

    python benchmarks/coverage.py --samples 1000

writes the tables of the page "Coverage" of the docs: ``docs/methods/coverage/<panel>.csv``. A panel is a way to sample; each
sample answers for every country by supply chain, sex, age group and area. About ten minutes a panel on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import track

import prevalence as pv
from prevalence.formulas.interval import PROPORTION_METHODS
from prevalence.simulate import Population, Sample, population, sample
from prevalence.survey import Family

FOLDER = Path(__file__).parents[1] / "docs" / "methods" / "coverage"
PANELS: dict[str, dict[str, Any]] = {
    "independent": {"selection": "with-replacement", "nonresponse": False},
    "systematic": {"selection": "systematic", "nonresponse": False},
    "nonresponse": {"selection": "with-replacement", "nonresponse": True},
}
CHAINS = ("cocoa", "coffee", "cotton", "garment", "mining", "fishing")
DIMENSIONS = ["country", "supply_chain", "sex", "age_group", "area"]
DESIGN = pv.Design(weight="weight", stratum="stratum", psu="psu", df_rule="occupied")
PEOPLE_SEED = 871
ENOUGH_DF, ENOUGH_CASES = 30, 20
"""Where the recommended interval must hold 95 %: df, and expected cases over the design effect (DESIGN section 7)."""


@dataclass(frozen=True)
class Group:
    """Who is asked, for what, and in which tables."""

    name: str
    indicator: str
    definition: str
    exposure: str
    tables: tuple[tuple[str, ...], ...]


GROUPS = (
    Group("children", "child_labour", "sdg-8.7.1", "household", (("supply_chain", "sex"), ("sex", "age_group"), ("area", "sex"))),
    Group("workers", "forced_labour", "icls20", "own", (("supply_chain", "sex"), ("area", "sex"))),
)


def survey_of(drawn: Sample, group: Group) -> pv.Survey:
    """Return the people of a group as a survey, their supply chains as overlapping columns."""
    rows = drawn.children if group.name == "children" else drawn.workers
    for chain in CHAINS:
        works = (rows["product"] == chain) | (rows["product_2"] == chain)
        rows = rows.assign(**{f"chain_{chain}": rows[f"household_product_{chain}"] if group.exposure == "household" else works})
    family = Family(
        name="supply_chain",
        members={chain: f"chain_{chain}" for chain in CHAINS},
        exposure=group.exposure,
        denominator="people of the chain",
    )
    return pv.Survey(rows, DESIGN, families={"supply_chain": family})


def estimated(drawn: Sample, group: Group) -> pv.Estimates:
    """Return every domain of every table of a group, margins within countries included."""
    by = [["country", *table] for table in group.tables]
    margins = sorted({name for table in group.tables for name in table})
    return pv.prevalence(survey_of(drawn, group), group.indicator, by=by, margins=margins)


def outcome(table: pv.Estimates, truth: pd.DataFrame) -> pd.DataFrame:
    """Return, for each domain, whether each interval lies below, around or above the truth."""
    frame = table.to_pandas()
    for name in DIMENSIONS:
        frame[name] = frame.get(name, "All")
    kept = frame[[*DIMENSIONS, "estimate", "se", "deff", "df", "n"]].merge(
        truth, on=DIMENSIONS, how="left", validate="one_to_one"
    )
    for method in PROPORTION_METHODS:
        limits = table.ci(method=method).limits
        kept[f"{method}_below"] = limits.high < kept["truth"]
        kept[f"{method}_above"] = limits.low > kept["truth"]
        kept[f"{method}_none"] = np.isnan(limits.low)
    return kept


def truths(people: Population, group: Group) -> pd.DataFrame:
    """Return the true prevalence of each domain of a group."""
    table = people.truth().query("indicator == @group.indicator and definition == @group.definition")
    overall = table["supply_chain"] == "All"
    table = table[overall | (table["exposure"] == group.exposure)]
    return table[[*DIMENSIONS, "prevalence"]].rename(columns={"prevalence": "truth"})


def one_sample(panel: str, seed: int) -> dict[str, pd.DataFrame]:
    """Draw one sample and return what each group's intervals did."""
    drawn = sample(shared_population(), seed=seed, **PANELS[panel])
    return {group.name: outcome(estimated(drawn, group), shared_truth(group)) for group in GROUPS}


@cache
def shared_population() -> Population:
    """Return the population, made once a process."""
    return population(seed=PEOPLE_SEED)


@cache
def shared_truth(group: Group) -> pd.DataFrame:
    """Return the true prevalence of each domain of a group, computed once a process."""
    return truths(shared_population(), group)


def run(panel: str, samples: int, workers: int) -> dict[str, pd.DataFrame]:
    """Return the outcomes of all samples of a panel by group."""
    with ProcessPoolExecutor(workers) as pool:
        jobs = pool.map(one_sample, [panel] * samples, range(1, samples + 1), chunksize=4)
        found = list(track(jobs, total=samples, description=panel))
    return {group.name: pd.concat([one[group.name] for one in found]) for group in GROUPS}


def summaries(group: Group, outcomes: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return one line a method and class of domains."""
    domains = outcomes.groupby(DIMENSIONS, sort=False).mean(numeric_only=True)
    samples = len(outcomes) // len(domains)
    domains = domains[(domains["truth"] > 0) & (domains["n"] > 0)]
    cases = domains["truth"] * domains["n"] / domains["deff"].clip(lower=1)
    enough = (domains["df"] >= ENOUGH_DF) & (cases >= ENOUGH_CASES)
    for label, chosen in (("df >= 30 and cases/deff >= 20", enough), ("elsewhere", ~enough)):
        part = domains[chosen]
        if part.empty:
            continue
        bias = (part["estimate"] - part["truth"]) / part["truth"]
        for method in PROPORTION_METHODS:
            below, above, none = (part[f"{method}_{side}"] for side in ("below", "above", "none"))
            covered = 1 - (below + above) / (1 - none)
            yield {
                "group": group.name,
                "domains": label,
                "number": len(part),
                "interval": method,
                "coverage": f"{covered.mean():.1%}",
                "lowest": f"{covered.min():.1%}",
                "highest": f"{covered.max():.1%}",
                "truth above": f"{below.mean():.1%}",
                "truth below": f"{above.mean():.1%}",
                "no interval": f"{none.mean():.1%}",
                "relative bias": f"{bias.mean():+.1%}",
                "Monte Carlo error of one domain": f"{np.sqrt(0.95 * 0.05 / samples):.1%}",
            }


def countries(group: Group, outcomes: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return one line a country and sex: the figures that a baseline prints first."""
    whole = outcomes.query("supply_chain == 'All' and age_group == 'All' and area == 'All'")
    for (country, sex), rows in whole.groupby(["country", "sex"], sort=False):
        covered = 1 - rows[["logit_below", "logit_above"]].to_numpy().sum(axis=1).mean()
        yield {
            "group": group.name,
            "country": country,
            "sex": sex,
            "truth": f"{rows['truth'].iloc[0]:.2%}",
            "mean estimate": f"{rows['estimate'].mean():.2%}",
            "sd of estimates": f"{rows['estimate'].std():.2%}",
            "mean standard error": f"{rows['se'].mean():.2%}",
            "coverage (logit)": f"{covered:.1%}",
            "n": f"{rows['n'].mean():.0f}",
            "deff": f"{rows['deff'].mean():.2f}",
            "df": f"{rows['df'].mean():.0f}",
        }


def main() -> None:
    """Run the panels that were asked for and write their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--panels", nargs="*", default=list(PANELS), choices=list(PANELS))
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for panel in asked.panels:
        found = run(panel, asked.samples, asked.workers)
        for name, table in (("intervals", summaries), ("countries", countries)):
            lines = pd.DataFrame([line for group in GROUPS for line in table(group, found[group.name])])
            lines.to_csv(FOLDER / f"{panel}_{name}.csv", index=False)
            print(f"\n{panel}, {asked.samples} samples: {name}\n{lines.to_string(index=False)}")


if __name__ == "__main__":
    main()
