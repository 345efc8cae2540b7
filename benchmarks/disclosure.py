"""Can withheld counts be worked out, and what does protecting them cost? Random runs of linked tables, attacked; small ones, solved exactly.

    python benchmarks/disclosure.py --runs 1000 --normalised 300 --small 200

writes the tables of the page "Withheld cells" of the docs: ``docs/methods/disclosure/attack.csv``, ``normalised.csv`` and ``loss.csv``. About
twenty minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import track
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.disclosure._attack import attack
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.disclosure.complementary import Withheld, protected
from prevalence.report.disclosure.knowledge import Knowledge, knowledge_of
from prevalence.report.disclosure.people import people_of
from prevalence.report.disclosure.primary import case_targets, observation_targets, primary_of
from prevalence.report.disclosure.rules import Disclosure
from prevalence.survey import Family

FOLDER = Path(__file__).parents[1] / "docs" / "methods" / "disclosure"
MOST_CELLS, FEWEST_LEVELS, MOST_LEVELS = 100, 2, 8
SMALLEST_OF_FOUR = (FEWEST_LEVELS + 1) ** 4
PEOPLE = (150, 400, 1000, 3000)
RATES = (0.01, 0.03, 0.1, 0.3, 0.9, 0.97)
WEIGHTS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "constant": lambda random, n: np.full(n, 7.0),
    "nearly constant": lambda random, n: random.uniform(0.98, 1.02, n),
    "varied": lambda random, n: np.exp(random.normal(0, 0.7, n)),
}
PEOPLE_GIVEN = 1_000_000.0
"""What normalised weights of every other run stand for; the weighted counts of the others are no numbers of people."""
SECONDS = 60
"""Longest search for an exact optimum; what is not settled by then is left out and counted."""


def levels_of(random: np.random.Generator, most: int) -> list[int]:
    """Return the numbers of levels of 2 to 4 dimensions that make, with margins, at most so many cells; of 2 or 3 if 4 cannot."""
    while True:
        dimensions = int(random.integers(2, 5)) if most >= SMALLEST_OF_FOUR else int(random.integers(2, 4))
        levels = random.integers(FEWEST_LEVELS, MOST_LEVELS + 1, size=dimensions).tolist()
        if np.prod([level + 1 for level in levels]) <= most:
            return levels


def random_survey(random: np.random.Generator, levels: list[int], weights: str, chains: int) -> pv.Survey:
    """Return people in groups of unequal size, sparse or not, with overlapping chains if asked."""
    n = int(random.choice(PEOPLE))
    data: dict[str, Any] = {"w": WEIGHTS[weights](random, n)}
    for dimension, number in enumerate(levels):
        shares = random.dirichlet(np.full(number, random.choice([0.7, 2.0, 8.0])))
        data[f"d{dimension}"] = np.array([f"{dimension}{level}" for level in range(number)])[random.choice(number, n, p=shares)]
    for chain in range(chains):
        data[f"c{chain}"] = (random.random(n) < random.choice([0.02, 0.2, 0.5, 0.97])).astype(np.float64)
    data["child_labour"] = (random.random(n) < random.choice(RATES) * np.exp(random.normal(0, 0.3, n))).astype(np.float64)
    members = {f"chain {chain}": f"c{chain}" for chain in range(chains)}
    family = Family(name="supply_chain", members=members, exposure="household", denominator="children")
    families = {"families": {"supply_chain": family}} if chains else {}
    return pv.Survey(pd.DataFrame(data), pv.Design(weight="w"), **families)


def with_normalised(survey: pv.Survey, population: float | None) -> pv.Survey:
    """Return a survey whose weights have mean 1, as those of MICS."""
    data = survey.data.assign(w=survey.data["w"] / survey.data["w"].mean())
    return replace(survey, data=data, design=pv.Design(weight="w", weight_scale="normalised", population=population))


def random_run(seed: int, most: int = MOST_CELLS, *, normalised: bool = False) -> tuple[str, list[Estimates]]:
    """Return the kind of weights and one to four linked tables of the same people."""
    random = np.random.default_rng(seed)
    levels, chains = levels_of(random, most), int(random.integers(0, 4))
    weights = str(random.choice(list(WEIGHTS)))
    survey = random_survey(random, levels, weights, chains)
    if normalised:
        survey = with_normalised(survey, PEOPLE_GIVEN if seed % 2 else None)
    names = [f"d{dimension}" for dimension in range(len(levels))]
    crossings = [names]
    crossings += [random.permutation(names)[: random.integers(1, len(names) + 1)].tolist() for _ in range(random.integers(0, 3))]
    tables = [pv.prevalence(survey, "child_labour", by=by, margins=bool(random.random() < 0.8)) for by in crossings]
    if chains:
        tables.append(pv.prevalence(survey, "child_labour", by=["supply_chain", names[0]], margins=True))
    if random.random() < 0.3 and not (normalised and survey.design.population is None):
        tables.append(pv.total(survey, "child_labour", by=names, margins=True))
    return weights, tables


def attacked(seed: int, *, normalised: bool = False) -> dict[str, Any]:
    """Return what an attacker finds in one run."""
    weights, tables = random_run(seed, normalised=normalised)
    start = time.process_time()
    reasons = withheld(tables)
    seconds = time.process_time() - start
    found = attack(tables, reasons, exact=False)
    return {
        "seed": seed,
        "weights": weights,
        "tables": len(tables),
        "rows": sum(map(len, tables)),
        "withheld": sum(bool(reason) for why in reasons for reason in why),
        "counts": len(found),
        "unsafe": int((~found["safe"]).sum()),
        "seconds": seconds,
    }


def attack_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row a kind of weights and one for all."""
    rows = []
    for name, part in [*results.groupby("weights"), ("all", results)]:
        rows.append(
            {
                "weights": name,
                "runs": len(part),
                "rows": part["rows"].sum(),
                "rows withheld": part["withheld"].sum(),
                "counts attacked": part["counts"].sum(),
                "known too well": part["unsafe"].sum(),
                "seconds a run, median": round(part["seconds"].median(), 2),
            }
        )
    return pd.DataFrame(rows)


