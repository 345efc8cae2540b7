"""Tables from stratum moments are those from the units, with the contrasts that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv

CLOSE = 1e-10
"""Sums of squares about stratum means, folded batch by batch, against those of all units at once."""

RNG = np.random.default_rng(1)
UNIT = np.sort(RNG.integers(0, 120, 4000))
ROWS = pd.DataFrame(
    {
        "w": RNG.uniform(0.5, 2, 4000),
        "stratum": UNIT // 15,
        "ea": UNIT,
        "y": (RNG.random(4000) < 0.1).astype(float),
        "hours": RNG.normal(10, 3, 4000),
        "days": RNG.uniform(1, 7, 4000),
        "sex": RNG.choice(["Female", "Male"], 4000),
        "age": RNG.integers(0, 3, 4000),
    }
)
DESIGN = pv.Design(weight="w", stratum="stratum", psu="ea")
QUESTIONS: dict[str, Callable[..., pv.Estimates]] = {
    "prevalence": lambda survey, **more: pv.prevalence(survey, "y", **more),
    "total": lambda survey, **more: pv.total(survey, "y", **more),
    "mean": lambda survey, **more: pv.mean(survey, "hours", **more),
    "ratio": lambda survey, **more: pv.ratio(survey, "hours", "days", **more),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_moments_give_the_numbers_of_units(question: str, engine: Callable[[pd.DataFrame], Any]) -> None:
    ask, asked = QUESTIONS[question], {"by": ["sex", "age"], "margins": True}
    units = ask(pv.Survey(ROWS, DESIGN), **asked)
    moments = ask(pv.Survey(engine(ROWS), DESIGN), **asked, keep="moments", contrasts=[("sex", "Female", "Male")])
    pd.testing.assert_frame_equal(moments.to_pandas(), units.to_pandas(), rtol=CLOSE)
    gaps = [table.difference("sex", "Female", "Male").to_pandas() for table in (moments, units)]
    pd.testing.assert_frame_equal(*gaps, rtol=CLOSE)


def test_a_level_may_be_set_against_everyone() -> None:
    survey, asked = pv.Survey(ROWS, DESIGN), {"by": "sex", "margins": True}
    moments = pv.prevalence(survey, "y", **asked, keep="moments", contrasts=[("sex", "Female", "All")])
    gaps = [table.difference("sex", "Female", "All").to_pandas() for table in (moments, pv.prevalence(survey, "y", **asked))]
    pd.testing.assert_frame_equal(*gaps, rtol=CLOSE)


def test_a_contrast_that_was_not_asked_for_says_so() -> None:
    table = pv.prevalence(pv.Survey(ROWS, DESIGN), "y", by=["sex", "age"], keep="moments", contrasts=[("sex", "Female", "Male")])
    with pytest.raises(pv.errors.OptionError, match=r"Name the comparison in contrasts=, or keep='units'"):
        table.difference("age", 0, 1)


def test_contrasts_belong_to_moments() -> None:
    with pytest.raises(pv.errors.OptionError, match="belong to keep='moments'"):
        pv.prevalence(pv.Survey(ROWS, DESIGN), "y", contrasts=["sex"])


@pytest.mark.parametrize("seed", range(6))
def test_strata_without_a_case_take_no_degrees_of_freedom(seed: int) -> None:
    """Weights of no round number leave noise where every unit total is 0; its fourth power once outweighed the only case."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"w": rng.uniform(0, 2, 200), "stratum": np.arange(200) % 5, "y": rng.integers(0, 2, 200)})
    rows["part"] = np.where(np.arange(200) < 15, "rare", "frequent")
    rows.loc[1:14, "y"] = 0
    rows.loc[0, "y"] = 1
    survey = pv.Survey(rows, pv.Design(weight="w", stratum="stratum"))
    moments, units = (pv.total(survey, "y", by="part", margins=True, keep=keep).numbers for keep in ("moments", "units"))
    assert units.df[1] == 4
    np.testing.assert_allclose(moments.df, units.df, rtol=1e-9)


@pytest.mark.parametrize("margins", [True, "region", "sex"])
def test_a_margin_that_several_tables_share_is_compared_in_each(margins: bool | str) -> None:
    """One below the other the tables show everybody once, as the margin of the first that has it."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"ea": np.arange(300) // 10, "w": rng.uniform(1, 2, 300), "sex": rng.choice(["F", "M"], 300)})
    rows = rows.assign(region=rng.choice(["N", "S", "C"], 300), y=rng.integers(0, 2, 300), v=rng.integers(0, 2, 300))
    survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    asked: dict[str, Any] = {"by": [["sex"], ["region", "sex"], ["region"]], "margins": margins}
    units = pv.prevalence(survey, ["y", "v"], **asked)
    moments = pv.prevalence(survey, ["y", "v"], **asked, keep="moments", contrasts=["sex", "region", "indicator"])
    for dimension in ("sex", "region"):
        if margins in (True, dimension):
            ours, theirs = moments.excess(dimension).numbers, units.excess(dimension).numbers
            np.testing.assert_allclose(ours.estimate, theirs.estimate, atol=CLOSE)
            np.testing.assert_allclose(ours.se, theirs.se, rtol=CLOSE)
            np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-7)
    np.testing.assert_allclose(
        moments.difference("region", "N", "C").numbers.se, units.difference("region", "N", "C").numbers.se, rtol=CLOSE
    )
