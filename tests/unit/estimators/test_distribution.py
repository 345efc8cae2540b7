"""Shares of a category are those of its 0/1 columns, and add up to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.survey import Family

ROUNDING = 1e-14
"""Sums of the same terms in another order."""

RNG = np.random.default_rng(3)
ROWS = pd.DataFrame(
    {
        "ea": RNG.integers(0, 12, 400),
        "w": RNG.uniform(0.5, 2, 400),
        "sex": RNG.choice(["Female", "Male"], 400),
        "status": RNG.choice(["Employee", "Employer", "Family", None], 400, p=[0.6, 0.05, 0.25, 0.1]),
    }
)
DESIGN = pv.Design(weight="w", psu="ea")


def test_shares_are_those_of_indicators(engine: Callable[[pd.DataFrame], Any]) -> None:
    known = ROWS["status"].notna()
    indicators = {name: (ROWS["status"] == name).where(known).astype(float) for name in ("Employee", "Employer", "Family")}
    table = pv.distribution(pv.Survey(engine(ROWS), DESIGN), "status", by="sex", margins=True)
    for name in indicators:
        survey = pv.Survey(ROWS.assign(**indicators), DESIGN)
        expected = pv.prevalence(survey, name, by="sex", margins=True).to_pandas()
        found = table.select(status=name).to_pandas()
        for column in ("estimate", "se", "ci_low", "ci_high", "deff", "df", "n", "cases", "missing", "n_psu", "population"):
            np.testing.assert_allclose(found[column], expected[column], rtol=1e-10, atol=ROUNDING, err_msg=column)


def test_shares_of_calibrated_weights_are_those_of_indicators() -> None:
    """The regression takes the people of a level, not those of any."""
    known = ROWS["status"].notna()
    rows = ROWS.assign(family=(ROWS["status"] == "Family").where(known).astype(float))
    survey = pv.weighting.post_stratify(pv.Survey(rows, DESIGN), margins={"sex": {"Female": 250, "Male": 200}})
    share, indicator = pv.distribution(survey, "status").select(status="Family"), pv.prevalence(survey, "family")
    for column in ("estimate", "se"):
        np.testing.assert_allclose(share.to_pandas()[column], indicator.to_pandas()[column], rtol=1e-10)


def test_shares_add_up_without_error() -> None:
    table = pv.distribution(pv.Survey(ROWS, DESIGN), "status", by="sex")
    for sex in ("Female", "Male"):
        whole = table.select(sex=sex).contrast(np.ones((1, 3))).numbers
        assert whole.estimate[0] == pytest.approx(1, abs=ROUNDING)
        assert whole.se[0] == pytest.approx(0, abs=ROUNDING)


def test_a_level_without_cases_borrows_its_design_effect_from_its_own_margin() -> None:
    rows = ROWS.assign(status=ROWS["status"].mask((ROWS["sex"] == "Male") & (ROWS["status"] == "Employer")))
    table = pv.distribution(pv.Survey(rows, DESIGN), "status", by="sex")
    empty = table.select(sex="Male", status="Employer")
    everyone = pv.distribution(pv.Survey(rows, DESIGN), "status").select(status="Employer")
    assert empty.numbers.estimate[0] == 0
    assert empty.limits.high[0] > 0
    assert empty.numbers.borrowed_deff[0] == pytest.approx(max(everyone.numbers.deff[0], 1))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"category": "status", "by": "status"}, "Leave it out of by"),
        ({"category": "supply_chain"}, "no distribution; give its columns"),
        ({"category": "flag"}, "category='flag' is the name of a column of results"),
    ],
)
def test_what_has_no_distribution(asked: dict[str, str], words: str) -> None:
    family = Family(name="supply_chain", members={"cocoa": "cocoa"}, exposure="own", denominator="people")
    survey = pv.Survey(ROWS.assign(cocoa=0), DESIGN, families={"supply_chain": family})
    with pytest.raises(pv.errors.OptionError, match=words):
        pv.distribution(survey, **asked)
