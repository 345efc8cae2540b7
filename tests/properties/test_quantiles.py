"""What holds of quantiles on any design: they grow with the probability and follow the variable."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.formulas.quantile import QUANTILE_RULES

from .asked import EVERY_METHOD, ROUNDING, assert_close
from .designs import changed, surveys

SOME = settings(max_examples=20)
RULES = st.sampled_from(QUANTILE_RULES)
PROBABILITIES = (0.02, 0.1, 0.25, 0.5, 0.5001, 0.75, 0.9, 0.98)


@SOME
@given(surveys(), RULES)
def test_quantiles_grow_with_the_probability(survey: pv.Survey, rule: str) -> None:
    found = pv.quantile(survey, "z", PROBABILITIES, by="region", margins=True, rule=rule).numbers.estimate
    steps = np.diff(found.reshape(5, -1), axis=1)
    assert ((steps >= -ROUNDING) | np.isnan(steps)).all()


@SOME
@given(surveys(), RULES, st.floats(-100, 100), st.floats(1e-3, 100))
def test_quantiles_follow_increasing_lines(survey: pv.Survey, rule: str, shift: float, factor: float) -> None:
    moved = changed(survey, z=shift + factor * survey.data["z"])
    one, other = (pv.quantile(data, "z", [0.3, 0.5], by="region", margins=True, rule=rule) for data in (survey, moved))
    scale = abs(shift) + 40 * factor
    assert_close(other.numbers.estimate, shift + factor * one.numbers.estimate, scale=scale)
    assert_close(other.limits.low, shift + factor * one.limits.low, scale=scale)
    assert_close(other.limits.high, shift + factor * one.limits.high, scale=scale)
    assert_close(other.numbers.se, factor * one.numbers.se, scale=scale)
    assert one.flags == other.flags


@SOME
@given(surveys(), st.sampled_from(EVERY_METHOD[:7]))
def test_quantiles_and_their_limits_are_answers(survey: pv.Survey, interval: str) -> None:
    """By the inverse of the distribution function all of them occur, and the estimate lies between the limits."""
    table = pv.quantile(survey, "z", PROBABILITIES, interval=interval)
    known = survey.data["z"][survey.data["w"] > 0]
    values = [table.numbers.estimate, table.limits.low, table.limits.high]
    for found in values:
        assert set(found[~np.isnan(found)]) <= set(known)
    assert (~(values[0] < values[1]) & ~(values[0] > values[2])).all()


@SOME
@given(surveys("one-stage", "multistage", "selected", "created", "file"))
def test_a_quantile_parts_the_weights(survey: pv.Survey) -> None:
    """At least p of the people are at or below it, and at least 1 - p at or above."""
    known = survey.data.dropna(subset="z")
    for p, value in zip(PROBABILITIES, pv.quantile(survey, "z", PROBABILITIES).numbers.estimate, strict=True):
        below, above = (known["w"][side].sum() / known["w"].sum() for side in (known["z"] <= value, known["z"] >= value))
        assert below >= p - ROUNDING
        assert above >= 1 - p - ROUNDING


@SOME
@given(surveys())
def test_the_difference_of_a_quantile_with_itself_has_no_error(survey: pv.Survey) -> None:
    same = changed(survey, other=survey.data["z"])
    table = pv.quantile(same, ["z", "other"], 0.5, by="region", margins=True)
    gap, median = table.difference("indicator", "z", "other").numbers, table.select(indicator="z").numbers
    known = np.isfinite(median.se)
    assert (gap.estimate[known] == 0).all()
    assert_close(gap.se[known], np.zeros(known.sum()))
