"""Trimming, weight share, files that come calibrated, imputation."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import weighting
from prevalence.errors import DataError, DesignError, OptionError
from prevalence.weighting.filling import _coefficients


def sample(n: int = 60, **columns: Any) -> pv.Survey:
    random = np.random.default_rng(2)
    rows = pd.DataFrame(
        {
            "psu": np.arange(n) // 6,
            "w": np.exp(random.normal(2, 0.8, n)),
            "area": random.choice(["u", "r"], n),
            "sex": random.choice(["f", "m"], n),
            "y": random.integers(0, 2, n).astype(float),
        }
    )
    return pv.Survey(rows.assign(**columns), pv.Design(weight="w", psu="psu"))


# ---- trimming ---------------------------------------------------------------------------------------------------


def test_trimmed_weights_keep_the_sum_of_each_class_and_the_bound() -> None:
    found = weighting.trim(sample(), rule="median", multiple=1, within="area")
    for _, rows in found.data.groupby("area"):
        low, middle, high = np.quantile(rows["w"], [0.25, 0.5, 0.75])
        assert rows["weight_trim"].max() <= middle + high - low + 1e-9
        assert rows["weight_trim"].sum() == pytest.approx(rows["w"].sum())
    assert any("counts as given" in note for note in pv.prevalence(found, "y").provenance.notes)


def test_the_bound_with_the_least_error_is_one_of_the_weights_and_is_kept() -> None:
    found = weighting.trim(sample(), rule="error", outcomes="y")
    assert weighting.weights(found).max() <= sample().data["w"].max()
    assert weighting.weights(found).sum() == pytest.approx(sample().data["w"].sum())


def test_the_weight_that_trimming_moves_is_told() -> None:
    """3 of a weight of 9 are moved, of 12 in all."""
    found = weighting.trim(pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w")), upper=6)
    (count,) = found.design.plan[-1].counts
    assert (count.rows, count.reason) == (1, "weights cut to a bound: 25.00 % of all weight moved")


def test_bounds_that_are_tried_leave_every_class_room() -> None:
    """Weights of 1 and 20 on average in two areas, in which they say nothing of the outcome: the bound must lie above 20."""
    random = np.random.default_rng(4)
    rows = pd.DataFrame({"psu": np.arange(200) // 5, "area": np.repeat(["a", "b"], 100), "y": random.integers(0, 2, 200)})
    rows["w"] = np.where(rows["area"] == "a", random.uniform(0.5, 1.5, 200), random.uniform(1, 39, 200))
    found = weighting.trim(pv.Survey(rows, pv.Design(weight="w", psu="psu")), rule="error", outcomes="y", within="area")
    sums = found.data.groupby("area")[["w", "weight_trim"]].sum()
    np.testing.assert_allclose(sums["weight_trim"], sums["w"], rtol=1e-12)
    assert found.data["weight_trim"].max() > rows["w"][rows["area"] == "b"].mean()


def test_trimming_options() -> None:
    with pytest.raises(DataError, match="cannot hold the sum"):
        weighting.trim(sample(), upper=5)
    # Rows of weight 0 hold nothing: two rows below 3 cannot hold 8.
    with pytest.raises(DataError, match="cannot hold the sum"):
        weighting.trim(pv.Survey(pd.DataFrame({"w": [0.0, 0.0, 2.0, 6.0]}), pv.Design(weight="w")), upper=3)
    for options, words in (({}, "needs the bound"), ({"rule": "error"}, "outcomes="), ({"rule": "iqr"}, "rule must be one of")):
        with pytest.raises(OptionError, match=words):
            weighting.trim(sample(), **options)


# ---- weight share -----------------------------------------------------------------------------------------------


def test_shared_weights_are_unbiased_over_all_samples() -> None:
    """Four visits of three persons: the mean over all samples of two visits is the number of persons in forced labour."""
    visits = pd.DataFrame({"visit": range(4), "visits": [2, 1, 2, 1], "forced": [1.0, 0, 1, 1], "w": 2.0})
    found = []
    for drawn in combinations(range(4), 2):
        survey = weighting.share(pv.Survey(visits.iloc[list(drawn)], pv.Design(weight="w")), multiplicity="visits")
        found.append(pv.total(survey, "forced").to_pandas()["estimate"].item())
    assert np.mean(found) == pytest.approx(2.0)


def test_all_members_of_a_cluster_share_its_weight() -> None:
    """A household of 3 of whom one was drawn, two being on the frame; over all samples the mean total is 5 persons."""
    people = pd.DataFrame({"home": [1, 1, 1, 2, 2], "links": [1.0, 1, 0, 1, 1], "area": 1})
    on_frame = np.flatnonzero(people["links"])
    totals = []
    for drawn in combinations(on_frame, 2):
        weight = np.isin(np.arange(5), drawn) * 2.0
        seen = people.assign(w=weight)[people["home"].isin(people["home"].iloc[list(drawn)])]
        survey = weighting.share(
            pv.Survey(seen, pv.Design(weight="w", psu="home", lonely_psu="certainty")), multiplicity="links", cluster="home"
        )
        assert survey.data.groupby("home")["weight_share"].nunique().max() == 1
        totals.append(weighting.weights(survey).sum())
    assert np.mean(totals) == pytest.approx(5.0)


def test_sharing_passes_the_variance_of_earlier_steps_through() -> None:
    links = sample(links=1 + np.arange(60) % 3)
    calibrated = weighting.post_stratify(links, margins={"sex": {"f": 600, "m": 500}})
    shared = weighting.share(calibrated, multiplicity="links")
    by_hand = pv.Survey(calibrated.data.assign(z=calibrated.data["y"] / calibrated.data["links"]), calibrated.design)
    for column in ("estimate", "se"):
        expected = pv.total(by_hand, "z").to_pandas()[column].item()
        assert pv.total(shared, "y").to_pandas()[column].item() == pytest.approx(expected, rel=1e-12)


def test_links_are_checked() -> None:
    with pytest.raises(DataError, match="must be 1 or more"):
        weighting.share(sample(links=0), multiplicity="links")
    with pytest.raises(DataError, match="must have a link"):
        weighting.share(sample(links=0), multiplicity="links", cluster="psu")
    with pytest.raises(OptionError, match="one sampling unit"):
        weighting.share(sample(links=1), multiplicity="links", cluster="area")
    raked = weighting.post_stratify(sample(links=1), margins={"sex": {"f": 600, "m": 500}})
    with pytest.raises(OptionError, match="must come before"):
        weighting.share(raked, multiplicity="links", cluster="psu")


# ---- files that come calibrated ---------------------------------------------------------------------------------


def calibrated_file() -> tuple[pv.Survey, pv.Survey]:
    """Return the survey that was calibrated here, and its file as a stranger would declare it."""
    ours = weighting.post_stratify(sample(), margins={"sex": {"f": 600, "m": 500}}, column="final")
    return ours, pv.Survey(ours.data, pv.Design(weight="final", psu="psu"))


def test_a_declared_calibration_has_the_standard_errors_of_the_calibration() -> None:
    ours, theirs = calibrated_file()
    for margins in (["sex"], {"sex": {"f": 600, "m": 500}}):
        declared = weighting.declare_calibrated(theirs, base="w", margins=margins)
        for ask in (pv.total, pv.prevalence):
            pair = [ask(one, "y", by="area").to_pandas()["se"].to_numpy() for one in (ours, declared)]
            np.testing.assert_allclose(*pair, rtol=1e-12)
        pair = [pv.total(weighting.replicate(one, method="JK1"), "y").to_pandas()["se"].item() for one in (ours, declared)]
        assert pair[0] == pytest.approx(pair[1], rel=1e-9)


def test_a_calibration_to_measured_totals_can_be_declared() -> None:
    ours = weighting.calibrate(sample(one=1.0, age=np.arange(60.0)), totals={"one": 1000, "age": 30000}, column="final")
    theirs = pv.Survey(ours.data, pv.Design(weight="final", psu="psu"))
    declared = weighting.declare_calibrated(theirs, base="w", totals=["one", "age"])
    assert pv.total(declared, "y").to_pandas()["se"].item() == pytest.approx(
        pv.total(ours, "y").to_pandas()["se"].item(), rel=1e-10
    )


def test_declarations_that_do_not_fit_the_file() -> None:
    _, theirs = calibrated_file()
    with pytest.raises(DataError, match="must meet their totals"):
        weighting.declare_calibrated(theirs, base="w", margins={"sex": {"f": 700, "m": 500}})
    with pytest.warns(pv.PrevalenceWarning, match="varies within 2 cells"):
        weighting.declare_calibrated(theirs, base="w", margins=["area"])
    with pytest.raises(OptionError, match="calibrated to"):
        weighting.declare_calibrated(theirs, base="w")
    columns = theirs.data.assign(r1=theirs.data["final"], r2=theirs.data["final"])
    replicated = pv.Design(weight="final", psu="psu", replicates=pv.Replicates(columns=["r1", "r2"], method="bootstrap"))
    with pytest.raises(DesignError, match="carry its calibration already"):
        weighting.declare_calibrated(pv.Survey(columns, replicated), base="w", margins=["sex"])


# ---- item non-response ------------------------------------------------------------------------------------------


def with_gaps() -> pv.Survey:
    survey = sample(300)
    y = survey.data["y"].to_numpy().copy()
    y[survey.data["area"] == "u"] = 1
    y[::7] = np.nan
    return pv.Survey(survey.data.assign(y=y, z=np.where(np.isnan(y), np.nan, 1 - y)), survey.design)


def test_donors_are_of_the_same_class_and_give_all_their_answers() -> None:
    found = weighting.impute(with_gaps(), indicators=["y", "z"], within="area", m=3, seed=1).data
    filled = found["y"].isna()
    for number in (1, 2, 3):
        y, z = found[f"y_imputed_{number}"], found[f"z_imputed_{number}"]
        assert (y + z == 1).all()
        assert (y[filled & (found["area"] == "u")] == 1).all()
        assert (y[~filled] == found["y"][~filled]).all()
    assert (found["y_was_imputed"] == filled).all()
    assert found["y"].isna().sum() == filled.sum() > 0
    assert not found["y_imputed_1"].equals(found["y_imputed_2"])


def test_what_a_row_has_answered_stays() -> None:
    """Every tenth row lacks y and has z, every eleventh lacks z and has y."""
    row = np.arange(300)
    y, z = (np.where(row % step == 0, np.nan, row % 2) for step in (10, 11))
    found = weighting.impute(sample(300, y=y, z=z), indicators=["y", "z"], m=2, seed=1).data
    for name in ("y", "z"):
        known = found[name].notna()
        for number in (1, 2):
            assert found[f"{name}_imputed_{number}"].notna().all()
            assert (found[f"{name}_imputed_{number}"] == found[name])[known].all()


def test_a_class_without_donors_takes_them_from_the_class_above() -> None:
    survey = with_gaps()
    rows = survey.data.assign(block=np.where(survey.data["y"].isna(), "empty", "full"))
    found = weighting.impute(pv.Survey(rows, survey.design), indicators="y", within=["area", "block"], m=1, seed=1)
    assert found.data["y_imputed_1"].notna().all()
    assert (found.data.loc[found.data["area"] == "u", "y_imputed_1"] == 1).all()
    assert any("Imputed once" in note for note in found.provenance.notes)


def test_out_of_scope_rows_are_neither_imputed_nor_donors() -> None:
    survey = with_gaps()
    asked = (np.arange(300) % 2).astype(float)
    found = weighting.impute(
        pv.Survey(survey.data.assign(asked=asked), survey.design), indicators="y", among="asked", m=1, seed=1
    )
    assert found.data.loc[(asked == 0) & survey.data["y"].isna().to_numpy(), "y_imputed_1"].isna().all()
    flagged = pv.Survey(survey.data.assign(y_unknown=asked * survey.data["y"].isna()), survey.design)
    again = weighting.impute(flagged, indicators="y", m=1, seed=1)
    assert again.data["y_was_imputed"].sum() == (asked * survey.data["y"].isna()).sum()


def test_the_model_recovers_a_share_that_answers_alone_miss() -> None:
    """Unknown where x is large, where y is likely: the mean of completed data is near the truth, that of the answers is not."""
    random = np.random.default_rng(3)
    x = random.normal(size=6000)
    y = (random.random(6000) < 1 / (1 + np.exp(-2 * x))).astype(float)
    gone = random.random(6000) < 1 / (1 + np.exp(-2 * x))
    rows = pd.DataFrame({"psu": np.arange(6000) // 20, "w": 1.0, "x": x, "y": np.where(gone, np.nan, y)})
    survey = weighting.impute(
        pv.Survey(rows, pv.Design(weight="w", psu="psu")), indicators="y", method="model", predictors="x", m=10, seed=4
    )
    table = (
        pv.combine_imputations(pv.prevalence(survey, [f"y_imputed_{k}" for k in range(1, 11)]), indicator="y").to_pandas().iloc[0]
    )
    assert abs(table["estimate"] - y.mean()) < 3 * table["se"]
    assert abs(rows["y"].mean() - y.mean()) > 0.1
    once = pv.prevalence(survey, "y_imputed_1").to_pandas()["se"].item()
    assert table["se"] > 1.1 * once


def answers_of(known: int, gone: int, **columns: Any) -> pv.Survey:
    """Return a survey in which the first rows answer, every other one yes."""
    y = np.where(np.arange(known + gone) < known, np.arange(known + gone) % 2, np.nan)
    rows = pd.DataFrame({"psu": np.arange(known + gone), "w": 1.0, "y": y})
    return pv.Survey(rows.assign(**columns), pv.Design(weight="w", psu="psu"))


def imputed_shares(survey: pv.Survey, known: int, m: int, **options: Any) -> np.ndarray:
    found = weighting.impute(survey, indicators="y", m=m, seed=7, **options).data
    return np.array([found[f"y_imputed_{number}"].iloc[known:].mean() for number in range(1, m + 1)])


def test_donors_are_drawn_by_their_weights() -> None:
    """Those who say yes weigh nine times as much: nine in ten answers are theirs. The error of a mean of 20 draws of 400 donors is below 1 %."""
    weights = np.where(np.arange(4400) % 2 == 1, 9.0, 1.0)
    assert imputed_shares(answers_of(400, 4000, w=weights), 400, 20).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("options", [{}, {"method": "model", "predictors": "x"}], ids=["donors", "model"])
def test_imputations_differ_as_samples_of_those_who_answered_would(options: dict[str, Any]) -> None:
    """Half of 50 said yes: shares of 3,000 others vary by the square root of 1/4 over 50, not over 3,000. The error of their spread over 60 is 9 %."""
    x = np.random.default_rng(8).normal(size=3050)
    spread = imputed_shares(answers_of(50, 3000, x=x), 50, 60, **options).std(ddof=1)
    assert spread == pytest.approx(np.sqrt(0.25 / 50), rel=0.35)


def test_sandwich_of_a_constant_by_hand() -> None:
    """3 of 10 units say yes: the variance of the logit is 10 / 9 of 1 / (10 x 0.3 x 0.7)."""
    y = (np.arange(10) < 3).astype(float)
    mean, root = _coefficients(np.ones((10, 1)), y, np.ones(10), np.arange(10), 10)
    assert mean == pytest.approx(np.log(3 / 7))
    assert root @ root.T == pytest.approx(np.array([[1 / (9 * 0.3 * 0.7)]]))


def test_imputation_options() -> None:
    for options, words in (
        ({"method": "model"}, "needs them"),
        ({"predictors": "w"}, "needs them"),
        ({"m": 0}, "1 or more"),
        ({"method": "mean"}, "method must be one of"),
        ({"indicators": []}, "needs the indicators"),
    ):
        with pytest.raises(OptionError, match=words):
            weighting.impute(with_gaps(), **({"indicators": "y", "seed": 1} | options))
    with pytest.raises(DataError, match="there is none"):
        weighting.impute(sample(y=np.nan), indicators="y", seed=1)
