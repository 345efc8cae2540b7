"""Reliability rules at each of their thresholds: numbers of dissemination standards, section 3, worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.reliability.quantities import QUANTITIES, quantities

EXACT = 1e-12
"""Formulas on a handful of numbers in double precision."""
BETA = 1e-9
"""scipy.stats and scipy.special invert the incomplete beta function by different routes."""

ROWS = pd.DataFrame({"w": 1.0, "y": [0.0, 1.0] * 20})
SURVEY = pv.Survey(ROWS, pv.Design(weight="w", df_rule="occupied"))


def row(
    estimate: float,
    *,
    se: float = 0.01,
    n: float = 1000,
    cases: float | None = None,
    df: float = 100,
    deff: float = 1.0,
    statistic: str = "prevalence",
) -> Estimates:
    """Return one estimate with these numbers; cases of a proportion are n times it unless given."""
    table = {"prevalence": pv.prevalence, "total": pv.total, "mean": pv.mean}[statistic](SURVEY, "y")
    counted = {"prevalence": n * estimate, "total": n, "mean": math.nan}[statistic] if cases is None else cases
    given = {"estimate": estimate, "se": se, "n": n, "cases": counted, "df": df, "deff": deff}
    return replace(table, numbers=replace(table.numbers, **{name: np.array([float(value)]) for name, value in given.items()}))


def judged(rule: str, estimates: Estimates, **options: bool) -> tuple[str, str]:
    """Return the flag and the display value."""
    verdict = pv.report.reliability(estimates, rule=rule, **options).verdicts[0]
    return verdict.flags[0], verdict.displays[0]


# ---- MICS, DHS, ILO: counts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "mics", "dhs"),
    [(24, ("withheld", "(*)"), ("withheld", "*")), (25, ("parentheses", "(20.0)"), ("parentheses", "(20.0)")),
     (49, ("parentheses", "(20.0)"), ("parentheses", "(20.0)")), (50, ("shown", "20.0"), ("shown", "20.0")),
     (0, ("no observations", "–"), ("no observations", "–"))],
)  # fmt: skip
def test_mics_and_dhs_bands(n: int, mics: tuple[str, str], dhs: tuple[str, str]) -> None:
    estimates = row(0.2 if n else math.nan, n=n)
    assert (judged("mics", estimates), judged("dhs", estimates)) == (mics, dhs)


@pytest.mark.parametrize(("n", "found"), [(4, ("S", "S")), (5, ("U", "20.0 U")), (14, ("U", "20.0 U")), (15, ("shown", "20.0"))])
def test_ilo_15_and_5(n: int, found: tuple[str, str]) -> None:
    assert judged("ilo", row(0.2, n=n)) == found


def test_ilo_counts_the_cases_of_a_number() -> None:
    assert judged("ilo", row(1234.4, n=500, cases=14, statistic="total")) == ("U", "1,234 U")


# ---- NCHS 2017 ---------------------------------------------------------------------------------------------------


def interval(p: float, se: float, n: float, df: float) -> tuple[float, float, float]:
    """Return effective n and Korn-Graubard limits by scipy.stats, from the formulas of section 3."""
    effective = min(n, p * (1 - p) / se**2 * (stats.t.ppf(0.025, n - 1) / stats.t.ppf(0.025, df)) ** 2)
    low = stats.beta.ppf(0.025, effective * p, effective * (1 - p) + 1)
    high = stats.beta.ppf(0.975, effective * p + 1, effective * (1 - p))
    return effective, low, high


@pytest.mark.parametrize(("p", "se", "n", "df"), [(0.3, 0.02, 900, 40), (0.05, 0.02, 200, 7), (0.9, 0.001, 400, 100)])
def test_korn_graubard_interval(p: float, se: float, n: float, df: float) -> None:
    effective, low, high = interval(p, se, n, df)
    found = quantities(row(p, se=se, n=n, df=df))
    assert found["kg_n_eff"][0] == pytest.approx(effective, rel=EXACT)
    assert found["width"][0] == pytest.approx(high - low, rel=BETA)
    assert found["relative_width"][0] == pytest.approx((high - low) / p, rel=BETA)
    assert found["complement_width"][0] == pytest.approx((high - low) / (1 - p), rel=BETA)


def plain_se(p: float, n: float) -> float:
    return math.sqrt(p * (1 - p) / n)


NCHS: list[tuple[dict[str, Any], str, str]] = [
    ({"p": 0.5, "n": 29, "n_eff": 29}, "suppress", "sample size or effective sample size below 30"),
    ({"p": 0.5, "n": 300, "n_eff": 29}, "suppress", "sample size or effective sample size below 30"),
    ({"p": 0.5, "n": 30, "n_eff": 40}, "suppress", "interval 30 points wide or wider"),
    ({"p": 0.5, "n": 4000, "n_eff": 4000}, "show", "interval at most 5 points wide"),
    ({"p": 0.01, "n": 2000, "n_eff": 300}, "show", "interval at most 5 points wide"),
    ({"p": 0.05, "n": 200, "n_eff": 150}, "suppress", "interval wider than 130 % of the proportion"),
    ({"p": 0.3, "n": 200, "n_eff": 150}, "show", "interval at most 130 % of the proportion wide"),
    ({"p": 0.95, "n": 200, "n_eff": 150}, "footnote", "interval wider than 130 % of the complement"),
    (
        {"p": 0.3, "n": 200, "n_eff": 150, "df": 7},
        "review",
        "interval at most 130 % of the proportion wide; fewer than 8 degrees of freedom",
    ),
    ({"p": 0.3, "n": 200, "n_eff": 150, "df": 8}, "show", "interval at most 130 % of the proportion wide"),
    (
        {"p": 0.95, "n": 200, "n_eff": 150, "df": 7},
        "review",
        "interval wider than 130 % of the complement; fewer than 8 degrees of freedom",
    ),
]


@pytest.mark.parametrize(("case", "flag", "reason"), NCHS)
def test_nchs_2017_clauses(case: dict[str, Any], flag: str, reason: str) -> None:
    df = case.get("df", math.inf)
    ratio = (stats.t.ppf(0.025, case["n"] - 1) / (stats.t.ppf(0.025, df) if np.isfinite(df) else stats.norm.ppf(0.025))) ** 2
    se = math.sqrt(case["p"] * (1 - case["p"]) / case["n_eff"] * ratio)
    verdict = pv.report.reliability(row(case["p"], se=se, n=case["n"], df=df), rule="nchs-2017").verdicts[0]
    assert (verdict.flags[0], verdict.reasons[0]) == (flag, reason)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_nchs_at_0_and_100_percent_takes_n_and_asks_for_review(p: float) -> None:
    shown = pv.report.reliability(row(p, se=0, n=30, cases=30 * p, deff=math.nan), rule="nchs-2017").verdicts[0]
    assert (shown.flags[0], shown.symbols[0]) == ("review", "P0")
    assert judged("nchs-2017", row(p, se=0, n=29, cases=29 * p, deff=math.nan))[0] == "suppress"


def test_nchs_suppresses_where_the_widths_stand_exactly_between() -> None:
    """The width of each case lies where the clause that is tested begins, by scipy.stats."""
    _, low, high = interval(0.5, plain_se(0.5, 40), 40, 1e9)
    assert high - low >= 0.30
    _, low, high = interval(0.05, plain_se(0.05, 150), 200, 1e9)
    assert 0.05 < high - low < 0.30 and (high - low) / 0.05 > 1.30


@pytest.mark.parametrize(
    ("n", "half", "df", "flag"),
    [
        (10, 0.80, 100, "show"),
        (9, 0.80, 100, "suppress"),
        (10, 0.801, 100, "suppress"),
        (10, 0.5, 7, "review"),
        (10, 0.5, 8, "show"),
    ],
)
def test_nchs_counts(n: float, half: float, df: float, flag: str) -> None:
    """The width over the count is exp(k) - exp(-k) = 2 sinh k with k = t se / count; the factor keeps 1.60 itself on the near side of rounding."""
    se = 1000 * math.asinh(half) / stats.t.ppf(0.975, n - 1) * (1 - EXACT)
    assert judged("nchs-counts", row(1000, se=se, n=500, cases=n, df=df, statistic="total"))[0] == flag


@pytest.mark.parametrize(("n", "cv", "flag"), [(29, 0.1, "suppress"), (30, 0.29, "show"), (30, 0.30, "footnote")])
def test_nchs_30_30(n: float, cv: float, flag: str) -> None:
    assert judged("nchs-30-30", row(0.5, se=0.5 * cv, n=n))[0] == flag


# ---- bands of the CV ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cv", "statcan", "abs_"),
    [(0.165, ("no restriction", "50.0"), ("shown", "50.0")), (0.166, ("with warning", "50.0 E"), ("shown", "50.0")),
     (0.25, ("with warning", "50.0 E"), ("shown", "50.0")), (0.26, ("with warning", "50.0 E"), ("with caution", "*50.0")),
     (0.333, ("with warning", "50.0 E"), ("with caution", "*50.0")), (0.334, ("not recommended", "F"), ("with caution", "*50.0")),
     (0.50, ("not recommended", "F"), ("with caution", "*50.0")), (0.51, ("not recommended", "F"), ("too unreliable", "**50.0"))],
)  # fmt: skip
def test_statistics_canada_and_abs(cv: float, statcan: tuple[str, str], abs_: tuple[str, str]) -> None:
    estimates = row(0.5, se=0.5 * cv)
    assert (judged("statcan", estimates), judged("abs", estimates)) == (statcan, abs_)


# ---- INE Chile ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "se", "n", "df", "flag"),
    [(0.125, 0.0277, 60, 9, "reliable"), (0.125, 0.0278, 60, 9, "weakly reliable"), (0.875, 0.0277, 60, 9, "reliable"),
     (0.125, 0.0277, 59, 9, "not reliable"), (0.125, 0.0277, 60, 8, "not reliable")],
)  # fmt: skip
def test_ine_chile_proportions(p: float, se: float, n: float, df: float, flag: str) -> None:
    """0.125^(2/3) / 9 = 0.25 / 9 = 0.02778."""
    assert judged("ine-chile", row(p, se=se, n=n, df=df))[0] == flag


@pytest.mark.parametrize(
    ("cv", "flag"), [(0.15, "reliable"), (0.16, "weakly reliable"), (0.30, "weakly reliable"), (0.31, "not reliable")]
)
@pytest.mark.parametrize("statistic", ["total", "mean"])
def test_ine_chile_totals_and_means(cv: float, flag: str, statistic: str) -> None:
    assert judged("ine-chile", row(100, se=100 * cv, n=60, df=9, statistic=statistic))[0] == flag


def test_ine_chile_publishes_a_table_of_which_half_is_reliable() -> None:
    rows = pd.DataFrame({"w": 1.0, "area": ["Urban"] * 80 + ["Rural"] * 40, "y": [0.0, 1.0] * 60})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y", by="area")
    passes = pv.report.reliability(table, rule=["ine-chile", "ilo", "mics"]).tables()
    assert passes["rule"].tolist() == ["ine-chile", "ilo"]
    assert passes["share"].tolist() == [0.5, 0.0]
    assert passes["passes"].tolist() == [True, True]
    assert passes["status"].tolist() == ["verified", "to be verified"]


# ---- ECLAC -------------------------------------------------------------------------------------------------------

GOOD = {"p": 0.4, "se": 0.04, "n": 200, "cases": 80, "df": 30, "deff": 1.0}


def eclac(rule: str, statistic: str = "prevalence", **changes: Any) -> str:
    options = {name: changes.pop(name) for name in ("planned", "low_df_justified") if name in changes}
    given = {**GOOD, **changes}
    return judged(rule, row(given.pop("p"), statistic=statistic, **given), **options)[0]


@pytest.mark.parametrize(
    ("changes", "flag"),
    [({}, "publish"), ({"n": 99, "deff": 0.5}, "suppress"), ({"n": 140}, "publish"), ({"n": 139}, "suppress"), ({"deff": 200 / 139}, "suppress"),
     ({"cases": 50}, "publish"), ({"cases": 49}, "suppress"), ({"df": 8}, "review"), ({"df": 9}, "publish"),
     ({"se": 0.0641}, "publish"), ({"se": 0.0642}, "suppress"),
     ({"p": 0.01, "se": 0.0021, "n": 9000, "cases": 90}, "review"), ({"p": 0.01, "se": 0.0019, "n": 9000, "cases": 90}, "publish")],
)  # fmt: skip
def test_eclac_2020_proportions(changes: dict[str, Any], flag: str) -> None:
    """At p = 0.4 the logarithmic CV is 0.175 at se = 0.175 x 0.4 x -ln(0.4) = 0.06414; at 0.01 a CV of 0.20 is one of 0.043."""
    assert eclac("eclac-2020", **changes) == flag


def test_eclac_2020_gives_no_label_to_a_total_with_a_large_cv() -> None:
    assert eclac("eclac-2020", "total", p=1000, se=199) == "publish"
    assert eclac("eclac-2020", "total", p=1000, se=200) == "no label"
    assert eclac("eclac-2020", "mean", p=1000, se=200, cases=math.nan) == "no label"


@pytest.mark.parametrize(
    ("changes", "flag"),
    [({}, "reliable"), ({"deff": 0.99}, "not reliable"), ({"deff": 0.99, "planned": True}, "reliable"),
     ({"deff": 0.99, "planned": True, "n": 99}, "not reliable"), ({"n": 60}, "reliable"), ({"n": 59}, "not reliable"),
     ({"df": 8}, "not reliable"), ({"df": 8, "planned": True}, "not reliable"), ({"df": 8, "low_df_justified": True}, "not reliable"),
     ({"df": 8, "planned": True, "low_df_justified": True}, "reliable"), ({"cases": 50}, "reliable"), ({"cases": 49}, "weakly reliable"),
     ({"cases": 30}, "weakly reliable"), ({"cases": 29}, "not reliable"), ({"se": 0.0641}, "reliable"), ({"se": 0.0642}, "not reliable"),
     ({"p": 0.6, "se": 0.0963, "cases": 120}, "weakly reliable"), ({"p": 0.6, "se": 0.0963, "cases": 29}, "not reliable"),
     ({"p": 0.6, "se": 0.0962, "cases": 120}, "reliable")],
)  # fmt: skip
def test_eclac_2023_proportions(changes: dict[str, Any], flag: str) -> None:
    """At p = 0.6 the logarithmic CV, with se / p, is 0.175 at se = 0.175 x 0.6 x -ln(0.4) = 0.09621."""
    assert eclac("eclac-2023", **changes) == flag


@pytest.mark.parametrize(
    ("se", "cases", "flag"),
    [(200, 50, "reliable"), (200, 49, "weakly reliable"), (200, 30, "weakly reliable"), (200, 29, "not reliable"), (201, 500, "weakly reliable"),
     (300, 30, "weakly reliable"), (300, 29, "not reliable"), (301, 500, "not reliable")],
)  # fmt: skip
def test_eclac_2023_totals(se: float, cases: float, flag: str) -> None:
    assert eclac("eclac-2023", "total", p=1000, se=se, cases=cases) == flag


def test_logarithmic_cv_takes_se_over_p_on_both_sides() -> None:
    low, high = (quantities(row(p, se=0.05))["log_cv"][0] for p in (0.2, 0.8))
    assert low == pytest.approx(0.25 / -math.log(0.2), rel=EXACT)
    assert high == pytest.approx(0.0625 / -math.log(0.2), rel=EXACT)


# ---- what holds for all ------------------------------------------------------------------------------------------


def test_the_estimates_are_not_changed() -> None:
    estimates = row(0.2, n=10)
    before = estimates.to_pandas()
    result = pv.report.reliability(estimates, rule=[rule.name for rule in pv.report.rules()])
    assert result.estimates is estimates
    pd.testing.assert_frame_equal(result.estimates.to_pandas(), before)
    assert (result.to_pandas()["estimate"] == 0.2).all()


def test_several_rules_side_by_side() -> None:
    result = pv.report.reliability(row(0.2, n=30), rule=["mics", "ilo", "nchs-2017"])
    assert result.to_pandas()["rule"].tolist() == ["mics", "ilo", "nchs-2017"]
    wide = result.side_by_side()
    assert wide[["mics", "ilo", "nchs-2017"]].iloc[0].tolist() == ["(20.0)", "20.0", "*"]
    assert result.of("ilo").flags == ("shown",)
    with pytest.raises(pv.errors.OptionError, match="Did you mean 'mics'"):
        result.of("micss")


def test_a_rule_that_is_not_made_for_a_statistic_says_so() -> None:
    verdict = pv.report.reliability(row(1000, statistic="total"), rule="nchs-2017").verdicts[0]
    assert (verdict.flags[0], verdict.displays[0]) == ("not applicable", "1,000")
    difference = pv.prevalence(
        pv.Survey(SURVEY.data.assign(sex=["a", "a", "b", "b"] * 10), SURVEY.design), "y", by="sex"
    ).difference("sex", "a", "b")
    assert pv.report.reliability(difference, rule="statcan").verdicts[0].flags == ("not applicable",)


@pytest.mark.parametrize(("rule", "word"), [("statcan", "cv"), ("abs", "cv"), ("eclac-2023", "deff")])
def test_a_quantity_that_does_not_exist_is_named(rule: str, word: str) -> None:
    verdict = pv.report.reliability(row(0.0, se=0, n=500, cases=0, deff=math.nan), rule=rule).verdicts[0]
    assert verdict.flags == ("not assessed",)
    assert word in verdict.reasons[0].removesuffix(" not defined").split(" or ")


def test_notes_explain_the_symbols_in_use_and_what_is_to_be_verified() -> None:
    ilo = pv.report.reliability(row(0.2, n=10), rule="ilo").verdicts[0].notes
    assert ilo[0] == "U: fewer than 15 observations: unreliable."
    assert any("0.334" in note and "to be verified" in note for note in ilo)
    statcan = pv.report.reliability(row(0.2), rule="statcan").verdicts[0].notes
    assert "Status: verified from a secondary source." in statcan[0]
    mics = pv.report.reliability(row(0.2, n=30), rule="mics").verdicts[0].notes
    assert mics[0] == "( ): based on 25-49 unweighted cases."


OFFICE = """
name = "office"
version = "1"
title = "rule of the office"
source = "circular 7"
status = "verified"
[[clauses]]
flag = "hidden"
symbol = ".."
display = ".."
any = ["n < 40", "cv > 0.2"]
[[clauses]]
flag = "shown"
display = "{value} %"
"""


def test_a_rule_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(OFFICE)
    assert judged(str(path), row(0.2, n=39)) == ("hidden", "..")
    assert judged(str(path), row(0.2, se=0.05)) == ("hidden", "..")
    assert judged(str(path), row(0.2)) == ("shown", "20.0 %")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('any = ["n < 40"', 'any = ["n <> 40"'), "a condition reads like 'n < 25'"),
        (('any = ["n < 40"', 'any = ["cses < 40"'), "unknown quantity 'cses' in 'cses < 40'; .* Did you mean 'cases'"),
        (('symbol = ".."', 'symbl = ".."'), "symbl: unknown key 'symbl'. Did you mean 'symbol'"),
        (('"{value} %"', '"{estimate} %"'), "display may hold {value} and no other braces"),
        (('title = "rule of the office"', ""), "title: the key 'title' is needed"),
        (('flag = "shown"', 'flag = "shown"\nafter = ["hiden"]'), "no clause gives the flag 'hiden'. Did you mean 'hidden'"),
    ],
)
def test_faults_of_a_rule(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "office.toml"
    path.write_text(OFFICE.replace(*change))
    with pytest.raises(pv.errors.ConfigError, match=message):
        pv.report.rule(path)


def test_faults_of_the_request(tmp_path: Path) -> None:
    with pytest.raises(pv.errors.OptionError, match=r"rule must be one of .*Did you mean 'statcan'"):
        pv.report.reliability(row(0.2), rule="statcann")
    with pytest.raises(pv.errors.OptionError, match="'mics' more than once"):
        pv.report.reliability(row(0.2), rule=["mics", "mics"])
    with pytest.raises(pv.errors.OptionError, match="one a row, 1 in all; found 2"):
        pv.report.reliability(row(0.2), rule="eclac-2023", planned=[True, False])
    with pytest.raises(pv.errors.ConfigError, match="cannot be read"):
        pv.report.rule(tmp_path / "absent.toml")
    with pytest.raises(pv.errors.OutputError, match="exists"):
        (tmp_path / "there.toml").touch()
        pv.report.copy_rule("mics", tmp_path / "there.toml")


def test_every_shipped_rule_states_its_source_and_uses_known_quantities() -> None:
    found = pv.report.rules()
    assert [rule.name for rule in found] == [
        "abs", "dhs", "eclac-2020", "eclac-2023", "ilo", "ine-chile", "mics", "nchs-2017", "nchs-30-30", "nchs-counts", "statcan",
    ]  # fmt: skip
    assert all(rule.source and rule.version for rule in found)
    assert set(quantities(row(0.2))) == set(QUANTITIES)


# ---- the sampling-error table ------------------------------------------------------------------------------------


def test_row_of_iraq_mics_2018() -> None:
    """Dissemination standards, section 5: r and se are printed to four decimals, so deff is known to 2.4 %, and limits to three."""
    printed = row(0.0728, se=0.0043, n=15595)
    table = pv.prevalence(SURVEY, "y").design_effect("mics")
    srs = 0.0728 * (1 - 0.0728) / (15595 - 1)
    low, high = (se**2 / srs for se in (0.00425, 0.00435))
    assert low <= 4.257 <= high
    assert math.sqrt(4.257) == pytest.approx(2.063, abs=5e-4)
    assert printed.to_pandas()["cv"][0] == pytest.approx(0.059, abs=5e-4)
    limits = printed.ci(method="mics").limits
    assert (round(limits.low[0], 3), round(limits.high[0], 3)) == (0.064, 0.081)
    p, n, se = 0.5, 40, table.numbers.se[0]
    assert table.numbers.deff[0] == pytest.approx(se**2 / (p * (1 - p) / (n - 1)), rel=EXACT)
