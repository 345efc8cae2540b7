"""Base weights from probabilities of selection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import weighting
from prevalence.errors import ColumnError, DataError, OptionError
from prevalence.weighting import Draw


def raw(**columns: Any) -> pv.Survey:
    """Return two areas of two households, one eligible person of each household drawn, half of them for a module."""
    rows = pd.DataFrame(
        {
            "one": 1.0,
            "ea": [1, 1, 2, 2],
            "size": [50, 50, 100, 100],
            "listed": [60, 60, 90, 90],
            "hh": [1, 2, 1, 2],
            "m": [1, 3, 2, 1],
            "p_module": [0.5, 0.5, 0.5, 0.25],
        }
    )
    return pv.Survey(rows.assign(**columns), pv.Design(weight="one", psu="ea"))


STAGES = (
    Draw(unit="ea", drawn=2, size="size", of=1000),
    Draw(unit="hh", drawn=2, of="listed"),
    Draw(drawn=1, of="m"),
    Draw(probability="p_module"),
)


def test_weights_are_inverse_products_of_the_probabilities() -> None:
    found = weighting.base(raw(), draws=STAGES)
    expected = [1000 / 100 * 30 * 1 / 0.5, 1000 / 100 * 30 * 3 / 0.5, 1000 / 200 * 45 * 2 / 0.5, 1000 / 200 * 45 * 1 / 0.25]
    np.testing.assert_allclose(weighting.weights(found), expected, rtol=1e-14)
    assert found.design.weight == "weight_base"
    assert found.design.plan[0].counts[0].rows == 4


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"p_module": [0.5, 0.5, 0, 0.25]}, "stage 4 1 row have others, such as 0.0"),
        ({"p_module": [0.5, 0.5, np.nan, 0.25]}, "such as nan"),
        ({"m": [1, 0.5, 2, 1]}, "not above 1; at stage 3"),
        ({"size": [50, 50, 600, 600]}, "drawn with certainty"),
        ({"size": [50, 60, 100, 100]}, "at stage 1 1 unit of ea have several"),
        ({"listed": [60, 60, 90, 91], "hh": [1, 2, 1, 1]}, "at stage 2 1 unit of hh have several"),
        ({"hh": [1, 2, 1, None]}, "'hh' of stage 2 is missing in 1 row"),
    ],
)
def test_selection_data_that_contradict_themselves(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        weighting.base(raw(**columns), draws=STAGES)


def test_labels_of_later_stages_are_nested() -> None:
    """Household 1 of area 1 is not household 1 of area 2, whose probability differs."""
    assert weighting.weights(weighting.base(raw(), draws=STAGES[:2])).tolist() == [300.0, 300.0, 225.0, 225.0]


def test_draws_are_checked() -> None:
    for parts in ({}, {"drawn": 1}, {"probability": "p", "drawn": 1}, {"size": "size", "of": 3}):
        with pytest.raises(OptionError, match="needs its probability"):
            Draw(**parts)
    with pytest.raises(OptionError, match="at least one stage"):
        weighting.base(raw(), draws=[])
    with pytest.raises(ColumnError, match="'p_modul'"):
        weighting.base(raw(), draws=[Draw(probability="p_modul")])
    with pytest.raises(OptionError, match="first step of a plan"):
        weighting.base(weighting.base(raw(), draws=STAGES), draws=STAGES)


def test_steps_after_it_start_from_it() -> None:
    survey = weighting.rake(weighting.base(raw(y=[1.0, 0, 1, 0]), draws=STAGES), margins={"ea": {1: 500, 2: 700}})
    assert survey.design.adjustments[0].before == "weight_base"
    assert pv.total(survey, "y").to_pandas()["estimate"].item() > 0
