"""Sample sizes against the worked numbers of the planning chapters, R's closed forms and R's binomial functions."""

import math
from typing import Any

import pytest

from prevalence.errors import OptionError
from prevalence.plan import (
    bound_size,
    change_size,
    children_per_household,
    design_effect,
    detectable_change,
    households,
    households_one_child,
    inverse_sampling,
    rare_size,
    sample_size,
    weighting_effect,
)

CLOSED_FORM = 1e-12
"""The same closed form in R and here: rounding alone."""
ROOT = 1e-9
"""R's uniroot stops at 1e-14 of the interval; the rate of change of the equation costs some digits."""
SUMMED = 1e-9
"""Sums over a distribution, cut at different places."""

Records = dict[str, list[dict[str, Any]]]


def test_one_rate_agrees_with_the_closed_forms_of_ss4p(from_r: Records) -> None:
    for record in from_r["one_rate"]:
        common = {name: record[name] for name in ("deff", "population", "level")}
        for criterion, key in (
            ({"cv": 0.05}, "cv_5"),
            ({"margin": 0.02}, "margin_2"),
            ({"relative_margin": 0.12}, "relative_margin_12"),
        ):
            found = sample_size(record["rate"], **criterion, **common)
            assert found.exact == pytest.approx(record[key], rel=CLOSED_FORM)
            assert found.n == math.ceil(record[key] * (1 - CLOSED_FORM))


# Published or worked numbers: sections 6.1 to 6.3 of the methods note on planning.
def test_worked_numbers_of_one_rate() -> None:
    common = {"deff": 2, "population": 100_000}
    found = [sample_size(0.2, **goal, **common).n for goal in ({"cv": 0.05}, {"margin": 0.03}, {"relative_margin": 0.12})]
    assert found == [3_101, 1_348, 2_090]


@pytest.mark.parametrize(
    ("rate", "margin", "all_children", "one_child"),
    [
        (0.05, 0.12, 5_553, 17_971),
        (0.05, 0.20, 1_999, 6_470),
        (0.10, 0.12, 2_630, 8_513),
        (0.10, 0.20, 947, 3_065),
        (0.20, 0.12, 1_169, 3_783),
        (0.20, 0.20, 421, 1_362),
    ],
)
def test_mics_template(rate: float, margin: float, all_children: int, one_child: int) -> None:
    everybody = households(rate, share=0.33, household_size=4.8, deff=1.5, response=0.9, relative_margin=margin)
    one = households_one_child(rate, with_child=0.62, deff=1.9, response=0.9, relative_margin=margin)
    # The template rounds to the nearest.
    assert (round(everybody.exact), round(one.exact)) == (all_children, one_child)
    assert everybody.n == math.ceil(everybody.exact)


def test_un_handbook_form() -> None:
    assert round(households(0.1, share=0.33, household_size=4.8, form="un").exact) == 4_802


def test_end_decade_form_has_its_own_allowance_for_non_response() -> None:
    # 4 r (1 - r) deff 1.1 / ((0.12 r)^2 p size), by hand for r = 0.25.
    expected = 4 * 0.25 * 0.75 * 1.75 * 1.1 / (0.0009 * 0.15 * 6)
    assert households(0.25, share=0.15, household_size=6, deff=1.75, form="mics-end-decade").exact == pytest.approx(
        expected, rel=CLOSED_FORM
    )


def test_worked_numbers_of_differences() -> None:
    common = {"deff": 2, "population": 100_000}
    assert change_size([0.20, 0.16], sides=1, **common).n == 2_225
    assert change_size([0.20, 0.16], sides=1, overlap=0.5, correlation=0.5, **common).n == 1_678
    assert change_size([0.20, 0.16], **common).n == 2_808
    double = change_size([0.20, 0.16, 0.20, 0.20], sides=1, **common)
    assert (double.n, double.in_all, round(double.change, 12)) == (4_533, 4 * 4_533, 0.04)


def test_differences_agree_with_the_closed_forms_of_ss4dph(from_r: Records) -> None:
    for record in from_r["differences"]:
        options = {name: record[name] for name in ("overlap", "correlation", "sides", "power")}
        found = change_size([record["first"], record["second"]], deff=2, population=100_000, **options)
        assert found.exact == pytest.approx(record["exact"], rel=CLOSED_FORM)


def test_margin_of_a_difference_is_the_interval_form() -> None:
    # n0 = z^2 S^2 / e^2 without a test: twice the size of one rate with the same margin.
    single = sample_size(0.3, margin=0.02).exact
    assert change_size([0.3, 0.3], margin=0.02).exact == pytest.approx(2 * single, rel=CLOSED_FORM)


@pytest.mark.parametrize(
    ("n", "alone", "overlapping"), [(2_000, 0.0529, 0.0462), (5_000, 0.0342, 0.0298), (10_000, 0.0245, 0.0213)]
)
def test_worked_numbers_of_detectable_changes(n: int, alone: float, overlapping: float) -> None:
    assert round(detectable_change(0.20, n, deff=2.5).change, 4) == alone
    assert round(detectable_change(0.20, n, deff=2.5, overlap=0.5, correlation=0.5).change, 4) == overlapping


def test_detectable_change_agrees_with_uniroot(from_r: Records) -> None:
    for record in from_r["detectable"]:
        found = detectable_change(
            record["rate"],
            record["n"],
            next_n=record["next_n"],
            deff=2,
            overlap=record["overlap"],
            correlation=record["correlation"],
        )
        assert found.change == pytest.approx(record["change"], rel=ROOT)


