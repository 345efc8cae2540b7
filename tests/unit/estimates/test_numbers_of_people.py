"""Which statistic has which default interval, and the intervals of numbers of people: on the log scale, exact where nobody was found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Interval, default_method, stack
from prevalence.estimates._numbers import joint_interval
from prevalence.report import table

SAME = 1e-12
"""The same quantity by another route."""

AREAS = pv.Design(weight="w", psu="ea")


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    ea = np.repeat(np.arange(30), 12)
    case = rng.random(360) < 0.15
    sex = np.where(rng.random(360) < 0.5, "Female", "Male")
    return pd.DataFrame(
        {
            "w": rng.uniform(20, 80, 360),
            "ea": ea,
            "sex": sex,
            "case": case.astype(float),
            "of_men": (case & (sex == "Male")).astype(float),
            "all": 1,
            "hours": case * rng.uniform(5, 40, 360),
            "net": rng.normal(0, 10, 360),
        }
    )


SURVEY = pv.Survey(rows(), AREAS)


@pytest.mark.parametrize(
    ("made", "method"),
    [
        (lambda: pv.prevalence(SURVEY, "case"), "korn-graubard"),
        (lambda: pv.total(SURVEY, "case"), "log"),
        (lambda: pv.total(SURVEY, "all", by="sex"), "log"),
        (lambda: pv.total(SURVEY, ["case", "of_men"], by="sex", margins=True), "log"),
        (lambda: pv.total(SURVEY, "case", keep="moments"), "log"),
        (lambda: pv.total(SURVEY, "hours"), "wald"),
        (lambda: pv.total(SURVEY, "net"), "wald"),
        (lambda: pv.total(SURVEY, ["case", "hours"]), "log-people"),
        (lambda: pv.mean(SURVEY, "case"), "wald"),
        (lambda: pv.mean(SURVEY, "hours"), "wald"),
        (lambda: pv.ratio(SURVEY, "case", "all"), "wald"),
        (lambda: pv.total(SURVEY, "case", by="sex").difference("sex", "Female", "Male"), "wald"),
        (lambda: pv.total(SURVEY, "case", by="sex", margins=True).excess("sex"), "wald"),
        (lambda: pv.total(SURVEY, "case", by="sex").contrast([[1, 1]]), "wald"),
        (lambda: pv.total(SURVEY, "case", by="sex").relative("sex", "Female", "Male"), "log"),
    ],
)
def test_default_of_each_statistic(made, method) -> None:
    found = made()
    assert found.interval == Interval(method, 0.95)
    assert found.ci(0.9).interval == Interval(method, 0.9)
    assert found.ci(0.9, method=None).ci().limits.low.tolist() == found.limits.low.tolist()


def test_the_rule_stands_in_one_place() -> None:
    some, nobody, every = np.array([True, False]), np.zeros(2, dtype=bool), np.ones(2, dtype=bool)
    assert [default_method("unbounded", people) for people in (some, nobody, every)] == ["log-people", "wald", "log"]
    assert (default_method("proportion", nobody), default_method("log", nobody)) == ("korn-graubard", "log")


def test_limits_by_hand() -> None:
    found = pv.total(SURVEY, "case", by="sex")
    numbers, limits = found.numbers, found.limits
    t = stats.t.ppf(0.975, numbers.df)
    np.testing.assert_allclose(limits.low, numbers.estimate * np.exp(-t * numbers.se / numbers.estimate), rtol=SAME)
    np.testing.assert_allclose(limits.high, numbers.estimate * np.exp(t * numbers.se / numbers.estimate), rtol=SAME)
    plain = found.ci(method="wald").limits
    np.testing.assert_allclose(plain.low, numbers.estimate - t * numbers.se, rtol=SAME)


def test_a_table_of_both_kinds_gives_each_row_its_own() -> None:
    both = pv.total(SURVEY, ["case", "hours"], by="sex", margins=True)
    for name, method in (("case", "log"), ("hours", "wald")):
        alone, part = pv.total(SURVEY, name, by="sex", margins=True), both.select(indicator=name)
        assert part.interval.method == alone.interval.method == method
        assert part.flags == alone.flags
        np.testing.assert_array_equal(part.limits.low, alone.limits.low)
        np.testing.assert_array_equal(part.limits.high, alone.limits.high)
    low = both.limits.low
    np.testing.assert_array_equal(np.concatenate([both.select(indicator=n).limits.low for n in ("case", "hours")]), low)
    assert (both.ci(method="wald").limits.low != low).tolist() == [True] * 3 + [False] * 3
    assert (both.ci(method="log").limits.low != low).tolist() == [False] * 3 + [True] * 3
    with pytest.raises(OptionError, match="method"):
        both.ci(method="korn-graubard")


def test_stacked_tables_keep_the_method_they_share() -> None:
    both = pv.total(SURVEY, ["case", "hours"])
    case, hours = (both.select(indicator=name) for name in ("case", "hours"))
    assert stack([case, hours]).interval.method == "log-people"
    assert stack([case.ci(method="wald"), hours]).interval.method == "wald"
    assert stack([case, hours.ci(method="log")]).interval.method == "log"
    with pytest.raises(OptionError, match="one kind of interval"):
        stack([case.ci(method="wald"), hours.ci(method="log")])
    assert stack([case.ci(0.9, method="wald"), hours.ci(0.9)]).interval == Interval("wald", 0.9)
    people = np.ones(1, dtype=bool)
    assert joint_interval([Interval("wald", 0.9), Interval("log", 0.95)], "unbounded", people) == Interval("log", 0.9)


def test_method_is_written_and_printed(tmp_path: Path) -> None:
    found = pv.total(SURVEY, "case")
    assert json.loads(found.to_json(tmp_path / "t.json").read_text(encoding="utf-8"))["interval"] == {
        "method": "log",
        "level": 0.95,
    }
    assert repr(found) == "Estimates: 1 rows by nothing; interval log"
    assert "Interval: 95%, log." in found._repr_html_()
    said = {
        "log": "t on the log scale",
        "wald": "(t)",
        "log-people": "t, of numbers of people on the log scale",
    }
    for names, method in (("case", "log"), ("hours", "wald"), (["case", "hours"], "log-people")):
        printed = " ".join(note.text for note in table(pv.total(SURVEY, names), rows="indicator").notes)
        assert said[method] in printed


def none_found() -> pv.Survey:
    """Cases among boys alone; the girls of a margin."""
    frame = rows()
    return pv.Survey(frame.assign(case=frame["of_men"]), AREAS)


@pytest.mark.parametrize("keep", ["units", "moments"])
def test_a_number_of_zero_has_the_limits_of_its_share_times_the_people(keep) -> None:
    survey = none_found()
    found = pv.total(survey, "case", by="sex", margins=True, keep=keep)
    shares = pv.prevalence(survey, "case", by="sex", margins=True)
    girls, share = found.select(sex="Female"), shares.select(sex="Female")
    assert (girls.numbers.estimate[0], girls.numbers.se[0], girls.limits.low[0]) == (0, 0, 0)
    deff = max(shares.select(sex="All").numbers.deff[0], 1)
    by_hand = girls.numbers.population[0] * (1 - 0.025 ** (deff / girls.numbers.n[0]))
    assert girls.limits.high[0] == pytest.approx(by_hand, rel=SAME)
    assert girls.limits.high[0] == pytest.approx(share.limits.high[0] * girls.numbers.population[0], rel=SAME)
    assert girls.flags == share.flags
    assert girls.flags[0].startswith("no cases; exact interval with design effect")
    boys = found.select(sex="Male")
    assert 0 < boys.limits.low[0] < boys.numbers.estimate[0]
    for method in ("wald", "log"):
        np.testing.assert_array_equal(girls.ci(method=method).limits.high, girls.limits.high)
    assert girls.ci(0.99).limits.high[0] > girls.limits.high[0]


def test_a_number_of_zero_without_margin_is_as_under_simple_random_sampling() -> None:
    found = pv.total(pv.Survey(rows().assign(case=0), AREAS), "case")
    assert found.limits.high[0] == pytest.approx(found.numbers.population[0] * (1 - 0.025 ** (1 / 360)), rel=SAME)
    assert "if cases cluster it is too short" in found.flags[0]


def test_a_total_of_zero_hours_has_no_interval_and_says_so() -> None:
    frame = rows()
    found = pv.total(pv.Survey(frame.assign(hours=frame["hours"].where(frame["sex"] == "Male", 0.0)), AREAS), "hours", by="sex")
    girls = found.select(sex="Female")
    assert np.isnan(girls.limits.high[0])
    assert girls.flags == ("interval not estimable: no variation between sampling units",)


def test_nobody_of_whom_to_ask_is_no_zero() -> None:
    frame = rows()
    found = pv.total(pv.Survey(frame.assign(case=frame["case"].where(frame["sex"] == "Male")), AREAS), "case", by="sex")
    assert found.select(sex="Female").flags == ("no observations",)
    assert np.isnan(found.select(sex="Female").limits.high[0])


def test_a_census_of_nobody_has_nobody() -> None:
    design = pv.Design(weight="w", psu="ea", fpc="all")
    found = pv.total(pv.Survey(rows().assign(case=0, w=1.0), design), "case")
    assert (found.limits.low[0], found.limits.high[0]) == (0, 0)
    assert found.flags == ("every unit was sampled: no sampling error",)


def test_a_known_population_of_normalised_weights() -> None:
    """The limits are the share of zero times the people that the rows stand for."""
    frame = none_found().data
    design = pv.Design(weight="w", psu="ea", weight_scale="normalised", population=5000)
    survey = pv.Survey(frame.assign(w=frame["w"] / frame["w"].mean()), design)
    found = pv.total(survey, "case", by="sex", margins=True).select(sex="Female")
    share = pv.prevalence(survey, "case", by="sex", margins=True).select(sex="Female")
    girls = 5000 * frame.loc[frame["sex"] == "Female", "w"].sum() / frame["w"].sum()
    assert found.limits.high[0] == pytest.approx(girls * share.limits.high[0], rel=SAME)


def test_imputed_numbers_of_people_stay_on_the_log_scale() -> None:
    frame = rows()
    filled = frame.assign(other=frame["case"].where(frame.index % 7 > 0, 1 - frame["case"]))
    tables = pv.total(pv.Survey(filled, AREAS), ["case", "other"])
    found = pv.combine_imputations(tables, indicator="case")
    assert found.interval.method == "log"
    assert found.numbers.people.tolist() == [True]
    np.testing.assert_allclose(found.limits.low * found.limits.high, found.numbers.estimate**2, rtol=SAME)
