"""Standardised rates are fixed mixtures of the rates by level, with their covariance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.provenance import Codebook, Variable

RNG = np.random.default_rng(5)
ROWS = pd.DataFrame(
    {
        "ea": RNG.integers(0, 15, 600),
        "w": RNG.uniform(0.5, 2, 600),
        "sex": RNG.choice(["Female", "Male"], 600),
        "age_group": RNG.choice(["5-11", "12-14", "15-17"], 600),
        "area": RNG.choice(["Urban", "Rural"], 600),
        "y": (RNG.random(600) < 0.3).astype(float),
    }
)
SURVEY = pv.Survey(ROWS, pv.Design(weight="w", psu="ea"))
AGES = {"5-11": 7.0, "12-14": 3.0, "15-17": 2.0}


def test_rates_are_mixtures_with_covariance() -> None:
    by_age = pv.prevalence(SURVEY, "y", by=["sex", "age_group"])
    mixture = np.zeros((2, len(by_age)))
    shown = by_age.to_pandas()
    for row, sex in enumerate(("Female", "Male")):
        mixture[row] = shown["age_group"].map(AGES) / 12 * (shown["sex"] == sex)
    expected = by_age.contrast(mixture)
    found = pv.standardised(SURVEY, "y", standard={"age_group": AGES}, by="sex")
    np.testing.assert_allclose(found.numbers.estimate, expected.numbers.estimate)
    np.testing.assert_allclose(found.numbers.se, expected.numbers.se)
    np.testing.assert_allclose(found.covariance(), expected.covariance())
    assert found.to_pandas()["n"].sum() == len(ROWS)
    assert found.interval.method == "korn-graubard"
    assert found.difference("sex", "Male", "Female").numbers.se[0] < found.numbers.se.sum()


def test_rows_of_several_tables_keep_their_labels() -> None:
    """Tables stand one below the other, so that the rows are in no order of their labels."""
    whole = pv.standardised(SURVEY, "y", standard={"age_group": AGES}, by=[["sex", "area"], ["sex"]])
    for by, chosen in ((["sex", "area"], {"area": ["Rural", "Urban"]}), (["sex"], {"area": "All"})):
        alone, part = pv.standardised(SURVEY, "y", standard={"age_group": AGES}, by=by), whole.select(**chosen)
        for name in by:
            assert part.to_pandas()[name].tolist() == alone.to_pandas()[name].tolist()
        np.testing.assert_allclose(part.numbers.estimate, alone.numbers.estimate, rtol=1e-12)
        np.testing.assert_allclose(part.numbers.se, alone.numbers.se, rtol=1e-12)
        np.testing.assert_array_equal(part.numbers.n, alone.numbers.n)


def test_counts_are_those_of_all_levels_together() -> None:
    rows = ROWS.assign(y=ROWS["y"].mask(np.arange(600) % 10 == 0))
    found = pv.standardised(pv.Survey(rows, SURVEY.design), "y", standard={"age_group": AGES}, by="sex").numbers
    plain = pv.prevalence(pv.Survey(rows, SURVEY.design), "y", by="sex").numbers
    for name in ("n", "cases", "missing", "weighted", "population"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-12, err_msg=name)
    assert found.missing.sum() == 60
    normalised = pv.Survey(rows, pv.Design(weight="w", psu="ea", weight_scale="normalised"))
    assert np.isnan(pv.standardised(normalised, "y", standard={"age_group": AGES}, by="sex").numbers.population).all()


def test_the_survey_as_its_own_standard_changes_nothing() -> None:
    own = ROWS.groupby(["age_group", "sex"], as_index=False)["w"].sum().rename(columns={"w": "population"})
    found = pv.standardised(SURVEY, "y", standard=own)
    assert found.numbers.estimate[0] == pytest.approx(pv.prevalence(SURVEY, "y").numbers.estimate[0], rel=1e-12)


def test_a_standard_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "standard.csv"
    pd.DataFrame({"age_group": list(AGES), "population": list(AGES.values())}).to_csv(path, index=False)
    from_file = pv.standardised(SURVEY, "y", standard=path, by=["area"], margins=True)
    from_mapping = pv.standardised(SURVEY, "y", standard={"age_group": AGES}, by=["area"], margins=True)
    pd.testing.assert_frame_equal(from_file.to_pandas(), from_mapping.to_pandas())
    assert from_file.to_pandas()["area"].tolist() == ["Rural", "Urban", "All"]


def test_a_level_without_observations_is_said() -> None:
    rows = ROWS.assign(y=ROWS["y"].mask((ROWS["sex"] == "Male") & (ROWS["age_group"] == "5-11")))
    found = pv.standardised(pv.Survey(rows, SURVEY.design), "y", standard={"age_group": AGES}, by="sex")
    assert np.isnan(found.numbers.estimate).tolist() == [False, True]
    assert "a level of the standard population has no observations" in found.flags[1]
    assert found.flags[0] == "interval approximate: fewer than 20 effective cases or 15 degrees of freedom"


@pytest.mark.parametrize(
    ("standard", "by", "words"),
    [
        ({"age_group": {"5-11": 1}}, None, r"must name every level of age_group .* lacks \('12-14',\), \('15-17',\)"),
        ({"age_group": {**AGES, "18-24": 1}}, None, "has no level '18-24'"),
        ({"age_group": {**AGES, "5-11": 0}}, None, "must be above zero"),
        ({"age_group": {**AGES, "5-11": np.inf}}, None, "must be above zero and finite"),
        ({"age_group": AGES}, "age_group", "which the standard averages over"),
        ({"age_group": AGES, "sex": {"Female": 1}}, None, "population of one column"),
    ],
)
def test_standards_that_do_not_fit(standard: dict[str, dict[str, float]], by: str | None, words: str) -> None:
    with pytest.raises(pv.errors.OptionError, match=words):
        pv.standardised(SURVEY, "y", standard=standard, by=by)


def test_a_level_named_by_value_and_by_label_counts_once() -> None:
    codebook = Codebook({"age_group": Variable(levels={"5-11": "Five to eleven"})})
    survey = pv.Survey(ROWS, SURVEY.design, codebook=codebook)
    with pytest.raises(pv.errors.OptionError, match="names a level twice"):
        pv.standardised(survey, "y", standard={"age_group": {**AGES, "Five to eleven": 3}})
