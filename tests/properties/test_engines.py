"""The same answers whichever engine reads the rows, in whatever order and parts, and whatever it keeps of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prevalence as pv

from .asked import ANSWERS, NUMBERS, ask, assert_same, assert_same_tests, associated
from .designs import COUNTING, declared, survey_of, surveys

Convert = Callable[[pd.DataFrame], Any]

PURE = [HealthCheck.function_scoped_fixture]  # the fixture is a function without a state that examples could share
SOME = settings(max_examples=8, suppress_health_check=PURE)
FEW = settings(max_examples=2, suppress_health_check=PURE)
NAMES = st.sampled_from(sorted(ANSWERS))

SUMMED = ("prevalence", "total", "mean", "ratio")
"""Verbs that can keep moments in the place of units."""


@SOME
@given(survey=surveys(), name=NAMES, seed=st.integers(0, 10**6))
def test_tables_of_every_engine(engine: Convert, survey: pv.Survey, name: str, seed: int) -> None:
    rows = survey.data.sample(frac=1, random_state=seed)
    assert_same(ask(name, survey), ask(name, survey_of(engine(rows), survey.design)))


@FEW
@given(survey=surveys(), seed=st.integers(0, 10**6))
def test_tests_of_association_of_every_engine(engine: Convert, survey: pv.Survey, seed: int) -> None:
    rows = survey.data.sample(frac=1, random_state=seed)
    assert_same_tests(associated(survey), associated(survey_of(engine(rows), survey.design)))


@FEW
@given(survey=surveys(), name=st.sampled_from(["prevalence", "mean", "distribution", "ratio"]), seed=st.integers(0, 10**6))
def test_folders_of_files_and_spark(every_engine: Convert, survey: pv.Survey, name: str, seed: int) -> None:
    """Rows in no order over three Parquet files of several row groups, and on a small cluster."""
    rows = survey.data.sample(frac=1, random_state=seed)
    assert_same(ask(name, survey), ask(name, survey_of(every_engine(rows), survey.design)))


@SOME
@given(survey=surveys("one-stage"), verb=st.sampled_from(SUMMED), seed=st.integers(0, 10**6))
def test_moments_kept_instead_of_units(engine: Convert, survey: pv.Survey, verb: str, seed: int) -> None:
    if survey.design.df_rule not in COUNTING:
        survey = declared(survey, df_rule=COUNTING[seed % len(COUNTING)])
    rows = survey_of(engine(survey.data.sample(frac=1, random_state=seed)), survey.design)
    asked: dict[str, Any] = {"by": ["region", "sex"], "margins": True}
    names = ("z", "x") if verb == "ratio" else ("y",)
    units = getattr(pv, verb)(survey, *names, **asked)
    moments = getattr(pv, verb)(rows, *names, **asked, keep="moments", contrasts=["sex", ("region", "N", "S")])
    assert_same(moments, units)
    not_deff = tuple(name for name in NUMBERS if name != "deff")
    assert_same(moments.excess("sex"), units.excess("sex"), *not_deff)
    assert_same(moments.difference("region", "N", "S"), units.difference("region", "N", "S"), *not_deff)
