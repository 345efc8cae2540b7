"""Weighted counts of normalised weights are nearly the counts themselves: an attacker of our own, who has nothing else, learns no withheld one."""

from __future__ import annotations

from itertools import product
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import Disclosure, published, withheld
from prevalence.report.disclosure._attack import attack

SEXES, AGES = ("Female", "Male"), ("5-11", "12-14", "15-17")
RUNS, STUDY_RUNS, MOST_CELLS = 200, 20, 27
WEAK = "withheld: fewer than 25 observations"
NOISE = 1e-5
"""Of the solver, in people."""
N, CASES, WEIGHTED, WEIGHTED_CASES = range(4)


def people(seed: int, spread: float) -> pd.DataFrame:
    """Return children in groups of 8 to 70, few of them cases, whose weights have mean 1."""
    random = np.random.default_rng([seed, 77])
    sizes = random.integers(8, 70, len(SEXES) * len(AGES))
    shares = random.choice([0.02, 0.1, 0.4], len(sizes))
    rows = pd.DataFrame([group for group, size in zip(product(SEXES, AGES), sizes, strict=True) for _ in range(size)])
    rows.columns = pd.Index(["sex", "age_group"])
    weights = random.uniform(1 - spread, 1 + spread, len(rows))
    cases = random.random(len(rows)) < np.repeat(shares, sizes)
    return rows.assign(w=weights / weights.mean(), child_labour=cases.astype(float))


def table_of(rows: pd.DataFrame) -> Estimates:
    survey = pv.Survey(rows, pv.Design(weight="w", weight_scale="normalised"))
    return pv.prevalence(survey, "child_labour", by=["sex", "age_group"], margins=True)


def truth(rows: pd.DataFrame, table: Estimates) -> np.ndarray:
    """Return n, cases, weighted n and weighted cases of each row of a table, summed by hand; shape (rows, 4)."""
    found = []
    for _, row in table.to_pandas().iterrows():
        part = rows
        for name in ("sex", "age_group"):
            part = part if row[name] == "All" else part[part[name] == row[name]]
        found.append([len(part), part["child_labour"].sum(), part["w"].sum(), (part["w"] * part["child_labour"]).sum()])
    return np.array(found)


def ranges(table: Estimates, true: np.ndarray, reasons: tuple[str, ...], also: tuple[int, ...] = ()) -> np.ndarray:
    """Return how wide a reader's ranges are of the cases of withheld rows, and of n where it is weak; shape (rows, 2).

    The reader knows all counts of shown rows and those `also` of withheld ones, how rows add up, what marks say, that cases are people, and
    between which limits the mean weights of cases and of others lie in all rows.
    """
    labels = list(zip(*(key.texts() for key in table.keys[2:]), strict=True))
    sums = [([(sex, age) for sex in SEXES], ("All", age)) for age in (*AGES, "All")]
    sums += [([(sex, age) for age in AGES], (sex, "All")) for sex in (*SEXES, "All")]
    one = np.array([[(label in parts) - float(label == whole) for label in labels] for parts, whole in sums])
    equal = np.kron(one, np.eye(4))
    n, cases, weighted, weighted_cases = true.T
    with np.errstate(invalid="ignore"):
        means = np.concatenate([weighted_cases / cases, (weighted - weighted_cases) / (n - cases)])
    least, most = np.nanmin(means), np.nanmax(means)
    of_people = [
        [-1, 1, 0, 0],
        [0, least, 0, -1],
        [0, -most, 0, 1],
        [least, -least, -1, 1],
        [-most, most, 1, -1],
    ]
    below = np.kron(np.eye(len(labels)), of_people)
    bounds = []
    for row, reason in enumerate(reasons):
        limits = [(1.0, 24.0) if reason == WEAK else (25.0, None), (0.0, None), (0.0, None), (0.0, None)]
        bounds += [(value, value) if not reason or what in also else limits[what] for what, value in enumerate(true[row])]
    widths = np.zeros((len(labels), 2))
    wanted = [
        (row, what) for row, reason in enumerate(reasons) for what in (N, CASES) if reason and (what == CASES or reason == WEAK)
    ]
    for row, what in wanted:
        ends = []
        for sign in (1.0, -1.0):
            target = np.zeros(equal.shape[1])
            target[4 * row + what] = sign
            answer = linprog(target, A_ub=below, b_ub=np.zeros(len(below)), A_eq=equal, b_eq=np.zeros(len(equal)), bounds=bounds)
            assert answer.status in (0, 3)
            ends.append(sign * answer.fun if answer.status == 0 else sign * -np.inf)
        widths[row, what] = ends[1] - ends[0]
    return widths


