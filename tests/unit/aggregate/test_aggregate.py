"""The pass lists units from all rows, and refuses designs that contradict them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.aggregate import Outcome, aggregate
from prevalence.errors import DesignError, OptionError

ROWS = pd.DataFrame(
    {
        "w": [1.0, 2.0, 3.0, 4.0, 0.0, 5.0],
        "stratum": ["a", "a", "a", "b", "b", "b"],
        "ea": [1, 1, 2, 3, 4, 4],
        "sex": ["F", "M", "F", "F", "M", None],
        "y": [1.0, 0.0, 1.0, np.nan, 1.0, 1.0],
        "fpc": [4.0, 4.0, 4.0, 8.0, 8.0, 8.0],
    }
)
DESIGN = pv.Design(weight="w", stratum="stratum", psu="ea")


def test_units_of_all_rows_count_members_or_not() -> None:
    read = aggregate(pv.Survey(ROWS, DESIGN), [Outcome("y")], [("sex",)])
    assert read.units.primary.sampled.tolist() == [2, 2]
    assert read.units.primary.stratum.tolist() == [0, 0, 1, 1]
    assert (read.rows, read.weightless) == (6, 1)
    assert (read.weight, len(read.weight_of_unit)) == (15.0, 0)


def test_weight_of_unit_is_summed_where_numbers_of_people_need_it() -> None:
    design = replace(DESIGN, weight_scale="normalised", population=1000.0)
    for rows in (ROWS, pl.from_pandas(ROWS).lazy()):
        read = aggregate(pv.Survey(rows, design), [Outcome("y")], [("sex",)])
        assert read.weight_of_unit.tolist() == [3.0, 3.0, 4.0, 5.0]


def test_sums_by_unit_and_cell() -> None:
    (table,) = aggregate(pv.Survey(ROWS, DESIGN), [Outcome("y")], [("sex",)]).tables
    (totals,) = table.totals
    # Cells are F, M and "no sex"; unit 3 has an unknown outcome and a row of weight zero is no member.
    assert totals.x.toarray().tolist() == [[1, 2, 0], [3, 0, 0], [0, 0, 0], [0, 0, 5]]
    assert totals.y.toarray().tolist() == [[1, 0, 0], [3, 0, 0], [0, 0, 0], [0, 0, 5]]
    assert totals.moments.missing.tolist() == [1, 0, 0]
    assert table.dimensions[0].unplaced == 1


def test_order_of_rows_does_not_matter() -> None:
    shuffled = ROWS.sample(frac=1, random_state=3)
    one, other = (aggregate(pv.Survey(rows, DESIGN), [Outcome("y")], [("sex",)]) for rows in (ROWS, shuffled))
    np.testing.assert_array_equal(one.units.primary.stratum, other.units.primary.stratum)
    np.testing.assert_allclose(one.tables[0].totals[0].y.toarray(), other.tables[0].totals[0].y.toarray())


def test_psu_label_in_several_strata_explains_crossing() -> None:
    rows = ROWS.assign(ea=[1, 1, 2, 1, 2, 2])
    with pytest.raises(DesignError, match=r"2 labels of ea occur in several.*psu=\['stratum', 'ea'\]"):
        pv.prevalence(pv.Survey(rows, DESIGN), "y")
    crossed = pv.Design(weight="w", stratum="stratum", psu=["stratum", "ea"])
    assert pv.prevalence(pv.Survey(rows, crossed), "y").numbers.n_psu.tolist() == [3]


def test_single_psu_stratum_is_named() -> None:
    rows = ROWS.assign(stratum=["a", "a", "c", "b", "b", "b"])
    with pytest.raises(DesignError, match=r"2 strata have a single PSU and lonely_psu is 'fail': 'a', 'c'"):
        pv.prevalence(pv.Survey(rows, DESIGN), "y")


@pytest.mark.parametrize(
    ("fpc", "words"),
    [
        ([0.5, 0.5, 0.5, 8, 8, 8], "it holds 3 values below 1 and 3 above"),
        ([4, 4, 5, 8, 8, 8], "must be the same in all rows of a stratum; it varies in 1 stratum: 'a'"),
        ([5, 4, 4, 8, 8, 8], "must be the same in all rows of a stratum; it varies in 1 stratum: 'a'"),
        ([1.5, 1.5, 1.5, 8, 8, 8], "must count at least the units that were sampled; it counts fewer in 'a'"),
        ([-1, -1, -1, 8, 8, 8], "sampling fractions"),
    ],
)
def test_impossible_finite_population_corrections(fpc: list[float], words: str) -> None:
    design = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="fpc")
    with pytest.raises(DesignError, match=words):
        pv.prevalence(pv.Survey(ROWS.assign(fpc=fpc), design), "y")


def test_fractions_and_counts_say_the_same() -> None:
    fractions = ROWS.assign(fpc=[0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
    design = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="fpc")
    by_count, by_fraction = (pv.prevalence(pv.Survey(rows, design), "y").numbers.se for rows in (ROWS, fractions))
    np.testing.assert_array_equal(by_count, by_fraction)


def test_dimension_without_values() -> None:
    with pytest.raises(OptionError, match="holds no values"):
        pv.prevalence(pv.Survey(ROWS.assign(empty=None), DESIGN), "y", by="empty")
