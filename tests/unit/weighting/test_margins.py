"""Populations as a CSV, a frame or a dictionary, and what makes them impossible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence import weighting
from prevalence.errors import ColumnError, DataError, OptionError


def survey(**columns: Any) -> pv.Survey:
    rows = pd.DataFrame(
        {
            "ea": [1, 1, 2, 2, 3, 3],
            "w": [1.0, 2.0, 1.0, 1.0, 2.0, 1.0],
            "sex": ["f", "m", "f", "m", "f", "m"],
            "area": [1, 2, 2, 1, 1, 2],
            "age": [5.0, 7.0, 9.0, 11.0, 13.0, 15.0],
            "home": [1, 1, 2, 2, 3, 3],
        }
    )
    return pv.Survey(rows.assign(**columns), pv.Design(weight="w", psu="ea"))


SEX, AREA = {"f": 60, "m": 40}, {"1": 30, "2": 70}
LONG = pd.DataFrame({"margin": ["sex", "sex", "area", "area"], "level": ["f", "m", "1", "2"], "population": [60, 40, 30, 70]})


def test_a_csv_a_frame_and_a_dictionary_give_the_same_weights(tmp_path: Path) -> None:
    LONG.to_csv(tmp_path / "margins.csv", index=False)
    sex = pd.DataFrame({"sex": ["f", "m"], "population": [60, 40]})
    area = pl.DataFrame({"area": [1, 2], "population": [30, 70]})
    forms = [
        tmp_path / "margins.csv",
        str(tmp_path / "margins.csv"),
        LONG,
        pl.DataFrame(LONG),
        {"sex": SEX, "area": AREA},
        {"sex": SEX, ("area",): {1: 30, 2: 70}},
        [sex, area],
        [{"sex": SEX}, area.lazy()],
    ]
    found = [weighting.weights(weighting.rake(survey(), margins=form)) for form in forms]
    for weights in found[1:]:
        np.testing.assert_array_equal(weights, found[0])


def test_crossed_margins_as_a_frame_a_dictionary_and_a_long_table() -> None:
    cells = {("f", 1): 10, ("f", 2): 50, ("m", 1): 20, ("m", 2): 20}
    frame = pd.DataFrame([(*cell, total) for cell, total in cells.items()], columns=["sex", "area", "population"])
    long = pd.DataFrame({"margin": "sex x area", "level": [f"{a} x {b}" for a, b in cells], "population": list(cells.values())})
    found = [weighting.post_stratify(survey(), margins=form) for form in (frame, {("sex", "area"): cells}, long)]
    for one in found:
        sums = one.data.groupby(["sex", "area"])["weight_post_stratify"].sum()
        assert sums.round(9).to_dict() == cells


@pytest.mark.parametrize(
    ("margins", "error", "words"),
    [
        ({"sex": SEX, "area": {"1": 30, "2": 71}}, DataError, "must add up to the same total"),
        ({"sex": {**SEX, "other": 5}}, DataError, "'other'.*must occur in the sample|must occur in the sample.*'other'"),
        ({"sex": {"f": 60}}, DataError, "lacks 'm', found in 3 rows"),
        ({"sex": {"f": 60, "m": 0}}, DataError, "above zero; margin 'sex' has 1 cell"),
        ({"sex": {"f": 60, "m": -4}}, DataError, "above zero"),
        ({"sex": {"f": 60, "m": None}}, DataError, "above zero"),
        ({"sxe": SEX}, ColumnError, "Did you mean 'sex'"),
        ({"sex": 5}, OptionError, "totals="),
        ([{"sex": SEX}, {"sex": SEX}], DataError, "given twice"),
        ({("sex", "area"): {("f",): 60}}, DataError, "needs 2 levels"),
        (pd.DataFrame({"sex": ["f", "f"], "population": [1, 2]}), DataError, "given more often"),
        ({}, OptionError, "at least one margin"),
    ],
)
def test_impossible_margins_are_one_clear_error(margins: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        weighting.rake(survey(), margins=margins)


def test_missing_auxiliaries_are_an_error_unless_the_row_has_no_weight() -> None:
    sexless = ["f", None, "f", "m", "f", "m"]
    with pytest.raises(DataError, match=r"'sex' of margin 'sex' is missing in 1 row, at 1"):
        weighting.rake(survey(sex=sexless), margins={"sex": SEX})
    with pytest.raises(DataError, match="'age' is missing or infinite in 1 row"):
        weighting.calibrate(survey(age=[5.0, np.nan, 9.0, 11.0, 13.0, 15.0]), totals={"age": 900})
    without = weighting.rake(survey(sex=sexless, w=[1.0, 0, 1, 1, 2, 1]), margins={"sex": SEX})
    assert weighting.weights(without).sum() == pytest.approx(100)
    assert pv.total(without, "age").to_pandas()["se"].item() > 0


def test_incomplete_cells_can_be_left_out() -> None:
    partial = weighting.post_stratify(survey(), margins={"sex": {**SEX, "other": 5}}, partial=True)
    assert weighting.weights(partial).sum() == pytest.approx(100)


def test_one_classification_for_post_stratification() -> None:
    with pytest.raises(OptionError, match=r"choose rake\(margins"):
        weighting.post_stratify(survey(), margins={"sex": SEX, "area": AREA})


def test_households_keep_one_weight_and_persons_and_households_meet_their_totals() -> None:
    homes = {"place": {"u": 25, "r": 20}}
    begun = survey(w=[1.0, 1, 2, 2, 2, 2], place=["u", "u", "u", "u", "r", "r"], sex=["f", "m", "f", "f", "m", "f"])
    found = weighting.calibrate(begun, margins={"sex": {"f": 58, "m": 32}}, household="home", household_margins=homes)
    weights = weighting.weights(found)
    assert (weights[::2] == weights[1::2]).all()
    assert pd.Series(weights).groupby(found.data["sex"]).sum().round(9).to_dict() == {"f": 58.0, "m": 32.0}
    assert (pd.Series(weights) / 2).groupby(found.data["place"]).sum().round(9).to_dict() == {"r": 20.0, "u": 25.0}
    with pytest.raises(DataError, match="must have one weight"):
        weighting.calibrate(survey(), margins={"sex": SEX}, household="home")
    with pytest.raises(OptionError, match="household='column'"):
        weighting.calibrate(begun, household_margins=homes)


def test_what_cannot_be_met_is_named() -> None:
    with pytest.raises(DataError, match="No weights within the bounds"):
        weighting.calibrate(survey(), margins={"sex": {"f": 60, "m": 4}}, method="logit", bounds=(0.9, 12))
    cells = {"sex": {"f": 60, "m": 40}, "area": {"1": 1, "2": 99}}
    with pytest.raises(DataError, match="did not converge in 1 round; margin 'sex', cell"):
        weighting.rake(survey(), margins=cells, rounds=1)
    with pytest.raises(DataError, match="would get a negative one"):
        weighting.calibrate(survey(), margins={"sex": SEX}, totals={"age": 1450})


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="method must be one of"):
        weighting.calibrate(survey(), margins={"sex": SEX}, method="rake")
    with pytest.raises(OptionError, match="needs finite bounds"):
        weighting.calibrate(survey(), margins={"sex": SEX}, method="logit")
    with pytest.raises(OptionError, match="a lower and an upper"):
        weighting.calibrate(survey(), margins={"sex": SEX}, bounds=(1,))
    with pytest.raises(OptionError, match="row and a column for each of 2 totals"):
        weighting.rake(survey(), margins={"sex": SEX}, covariance=[[1.0]])
    with pytest.raises(ColumnError, match="must not overwrite"):
        weighting.rake(survey(), margins={"sex": SEX}, column="age")
    with pytest.raises(DataError, match="finite numbers"):
        weighting.calibrate(survey(), totals={"age": np.inf})


def test_bounds_may_be_open_on_a_side() -> None:
    found = weighting.calibrate(survey(), margins={"sex": SEX}, totals={"age": 900}, bounds=(0, None))
    assert weighting.weights(found) @ found.data["age"] == pytest.approx(900)


def test_names_of_new_columns_and_the_frame_of_the_caller() -> None:
    begun = survey()
    twice = weighting.rake(weighting.rake(begun, margins={"sex": SEX}), margins={"area": AREA})
    named = weighting.rake(begun, margins={"sex": SEX}, column="final")
    assert (twice.design.weight, named.design.weight) == ("weight_rake_2", "final")
    assert "weight_rake" not in begun.data.columns
    assert isinstance(weighting.rake(pv.Survey(pl.DataFrame(begun.data), begun.design), margins={"sex": SEX}).data, pl.DataFrame)


def test_an_index_of_the_caller_is_no_matter() -> None:
    begun = survey()
    other = pv.Survey(begun.data.set_index(pd.Index([5, 3, 3, 0, 9, 1])), begun.design)
    np.testing.assert_array_equal(
        weighting.weights(weighting.rake(other, margins={"sex": SEX})),
        weighting.weights(weighting.rake(begun, margins={"sex": SEX})),
    )