@pytest.mark.parametrize("spread", [0.02, 0.6])
def test_no_withheld_count_can_be_bounded_by_weighted_counts(spread: float) -> None:
    attacked = 0
    for seed in range(RUNS // 2):
        rows = people(seed, spread)
        table = table_of(rows)
        true, (reasons,) = truth(rows, table), withheld([table])
        widths = ranges(table, true, reasons)
        for row in np.flatnonzero([bool(reason) for reason in reasons]):
            attacked += 1
            assert widths[row, CASES] >= max(5.0, 0.2 * true[row, CASES]) - NOISE, (seed, row)
            if reasons[row] == WEAK:
                assert widths[row, N] >= 5 - NOISE, (seed, row)
    assert attacked > RUNS


def test_weighted_counts_of_withheld_rows_would_tell_their_observations() -> None:
    """Why they are masked with their row: of nearly constant weights they leave less than two people."""
    tight = []
    for seed in range(10):
        rows = people(seed, 0.02)
        table = table_of(rows)
        (reasons,) = withheld([table])
        widths = ranges(table, truth(rows, table), reasons, also=(WEIGHTED,))
        tight += [widths[row, N] for row, reason in enumerate(reasons) if reason == WEAK]
    assert len(tight) > 10
    assert max(tight) < 2


def test_the_attack_of_random_runs_with_normalised_weights(study: ModuleType) -> None:
    """Linked tables, chains, totals where the number of people is given; the benchmark attacks 300 larger runs."""
    attacked = 0
    for seed in range(STUDY_RUNS):
        _, tables = study.random_run(20_000 + seed, MOST_CELLS, normalised=True)
        assert all(np.isfinite(table.numbers.weighted).all() for table in tables)
        found = attack(tables, withheld(tables), exact=False)
        attacked += len(found)
        assert found["safe"].all(), seed
    assert attacked > STUDY_RUNS


def test_the_attacker_uses_weighted_counts_of_normalised_weights() -> None:
    """Girls weigh 0.5, boys 1.5: that 60 girls are shown as 30 and all 130 as 135 tells more than that all are 130."""
    rows = pd.DataFrame(
        {
            "sex": ["Female"] * 60 + ["Male"] * 70,
            "w": [0.5] * 60 + [1.5] * 70,
            "child_labour": [1.0] * 3 + [0.0] * 57 + [1.0] * 35 + [0.0] * 35,
        }
    )
    careless, ranges_of = ("withheld: to protect people", "withheld: to protect people", ""), {}
    for scale in ("population", "normalised"):
        survey = pv.Survey(rows, pv.Design(weight="w", weight_scale=scale))
        found = attack([pv.prevalence(survey, "child_labour", by="sex", margins=True)], [careless])
        ranges_of[scale] = found[["low", "high"]].to_numpy()
    np.testing.assert_allclose(ranges_of["normalised"], ranges_of["population"])


def test_totals_of_people_and_weighted_counts_are_one_scale() -> None:
    """Where normalised weights stand for people, shown totals tell the weighted cases of rows that a prevalence withholds."""
    rows = people(3, 0.3)
    survey = pv.Survey(rows, pv.Design(weight="w", weight_scale="normalised", population=1e6))
    rates, totals = (ask(survey, "child_labour", by="sex", margins=True) for ask in (pv.prevalence, pv.total))
    tables = [rates, totals]
    assert attack(tables, withheld(tables), exact=False)["safe"].all()
    told = pv.report.disclosure.people.people_of(tables, Disclosure(), frozenset())
    by_hand = (rows["w"] * rows["child_labour"]).groupby(rows["sex"]).sum()
    assert told.weighted[told.rows[1]] == pytest.approx([by_hand["Female"], by_hand["Male"], by_hand.sum()], rel=1e-9)


def test_no_output_of_a_withheld_row_has_its_weighted_count() -> None:
    rows = people(4, 0.02)
    table = table_of(rows)
    (reasons,) = withheld([table])
    hidden = np.array([bool(reason) for reason in reasons])
    assert hidden.any()
    shown = published(table, reasons)
    assert np.isnan(shown.columns()["weighted"][hidden]).all()
    printed = pv.report.table(shown, rows=["sex", "age_group"], show="weighted|n")
    values = {value for row in printed.rows for cell in row.cells for value in cell.values}
    assert not values & set(table.numbers.weighted[hidden].tolist())
    (errors,) = pv.report.sampling_errors(table, reasons=reasons)
    counts = [row.cells[5].values for row in errors.rows]
    assert [not each for each in counts] == hidden.tolist()
