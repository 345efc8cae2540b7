"""Every reason why a number cannot be had, one case each, with its words: an empty cell of a table is never left to guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.estimators import Association

SOURCES = [path for room in ("estimates", "estimators", "formulas") for path in (Path(pv.__file__).parent / room).glob("*.py")]
REASON = re.compile(r'(?:not (?:estimable|testable)|NO_ERROR\}): ([^"{]+)"')
UNDEFINED = re.compile(r"def undefined\(self\).*?(?=\n    def |\n    @|\Z)", re.DOTALL)
RETURNED = re.compile(r'return "([^"]+)"')

AREAS = pv.Design(weight="w", psu="ea")
STRATA = pv.Design(weight="w", stratum="stratum", psu="ea")

NOTHING: tuple[str, ...] = ("estimate", "se", "low", "high")
NO_ERROR: tuple[str, ...] = ("se", "low", "high")
NO_INTERVAL: tuple[str, ...] = ("low", "high")
NO_WIDTH: tuple[str, ...] = ("se",)
ALL_THERE: tuple[str, ...] = ()


def survey(design: pv.Design = AREAS, **columns: Any) -> pv.Survey:
    """Eight people in four areas and two strata, women and men by turns."""
    rows = {"w": 1.0, "ea": np.repeat([1, 2, 3, 4], 2), "stratum": np.repeat([1, 2], 4), "sex": ["F", "M"] * 4}
    return pv.Survey(pd.DataFrame({**rows, **columns}), design)


@dataclass(frozen=True)
class Case:
    """A table of which one row lacks something, the words of that row, and what it lacks."""

    words: str
    table: Callable[[], Estimates]
    lacks: tuple[str, ...]
    row: int = 0


HALF = [0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]
NOBODY = [np.nan] * 8
ONE_AREA = [0.0, 1.0] + [np.nan] * 6
HOURS = [10.0, 20.0, 30.0, 20.0, 10.0, 40.0, 30.0, 20.0]
NO_WOMEN = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0]
WHOLE = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="all")


def relative(values: list[float], above: str, below: str, verb: Callable[..., Estimates] = pv.prevalence) -> Estimates:
    return verb(survey(y=values), "y", by="sex").relative("sex", above, below)


def horvitz_thompson() -> Estimates:
    """Three units of probability 0.3 each: with these joint probabilities the form is below zero for a constant."""
    rows = pd.DataFrame({"w": 1 / 0.3, "ea": [1, 2, 3], "pi": 0.3, "one": 1.0})
    return pv.total(pv.Survey(rows, pv.Design(weight="w", psu="ea", fpc="pi", selection="hartley-rao-ht")), "one")


def two_phase() -> Estimates:
    rows = pd.DataFrame(
        {
            "w": 1.0,
            "ea": [0, 0, 1, 1, 2, 2, 2],
            "module": [1, 0, 1, 1, 1, 0, 1],
            "group": [0, 0, 1, 1, 0, 0, 1],
            "y": [1, np.nan, 1, 1, 1, np.nan, 0],
        }
    )
    phase = pv.TwoPhase(subset="module", stratum="group")
    return pv.total(pv.Survey(rows, pv.Design(weight="w", psu="ea", lonely_psu="certainty", two_phase=phase)), "y")


def of_file(weights: dict[str, list[float]], **columns: Any) -> pv.Survey:
    design = pv.Design(weight="w", psu="ea", replicates=pv.Replicates(columns="rep*", method="bootstrap"))
    return survey(design, **weights, **columns)


FIRST_AREA = {"rep1": [2.0, 2, 0, 0, 1, 1, 1, 1], "rep2": [0.0, 0, 2, 2, 1, 1, 1, 1], "rep3": [0.0, 0, 1, 1, 1, 1, 2, 2]}
"""Replicates of which the last two have left out the first area."""


def quantile(p: float, values: Any = HOURS, *, design: pv.Design = AREAS, **options: Any) -> Estimates:
    return pv.quantile(survey(design, hours=values), "hours", p, **options)


def heaped() -> Estimates:
    """Nine of ten people work 40 hours or less in every area, up to the fourth digit: the limits of the share are close to each other."""
    rows = {"w": 1 + 1e-4 * np.arange(50), "ea": np.repeat(np.arange(10), 5), "hours": np.tile([20.0, 40, 40, 40, 60], 10)}
    return pv.quantile(pv.Survey(pd.DataFrame(rows), AREAS), "hours", 0.5, rule="hf3", interval="wald")


def imputed(*filled: list[float], design: pv.Design = AREAS, **columns: Any) -> Estimates:
    names = {f"filled_{number}": values for number, values in enumerate(filled)}
    return pv.combine_imputations(pv.prevalence(survey(design, **names, **columns), list(names)), indicator="y")


def one_person(value: float) -> list[float]:
    return [value] + [np.nan] * 7


CASES = {
    "nobody": Case("no observations", lambda: pv.prevalence(survey(y=NOBODY), "y"), NOTHING),
    "nobody, total": Case("no observations", lambda: pv.total(survey(y=NOBODY), "y"), NOTHING),
    "nobody, mean": Case("no observations", lambda: pv.mean(survey(y=NOBODY), "y"), NOTHING),
    "nobody, quantile": Case("no observations", lambda: quantile(0.5, NOBODY), NOTHING),
    "nobody, difference": Case(
        "no observations",
        lambda: pv.mean(survey(y=HALF, none=NOBODY), ["y", "none"]).difference("indicator", "y", "none"),
        NOTHING,
    ),
    "denominator of zero": Case(
        "not estimable: nothing to divide by", lambda: pv.ratio(survey(y=HALF, x=0.0), "y", "x"), NOTHING
    ),
    "relative to a rate of zero": Case("not estimable: nothing to divide by", lambda: relative(NO_WOMEN, "M", "F"), NOTHING),
    "empty level of a standard": Case(
        "a level of the standard population has no observations",
        lambda: pv.standardised(survey(y=[0.0, np.nan] * 4), "y", standard={"sex": {"F": 1, "M": 1}}),
        NOTHING,
    ),
    "average over nothing": Case(
        "standard error not estimable: every stratum touched has a single sampling unit",
        lambda: pv.mean(survey(pv.Design(weight="w", stratum="ea", psu="ea", lonely_psu="average"), y=HALF), "y"),
        NO_ERROR,
    ),
    "form below zero": Case(
        "standard error not estimable: the unbiased variance of Horvitz and Thompson is below zero; choose selection='hartley-rao'",
        horvitz_thompson,
        NO_ERROR,
    ),
    "two phases": Case(
        "standard error not estimable: the unbiased two-phase variance is below zero: too few units in phase 2",
        two_phase,
        NO_ERROR,
    ),
    "replicates": Case(
        "standard error not estimable: fewer than two replicates have a member",
        lambda: pv.mean(of_file(FIRST_AREA, y=ONE_AREA), "y"),
        NO_ERROR,
    ),
    "quantile, replicates": Case(
        "standard error not estimable: fewer than two replicates have a member; 2 of 3 replicates have no member",
        lambda: pv.quantile(of_file(FIRST_AREA, hours=ONE_AREA), "hours", 0.5, interval="replicates"),
        NO_ERROR,
    ),
    "ratio of zero": Case(
        "standard error not estimable: a ratio of zero has no logarithm", lambda: relative(NO_WOMEN, "F", "M"), NO_ERROR
    ),
    "negative ratio": Case(
        "standard error not estimable: a negative ratio has no logarithm",
        lambda: relative([-1.0, 1, -2, 2, -1, 3, -2, 2], "F", "M", pv.mean),
        NO_ERROR,
    ),
    "one area": Case(
        "interval not estimable: no degrees of freedom", lambda: pv.prevalence(survey(y=ONE_AREA), "y"), NO_INTERVAL
    ),
    "one area, mean": Case(
        "interval not estimable: no degrees of freedom", lambda: pv.mean(survey(y=ONE_AREA), "y"), NO_INTERVAL
    ),
    "one area, imputed": Case("interval not estimable: no degrees of freedom", lambda: imputed(ONE_AREA, ONE_AREA), NO_INTERVAL),
    "constant": Case(
        "interval not estimable: no variation between sampling units", lambda: pv.mean(survey(y=0.1), "y"), NO_INTERVAL
    ),
    "total of no cases": Case(
        "no cases; exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short",
        lambda: pv.total(survey(y=0.0), "y"),
        ALL_THERE,
    ),
    "total of equal units": Case(
        "interval not estimable: no variation between sampling units", lambda: pv.total(survey(y=1.0), "y"), NO_INTERVAL
    ),
    "difference of constants": Case(
        "interval not estimable: no variation between sampling units",
        lambda: pv.mean(survey(y=0.5, x=0.25), ["y", "x"]).difference("indicator", "y", "x"),
        NO_INTERVAL,
    ),
    "lowest quantile": Case(
        "lower limit and standard error not estimable: the limit is below the smallest value in the sample",
        lambda: quantile(0.2),
        ("se", "low"),
    ),
    "highest quantile": Case(
        "upper limit and standard error not estimable: the limit is above the largest value in the sample",
        lambda: quantile(0.8),
        ("se", "high"),
    ),
    "quantile of a constant": Case(
        "interval and standard error not estimable: no variation between sampling units",
        lambda: quantile(0.5, 5.0, interval="wald"),
        NO_ERROR,
    ),
    "quantile with one share in all areas": Case(
        "interval and standard error not estimable: no variation between sampling units",
        lambda: quantile(0.5, [10.0, 20] * 4, interval="logit"),
        NO_ERROR,
    ),
    "quantile of one area": Case(
        "standard error not estimable: no degrees of freedom", lambda: quantile(0.5, ONE_AREA), NO_ERROR
    ),
    "quantile of equal answers": Case(
        "width of the interval and standard error not estimable: both limits are one value, which many people gave",
        heaped,
        NO_WIDTH,
    ),
    "quantile, average over nothing": Case(
        "standard error not estimable: every stratum touched has a single sampling unit",
        lambda: quantile(0.5, design=pv.Design(weight="w", stratum="ea", psu="ea", lonely_psu="average")),
        NO_ERROR,
    ),
    "no cases": Case(
        "no cases; exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short",
        lambda: pv.prevalence(survey(y=0.0), "y"),
        ALL_THERE,
    ),
    "all are cases": Case(
        "all are cases; exact interval with design effect 1.00 (the margin's, at least 1)",
        lambda: pv.prevalence(survey(y=[1.0, 0, 1, 1, 1, 0, 1, 0]), "y", by="sex"),
        ALL_THERE,
    ),
    "one share in all areas": Case(
        "no variation between sampling units; exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short",
        lambda: pv.prevalence(survey(y=[0.0, 1.0] * 4), "y"),
        ALL_THERE,
    ),
    "one person, imputed": Case(
        "one observation; exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short",
        lambda: imputed(one_person(0.0), one_person(1.0), one_person(1.0), design=WHOLE, all=1.0),
        ALL_THERE,
    ),
    "imputations that disagree": Case(
        "less than one degree of freedom: the interval says next to nothing",
        lambda: imputed([0.0, 1] * 3 + [0, 0], [1.0] * 7 + [0]),
        ALL_THERE,
    ),
    "census": Case(
        "every unit was sampled: no sampling error", lambda: pv.prevalence(survey(WHOLE, y=HALF, all=1.0), "y"), ALL_THERE
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_lacking_is_said(case: Case) -> None:
    table = case.table()
    limits, row = table.limits, case.row
    found = {"estimate": table.numbers.estimate, "se": table.numbers.se, "low": limits.low, "high": limits.high}
    assert case.words in table.flags[row]
    assert tuple(name for name, values in found.items() if np.isnan(values[row])) == case.lacks
    assert table.to_pandas()["flag"][row] == table.flags[row]
    assert table.tests().flags == table.flags


def associated(design: pv.Design = AREAS, **columns: Any) -> Association:
    return pv.association(survey(design, **columns), "sex", "status")


STATUS = ["a", "b", "a", "a", "b", "b", "a", "b"]
TESTS: dict[str, tuple[str, Callable[[], Association]]] = {
    "nobody": ("no observations", lambda: pv.association(survey(status=STATUS, none=0), "sex", "status", among="none")),
    "one level": ("not testable: fewer than two levels of a category have anybody", lambda: associated(status="a")),
    "one area": (
        "not testable: no degrees of freedom",
        lambda: pv.association(survey(status=STATUS, here=[1, 1, 0, 0, 0, 0, 0, 0]), "sex", "status", among="here"),
    ),
    "all areas alike": (
        "not testable: no variation between sampling units, or too many empty cells",
        lambda: associated(pv.Design(weight="w", psu="ea", fpc="all"), status=STATUS, all=1.0),
    ),
    "many levels": (
        "Wald test not testable: more contrasts than degrees of freedom",
        lambda: pv.association(survey(status=[*"abbcabab"], here=[1] * 4 + [0] * 4), "sex", "status", among="here"),
    ),
    "a cell that lies in a stratum of one area": (
        "Wald test not testable: a cell without a standard error",
        lambda: associated(
            pv.Design(weight="w", stratum="lonely", psu="ea", lonely_psu="average"), status=[*"abbaabca"], lonely=[1] * 6 + [2, 2]
        ),
    ),
}


@pytest.mark.parametrize(("words", "tests"), TESTS.values(), ids=TESTS)
def test_association_that_cannot_be_tested_says_so(words: str, tests: Callable[[], Association]) -> None:
    found = tests()
    assert words in found.flags[0]
    assert np.isnan(found.wald.p_value[0])
    assert np.isnan(found.p_value[0]) == (not words.startswith("Wald"))
    assert found.to_pandas()["flag"].tolist() == list(found.flags)


def test_every_reason_in_the_sources_has_a_case() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    reasons = {reason for text in texts for reason in REASON.findall(text)}
    reasons |= {reason for text in texts for rule in UNDEFINED.findall(text) for reason in RETURNED.findall(rule)}
    said = {case.words for case in CASES.values()} | {words for words, _ in TESTS.values()}
    assert len(reasons) >= 15
    unsaid = [reason for reason in sorted(reasons) if not any(reason in words for words in said)]
    assert unsaid == ["the record has no standard error"]  # of baselines, which are tested there


@pytest.mark.parametrize("name", ["ratio of zero", "one area, mean", "constant", "average over nothing", "census"])
def test_what_has_no_error_cannot_be_tested(name: str) -> None:
    table = CASES[name].table()
    assert np.isnan(table.tests().p_value[0])
    with pytest.raises(OptionError, match=f"1 of 1 rows have none, for example row 0 \\({re.escape(table.flags[0])}"):
        table.test()


def test_words_of_a_row_go_with_every_comparison_of_it() -> None:
    """The median of one area has no error: nor has its distance from another, for the same reason."""
    hours = np.random.default_rng(5).uniform(10, 50, 120)
    rows = pd.DataFrame(
        {"w": 1.0, "ea": np.arange(120) // 4, "hours": hours, "here": np.where(np.arange(120) < 4, "one", "others")}
    )
    table = pv.quantile(pv.Survey(rows, AREAS), "hours", 0.5, by="here", margins=True)
    for found in (
        table.difference("here", "one", "others"),
        table.relative("here", "one", "All"),
        table.excess("here").take(np.array([0])),
    ):
        assert np.isnan(found.numbers.se[0])
        assert found.flags[0].count("standard error not estimable") == 1
        assert "standard error not estimable: no degrees of freedom" in found.flags[0]


def test_a_rate_of_zero_in_a_comparison_is_warned_of() -> None:
    gap = pv.prevalence(survey(y=NO_WOMEN), "y", by="sex").difference("sex", "M", "F")
    assert gap.numbers.se[0] > 0
    assert "a rate of 0 or 1 adds no variance: standard error too small" in gap.flags[0]


def test_replicates_without_a_member_are_counted() -> None:
    table = pv.mean(of_file(FIRST_AREA, y=HALF, group=np.where(np.arange(8) < 2, "first", "rest")), "y", by="group", margins=True)
    assert ["replicates have no member" in flag for flag in table.flags] == [True, False, False]
    assert "2 of 3 replicates have no member" in table.flags[0]
    bootstrap = pv.Design(weight="w", psu="ea", replicates=pv.Replicates(method="bootstrap", n=200, seed=3))
    lost = pv.mean(survey(bootstrap, y=ONE_AREA), "y")
    # Three draws of four areas miss the one with probability 27/64.
    found = int(lost.flags[0].split(" of 200 replicates")[0].split("; ")[-1])
    assert abs(found - 200 * 27 / 64) < 3 * np.sqrt(200 * 27 / 64 * 37 / 64)


@pytest.mark.parametrize("seed", range(12))
def test_equal_answers_of_two_phases_have_no_error(seed: int) -> None:
    """Rounding leaves scores near 0, whose form may be below it; they are no sign of too few units."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"w": rng.uniform(1, 3, 24), "ea": np.arange(24) // 4, "x": rng.uniform(1, 9, 24)})
    rows = rows.assign(
        module=(np.arange(24) % 4 < 2) | (rng.random(24) < 0.5), group=np.arange(24) % 2, price=123456.7, cost=0.7 * rows["x"]
    )
    survey = pv.Survey(rows, pv.Design(weight="w", psu="ea", two_phase=pv.TwoPhase(subset="module", stratum="group")))
    for table in (pv.mean(survey, "price"), pv.ratio(survey, "cost", "x")):
        assert table.numbers.se[0] == pytest.approx(0, abs=1e-9)
        assert "below zero" not in table.flags[0]
