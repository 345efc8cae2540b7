"""Designs that are the same design said in another way, or that have no error at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.design import Design, Replicates, Stage, TwoPhase

from .asked import ANSWERS, BY_REGION, ask, assert_close, assert_same, assert_same_tests, associated
from .designs import LONELY, SEEDS, declared, people, survey_of, surveys

SOME = settings(max_examples=16)
NAMES = st.sampled_from(sorted(ANSWERS))
FPC = st.sampled_from([None, "fraction1", "count1"])
PLAIN = Design(weight="w", stratum="stratum", psu="ea")
SIMPLE = replace(PLAIN, df_rule="occupied")
"""Counts units, where variances are made in different ways: rules that look at the variance itself are not the same for all of them."""


WHOLE = replace(SIMPLE, fpc="all")
CENSUSES = (
    WHOLE,
    replace(WHOLE, replicates=Replicates(method="JKn")),
    replace(WHOLE, later_stages=(Stage(unit="hh", fpc="all"), Stage(unit="person", fpc="all"))),
    replace(WHOLE, two_phase=TwoPhase(subset="module")),
    replace(WHOLE, selection="brewer"),
    replace(WHOLE, selection="successive-differences", order="position"),
)

ENDLESS = 1e24
"""Units in the population of a stratum: what the sampling fraction leaves to standard errors, its root, is below `asked.ROUNDING`."""
COUNTED = replace(SIMPLE, df_rule="occupied")
"""Degrees of freedom of replicates, two phases and forms of selection count units."""


@SOME
@given(SEEDS, FPC, st.sampled_from(["y", "z", "w"]))
def test_jackknife_of_a_total_is_linearisation(seed: int, fpc: str | None, variable: str) -> None:
    """Exactly, for totals of one-stage designs, sampling fractions included (Wolter 2007, section 4.5)."""
    survey = survey_of(people(seed), replace(COUNTED, fpc=fpc))
    taylor = pv.total(survey, variable, by="region", margins=True)
    for mse in (False, True):
        jackknife = pv.total(declared(survey, replicates=Replicates(method="JKn", mse=mse)), variable, by="region", margins=True)
        assert_same(jackknife, taylor, scale=taylor.numbers.population[-1])


@SOME
@given(SEEDS)
def test_jackknife_of_a_total_by_hand(seed: int) -> None:
    rows = people(seed).assign(y=lambda frame: frame["y"].fillna(0))
    of_unit = rows.assign(wy=rows["w"] * rows["y"]).groupby(["stratum", "ea"])["wy"].sum()
    variance = 0.0
    for _, totals in of_unit.groupby(level="stratum"):
        count = len(totals)
        replicates = np.array([(totals.sum() - one) * count / (count - 1) for one in totals])
        variance += (count - 1) / count * ((replicates - totals.sum()) ** 2).sum()
    assert_close(pv.total(survey_of(rows, SIMPLE), "y").numbers.se[0], np.sqrt(variance))


@SOME
@given(SEEDS, FPC)
def test_balanced_halves_of_a_total_are_linearisation(seed: int, fpc: str | None) -> None:
    survey = survey_of(people(seed, most=2), replace(SIMPLE, fpc=fpc))
    taylor = pv.total(survey, "z", by="region", margins=True)
    for replicates in (
        Replicates(method="BRR"),
        Replicates(method="Fay", fay_rho=0.4),
        Replicates(method="Fay", fay_rho=0.4, mse=True),
    ):
        assert_same(pv.total(declared(survey, replicates=replicates), "z", by="region", margins=True), taylor, scale=1e3)


@settings(max_examples=5)
@given(SEEDS)
def test_bootstrap_of_a_total_comes_near_linearisation(seed: int) -> None:
    """In expectation it is the same: the error of a variance from 1,000 draws is about the root of 2 / 1,000."""
    survey = survey_of(people(seed), SIMPLE)
    drawn = declared(survey, replicates=Replicates(method="bootstrap", n=1000, seed=5))
    one, other = (pv.total(data, "z").numbers.se[0] ** 2 for data in (drawn, survey))
    assert abs(one / other - 1) < 5 * np.sqrt(2 / 1000)


@SOME
@given(SEEDS)
def test_jackknife_of_one_stratum_is_both_jackknives(seed: int) -> None:
    survey = survey_of(people(seed, strata=1, most=6), SIMPLE)
    one, other = (ask("ratio", declared(survey, replicates=Replicates(method=method))) for method in ("JK1", "JKn"))
    assert_same(one, other)


@SOME
@given(SEEDS, NAMES, st.booleans(), st.booleans())
def test_jackknife_made_and_jackknife_of_a_file(seed: int, name: str, mse: bool, combined: bool) -> None:
    """Delete a unit, give its weight to the others of its stratum: the columns a file would hold."""
    rows = people(seed)
    unit, stratum = rows["ea"].to_numpy(), rows["stratum"].to_numpy()
    size = rows.groupby("stratum")["ea"].nunique()
    columns, rscales = {}, []
    for number in range(unit.max() + 1):
        home = stratum[unit == number][0]
        kept = np.where(stratum == home, size[home] / (size[home] - 1), 1.0) * (unit != number)
        columns[f"rep_{number:03d}"] = kept * rows["w"] if combined else kept
        rscales.append((size[home] - 1) / size[home])
    of_file = Replicates(columns="rep_*", method="JKn", rscales=rscales, combined=combined, mse=mse, scale=1.0)
    made = survey_of(rows, replace(SIMPLE, replicates=Replicates(method="JKn", mse=mse)))
    given_ = survey_of(pd.concat([rows, pd.DataFrame(columns)], axis=1), replace(SIMPLE, replicates=of_file))
    assert_same(ask(name, given_), ask(name, made))
    assert_same_tests(associated(given_), associated(made))


@SOME
@given(SEEDS, NAMES)
def test_stages_below_one_without_correction_do_not_matter(seed: int, name: str) -> None:
    rows = people(seed)
    later = (Stage(unit="hh", stratum="hstratum", fpc="fraction2s"), Stage(unit="person", fpc="fraction3"))
    one = ask(name, survey_of(rows, SIMPLE))
    assert_same(one, ask(name, survey_of(rows, replace(SIMPLE, later_stages=later))))
    endless = survey_of(rows.assign(count1=ENDLESS, count2s=rows["count2s"] + 1), replace(SIMPLE, fpc="count1"))
    below = declared(endless, later_stages=(Stage(unit="hh", stratum="hstratum", fpc="count2s"), Stage(unit="person")))
    assert_same(one, ask(name, below))


@SOME
@given(SEEDS, NAMES)
def test_a_first_stage_taken_whole_is_a_stratum(seed: int, name: str) -> None:
    """Where all areas are in, households within areas are a one-stage sample whose strata are the areas."""
    rows = people(seed, largest=3)
    household = Stage(unit="hh", stratum="hstratum", fpc="fraction2s")
    nested = survey_of(rows.assign(all=1.0), replace(SIMPLE, fpc="all", later_stages=(household,)))
    flat = survey_of(rows, Design(weight="w", stratum=["ea", "hstratum"], psu="hh", fpc="fraction2s"))
    if name in ("quantile", "of quantiles"):  # t has the degrees of freedom of the first stage
        one, other = (pv.mean(survey, "z", by="region", margins=True) for survey in (nested, flat))
    else:
        one, other = ask(name, nested), ask(name, flat)
    assert_same(one, other, "estimate", "se", "n")
    rows_ = np.flatnonzero(np.isfinite(one.numbers.se))
    covariances = [table.take(rows_).covariance() for table in (one, other)]
    assert_close(*covariances, scale=float(np.abs(covariances[0]).max(initial=1.0)))


@SOME
@given(SEEDS, NAMES)
def test_later_stages_taken_whole_are_no_stages(seed: int, name: str) -> None:
    rows = people(seed).assign(all=1.0)
    whole = (Stage(unit="hh", fpc="all"), Stage(unit="person", fpc="all"))
    one = survey_of(rows, replace(SIMPLE, fpc="fraction1"))
    assert_same(ask(name, one), ask(name, declared(one, later_stages=whole)))


@SOME
@given(SEEDS, NAMES, st.sampled_from(CENSUSES))
def test_a_census_has_no_error(seed: int, name: str, design: Design) -> None:
    table = ask(name, survey_of(people(seed).assign(all=1.0), design))
    there = np.isfinite(table.numbers.estimate)
    if name == "imputed":  # the error of imputation is left, with m - 1 degrees of freedom
        assert set(table.numbers.df[table.numbers.se > 0]) <= {2.0}
        there &= table.numbers.se == 0
    assert (table.numbers.se[there] == 0).all()
    np.testing.assert_array_equal(table.limits.low[there], table.numbers.estimate[there])
    np.testing.assert_array_equal(table.limits.high[there], table.numbers.estimate[there])
    assert all("every unit was sampled: no sampling error" in table.flags[row] for row in np.flatnonzero(there))
    if name in BY_REGION:
        excess = table.excess("region").numbers
        assert name == "imputed" or (excess.se[np.isfinite(excess.estimate)] == 0).all()


@SOME
@given(SEEDS, NAMES, FPC, st.sampled_from([None, "hh", "ea"]))
def test_a_second_phase_that_takes_everybody_is_no_phase(seed: int, name: str, fpc: str | None, unit: str | None) -> None:
    one = survey_of(people(seed), replace(COUNTED, fpc=fpc))
    two = declared(one, two_phase=TwoPhase(subset="module", unit=unit))
    assert_same(ask(name, one), ask(name, two))


@SOME
@given(SEEDS, NAMES, FPC, st.sampled_from(["successive-differences", "collapsed-pairs"]))
def test_two_areas_a_stratum_have_one_difference(seed: int, name: str, fpc: str | None, selection: str) -> None:
    """In pairs, the square of the difference is twice the squares about the mean, whatever the order."""
    one = survey_of(people(seed, most=2), replace(COUNTED, fpc=fpc))
    assert_same(ask(name, one), ask(name, declared(one, selection=selection, order="position")))


@SOME
@given(SEEDS, NAMES, st.sampled_from(["brewer", "hartley-rao"]))
def test_equal_probabilities_are_a_random_sample(seed: int, name: str, selection: str) -> None:
    rows = people(seed)
    one = survey_of(rows, replace(COUNTED, fpc="fraction1"))
    assert_same(ask(name, one), ask(name, declared(one, selection=selection)))


@SOME
@given(SEEDS, NAMES)
def test_certainty_is_a_stratum_taken_whole(seed: int, name: str) -> None:
    """A lonely area that was certain to be drawn adds nothing, as one whose sampling fraction is 1."""
    rows = people(seed, fewest=1)
    alone = rows.groupby("stratum")["ea"].transform("nunique") == 1
    certain = rows.assign(fraction1=np.where(alone, 1.0, 0.25))
    one = survey_of(rows.assign(fraction1=0.25), replace(SIMPLE, fpc="fraction1", lonely_psu="certainty"))
    other = survey_of(certain, replace(SIMPLE, fpc="fraction1"))
    names = ("estimate", "se", "df", "n_psu", "deff")
    assert_same(ask(name, one).take(_partly(one, name)), ask(name, other).take(_partly(one, name)), *names)


def _partly(survey: pv.Survey, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows that are not taken whole under one of the declarations: those with degrees of freedom."""
    return np.flatnonzero(ask(name, survey).numbers.df > 0)


@SOME
@given(SEEDS, NAMES, st.sampled_from(LONELY))
def test_lonely_rules_agree_where_no_area_is_alone(seed: int, name: str, lonely: str) -> None:
    one = survey_of(people(seed), PLAIN)
    assert_same(ask(name, one), ask(name, declared(one, lonely_psu=lonely)))


@SOME
@given(surveys("one-stage"), NAMES)
def test_sampling_fractions_and_counts_say_the_same(survey: pv.Survey, name: str) -> None:
    if not survey.design.units or not survey.design.strata:
        return
    fractions, counts = (ask(name, declared(survey, fpc=fpc)) for fpc in ("fraction1", "count1"))
    assert_same(fractions, counts)


@SOME
@given(SEEDS, NAMES)
def test_labels_that_start_anew_are_crossed(seed: int, name: str) -> None:
    rows = people(seed)
    nested = rows.assign(ea=rows["ea"] - rows.groupby("stratum")["ea"].transform("min"))
    assert_same(ask(name, survey_of(rows, PLAIN)), ask(name, survey_of(nested, replace(PLAIN, psu=["stratum", "ea"]))))
