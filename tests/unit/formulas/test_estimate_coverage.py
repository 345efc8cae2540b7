"""The coverage study of totals, means, ratios and differences computes what the library computes, and the docs say what it found."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.design import DF_RULES

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs" / "methods" / "coverage"
SAMPLES = 3
TOLERANCE = 1e-9
"""The sums are taken in another order."""


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def study() -> ModuleType:
    module("interval_coverage")
    return module("estimate_coverage")


def people_of(drawn: object, sample: int) -> pd.DataFrame:
    """One row a person of a sample; the cases of a cell share its hours equally, which changes no sum of a unit."""
    people = drawn.people[sample]
    units, halves, classes = people.shape[1:]
    place = np.indices(people.shape).reshape(4, -1)
    cells = pd.DataFrame(place.T, columns=["stratum", "unit", "half", "class"])
    cells = cells.assign(**{name: getattr(drawn, name)[sample].ravel() for name in ("people", "cases", "hours", "hazardous")})
    cells["w"] = np.broadcast_to(drawn.weight[sample], people.shape).ravel()
    cells["chain"] = np.repeat(drawn.marked[sample].ravel(), halves * classes).astype(int)
    rows = cells.loc[cells.index.repeat(cells["people"])]
    rows["case"] = (rows.groupby(level=0).cumcount() < rows["cases"]).astype(int)
    for name in ("hours", "hazardous"):
        rows[name] = np.where(rows["case"] == 1, rows[name] / rows["cases"].clip(lower=1), np.nan)
    rows["all_hours"] = rows["hours"].fillna(0.0)
    return rows.assign(ea=rows["stratum"] * units + rows["unit"], everyone=1).reset_index(drop=True)


def asked(survey: pv.Survey) -> dict[tuple[str, str], pv.Estimates]:
    """The questions of the study, put to the library."""
    within, across = "halves of each unit", "scattered quarter and rest"
    by_half, by_chain = pv.prevalence(survey, "case", by="half"), pv.prevalence(survey, "case", by="chain")
    found = {
        ("difference of prevalences", within): by_half.difference("half", 0, 1),
        ("ratio of prevalences", within): by_half.relative("half", 0, 1),
        ("difference of means", within): pv.mean(survey, "hours", by="half").difference("half", 0, 1),
        ("difference of prevalences", across): by_chain.difference("chain", 1, 0),
    }
    for domain, among in (("everyone", "everyone"), ("scattered quarter", "chain")):
        found |= {
            ("total of cases", domain): pv.total(survey, "case", among=among),
            ("total of hours", domain): pv.total(survey, "all_hours", among=among),
            ("mean, many zeros", domain): pv.mean(survey, "all_hours", among=among),
            ("mean", domain): pv.mean(survey, "hours", among=among),
            ("ratio", domain): pv.ratio(survey, "hazardous", "hours", among=among),
        }
    return found


@pytest.mark.parametrize("layout", [(2, 20, 0.2, 20, 0.1, 0.25), (10, 20, 0.6, 60, 0.05, 0.05), (0, 20, 0.6, 30, 0.0, 0.25)])
def test_answers_are_those_of_the_library(study: ModuleType, layout: tuple[float, ...]) -> None:
    setting = study.Setting(*layout)
    drawn = study.draw(setting, SAMPLES, np.random.default_rng(3))
    answers = study.answers(drawn, setting)
    for sample in range(SAMPLES):
        rows = people_of(drawn, sample)
        for rule in DF_RULES:
            design = pv.Design(weight="w", stratum="stratum", psu="ea", df_rule=rule)
            for question, table in asked(pv.Survey(rows, design)).items():
                numbers, limits, of = table.numbers, table.limits, answers[question]
                df = of.df[:, study.RULES.index(rule)]
                se = numbers.se_log if table.kind == "log" else numbers.se
                expected = [numbers.estimate[0], se[0], numbers.df[0], limits.low[0], limits.high[0]]
                own = study.limits_of(question[0], of, df)[table.interval.method]
                seen = [of.estimate[sample], of.se[sample], df[sample], own.low[sample], own.high[sample]]
                np.testing.assert_allclose(seen, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{question}, {rule}")


def test_estimates_are_about_the_truth_and_standard_errors_about_the_spread(study: ModuleType) -> None:
    setting = study.Setting(2, 20, 0.2, 100, 0.05, 0.25)
    for (statistic, domain), of in study.gathered(setting, 4000, 1).items():
        cell = study.of_cell(statistic, of)
        # A ratio of two estimates is biased by the squared error of the lower one, which the interval on the log scale does not mind.
        if statistic != "ratio of prevalences":
            assert abs(cell["bias, % of sd"]) < 100 * 4 / np.sqrt(4000), (statistic, domain)
        # Linearised errors of ratios of few cases are too small.
        assert cell["mean se over sd"] == pytest.approx(1, abs=0.15 if domain == "scattered quarter" else 0.05), (
            statistic,
            domain,
        )


@pytest.mark.parametrize("layout", [(2, 20, 0.2, 20, 0.1, 0.01), (10, 20, 0.6, 20, 0.05, 0.05)])
def test_limits_without_cases_are_those_of_the_library(study: ModuleType, layout: tuple[float, ...]) -> None:
    setting = study.Setting(*layout)
    drawn = study.draw(setting, 3 * SAMPLES, np.random.default_rng(5))
    answers = study.counted(drawn, setting)
    empty = 0
    for sample in range(3 * SAMPLES):
        survey = pv.Survey(people_of(drawn, sample), pv.Design(weight="w", stratum="stratum", psu="ea"))
        table = pv.total(survey, "case", by="chain", margins=True)
        for domain, level in (("everyone", "All"), ("scattered quarter", 1)):
            row, own = table.select(chain=level), answers[domain]
            expected = [row.numbers.estimate[0], row.limits.low[0], row.limits.high[0]]
            empty += expected[0] == 0
            seen = [own.estimate[sample], own.low[sample], own.high[sample]]
            np.testing.assert_allclose(seen, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=domain)
    assert empty > 0


def test_docs_say_what_numbers_of_people_do_where_a_sample_has_no_case() -> None:
    cells = pd.read_csv(DOCS / "estimates_none.csv")
    assert (cells["no case, %"].min() >= 1, len(cells)) == (True, 74)
    short = cells["all: covers"] < 100 * (0.95 - 3 * np.sqrt(0.95 * 0.05 / 10_000))
    everyone = cells["domain"] == "everyone"
    assert (int((~everyone).sum()), int(short[~everyone].sum())) == (55, 0)
    assert (int(everyone.sum()), int(short[everyone].sum()), cells.loc[short, "all: covers"].min().round(1)) == (19, 4, 90.9)
    assert set(cells.loc[short, "icc"]) == {0.1}
    assert cells.loc[cells["no case, %"] >= 50, "no case: covers"].min() > 95


@pytest.fixture(scope="module")
def rows(study: ModuleType) -> pd.DataFrame:
    """What was found: one row a cell, df rule and scale."""
    grid = pd.read_csv(DOCS / "estimates.csv")
    return study.long(grid).merge(grid[[*study.KEY, "mean se over sd", "bias, % of sd"]].drop_duplicates(study.KEY), on=study.KEY)


def found(part: pd.DataFrame) -> tuple[int, int, float]:
    """Cells, those too low, and the lowest coverage."""
    return len(part), int(part["short"].sum()), round(float(part["covers"].min()), 1)


def default(rows: pd.DataFrame) -> pd.DataFrame:
    log = rows["statistic"].isin(["total of cases", "ratio of prevalences"])
    return rows[rows["interval"] == np.where(log, "log", "wald")]


def of_people(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["statistic"] == "total of cases"]


def of_df(rows: pd.DataFrame, least: float, below: float = np.inf) -> pd.DataFrame:
    return rows[(rows["median df"] >= least) & (rows["median df"] < below)]


def test_docs_say_which_df_rule_holds_where_there_is_enough(study: ModuleType, rows: pd.DataFrame) -> None:
    assert len(rows.drop_duplicates(study.KEY)) == 2520
    assert len(rows.drop_duplicates(study.KEY[:6])) == 180
    enough = rows[(rows["effective cases"] >= 20) & (rows["median df, occupied"] >= 30)]
    by_rule = {rule: found(default(part)) for rule, part in enough.groupby("rule")}
    assert by_rule["satterthwaite"] == (704, 243, 90.9)
    assert {rule: by_rule[rule][1] for rule in ("own", "occupied", "design")} == {"own": 394, "occupied": 453, "design": 463}
    assert {round(by_rule[rule][2]) for rule in ("own", "occupied", "design")} == {88}
    log = {rule: found(part)[:2] for rule, part in enough[enough["interval"] == "log"].groupby("rule")}
    assert (log["satterthwaite"], log["occupied"]) == ((545, 58), (545, 333))
    widths = enough[enough["interval"] == "wald"].groupby("rule")["width"].mean()
    assert widths["satterthwaite"] / widths["occupied"] == pytest.approx(1.04, abs=0.005)
    assert enough.loc[enough["statistic"] != "ratio of prevalences", "bias, % of sd"].abs().max() < 4
    errors = enough.groupby("statistic")["mean se over sd"]
    assert (errors.mean().min().round(2), errors.mean().max().round(2), errors.min().idxmin()) == (0.94, 0.98, "ratio")
    assert errors.min().min() == pytest.approx(0.86, abs=0.005)


def test_docs_say_how_rules_differ_by_question() -> None:
    contest = pd.read_csv(DOCS / "estimates_contest.csv").set_index(["statistic", "domain", "interval", "rule"])
    lowest, short = contest["lowest, %"].unstack(), contest["too low"].unstack()
    assert (lowest["satterthwaite"] >= lowest.drop(columns="satterthwaite").max(axis=1)).all()
    chain = ("scattered quarter", "wald")
    of_hours = ("mean", "mean, many zeros", "ratio", "total of hours")
    fewer = [short.loc[(name, *chain), "satterthwaite"] - short.loc[(name, *chain), "own"] for name in of_hours]
    assert (min(fewer), max(fewer)) == (2, 5)
    own = contest.xs("own", level="rule")
    assert own["mean, %"].xs("scattered quarter", level="domain").max() == pytest.approx(95.7, abs=0.05)
    pairs = {
        ("difference of prevalences", "halves of each unit"): (57, 4),
        ("difference of means", "halves of each unit"): (56, 0),
    }
    pairs[("difference of prevalences", "scattered quarter and rest")] = (46, 18)
    for question, expected in pairs.items():
        assert tuple(contest.loc[(*question, "wald", "satterthwaite"), ["cells", "too low"]]) == expected


PARTS = ((15, np.inf), (8, 15), (0, 8))
"""Bands of degrees of freedom by which numbers of people are flagged."""


def test_docs_say_from_which_df_and_cases_on_intervals_may_be_trusted(study: ModuleType, rows: pd.DataFrame) -> None:
    rows = rows[rows["rule"] == "satterthwaite"]
    every = rows[rows["no interval, %"] < 50]
    log, plain = (of_people(every[every["interval"] == scale]) for scale in ("log", "wald"))
    assert [found(of_df(log, *part)) for part in PARTS] == [(101, 1, 94.2), (83, 11, 93.5), (164, 9, 92.8)]
    assert [found(of_df(plain, *part))[1:] for part in PARTS] == [(42, 93.0), (79, 89.6), (143, 77.5)]
    wider = of_df(plain.merge(log, on=study.KEY, suffixes=("", " log")), 15)
    assert (wider["width log"] / wider["width"]).mean() == pytest.approx(1.01, abs=0.005)

    most = every[(every["interval"] == "wald") & (every["statistic"] != "total of cases")]
    assert found(of_df(most, 30)) == (207, 15, 93.9)
    assert found(of_df(most, 15, 30)) == (299, 164, 91.7)
    assert found(of_df(most, 0, 15)) == (1387, 1237, 68.3)
    assert of_df(most, 0, 15)["truth above"].sum() > 5 * of_df(most, 0, 15)["truth below"].sum()
    differ = of_df(most[most["statistic"].str.startswith("difference")], 30)
    assert found(differ)[:2] == (84, 2)
    assert set(differ.loc[differ["short"], "domain"]) == {"scattered quarter and rest"}

    log = rows[rows["interval"] == "log"]
    totals, ratios = log[log["statistic"].str.startswith("total")], log[log["statistic"] == "ratio of prevalences"]
    means = log[log["statistic"].isin(["mean", "mean, many zeros", "ratio"])]
    assert (found(of_df(totals, 15)), found(of_df(totals, 8, 15))) == ((178, 1, 94.2), (144, 22, 93.5))
    assert (found(of_df(means, 30)), found(of_df(means, 15, 30))) == ((92, 3, 94.1), (139, 32, 93.0))
    assert found(of_df(ratios[ratios["effective cases"] >= 10], 8)) == (103, 2, 94.2)
    sums = log[log["statistic"] != "ratio of prevalences"]
    plain = rows[(rows["interval"] == "wald") & ~rows["statistic"].str.startswith("difference")]
    wider = of_df(plain.merge(sums, on=study.KEY, suffixes=("", " log")), 15)
    assert (wider["width log"] / wider["width"]).mean() == pytest.approx(1.01, abs=0.002)

    def of_cases(part: pd.DataFrame, least: float, below: float) -> tuple[int, int, float]:
        return found(part[(part["effective cases"] >= least) & (part["effective cases"] < below)])

    assert of_cases(plain, 50, 100)[2] == 90.9
    assert of_cases(plain, 200, np.inf) == (170, 19, 93.5)
    assert (of_cases(sums, 50, 100)[2], of_cases(sums, 100, 200)[:2]) == (91.7, (130, 7))
    assert (of_cases(plain, 0, 5)[2], of_cases(sums, 0, 5)[2]) == (66.8, 76.2)