def test_detectable_change_and_change_size_invert_each_other() -> None:
    found = detectable_change(0.2, 5_000, deff=2.5)
    size = change_size([found.rate, found.next_rate], deff=2.5)
    assert size.exact == pytest.approx(5_000, rel=ROOT)


def test_children_in_households_by_hand() -> None:
    # Of ten homes four have no child, three one, two two, one three: ten children.
    found = children_per_household([4, 3, 2, 1])
    assert found.with_child == pytest.approx(0.6)
    assert found.mean == pytest.approx(1.0)
    # Others at home: 3 x 0, 4 x 1, 3 x 2 over ten children.
    assert found.siblings == pytest.approx(1.0)
    # Weights of the child drawn in each of six homes are 1, 1, 1, 2, 2, 3.
    assert found.deff_weighting == pytest.approx(weighting_effect([1, 1, 1, 2, 2, 3]), rel=CLOSED_FORM)
    assert found.deff_weighting == pytest.approx(6 * 20 / 100, rel=CLOSED_FORM)


def test_design_effect_is_the_product_or_gablers_form() -> None:
    product = design_effect(icc=0.1, per_cluster=21, weighting=1.5)
    assert product.total == pytest.approx(1.5 * (1 + 20 * 0.1), rel=CLOSED_FORM)
    within = design_effect(icc=0.1, per_cluster=21, weighting=1.5, weights_vary="within")
    assert within.total == pytest.approx(1.5 + 20 * 0.1, rel=CLOSED_FORM)
    homes = design_effect(icc=0.1, per_cluster=21, household_icc=0.3, per_household=3)
    assert homes.total == pytest.approx(1 + 20 * 0.1 + 2 * 0.3, rel=CLOSED_FORM)


def test_at_least_some_cases_agrees_with_pbinom(from_r: Records) -> None:
    for record in from_r["at_least"]:
        assert rare_size(record["rate"], cases=record["cases"], probability=record["probability"]).n == record["n"]


def test_exact_interval_agrees_with_binom_test(from_r: Records) -> None:
    for record in from_r["exact_interval"]:
        # The size is the smallest whose expected half width is not above that of R at n.
        wide = rare_size(record["rate"], margin=record["half_width"] * (1 + SUMMED))
        narrow = rare_size(record["rate"], margin=record["half_width"] * (1 - SUMMED))
        assert (wide.n, narrow.n) == (record["n"], record["n"] + 1)


def test_no_case_and_the_rule_of_three() -> None:
    # (1 - bound)^n = 0.05.
    assert bound_size(0.01).n == math.ceil(math.log(0.05) / math.log(0.99))
    assert bound_size(0.001, deff=2).n == 2 * math.ceil(math.log(0.05) / math.log(0.999))


def test_inverse_sampling_agrees_with_dnbinom(from_r: Records) -> None:
    for record in from_r["inverse"]:
        found = inverse_sampling(record["rate"], cases=record["cases"])
        # Haldane's estimate is unbiased, so that its coefficient of variation is sd / rate.
        assert record["mean"] == pytest.approx(record["rate"], rel=SUMMED)
        assert found.cv == pytest.approx(record["sd"] / record["rate"], rel=SUMMED)
        assert found.n_for_certainty == record["n_90"]
        assert found.expected_n == pytest.approx(record["cases"] / record["rate"])


def test_inverse_sampling_by_precision_takes_the_fewest_cases() -> None:
    found = inverse_sampling(0.01, cv=0.2)
    assert found.cv <= 0.2 < inverse_sampling(0.01, cases=found.cases - 1).cv


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sample_size(20, cv=0.05), "Write 12 % as 0.12"),
        (lambda: sample_size(0.0, cv=0.05), "rate must be above 0"),
        (lambda: sample_size(0.2), "exactly one of 'cv', 'margin', 'relative_margin'; found none"),
        (lambda: sample_size(0.2, cv=0.1, margin=0.1), "found 'cv', 'margin'"),
        (lambda: sample_size(0.2, cv=0.1, deff=0), "deff must be a number above 0"),
        (lambda: sample_size(0.2, margin=math.nan), "margin must be a number above 0"),
        (lambda: change_size([0.2]), "two, or four"),
        (lambda: change_size([0.2, 0.2]), "Give rates that differ"),
        (lambda: change_size([0.2, 0.1], sides=3), "sides must be 2 or 1"),
        (lambda: detectable_change(0.02, 200, deff=3), "No decrease of a rate of 0.02 can be shown"),
        (lambda: households(0.1, share=0.3, household_size=5, form="mics7"), "Did you mean 'mics'"),
        (lambda: children_per_household([1.0]), "some with a child"),
        (lambda: design_effect(icc=-0.5, per_cluster=20), "leave no variance"),
        (lambda: rare_size(0.01), "found none"),
        (lambda: rare_size(1e-9, cases=1), "More than 50,000,000 people"),
        (lambda: inverse_sampling(0.01, cases=2), "cases must be a number of at least 3"),
        (lambda: weighting_effect([1.0, -1.0]), "zero or more"),
    ],
)
def test_bad_input_says_what_to_do(call: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        call()


def test_results_print_and_become_frames() -> None:
    found = sample_size(0.20, cv=0.05)
    assert repr(found).startswith("SampleSize: n 1,600; approached 1,600")
    assert found.to_pandas().loc[0, "n"] == found.n == 1_600
    assert '<th scope="row">n</th><td>1,600</td>' in found._repr_html_()
