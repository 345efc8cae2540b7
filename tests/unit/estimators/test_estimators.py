"""What one asks of a survey, and what comes back where there is little or nothing to say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.errors import ColumnError, DesignError, OptionError
from prevalence.provenance import Codebook, Variable
from prevalence.survey import Family

ROUNDING = 1e-12  # relative: the same sums in another order
COLUMNS = [
    "estimate",
    "se",
    "ci_low",
    "ci_high",
    "cv",
    "deff",
    "df",
    "n",
    "cases",
    "missing",
    "n_psu",
    "weighted",
    "population",
    "flag",
]


def rows() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    size = 600
    ea = np.repeat(np.arange(30), 20)
    return pd.DataFrame(
        {
            "w": rng.uniform(0.5, 2.0, size),
            "stratum": ea // 5,
            "ea": ea,
            "sex": np.where(rng.random(size) < 0.5, "Female", "Male"),
            "region": ea % 3 + 1,
            "y": np.where(rng.random(size) < 0.03, np.nan, rng.random(size) < 0.2 + 0.1 * (ea % 2)),
            "hours": rng.integers(1, 50, size).astype(float),
            "chain_cocoa": rng.random(size) < 0.3,
            "chain_coffee": rng.random(size) < 0.2,
            "worker": (rng.random(size) < 0.6).astype(int),
        }
    )


FAMILY = Family(
    name="supply_chain",
    members={"cocoa": "chain_cocoa", "coffee": "chain_coffee"},
    exposure="household",
    denominator="children in producing households",
)
DESIGN = pv.Design(weight="w", stratum="stratum", psu="ea")


def survey(**changes: Any) -> pv.Survey:
    codebook = Codebook({"region": Variable(levels={1: "North", 2: "South", 3: "Coast", 4: "Islands"})})
    return pv.Survey(rows(), DESIGN, codebook=codebook, families={"supply_chain": FAMILY}, **changes)


def test_columns_of_a_result() -> None:
    table = pv.prevalence(survey(), "y", by=["supply_chain", "sex"], margins=True).to_pandas()
    assert list(table) == ["indicator", "statistic", "supply_chain", "sex", *COLUMNS, "exposure", "denominator"]
    assert table["sex"].tolist() == ["Female", "Male", "All"] * 3
    assert table["supply_chain"].tolist() == ["cocoa"] * 3 + ["coffee"] * 3 + ["All"] * 3
    assert set(table["denominator"]) == {"children in producing households", "everyone in scope"}


def test_numbers_are_those_of_the_definition() -> None:
    data, result = rows(), pv.prevalence(survey(), "y", by=["supply_chain", "sex"], margins=True).to_pandas()
    known = data[data["y"].notna()]
    for _, row in result.iterrows():
        part = known if row["supply_chain"] == "All" else known[known[f"chain_{row['supply_chain']}"]]
        part = part if row["sex"] == "All" else part[part["sex"] == row["sex"]]
        assert row["estimate"] == pytest.approx(np.average(part["y"], weights=part["w"]), rel=ROUNDING)
        assert (row["n"], row["cases"]) == (len(part), part["y"].sum())
        assert row["population"] == row["weighted"] == pytest.approx(part["w"].sum(), rel=ROUNDING)
        assert row["n_psu"] == part["ea"].nunique()


def test_overlapping_chains_do_not_add_up_to_all() -> None:
    table = pv.prevalence(survey(), "y", by="supply_chain", margins=True)
    n = dict(zip(table.keys[2].texts(), table.numbers.n, strict=True))
    both = rows().query("chain_cocoa and chain_coffee and y == y")
    assert len(both) > 10
    assert n["All"] == rows()["y"].notna().sum()


def test_labels_of_codes_and_a_level_with_nobody_in_it() -> None:
    table = pv.prevalence(survey(), "y", by="region").to_pandas()
    assert table["region"].tolist() == ["North", "South", "Coast", "Islands"]
    islands = table.iloc[3]
    assert np.isnan(islands["estimate"])
    assert (islands["n"], islands["flag"]) == (0, "no observations")


def test_among_is_a_domain_and_keeps_all_units() -> None:
    data = rows()
    one_unit = data.assign(few=((data["ea"] == 7) & (data["worker"] == 1)).astype(int))
    result = pv.prevalence(pv.Survey(one_unit, DESIGN), "y", among="few")
    members = one_unit.query("few == 1 and y == y")
    assert result.numbers.n.tolist() == [len(members)]
    assert result.numbers.df.tolist() == [0]
    assert np.isnan(result.limits.low).all()
    assert "no degrees of freedom" in result.flags[0]


def test_several_indicators_and_several_tables_in_one_call() -> None:
    table = pv.prevalence(survey(), ["y", "worker"], by=[["sex"], ["region", "sex"]], margins=True)
    frame = table.to_pandas()
    assert frame["indicator"].unique().tolist() == ["y", "worker"]
    # Sex alone is the margin of region x sex: shown once.
    assert not frame.duplicated(["indicator", "sex", "region"]).any()
    gap = table.select(sex="All", region="All").difference("indicator", "worker", "y")
    assert gap.numbers.estimate == pytest.approx(
        frame.loc[(frame["indicator"] == "worker"), "estimate"].iloc[2] - frame["estimate"].iloc[2]
    )


def test_margins_of_named_dimensions() -> None:
    table = pv.prevalence(survey(), "y", by=["region", "sex"], margins=["sex"]).to_pandas()
    assert "All" not in set(table["region"])
    assert "All" in set(table["sex"])


def test_rows_without_a_level_are_in_the_margin_and_said_so() -> None:
    data = rows()
    data.loc[:9, "sex"] = None
    table = pv.prevalence(pv.Survey(data, DESIGN), "y", by="sex", margins=True)
    assert table.numbers.n[-1] == data["y"].notna().sum()
    assert table.numbers.n[:-1].sum() == data["y"].notna()[10:].sum()
    assert table.provenance.notes == ("10 rows without sex are in 'All' and in no level of it.",)


def test_unknown_answers_are_counted_whatever_the_policy() -> None:
    data = rows().assign(y_unknown=0.0)
    data.loc[data.index[:7], "y_unknown"] = 1.0
    data.loc[data.index[:3], "y"] = 0.0
    table = pv.prevalence(pv.Survey(data, DESIGN), "y")
    assert table.numbers.missing.tolist() == [7]


def test_weights_of_zero_are_counted_and_stay_in_the_design() -> None:
    data = rows()
    data.loc[data["ea"] == 3, "w"] = 0.0
    table = pv.prevalence(pv.Survey(data, pv.Design(weight="w", stratum="stratum", psu="ea", df_rule="design")), "y")
    assert table.provenance.counts[-1].rows == 20
    assert table.numbers.df.tolist() == [24]
    assert table.numbers.n_psu.tolist() == [29]


def test_rate_of_zero_borrows_the_design_effect_of_the_nearest_margin() -> None:
    data = rows()
    data.loc[(data["region"] == 2) & (data["sex"] == "Male"), "y"] = 0.0
    table = pv.prevalence(pv.Survey(data, DESIGN), "y", by=["region", "sex"], margins=True)
    none = table.select(region=2, sex="Male")
    deff = max(table.select(region=2, sex="All").numbers.deff[0], 1)
    assert none.numbers.borrowed_deff[0] == pytest.approx(deff)
    assert none.flags[0] == f"no cases; exact interval with design effect {deff:.2f} (the margin's, at least 1)"
    expected = 1 - 0.025 ** (deff / none.numbers.n[0])
    assert none.limits.high[0] == pytest.approx(expected)


def test_normalised_weights_give_no_counts_unless_the_population_is_known() -> None:
    design = {"weight": "w", "stratum": "stratum", "psu": "ea", "weight_scale": "normalised"}
    normalised = pv.Survey(rows(), pv.Design(**design))
    assert np.isnan(pv.prevalence(normalised, "y").numbers.population).all()
    with pytest.raises(DesignError, match="Totals need weights that add up to the population"):
        pv.total(normalised, "y")
    data = rows().dropna(subset="y")
    known = pv.Survey(data, pv.Design(**design, population=1e6))
    count, share = pv.total(known, "y"), pv.prevalence(known, "y")
    np.testing.assert_allclose(count.numbers.estimate, 1e6 * share.numbers.estimate)
    np.testing.assert_allclose(count.numbers.se, 1e6 * share.numbers.se)
    np.testing.assert_allclose(share.numbers.population, 1e6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "sexx"}, "column 'sexx' is not in the data. Did you mean 'sex'"),
        ({"by": ["sex", "sex"]}, "names a dimension twice"),
        ({"by": ["sex", ["region"]]}, "one name, a list of names"),
        ({"by": "sex", "margins": "region"}, "margins names 'region', which is no dimension"),
        ({"among": "hours"}, "indicator 'hours' must be 0, 1 or missing"),
    ],
)
def test_malformed_requests(options: dict[str, Any], words: str) -> None:
    with pytest.raises((ColumnError, OptionError), match=words):
        pv.prevalence(survey(), "y", **options)


def test_measured_variable_is_no_indicator() -> None:
    with pytest.raises(ColumnError, match=r"or use pv.mean for a measured variable"):
        pv.prevalence(survey(), "hours")


def test_level_named_like_the_margin() -> None:
    with pytest.raises(OptionError, match="has a level 'All'"):
        pv.prevalence(pv.Survey(rows().assign(sex="All"), DESIGN), "y", by="sex", margins=True)


ENGINE = 1e-12
"""Engines order rows and sums alike; what differs is rounding."""


@pytest.mark.parametrize("ask", [pv.prevalence, pv.total])
def test_same_answers_from_every_engine(engine: Callable[[pd.DataFrame], Any], ask: Callable[..., pv.Estimates]) -> None:
    expected = ask(survey(), "y", by=["supply_chain", "sex", "region"], margins=True)
    found = ask(
        pv.Survey(engine(rows()), DESIGN, codebook=survey().codebook, families={"supply_chain": FAMILY}),
        "y",
        by=["supply_chain", "sex", "region"],
        margins=True,
    )
    pd.testing.assert_frame_equal(found.to_pandas(), expected.to_pandas(), rtol=ENGINE, atol=ENGINE)


@pytest.mark.parametrize("name", ["n", "estimate", "indicator", "statistic", "flag", "denominator"])
def test_dimension_named_like_a_column_of_results(name: str) -> None:
    with pytest.raises(OptionError, match=f"by='{name}' is the name of a column of results"):
        pv.prevalence(pv.Survey(rows().rename(columns={"sex": name}), DESIGN), "y", by=name, margins=True)


def test_total_of_a_census_stratum_among_normalised_weights_has_an_error() -> None:
    data = rows().dropna(subset="y").assign(f=lambda d: np.where(d["stratum"] == 0, 1.0, 0.1))
    design = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="f", weight_scale="normalised", population=1e6)
    total = pv.total(pv.Survey(data, design), "y", by="stratum").select(stratum=0)
    assert total.numbers.se[0] > 0
    assert total.limits.low[0] < total.numbers.estimate[0] < total.limits.high[0]
    assert "no sampling error" not in total.flags[0]


def test_categoricals_of_polars() -> None:
    frame = pl.from_pandas(rows()[["w", "stratum", "ea", "sex", "y"]])
    expected = pv.prevalence(pv.Survey(frame, DESIGN), "y", by="sex")
    for dtype in (pl.Categorical(), pl.Enum(["Male", "Female"])):
        cast = frame.with_columns(pl.col("sex").cast(dtype), pl.col("ea").cast(pl.String).cast(pl.Categorical()))
        found = pv.prevalence(pv.Survey(cast, DESIGN), "y", by="sex")
        np.testing.assert_allclose(found.numbers.se, expected.numbers.se, rtol=ENGINE)


def test_ratio_of_negative_means_has_the_error_of_its_mirror() -> None:
    data = rows().assign(loss=lambda d: -d["hours"])
    gain, loss = (
        pv.mean(pv.Survey(data, DESIGN), name, by="sex").relative("sex", "Female", "Male") for name in ("hours", "loss")
    )
    np.testing.assert_allclose(loss.numbers.se, gain.numbers.se, rtol=ENGINE)


def test_denominator_of_zero_is_not_called_an_empty_domain() -> None:
    table = pv.ratio(pv.Survey(rows().assign(zero=0.0), DESIGN), "hours", "zero")
    assert table.numbers.n[0] > 0
    assert table.flags[0] == "not estimable: nothing to divide by"


def test_infinite_outcome() -> None:
    with pytest.raises(ColumnError, match="column 'hours' must hold finite numbers; 1 row"):
        pv.mean(pv.Survey(rows().assign(hours=lambda d: d["hours"].where(d.index > 0, np.inf)), DESIGN), "hours")
