"""What must not matter: the order of rows, the names of units and levels, rows split in two, the scale of the weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv

from .asked import ANSWERS, FREE_OF_COUNTS, TOTALS, ask, assert_close, assert_same, assert_same_tests, associated
from .designs import declared, survey_of, surveys

MANY = settings(max_examples=40)
SOME = settings(max_examples=15)
NAMES = st.sampled_from(sorted(ANSWERS))


def shuffled(survey: pv.Survey, seed: int) -> pv.Survey:
    return survey_of(survey.data.sample(frac=1, random_state=seed), survey.design)


@MANY
@given(surveys(), NAMES, st.integers(0, 10**6))
def test_order_of_rows(survey: pv.Survey, name: str, seed: int) -> None:
    assert_same(ask(name, survey), ask(name, shuffled(survey, seed)))


@SOME
@given(surveys(), st.integers(0, 10**6))
def test_order_of_rows_and_tests_of_association(survey: pv.Survey, seed: int) -> None:
    assert_same_tests(associated(survey), associated(shuffled(survey, seed)))


@MANY
@given(surveys(), NAMES)
def test_names_of_units_and_strata(survey: pv.Survey, name: str) -> None:
    rows = survey.data
    ordered = survey.design.replicates is not None
    # Draws and balanced halves go to units and strata in the order of their names.
    area = rows["ea"] + 1000 if ordered else rows["ea"] * 7 % 1009
    stratum = rows["stratum"] + 10 if ordered else 90 - rows["stratum"]
    renamed = rows.assign(
        ea="EA-" + area.astype(str),
        stratum="S-" + stratum.astype(str),
        hh=10**6 - rows["hh"],
        hstratum=rows["hstratum"] * 3 % 1009,
        person=rows["person"].astype(str),
    )
    assert_same(ask(name, survey), ask(name, survey_of(renamed, survey.design)))


@SOME
@given(surveys(), st.sampled_from(["region", "sex"]))
def test_names_of_levels(survey: pv.Survey, dimension: str) -> None:
    names = {"N": 3, "S": 2, "C": 1, "Female": "zoe", "Male": "adam"}
    rows = survey.data.assign(**{dimension: survey.data[dimension].map(names)})
    table = pv.mean(survey, "z", by=dimension, margins=True)
    renamed = pv.mean(pv.Survey(rows, survey.design), "z", by=dimension, margins=True)
    for level in survey.data[dimension].dropna().unique():
        assert_same(table.select(**{dimension: level}), renamed.select(**{dimension: names[level]}))
    assert_same(table.select(**{dimension: "All"}), renamed.select(**{dimension: "All"}))


def halved(survey: pv.Survey) -> pv.Survey:
    """Return every row twice with half its weight, in the same units; where rows are units, in units named after them."""
    design, rows = survey.design, survey.data
    weights = ["w"]
    if design.replicates is not None and not design.replicates.created and design.replicates.combined:
        weights += list(survey.replicate_columns)
    if not design.units and design.replicates is None:
        design = replace(design, psu="person")
    if design.two_phase is not None and not design.two_phase.units:
        design = replace(design, two_phase=replace(design.two_phase, unit="person"))
    half = rows.assign(**{name: rows[name] / 2 for name in weights})
    return survey_of(pd.concat([half, half]), design)


@MANY
@given(surveys(), NAMES)
def test_splitting_a_row_in_two_of_half_weight(survey: pv.Survey, name: str) -> None:
    assert_same(ask(name, survey), ask(name, halved(survey)), *FREE_OF_COUNTS)


@SOME
@given(surveys())
def test_splitting_rows_and_tests_of_association(survey: pv.Survey) -> None:
    one, other = (associated(data).rao_scott for data in (survey, halved(survey)))
    assert_close(one.f_p, other.f_p)
    assert_close(one.chi2_p, other.chi2_p)


@SOME
@given(surveys("one-stage"), NAMES)
def test_rows_as_units_are_units_named_after_rows(survey: pv.Survey, name: str) -> None:
    rows = declared(survey, psu=None, fpc=None, lonely_psu="average")
    assert_same(ask(name, rows), ask(name, declared(rows, psu="person")))


@MANY
@given(surveys(), NAMES, st.floats(1e-3, 1e6))
def test_scaling_the_weights(survey: pv.Survey, name: str, factor: float) -> None:
    replicates = survey.design.replicates
    weights = ["w", *(survey.replicate_columns if replicates is not None and replicates.combined else ())]
    scaled = survey_of(survey.data.assign(**{column: survey.data[column] * factor for column in weights}), survey.design)
    one, other = ask(name, survey), ask(name, scaled)
    for counted in ("weighted", "population"):
        assert_close(getattr(other.numbers, counted), getattr(one.numbers, counted) * factor, counted, scale=factor)
    if name not in TOTALS:
        assert_same(one, other, "estimate", "se", "deff", "df", "n", "cases", "missing", "n_psu")
        return
    assert_same(one, other, "deff", "df", "n")
    for name in ("estimate", "se"):
        assert_close(getattr(other.numbers, name), getattr(one.numbers, name) * factor, name, scale=factor)
    for side in ("low", "high"):
        assert_close(getattr(other.limits, side), getattr(one.limits, side) * factor, side, scale=factor)


@SOME
@given(surveys())
def test_a_column_nobody_asks_for_and_codes_of_another_type(survey: pv.Survey) -> None:
    rows = survey.data.assign(
        noise=np.arange(len(survey.data)),
        sex=survey.data["sex"].astype("category"),
        v=survey.data["v"] == 1,
        ea=survey.data["ea"].astype("int16"),
        y=survey.data["y"].astype("Float64"),
    )
    assert_same(ask("prevalence", survey), ask("prevalence", survey_of(rows, survey.design)))


@SOME
@given(surveys("one-stage", "multistage", "two-phase"), st.floats(1e-3, 1e3))
def test_normalised_weights_have_totals_of_the_population_said(survey: pv.Survey, factor: float) -> None:
    """N times the share of a domain in all weights, whatever the scale of the weights."""
    design = replace(survey.design, weight_scale="normalised", population=5000.0)
    rows = survey.data.assign(w=survey.data["w"] * factor)
    one, other = (pv.total(survey_of(data, design), "y", by="region", margins=True) for data in (survey.data, rows))
    assert_same(one, other, "estimate", "se", "deff", "df", "population", scale=5000)
    assert_close(other.numbers.weighted, one.numbers.weighted * factor, scale=factor)


@SOME
@given(surveys("one-stage", "multistage", "two-phase"), st.sampled_from([None, "N", "S"]))
def test_a_total_of_normalised_weights_is_a_mean_of_everybody(survey: pv.Survey, region: str | None) -> None:
    """N times the mean of the variable, 0 for whoever is outside the domain or does not say; error and all."""
    design = replace(survey.design, weight_scale="normalised", population=5000.0)
    inside = survey.data["y"].notna() & ((survey.data["region"] == region) | (region is None))
    rows = survey.data.assign(y=survey.data["y"].where(inside), filled=survey.data["y"].where(inside, 0.0))
    total = pv.total(survey_of(rows, design), "y").numbers
    mean = pv.mean(survey_of(rows, survey.design), "filled").numbers
    assert_close(total.estimate, 5000 * mean.estimate, scale=5000)
    assert_close(total.se, 5000 * mean.se, scale=5000)