def compared(seed: int) -> dict[str, Any] | None:
    """Return how many rows are withheld in a small run, and how many an exact solution withholds; nothing if no row is."""
    random = np.random.default_rng(seed)
    levels = [[3, 3], [2, 4], [2, 2, 2], [4, 4], [2, 3, 3], [5, 4]][seed % 6]
    survey = random_survey(random, levels, "constant", seed % 2)
    names = [f"d{dimension}" for dimension in range(len(levels))]
    tables = [pv.prevalence(survey, "child_labour", by=names, margins=True)]
    if seed % 2:
        tables.append(pv.prevalence(survey, "child_labour", by="supply_chain", margins=True))
    rules = Disclosure()
    people = people_of(tables, rules, frozenset(["supply_chain"]))
    found = protected(people, primary_of(people, rules), rules)
    primary = int((found.primary.any & people.shown).sum())
    if not found.hidden.any() or primary == people.shown.sum():
        return None
    best = optimum(found, rules)
    table = " x ".join(str(level) for level in levels) + (" and a chain" if seed % 2 else "")
    return {
        "table": table,
        "cells": int(people.shown.sum()),
        "primary": primary,
        "withheld": int(found.hidden.sum()),
        "optimum": best,
    }


def optimum(found: Withheld, rules: Disclosure) -> float:
    """Return the fewest cells that can be withheld, by mixed-integer programming; NaN if the search was cut off.

    Weights are constant and there is one indicator, so a cell has two counts, cases and observations, which are withheld together. Each count
    to protect has two worlds of its own; what departs in one of them must be withheld.
    """
    people, knowledge = found.people, knowledge_of(found.people)
    cells, bases = len(people.cases), len(people.n)
    used = np.concatenate([np.arange(cells), np.arange(2 * cells, 2 * cells + bases)])
    weak = np.zeros(bases, dtype=bool)
    weak[people.base[found.primary.weak & people.shown]] = True
    low, high = (np.clip(limit[used], -people.n.max(), people.n.max()) for limit in knowledge.limits(weak, rules))
    owner = np.concatenate([np.arange(cells), np.unique(people.base, return_index=True)[1]])
    wanted = _wanted(found, knowledge, rules)
    worlds = 2 * len(wanted)
    size = len(used)
    equal = sparse.csr_array(knowledge.equal[:, used])
    below = sparse.csr_array(knowledge.below[:, used])
    choice = sparse.csr_array((np.ones(size), (np.arange(size), owner)), shape=(size, cells))
    each = sparse.eye_array(worlds, format="csr")
    ones = np.ones((worlds, 1))
    constraints = [
        LinearConstraint(
            sparse.hstack([sparse.csr_array((worlds * equal.shape[0], cells)), sparse.kron(each, equal)]).tocsc(), 0, 0
        ),
        LinearConstraint(
            sparse.hstack([sparse.csr_array((worlds * below.shape[0], cells)), sparse.kron(each, below)]).tocsc(),
            -np.inf,
            np.tile(knowledge.slack, worlds),
        ),
        LinearConstraint(
            sparse.hstack([sparse.kron(ones, -sparse.diags_array(high) @ choice), sparse.eye_array(worlds * size)]).tocsc(),
            -np.inf,
            0,
        ),
        LinearConstraint(
            sparse.hstack([sparse.kron(ones, -sparse.diags_array(low) @ choice), sparse.eye_array(worlds * size)]).tocsc(),
            0,
            np.inf,
        ),
        _apart(wanted, cells, size, people.shown),
    ]
    least = np.where(people.shown, (found.primary.any & people.shown).astype(float), 1.0)
    empty = people.n[people.base] == 0
    bounds = Bounds(
        np.concatenate([np.where(empty, 0, least), np.tile(low, worlds)]),
        np.concatenate([np.where(empty, 0, 1.0), np.tile(high, worlds)]),
    )
    answer = milp(
        np.concatenate([people.shown.astype(float), np.zeros(worlds * size)]),
        constraints=constraints,
        bounds=bounds,
        integrality=np.concatenate([np.ones(cells), np.zeros(worlds * size)]),
        options={"time_limit": SECONDS},
    )
    return float(round(answer.fun)) if answer.status == 0 else np.nan


