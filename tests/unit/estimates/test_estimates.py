"""Results are compared, cut, written and read without losing where they come from."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError, OutputError
from prevalence.estimates import stack
from prevalence.provenance import Definition, Provenance
from prevalence.survey import Family

ROUNDING = 1e-12
"""Same quantity by another route."""

TWELVE_DIGITS = 1e-11
"""Numbers are written to 12 significant digits."""


def survey(*, comparable: bool = True) -> pv.Survey:
    rng = np.random.default_rng(5)
    ea = np.repeat(np.arange(24), 15)
    rows = pd.DataFrame(
        {
            "w": rng.uniform(1, 3, 360),
            "stratum": ea // 4,
            "ea": ea,
            "sex": np.where(rng.random(360) < 0.5, "Female", "Male"),
            "area": np.where(ea % 2 == 0, "Urban", "Rural"),
            "y": (rng.random(360) < 0.25).astype(float),
            "cocoa": rng.random(360) < 0.4,
        }
    )
    definition = Definition(
        indicator="y", name="sdg-8.7.1", version="2019-03", title="Hours <b>at</b> work", source="UNSD", status="verified"
    )
    family = Family(
        name="chain", members={"cocoa": "cocoa"}, exposure="own", denominator="those who work in it", comparable=comparable
    )
    return pv.Survey(
        rows,
        pv.Design(weight="w", stratum="stratum", psu="ea"),
        provenance=Provenance(definitions={"y": definition}),
        families={"chain": family},
    )


TABLE = pv.prevalence(survey(), "y", by=["area", "sex"], margins=True)


def test_difference_is_a_contrast_with_covariance() -> None:
    gap = TABLE.difference("sex", "Female", "Male")
    frame = gap.to_pandas()
    assert frame["sex"].unique().tolist() == ["Female - Male"]
    assert frame["area"].tolist() == ["Rural", "Urban", "All"]
    assert frame[["cases", "deff", "population"]].isna().all(axis=None)
    covariance = TABLE.covariance()
    expected = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert gap.numbers.se[0] == pytest.approx(expected, rel=ROUNDING)
    assert gap.numbers.n[0] == TABLE.numbers.n[:2].min()


def test_counts_of_a_comparison_are_those_of_its_thinner_side() -> None:
    """Of 8 girls one did not answer, of 4 boys two."""
    rows = pd.DataFrame({"ea": np.arange(12) % 6, "w": 1.0, "sex": ["Female"] * 8 + ["Male"] * 4})
    rows["y"] = [np.nan, 1, 0, 0, 1, 0, 0, 1, np.nan, np.nan, 1, 0]
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y", by="sex")
    for gap in (table.difference("sex", "Female", "Male"), table.relative("sex", "Male", "Female")):
        assert (gap.numbers.n[0], gap.numbers.missing[0]) == (2, 2)


def test_difference_changes_sign_when_its_levels_swap() -> None:
    one, other = TABLE.difference("sex", "Female", "Male"), TABLE.difference("sex", "Male", "Female")
    np.testing.assert_array_equal(one.numbers.estimate, -other.numbers.estimate)
    np.testing.assert_allclose(one.numbers.se, other.numbers.se, rtol=ROUNDING)


def test_difference_of_differences() -> None:
    twice = TABLE.difference("sex", "Female", "Male").difference("area", "Rural", "Urban")
    by_hand = TABLE.contrast([[1, -1, 0, -1, 1, 0, 0, 0, 0]])
    np.testing.assert_allclose(twice.numbers.estimate, by_hand.numbers.estimate, rtol=ROUNDING)
    np.testing.assert_allclose(twice.numbers.se, by_hand.numbers.se, rtol=ROUNDING)


def test_excess_is_each_level_minus_all() -> None:
    excess = TABLE.excess("area")
    frame = excess.to_pandas()
    assert frame["area"].tolist() == ["Rural - All"] * 3 + ["Urban - All"] * 3
    one = TABLE.difference("area", "Rural", "All")
    np.testing.assert_allclose(excess.numbers.se[:3], one.numbers.se, rtol=ROUNDING)


def test_excess_needs_the_margin_and_a_comparable_dimension() -> None:
    with pytest.raises(OptionError, match="margins=True"):
        pv.prevalence(survey(), "y", by="sex").excess("sex")
    table = pv.prevalence(survey(comparable=False), "y", by="chain", margins=True)
    with pytest.raises(OptionError, match="no excess by 'chain' with exposure 'own'"):
        table.excess("chain")


def test_relative_on_the_log_scale() -> None:
    ratio = TABLE.relative("sex", "Female", "Male").select(area="All")
    a, b = TABLE.select(area="All", sex="Female").numbers.estimate[0], TABLE.select(area="All", sex="Male").numbers.estimate[0]
    assert ratio.numbers.estimate[0] == pytest.approx(a / b, rel=ROUNDING)
    limits = ratio.limits
    assert limits.low[0] * limits.high[0] == pytest.approx((a / b) ** 2)
    with pytest.raises(OptionError, match="of ratios is not defined"):
        ratio.difference("area", "Rural", "Urban")


def test_joint_test_of_one_contrast_is_the_square_of_t() -> None:
    gap = TABLE.select(area="All").difference("sex", "Female", "Male")
    found = gap.test()
    assert found.f == pytest.approx((gap.numbers.estimate[0] / gap.numbers.se[0]) ** 2)
    assert (found.rank, found.df) == (1, gap.numbers.df[0])


def test_select_and_its_errors() -> None:
    assert len(TABLE.select(sex=["Female", "All"], area="Rural")) == 2
    with pytest.raises(OptionError, match=r"'sex' has no level 'female'.*Did you mean 'Female'\?"):
        TABLE.select(sex="female")
    with pytest.raises(OptionError, match=r"no dimension 'sexe'.*Did you mean 'sex'"):
        TABLE.difference("sexe", "Female", "Male")


def test_interval_options() -> None:
    wide = TABLE.ci(0.99, method="wald")
    assert (wide.limits.low < TABLE.ci(0.95, method="wald").limits.low).all()
    with pytest.raises(OptionError, match="Did you mean 'logit'"):
        TABLE.ci(method="logitt")
    with pytest.raises(OptionError, match="between 0 and 1"):
        TABLE.ci(95)


def test_limits_of_totals_and_means_on_the_log_scale() -> None:
    for table in (pv.total(survey(), "y", by="area"), pv.mean(survey(), "w", by="sex"), pv.ratio(survey(), "y", "w")):
        plain, log = table.ci(method="wald").limits, table.ci(method="log").limits
        t = (plain.high - table.numbers.estimate) / table.numbers.se
        np.testing.assert_allclose(np.log(log.high / table.numbers.estimate), t * table.numbers.se / table.numbers.estimate)
        np.testing.assert_allclose(log.low * log.high, table.numbers.estimate**2)
        assert (log.low > 0).all()
        assert (log.high > plain.high).all()


def test_no_logarithm_of_comparisons_of_negative_numbers_or_of_zero() -> None:
    rows = pd.DataFrame({"ea": range(8), "w": 1.0, "change": range(-6, 2), "same": 0.5})
    totals = pv.total(pv.Survey(rows, pv.Design(weight="w", psu="ea")), ["change", "same"])
    with pytest.raises(OptionError, match="found 1 below 0, such as -20"):
        totals.ci(method="log")
    alone = totals.select(indicator="same").ci(method="log")
    assert np.isnan([alone.limits.low, alone.limits.high]).all()
    assert alone.flags == ("interval not estimable: no variation between sampling units; fewer than 25 observations",)
    gap = pv.mean(survey(), "w", by="sex").difference("sex", "Female", "Male")
    with pytest.raises(OptionError, match="found 'difference'"):
        gap.ci(method="log")
    with pytest.raises(OptionError, match="method"):
        gap.ci(method="logit")


def test_contrast_shapes() -> None:
    with pytest.raises(OptionError, match=r"shape \(contrasts, 9\)"):
        TABLE.contrast([[1, -1]])


def test_html_escapes_text_and_carries_the_definition() -> None:
    html = TABLE._repr_html_()
    assert "sdg-8.7.1, version 2019-03 (verified)" in html
    assert "&lt;b&gt;at&lt;/b&gt;" in html
    assert "<b>at" not in html


def test_csv_and_json_say_the_same_and_carry_provenance(tmp_path: Path) -> None:
    frame = pd.read_csv(TABLE.to_csv(tmp_path / "t.csv"))
    document = json.loads(TABLE.to_json(tmp_path / "t.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(frame["estimate"], TABLE.numbers.estimate, rtol=TWELVE_DIGITS)
    assert [row["estimate"] for row in document["estimates"]] == frame["estimate"].tolist()
    assert document["provenance"]["definitions"]["y"]["name"] == "sdg-8.7.1"
    assert document["design"]["weight"] == "w"
    assert document["interval"] == {"method": "korn-graubard", "level": 0.95}
    assert set(document["software"]) >= {"python", "numpy", "prevalence"}


def test_unwritable_folder_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        TABLE.to_csv(tmp_path / "absent" / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_contrast_with_a_rate_of_zero_warns() -> None:
    rows = survey().data.assign(y=lambda d: d["y"].where(d["sex"] == "Male", 0.0))
    table = pv.prevalence(pv.Survey(rows, survey().design), "y", by="sex")
    gap = table.difference("sex", "Male", "Female")
    assert "standard error too small" in gap.flags[0]
    zero = table.relative("sex", "Female", "Male")
    assert zero.numbers.estimate.tolist() == [0]
    assert "a ratio of zero has no logarithm" in zero.flags[0]


def test_own_chain_may_not_be_set_against_all_by_any_route() -> None:
    table = pv.prevalence(survey(comparable=False), "y", by="chain", margins=True)
    for compare in (table.difference, table.relative):
        with pytest.raises(OptionError, match="no excess by 'chain'"):
            compare("chain", "cocoa", "All")


def test_a_row_without_error_cannot_be_tested() -> None:
    rows = survey().data.assign(y=lambda d: d["y"].where(d["area"] == "Urban", 1.0))
    gap = pv.prevalence(pv.Survey(rows, survey().design), "y", by=["area", "sex"]).difference("sex", "Female", "Male")
    with pytest.raises(OptionError, match="1 of 2 rows have none"):
        gap.test()


def test_constant_has_no_interval_and_says_so() -> None:
    rows = survey().data.assign(hours=0.1)
    table = pv.mean(pv.Survey(rows, survey().design), "hours")
    assert table.numbers.se.tolist() == [0]
    assert np.isnan(table.limits.low).all()
    assert table.flags == ("interval not estimable: no variation between sampling units",)


def test_a_census_has_no_sampling_error() -> None:
    rows = survey().data.assign(fraction=lambda d: np.where(d["stratum"] == 0, 1.0, 0.2))
    design = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="fraction")
    table = pv.prevalence(pv.Survey(rows, design), "y", by="stratum").select(stratum=0)
    assert table.numbers.se.tolist() == [0]
    assert table.limits.low.tolist() == table.limits.high.tolist() == table.numbers.estimate.tolist()
    assert table.flags == ("every unit was sampled: no sampling error",)


def test_coefficients_of_variation_have_no_sign() -> None:
    gaps = TABLE.difference("sex", "Female", "Male")
    assert (gaps.numbers.estimate < 0).any()
    np.testing.assert_allclose(gaps.to_pandas()["cv"], gaps.numbers.se / np.abs(gaps.numbers.estimate))


def test_chosen_rows_keep_their_own_caveats() -> None:
    rows = survey().data.assign(y=lambda d: d["y"].where((d["sex"] == "Male") | (d["area"] == "Urban"), 0.0))
    gaps = pv.prevalence(pv.Survey(rows, survey().design), "y", by=["area", "sex"]).difference("sex", "Female", "Male")
    assert ["too small" in gaps.select(area=area).flags[0] for area in ("Rural", "Urban")] == [True, False]


def test_html_of_a_difference_of_indicators_names_both_definitions() -> None:
    rows = survey().data.assign(z=lambda d: 1 - d["y"])
    known = survey().provenance.definitions["y"]
    provenance = Provenance(definitions={"y": known, "z": replace(known, indicator="z", name="other-rule")})
    table = pv.prevalence(pv.Survey(rows, survey().design, provenance=provenance), ["y", "z"])
    html = table.difference("indicator", "y", "z")._repr_html_()
    assert "sdg-8.7.1" in html
    assert "other-rule" in html
    assert "percentage points" in html


def test_warning_of_a_rate_of_zero_outlives_a_second_comparison() -> None:
    rows = survey().data.assign(y=lambda d: d["y"].where((d["sex"] == "Male") | (d["area"] == "Urban"), 0.0))
    table = pv.prevalence(pv.Survey(rows, survey().design), "y", by=["area", "sex"])
    gaps = table.difference("sex", "Female", "Male")
    assert ["too small" in flag for flag in gaps.flags] == [True, False]
    assert "too small" in gaps.difference("area", "Rural", "Urban").flags[0]


def test_a_census_rate_of_zero_is_no_reason_to_warn() -> None:
    rows = survey().data.assign(f=1.0, y=lambda d: d["y"].where(d["sex"] == "Male", 0.0))
    design = pv.Design(weight="w", stratum="stratum", psu="ea", fpc="f")
    gap = pv.prevalence(pv.Survey(rows, design), "y", by="sex").difference("sex", "Female", "Male")
    assert gap.flags == ("every unit was sampled: no sampling error",)


def test_no_row_is_lost_by_many_dimensions() -> None:
    """The levels of 23 dimensions of seven and a margin have 2 to the power of 69 combinations."""
    rng = np.random.default_rng(2)
    names = [f"d{number}" for number in range(23)]
    rows = pd.DataFrame(rng.integers(0, 7, (300, 23)), columns=names).assign(
        w=1.0, ea=np.arange(300) // 5, y=rng.integers(0, 2, 300)
    )
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y", by=[[name] for name in names], margins=True)
    assert len(table) == 7 * 23 + 1
    assert len(table.excess("d0")) == 7
    expected = rows.loc[rows["d0"] == 3, "y"].mean() - rows["y"].mean()
    assert table.excess("d0").numbers.estimate[3] == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: TABLE.difference("sex", "Male", "Male"), "two levels of 'sex'; 'Male' and 'Male' are the same one"),
        (lambda: TABLE.select(sex="All").excess("sex"), "needs levels of 'sex' and their margin"),
        (lambda: TABLE.select(sex=["Female", "Male"]).excess("sex"), "needs levels of 'sex' and their margin"),
        (lambda: pv.prevalence(survey(), "y", by=[["sex"], ["area"]]).excess("sex"), "needs levels of 'sex' and their margin"),
        (lambda: TABLE.select(sex="Male").select(sex="Female").test(), "this table has none"),
        (lambda: TABLE.contrast([[np.nan] + [0.0] * 8]), "finite coefficients; found 1"),
        (lambda: stack([]), "a table or more"),
        (lambda: stack([TABLE.select(sex="Male").ci(level=0.9), TABLE.select(sex="Female")]), "one kind of interval"),
        (lambda: stack([TABLE.select(sex="Male").design_effect("mics"), TABLE.select(sex="Female")]), "deff mics"),
    ],
)
def test_questions_without_an_answer(asked: Callable[[], object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        asked()


def test_stacked_design_effects_keep_their_reference() -> None:
    other = TABLE.design_effect("without-replacement")
    whole = stack([other.select(sex="Female"), other.select(sex="Male")])
    np.testing.assert_allclose(
        whole.design_effect("with-replacement").numbers.deff, TABLE.select(sex=["Female", "Male"]).numbers.deff[[0, 2, 4, 1, 3, 5]],
        rtol=ROUNDING,
    )  # fmt: skip
