"""Tests of association: from the covariance of the shares, the same whichever category comes first and whatever its levels are called."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

import prevalence as pv

from .asked import FIRST, SECOND, assert_close, assert_same_tests, associated
from .designs import changed, survey_of, surveys

SOME = settings(max_examples=20)

INTERACTIONS = np.kron([[1.0, -1.0]], [[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]).T
"""Contrasts of two rows and three columns that are free of both, shape (cells, contrasts)."""

SOLVED = 1e-6
"""Inverses of covariance matrices lose digits; the worst conditioned are passed over."""

LARGEST = 1e6
"""Condition of a covariance matrix beyond which its inverse is not compared."""


def crossed(survey: pv.Survey) -> pv.Survey:
    """Return the survey with a category of three levels, and its crossing with sex, in which no cell is empty."""
    turn = np.array(["a", "b", "c"])[np.arange(len(survey.data)) % 3]
    known = changed(survey, turn=turn, crossing=survey.data["sex"] + "/" + turn)
    counted = known.data["w"] > 0
    if survey.design.two_phase is not None:
        counted &= known.data["module"] == 1
    assume(known.data.loc[counted, "crossing"].nunique() == 6)
    return known


@SOME
@given(surveys(), st.sampled_from(["observed", "independence"]))
def test_rao_scott_from_the_covariance_of_the_shares(survey: pv.Survey, under: str) -> None:
    known = crossed(survey)
    found = pv.association(known, "sex", "turn", under=under)
    table = pv.distribution(known, "crossing")
    shares, covariance = table.numbers.estimate, table.covariance()
    assume(np.isfinite(covariance).all() and not np.isnan(found.p_value[0]))
    by = shares.reshape(2, 3)
    expected = (by.sum(axis=1)[:, None] * by.sum(axis=0)).ravel()
    weighed = INTERACTIONS / (shares if under == "observed" else expected)[:, None]
    delta = np.linalg.solve(INTERACTIONS.T @ weighed, weighed.T @ covariance @ weighed)
    distance, trace = ((shares - expected) ** 2 / expected).sum(), np.trace(delta)
    assume(trace > 1e-12)
    f, f_df = distance / trace, trace**2 / np.trace(delta @ delta)
    for value, wanted in (
        (found.rao_scott.f, f),
        (found.rao_scott.f_df, f_df),
        (found.p_value, stats.f.sf(f, f_df, f_df * found.df[0])),
        (found.rao_scott.chi2, 2 * f),
        (found.rao_scott.chi2_p, stats.chi2.sf(2 * f, 2)),
    ):
        np.testing.assert_allclose(value[0], wanted, rtol=SOLVED, atol=SOLVED)


@SOME
@given(surveys())
def test_wald_from_the_covariance_of_the_totals(survey: pv.Survey) -> None:
    known = crossed(survey)
    found = pv.association(known, "sex", "turn")
    table = pv.total(changed(known, one=1.0), "one", by="crossing")
    cells, df = table.numbers.estimate, found.df[0]
    assume(np.isfinite(table.covariance()).all() and df >= 2)
    by = cells.reshape(2, 3)
    part_of_row, part_of_column = np.repeat(by.sum(axis=1), 3) / cells.sum(), np.tile(by.sum(axis=0), 2) / cells.sum()
    row, column = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    # Of N_rc - N_r+ N_+c / N by each cell.
    derivative = np.eye(6) + np.outer(part_of_row * part_of_column, np.ones(6))
    derivative -= (row[:, None] == row) * part_of_column[:, None] + (column[:, None] == column) * part_of_row[:, None]
    value = INTERACTIONS.T @ (cells - part_of_row * part_of_column * cells.sum())
    covariance = INTERACTIONS.T @ derivative @ table.covariance() @ derivative.T @ INTERACTIONS
    sizes = np.linalg.eigvalsh(covariance)
    assume(sizes.min() > sizes.max() / LARGEST and sizes.max() > 1e-9 * cells.sum() ** 2)
    f = value @ np.linalg.solve(covariance, value) / 2 * (df - 1) / df
    np.testing.assert_allclose(found.wald.f[0], f, rtol=SOLVED)
    np.testing.assert_allclose(found.wald.p_value[0], stats.f.sf(f, 2, df - 1), rtol=SOLVED, atol=SOLVED)


@SOME
@given(surveys())
def test_either_category_first(survey: pv.Survey) -> None:
    """The Rao-Scott statistics are symmetric, Wald's too."""
    one = pv.association(survey, FIRST, SECOND, by="region", margins=True, adjust="holm")
    other = pv.association(survey, SECOND, FIRST, by="region", margins=True, adjust="holm")
    assert_same_tests(one, other)


@SOME
@given(surveys())
def test_names_and_order_of_levels(survey: pv.Survey) -> None:
    names = {"employee": "z", "family": "a", "own": "m", "Female": 2, "Male": 1}
    renamed = survey.data.assign(sex=survey.data["sex"].map(names), status=survey.data["status"].map(names))
    assert_same_tests(associated(survey), associated(survey_of(renamed, survey.design)))


@SOME
@given(surveys(), st.floats(1e-3, 1e3))
def test_scale_of_the_weights(survey: pv.Survey, factor: float) -> None:
    replicates = survey.design.replicates
    weights = ["w", *(survey.replicate_columns if replicates is not None and replicates.combined else ())]
    scaled = changed(survey, **{name: survey.data[name] * factor for name in weights})
    assert_same_tests(associated(survey), associated(scaled))


@SOME
@given(surveys())
def test_a_level_of_by_is_a_restricted_denominator(survey: pv.Survey) -> None:
    table = associated(survey)
    for place, region in enumerate(table.keys[0].texts()[:-1]):
        alone = pv.association(changed(survey, here=(survey.data["region"] == region).astype(int)), FIRST, SECOND, among="here")
        assert_close(alone.n[0], table.n[place])
        for name in ("f", "f_df", "f_p", "chi2", "pearson", "contrasts", "empty"):
            assert_close(getattr(alone.rao_scott, name)[0], getattr(table.rao_scott, name)[place], name)