def _wanted(found: Withheld, knowledge: Knowledge, rules: Disclosure) -> list[tuple[int, int, float, bool]]:
    """Return what must stay open: its place, the cell that decides, how wide, and whether it must whatever is withheld."""
    people, primary = found.people, found.primary
    cells = len(people.cases)
    there = np.flatnonzero((people.n[people.base] > 0) & (people.shown | primary.small))
    cases = [
        (cell, cell, target.needed, not people.shown[cell]) for cell, target in case_targets(knowledge, there, rules).items()
    ]
    bases = np.zeros(len(people.n), dtype=bool)
    bases[people.base[primary.weak]] = True
    first = np.unique(people.base, return_index=True)[1]
    counted = observation_targets(knowledge, bases, rules)
    return cases + [(cells + base, int(first[base]), target.needed, True) for base, target in counted.items()]


def _apart(wanted: list[tuple[int, int, float, bool]], cells: int, size: int, shown: np.ndarray) -> LinearConstraint:
    """Return the rows that set the two worlds of each count as far apart as is needed, if its cell is withheld."""
    matrix = sparse.lil_array((len(wanted), cells + 2 * len(wanted) * size))
    least = np.zeros(len(wanted))
    for row, (place, cell, needed, always) in enumerate(wanted):
        matrix[row, cells + 2 * row * size + place] = 1.0
        matrix[row, cells + (2 * row + 1) * size + place] = -1.0
        if always or not shown[cell]:
            least[row] = needed
        else:
            matrix[row, cell] = -needed
    return LinearConstraint(matrix.tocsc(), least, np.inf)


def loss_table(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row a shape of table: cells withheld beyond those that rules are about, as found and at the least."""
    rows = []
    for name, part in [*results.groupby("table"), ("all", results)]:
        settled = part.dropna()
        beyond, best = settled["withheld"] - settled["primary"], settled["optimum"] - settled["primary"]
        rows.append(
            {
                "table": name,
                "runs": len(part),
                "not settled": len(part) - len(settled),
                "cells": settled["cells"].sum(),
                "primary": settled["primary"].sum(),
                "beyond, at the least": int(best.sum()),
                "beyond, as found": int(beyond.sum()),
                "runs at the least": int((beyond == best).sum()),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--normalised", type=int, default=300)
    parser.add_argument("--small", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(asked.processes) as pool:
        for name, count, work, table in (
            ("attack", asked.runs, attacked, attack_table),
            ("normalised", asked.normalised, partial(attacked, normalised=True), attack_table),
            ("loss", asked.small, compared, loss_table),
        ):
            found = [each for each in track(pool.map(work, range(count), chunksize=4), name, total=count) if each is not None]
            results = pd.DataFrame(found)
            if "seconds" in results:
                print(results.sort_values("unsafe", ascending=False).head(5).to_string(index=False))
                print(f"{results['seconds'].median():.2f} s a run (median), {results['seconds'].max():.1f} s at most, one core")
            if results.size:
                table(results).to_csv(asked.out / f"{name}.csv", index=False)
                print(table(results).to_string(index=False))


if __name__ == "__main__":
    main()
