"""How the answers of one survey hang together: margins and their cells, parts and wholes, one verb and another."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv

from .asked import NUMBERS, ROUNDING, STANDARD, assert_close, assert_same
from .designs import changed, declared, surveys

SOME = settings(max_examples=20)


@SOME
@given(surveys())
def test_margin_is_the_weighted_mixture_of_its_cells(survey: pv.Survey) -> None:
    complete = changed(survey, region=survey.data["region"].fillna("N"))
    for table in (pv.prevalence(complete, "y", by="region", margins=True), pv.mean(complete, "z", by="region", margins=True)):
        found = table.numbers
        cells = np.nan_to_num(found.estimate[:-1])
        assert_close((cells * found.population[:-1]).sum() / found.population[:-1].sum(), found.estimate[-1])
        for counts in (found.n, found.missing, found.population):
            assert_close(counts[:-1].sum(), counts[-1])


@SOME
@given(surveys())
def test_totals_of_a_partition_add_up_with_their_error(survey: pv.Survey) -> None:
    """The sum of the parts is the total of the whole, and so is its variance, covariances included."""
    complete = changed(survey, z=survey.data["z"].fillna(0))
    plain = declared(complete, lonely_domains=False, lonely_psu="certainty")
    parts = pv.total(plain, "z", by="sex").contrast([1.0, 1.0]).numbers
    whole = pv.total(plain, "z").numbers
    assert_close(parts.estimate, whole.estimate)
    assert_close(parts.se, whole.se, scale=whole.estimate[0])


@SOME
@given(surveys())
def test_mean_of_an_indicator_is_its_prevalence(survey: pv.Survey) -> None:
    names = ("estimate", "se", "df", "n", "missing", "n_psu", "population")
    prevalence = pv.prevalence(survey, "y", by="region", margins=True)
    assert_same(pv.mean(survey, "y", by="region", margins=True), prevalence, *names)
    assert_same(pv.ratio(survey, "y", "module", by="region", margins=True), prevalence, *names)


@SOME
@given(surveys(), st.sampled_from(["Female", "Male"]))
def test_a_restricted_denominator_is_a_domain(survey: pv.Survey, sex: str) -> None:
    """Prevalence among women is the row of women, and never a subset of the rows."""
    restricted = changed(survey, chosen=(survey.data["sex"] == sex).astype(int))
    alone = pv.prevalence(restricted, "y", among="chosen")
    assert_same(pv.prevalence(survey, "y", by="sex").select(sex=sex), alone, *NUMBERS)
    level = pv.mean(survey, "z", by=["region", "sex"], margins="region").select(sex=sex)
    assert_same(level, pv.mean(restricted, "z", by="region", among="chosen", margins=True))


@SOME
@given(surveys())
def test_a_member_of_a_family_is_a_flag(survey: pv.Survey) -> None:
    table = pv.prevalence(survey, "y", by="chain", margins=True)
    for chain in ("cocoa", "coffee"):
        flagged = changed(survey, flag=survey.data[chain].astype(float))
        assert_same(table.select(chain=chain), pv.prevalence(flagged, "y", among="flag"), *NUMBERS)
    assert_same(table.select(chain="All"), pv.prevalence(survey, "y"))


@SOME
@given(surveys())
def test_shares_of_a_distribution_add_up_to_one(survey: pv.Survey) -> None:
    table = pv.distribution(survey, "status", by="region", margins=True)
    shares = table.numbers.estimate.reshape(5, -1)
    there = table.numbers.n.reshape(5, -1)[:, 0] > 0
    assert_close(shares[there].sum(axis=1), np.ones(there.sum()))
    assert np.isnan(shares[~there]).all()


@SOME
@given(surveys())
def test_a_share_of_a_distribution_is_the_prevalence_of_its_level(survey: pv.Survey) -> None:
    table = pv.distribution(survey, "status", by="region", margins=True)
    known = survey.data["status"].notna()
    for level in ("employee", "family", "own"):
        flagged = changed(survey, flag=(survey.data["status"] == level).astype(float).where(known))
        if not (survey.data["status"] == level).any():
            continue
        one, other = table.select(status=level), pv.prevalence(flagged, "flag", by="region", margins=True)
        assert_same(one, other, "estimate", "se", "deff", "df", "n", "cases", "missing", "population")


@SOME
@given(surveys())
def test_complement_has_the_same_error_and_the_mirrored_interval(survey: pv.Survey) -> None:
    table = pv.prevalence(survey, "y", by=["region", "sex"], margins=True)
    mirror = pv.prevalence(changed(survey, y=1 - survey.data["y"]), "y", by=["region", "sex"], margins=True)
    assert_close(table.numbers.estimate, 1 - mirror.numbers.estimate)
    assert_same(table, mirror, "se", "df", "n", "deff")
    for method in ("logit", "korn-graubard", "beta", "wilson", "asin", "likelihood"):
        one, other = table.ci(method=method).limits, mirror.ci(method=method).limits
        assert_close(one.low, 1 - other.high, method)
        assert_close(one.high, 1 - other.low, method)


@SOME
@given(surveys(), st.floats(-50, 50), st.floats(-20, 20).filter(lambda factor: abs(factor) > 1e-3))
def test_a_mean_follows_its_variable(survey: pv.Survey, shift: float, factor: float) -> None:
    moved = changed(survey, z=shift + factor * survey.data["z"])
    one, other = (pv.mean(data, "z", by="region", margins=True).numbers for data in (survey, moved))
    assert_close(other.estimate, shift + factor * one.estimate, scale=100)
    assert_close(other.se, abs(factor) * one.se, scale=100)


@SOME
@given(surveys())
def test_standardised_to_itself_is_the_crude_rate(survey: pv.Survey) -> None:
    """With the composition of the sample as the standard, and its rates, the mean of the rates is the rate."""
    by_age = pv.prevalence(survey, "y", by="age").numbers
    crude = pv.prevalence(survey, "y").numbers.estimate
    if not (by_age.population > 0).all():
        return
    own = dict(zip(["12-17", "5-11"], by_age.population.tolist(), strict=True))
    assert_close(pv.standardised(survey, "y", standard={"age": own}).numbers.estimate, crude)


@SOME
@given(surveys())
def test_standardised_is_a_contrast_of_its_rates(survey: pv.Survey) -> None:
    rates = pv.prevalence(survey, "y", by="age")
    part = STANDARD["age"]["12-17"] / sum(STANDARD["age"].values())
    one = pv.standardised(survey, "y", standard=STANDARD)
    assert_same(one, rates.contrast([part, 1 - part]), "estimate", "se", "df")


@SOME
@given(surveys())
def test_equal_imputations_are_one_table(survey: pv.Survey) -> None:
    """Without variance between the imputations the rest is Barnard and Rubin's (nu + 1)/(nu + 3) nu."""
    table = pv.prevalence(survey, "v", by="region", margins=True)
    same = pv.combine_imputations([table, table, table], indicator="v")
    assert_same(same, table, "estimate", "se", "deff", "n", "cases", "missing", "n_psu", "population")
    nu = table.numbers.df
    assert_close(same.numbers.df, (nu + 1) / (nu + 3) * nu)


@SOME
@given(surveys())
def test_imputations_in_any_order_never_take_variance_away(survey: pv.Survey) -> None:
    filled = [f"filled_{number}" for number in (1, 2, 3)]
    tables = [pv.prevalence(survey, name, by="region", margins=True) for name in filled]
    one, other = (pv.combine_imputations(order, indicator="y") for order in (tables, tables[::-1]))
    assert_same(one, other)
    within = np.mean([table.numbers.se**2 for table in tables], axis=0)
    known = ~np.isnan(within)
    assert (one.numbers.se[known] ** 2 >= within[known] - ROUNDING).all()
