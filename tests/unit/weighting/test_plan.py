"""The plan as data: reported, written, replayed; and the diagnostics of weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import prevalence as pv
from prevalence import weighting
from prevalence.errors import ConfigError, OptionError
from prevalence.weighting import Draw

SEX = {"sex": {"f": 5200, "m": 4800}}


def raw(seed: int = 6) -> pv.Survey:
    random = np.random.default_rng(seed)
    n = 400
    rows = pd.DataFrame(
        {
            "one": 1.0,
            "ea": np.arange(n) // 20,
            "size": 100 + np.arange(n) // 20,
            "home": np.arange(n) // 4,
            "area": random.choice(["u", "r"], n),
            "sex": random.choice(["f", "m"], n),
            "x": random.normal(size=n),
            "links": random.integers(1, 3, n),
            "result": random.choice([1, 2, 8, 9], n, p=[0.7, 0.2, 0.05, 0.05]),
            "age": random.uniform(5, 17, n),
        }
    )
    rows["y"] = np.where((rows["result"] == 1) & (random.random(n) < 0.9), (random.random(n) < 0.4).astype(float), np.nan)
    return pv.Survey(rows, pv.Design(weight="one", psu="ea"))


def planned(survey: pv.Survey) -> pv.Survey:
    """Return a survey with every kind of step."""
    survey = weighting.base(
        survey, draws=[Draw(unit="ea", drawn=20, size="size", of=30_000), Draw(unit=["home"], drawn=5, of=60)]
    )
    survey = weighting.share(survey, multiplicity="links")
    codes = {1: "interview", 2: "refusal", 8: "unknown", 9: "ineligible"}
    survey = weighting.nonresponse(survey, disposition="result", codes=codes, form="inverse", predictors=["area", "x"])
    survey = weighting.trim(survey, rule="median", multiple=3, within="area")
    survey = weighting.rake(survey, margins=[SEX, {("area",): {"u": 4900, "r": 5100}}])
    survey = weighting.calibrate(survey, margins=SEX, totals={"age": 110_000}, method="logit", bounds=(0.2, 5))
    survey = weighting.calibrate(survey, margins=SEX, bounds=(None, 4.5), covariance=np.diag([9.0, 16.0]), estimated=True)
    survey = weighting.impute(survey, indicators="y", within="area", among="weight_nonresponse_responded", m=2, seed=8)
    return weighting.replicate(survey, method="bootstrap", n=20, seed=3)


@pytest.mark.filterwarnings("ignore:The totals of calibrate are estimates")
def test_a_written_plan_taken_again_gives_the_same_weights_plan_and_estimates(tmp_path: Path) -> None:
    survey = planned(raw())
    again = weighting.replay(weighting.save(survey, tmp_path / "plan.toml"), raw())
    np.testing.assert_array_equal(weighting.weights(again), weighting.weights(survey))
    assert [step.name for step in again.design.plan] == [step.name for step in survey.design.plan]
    assert weighting.save(again, tmp_path / "again.toml").read_bytes() == (tmp_path / "plan.toml").read_bytes()
    for column in ("estimate", "se"):
        first, second = (pv.prevalence(one, "y_imputed_1").to_pandas()[column].item() for one in (survey, again))
        assert first == pytest.approx(second, rel=1e-12)
    pv.prevalence(survey, "y").to_json(tmp_path / "estimates.json")


@pytest.mark.filterwarnings("ignore:The totals of calibrate are estimates")
def test_the_next_round_has_other_rows_and_other_populations(tmp_path: Path) -> None:
    path = weighting.save(planned(raw()), tmp_path / "plan.toml")
    newer = {"sex": {"f": 5400, "m": 4900}}
    changes = {
        "rake": {"margins": [newer, {"area": {"u": 5000, "r": 5300}}]},
        "6": {"margins": newer, "totals": {"age": 114_000}},
        "7": {"margins": newer},
    }
    survey = weighting.replay(path, raw(seed=7), changes=changes)
    sums = survey.data.groupby("sex")[survey.design.weight].sum()
    assert sums.round(6).to_dict() == newer["sex"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema = 3", "begins with schema"),
        ("not toml", "TOML file that can be read"),
        ('schema = "prevalence/weighting-plan/1"\n[[step]]\nname = "raking"\n', "Did you mean 'rake'"),
        ('schema = "prevalence/weighting-plan/1"\n[[step]]\nname = "trim"\nuper = 3\n', "parameters that do not fit"),
    ],
)
def test_files_that_are_no_plan(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        weighting.replay(tmp_path / "plan.toml", raw())
    with pytest.raises(ConfigError, match="can be read"):
        weighting.replay(tmp_path / "absent.toml", raw())


def test_changes_and_surveys_that_do_not_fit_a_plan(tmp_path: Path) -> None:
    trimmed = weighting.trim(raw(), upper=2)
    path = weighting.save(trimmed, tmp_path / "plan.toml")
    with pytest.raises(OptionError, match="no step of the plan"):
        weighting.replay(path, raw(), changes={"rake": {}})
    with pytest.raises(OptionError, match="as it was loaded"):
        weighting.replay(path, trimmed)


@pytest.mark.filterwarnings("ignore:The totals of calibrate are estimates")
def test_the_report_lists_each_step_with_parameters_counts_and_effect() -> None:
    survey = planned(raw())
    report = weighting.report(survey)
    table = report.to_pandas()
    assert table["step"].tolist() == [
        "base",
        "share",
        "nonresponse",
        "trim",
        "rake",
        "calibrate",
        "calibrate",
        "impute",
        "replicate",
    ]
    assert table.loc[2, "variance"] == "residuals, taken as given, response model"
    final = weighting.weights(survey)
    used = final[final > 0]
    assert table["kish_effect"].iloc[-1] == pytest.approx(1 + used.var() / used.mean() ** 2)
    assert table["effective_n"].iloc[-1] == pytest.approx(used.sum() ** 2 / (used**2).sum())
    text = repr(report)
    for words in ("1=interview", "sex (2 cells)", "disposition: refusal", "Kish effect", "Trimming counts as given"):
        assert words in text
    assert "<table>" in report._repr_html_()


def test_a_survey_without_a_plan_has_a_report_of_its_weights() -> None:
    assert weighting.report(raw()).to_pandas()["step"].tolist() == ["start"]


@pytest.mark.filterwarnings("ignore:The totals of calibrate are estimates")
def test_diagnostics() -> None:
    survey = planned(raw())
    final = weighting.weights(survey)
    effects = weighting.effects(survey, by="area").to_pandas()
    assert set(effects["domain"]) == {"All", "r", "u"}
    urban = final[(survey.data["area"] == "u").to_numpy() & (final > 0)]
    row = effects[(effects["weight"] == survey.design.weight) & (effects["domain"] == "u")].iloc[0]
    assert row["effective_n"] == pytest.approx(urban.sum() ** 2 / (urban**2).sum())
    hits = weighting.margin_hits(survey).to_pandas()
    last = hits[(hits["step"] == "calibrate") & (hits["margin"] == "sex")]
    np.testing.assert_allclose(last["final_ratio"], 1, rtol=1e-9)
    assert weighting.quantiles(survey).to_pandas()["max"].iloc[-1] == final.max()
    assert weighting.extremes(survey, number=3).to_pandas()["weight"].tolist() == sorted(final)[:-4:-1]
    assert "Largest weights" in repr(weighting.extremes(survey))
    assert "<table>" in weighting.effects(survey)._repr_html_()
    assert len(weighting.effects(survey)) == 7


def test_diagnostics_by_hand() -> None:
    """Weights of 1, 2 and 9 are 2, 4 and 6 after trimming; fitted to 60 girls and 40 boys 20, 40 and 40; trimmed again 28, 36 and 36."""
    rows = pd.DataFrame({"w": [1.0, 2.0, 9.0, 0.0], "sex": ["f", "f", "m", "m"]})
    trimmed = weighting.trim(pv.Survey(rows, pv.Design(weight="w")), upper=6)
    spread = weighting.quantiles(trimmed).to_pandas()
    assert spread[["min", "p50", "max", "mean", "max_over_median"]].to_numpy().tolist() == [
        [1, 2, 9, 4, 4.5],
        [2, 4, 6, 4, 1.5],
    ]
    (largest,) = weighting.extremes(trimmed, number=1).to_pandas().to_dict("records")
    assert largest == {"row": 3, "weight": 6, "first_weight": 9, "ratio": pytest.approx(6 / 9), "share": 0.5}
    fitted = weighting.post_stratify(trimmed, margins={"sex": {"f": 60, "m": 40}})
    hits = weighting.margin_hits(weighting.trim(fitted, upper=36)).to_pandas()
    assert hits[["cell", "population", "before"]].to_numpy().tolist() == [["f", 60, 6], ["m", 40, 6]]
    np.testing.assert_allclose(hits["final"], [64, 36])
    np.testing.assert_allclose(hits[["before_ratio", "final_ratio"]], [[0.1, 64 / 60], [0.15, 0.9]])


@pytest.mark.filterwarnings("ignore:The totals of calibrate are estimates")
def test_figures() -> None:
    survey = planned(raw())
    for draw in (pv.plot.weight_effects, pv.plot.weight_distribution, pv.plot.extreme_weights, pv.plot.margin_fit):
        axes = draw(survey, ax=Figure().add_subplot())
        assert axes.lines
        assert axes.get_xlabel()
    assert pv.plot.weight_effects(survey, by="area", ax=Figure().add_subplot()).get_xlabel().endswith("small marks: area")
