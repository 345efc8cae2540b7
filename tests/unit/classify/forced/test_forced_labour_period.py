"""Period against point prevalence: hand numbers of stock and flow, cuts at the window, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

import prevalence as pv
from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DataError, DesignError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
EXACT = 1e-12  # sums of a few numbers in floating point

# Four persons in a window of 60 months. By hand: F = 100 + 200 = 300 of 1,000 persons; S = (100 x 60 + 200 x 15) / 60 = 150;
# mean months among those ever in it 9000 / 300 = 30, so F x 30 / 60 = 150 as well; two spells begun by the second: 400 / 60 a month.
PEOPLE = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "w": [100.0, 200.0, 300.0, 400.0],
        "forced_labour": [1.0, 1.0, 0.0, 0.0],
        "d": [60.0, 15.0, 0.0, None],
        "n": [0.0, 2.0, None, 0.0],
    }
)


def value(survey, statistic, variable):
    return getattr(pv, statistic)(survey, variable).to_pandas()["estimate"].item()


def test_stock_and_flow_by_hand(engine):
    survey = classify.forced_labour_period(Survey(engine(PEOPLE), DESIGN), window=60, months="d", begun="n")
    assert value(survey, "total", "forced_labour_period") == 300
    assert value(survey, "prevalence", "forced_labour_period") == pytest.approx(0.3, abs=EXACT)
    assert value(survey, "total", "forced_labour_point") == pytest.approx(150, abs=1000 * EXACT)
    assert value(survey, "mean", "forced_labour_point") == pytest.approx(0.15, abs=EXACT)
    assert value(survey, "total", "forced_labour_entries_per_month") == pytest.approx(400 / 60, abs=1000 * EXACT)
    assert value(survey, "total", "forced_labour_entries_per_year") == pytest.approx(80, abs=1000 * EXACT)


def test_the_stock_from_the_mean_months_alone(engine):
    survey = classify.forced_labour_period(Survey(engine(PEOPLE), DESIGN), window=60, mean_months=30)
    assert value(survey, "total", "forced_labour_point") == pytest.approx(150, abs=1000 * EXACT)
    assert "forced_labour_months" not in survey.columns
    assert any("leaves out the uncertainty of that mean" in note for note in survey.provenance.notes)


def test_period_and_point_prevalence_agree_only_if_everybody_is_in_it_throughout():
    data = PEOPLE.assign(d=PEOPLE["forced_labour"] * 60)
    survey = classify.forced_labour_period(Survey(data, DESIGN), window=60, months="d")
    assert value(survey, "mean", "forced_labour_point") == value(survey, "prevalence", "forced_labour_period")


def test_flow_times_duration_is_the_stock_in_a_steady_state():
    # One entry a month, each of 12 months, the last ones still going on: on any day of the last 24 months twelve are in it.
    began = range(1, 37)
    people = pd.DataFrame({"id": began, "w": 1.0})
    spells = pd.DataFrame({"id": began, "months_ago_began": began, "months_ago_ended": [max(0, b - 12) for b in began]})
    survey = classify.forced_labour_period(Survey(people, DESIGN, id="id"), window=24, spells=spells)
    assert value(survey, "total", "forced_labour_entries_per_month") == pytest.approx(1, abs=1000 * EXACT)
    assert value(survey, "total", "forced_labour_point") == pytest.approx(1 * 12, abs=1000 * EXACT)
    assert (
        value(survey, "total", "forced_labour_period") == 35
    )  # the 36th ended as the window opened: a five-year "ever" is no stock


def test_spells_are_cut_at_the_window_and_counted_once(engine, to_pandas):
    spells = pd.DataFrame(
        [
            (1, 80, 50),  # 10 months of it inside
            (1, 20, 0),  # goes on: 20
            (2, 30, 10),
            (2, 20, 5),  # overlaps: 25 together
            (3, 90, 60),  # before the window
            (4, 200, 0),  # the whole window and more
            (5, 60, 48),  # begun at its very edge
        ],
        columns=["id", "months_ago_began", "months_ago_ended"],
    )
    people = pd.DataFrame({"id": range(1, 7), "w": 1.0})
    survey = classify.forced_labour_period(Survey(engine(people), DESIGN, id="id"), window=60, spells=engine(spells))
    found = to_pandas(survey.data).sort_values("id")
    assert found["forced_labour_months"].tolist() == [30, 25, 0, 60, 12, 0]
    assert found["forced_labour_period"].tolist() == [1, 1, 0, 1, 1, 0]
    assert (found["forced_labour_entries_per_month"] * 60).round(9).tolist() == [1, 2, 0, 0, 1, 0]
    assert [name for name in found.columns if name.startswith("__")] == []
    reasons = {count.reason: count.rows for count in survey.provenance.counts}
    assert reasons == {"no row in the table of spells: never in forced labour": 1}
    odd = spells.set_axis([0] * len(spells))  # labels of rows say nothing
    again = classify.forced_labour_period(Survey(people, DESIGN, id="id"), window=60, spells=odd)
    assert again.data["forced_labour_months"].tolist() == [30, 25, 0, 60, 12, 0]


def test_unknown_dates_leave_open_what_they_leave_open(engine, to_pandas):
    spells = pd.DataFrame(
        [
            (1, 10.0, None),  # began in the window: in it, for unknown months
            (2, None, 5.0),  # ended in it
            (3, None, None),  # not asked
            (4, None, 70.0),  # over before it
            (5, 70.0, None),  # may have been over before it
        ],
        columns=["id", "months_ago_began", "months_ago_ended"],
    )
    people = pd.DataFrame({"id": range(1, 6), "w": 1.0})
    survey = classify.forced_labour_period(Survey(engine(people), DESIGN, id="id"), window=60, spells=engine(spells))
    found = to_pandas(survey.data).sort_values("id").fillna(NULL)
    assert found["forced_labour_period"].tolist() == [1, 1, NULL, 0, NULL]
    assert found["forced_labour_period_unknown"].tolist() == [0, 0, 1, 0, 1]
    assert found["forced_labour_point"].tolist() == [NULL, NULL, NULL, 0, NULL]
    assert found["forced_labour_point_unknown"].tolist() == [1, 1, 1, 0, 1]
    assert (found["forced_labour_entries_per_month"] * 60).round(9).tolist() == [1, NULL * 60, NULL * 60, 0, 0]


def test_unknown_months_and_rows_out_of_scope(engine, to_pandas):
    data = PEOPLE.assign(
        forced_labour=[1.0, 1.0, None, None], forced_labour_unknown=[0.0, 0.0, 1.0, None], d=[None, 15.0, None, None]
    )
    survey = classify.forced_labour_period(Survey(engine(data), DESIGN), window=60, months="d")
    found = to_pandas(survey.data).fillna(NULL)
    assert found["forced_labour_period"].tolist() == [1, 1, NULL, NULL]
    assert found["forced_labour_period_unknown"].tolist() == [0, 0, 1, NULL]
    assert found["forced_labour_point"].tolist() == [NULL, 0.25, NULL, NULL]
    assert found["forced_labour_point_unknown"].tolist() == [1, 0, 1, NULL]
    reasons = {count.reason: count.rows for count in survey.provenance.counts}
    assert reasons == {
        "out of scope: null": 1,
        "unknown whether ever in the window: null": 1,
        "ever in the window, months unknown: point prevalence null": 1,
    }


def test_the_two_never_share_a_name_or_a_definition():
    survey = classify.forced_labour_period(Survey(PEOPLE, DESIGN), window=60, months="d")
    definitions = survey.provenance.definitions
    assert definitions["forced_labour_period"].title != definitions["forced_labour_point"].title
    assert definitions["forced_labour_point"].options["window_months"] == "60"
    assert definitions["forced_labour_point"].status == "to be verified"
    assert "forced_labour" in survey.columns
    pd.testing.assert_series_equal(survey.data["forced_labour"], PEOPLE["forced_labour"])


def test_refusals(engine):
    def fails(error, match, data=PEOPLE, **options):
        with pytest.raises(error, match=match):
            classify.forced_labour_period(Survey(engine(data), DESIGN, id="id"), **{"window": 60, "months": "d", **options})

    fails(DataError, "2 rows above the window of 12 months in 'd'", window=12)
    fails(DataError, "1 row below 0 in 'd'", PEOPLE.assign(d=[-1.0, 1, 0, 0]))
    fails(DataError, "1 row with months in 'd' though 'forced_labour' is 0", PEOPLE.assign(d=[1.0, 1, 3, 0]))
    fails(DataError, "1 row with spells in 'n' though 'forced_labour' is 0", PEOPLE.assign(n=[1.0, 1, 3, 0]), begun="n")
    fails(OptionError, "window must be a number of months above 0; found 0", window=0)
    fails(OptionError, "exactly one of months .* found 'months', 'mean_months'", mean_months=5)
    fails(OptionError, "exactly one of months .* found none", months=None)
    fails(OptionError, "mean_months must lie between 0 and the window of 60 months; found 61", months=None, mean_months=61)
    spells = pd.DataFrame({"id": [1, 2], "months_ago_began": [3.0, 9.0], "months_ago_ended": [5.0, 1.0]})
    fails(DataError, r"1 spell did not, .* = \(3.0, 5.0\)", months=None, spells=spells)
    fails(OptionError, "begun is counted from the spells", months=None, spells=spells, begun="n")
    with pytest.raises(DesignError, match="A table of spells is joined by the person"):
        classify.forced_labour_period(Survey(engine(PEOPLE), DESIGN), window=60, spells=spells)
