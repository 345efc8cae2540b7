"""Scripts for R and Stata: R runs them on samples of every kind and finds the same numbers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

import prevalence as pv
from prevalence.report.checking._r_script import literal as in_r
from prevalence.survey import Family, Survey

DATA = Path(__file__).resolve().parents[3] / "reference" / "data"
PATIENCE = 120
"""Seconds; R needs one or two."""


def rows_of(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv")


def designed(name: str, **design: Any) -> Survey:
    return Survey(rows_of(name), pv.Design(**design))


def systematic(selection: str, order: str | None = None) -> Survey:
    rows = rows_of("election_systematic")
    design = pv.Design(weight="w", stratum="stratum", psu="row", fpc="p", selection=selection, order=order)
    return Survey(rows.assign(row=range(len(rows))), design)


def two_phase(name: str, method: str) -> Survey:
    rows = rows_of(name)
    sampled = rows.groupby("h")["unit1"].transform("nunique")
    phase = pv.TwoPhase(subset="in2", stratum="g", unit="unit2", method=method)
    return Survey(
        rows.assign(w1=rows["fpc1"] / sampled), pv.Design(weight="w1", stratum="h", psu="unit1", fpc="fpc1", two_phase=phase)
    )


def with_columns(method: str, **more: Any) -> Survey:
    """Return the synthetic sample with factors of its units as columns."""
    prefix = "sdr" if method == "SDR" else "boot"
    units = rows_of(f"replication_{method.lower()}").drop(columns="stratum", errors="ignore")
    rows = rows_of("synthetic").merge(units, on="psu", validate="many_to_one")
    replicates = pv.Replicates(columns=f"{prefix}*", method=method, combined=False, **more)
    return Survey(rows, pv.Design(weight="w", replicates=replicates))


def created(method: str, **more: Any) -> Survey:
    """Return the sample of six ambulance areas, two in each stratum, with replicates that the library makes."""
    return designed("scd", weight="w", stratum="ESA", psu=["ESA", "ambulance"], replicates=pv.Replicates(method=method, **more))


STAGES = {"weight": "pw", "psu": "dnum", "fpc": "fpc1"}
AREAS = {"weight": "w", "stratum": "stratum", "psu": "area", "fpc": "N1"}
QUESTIONS: dict[str, tuple[Callable[[], Survey], dict[str, Any]]] = {
    "strata": (lambda: designed("apistrat", weight="pw", stratum="stype", fpc="fpc"), {"variable": "api00", "statistic": "mean"}),
    "rows alone": (lambda: designed("apisrs", weight="pw"), {"variable": "enroll", "statistic": "total"}),
    "clusters, ratio": (
        lambda: designed("apiclus1", weight="pw", psu="dnum", fpc="fpc"),
        {"variable": ["api_stu", "enroll"], "statistic": "ratio"},
    ),
    "two stages": (
        lambda: designed("apiclus2", **STAGES, later_stages=[pv.Stage(unit="snum", fpc="fpc2")]),
        {"variable": "api00", "statistic": "mean", "by": "stype"},
    ),
    "two stages, the last without correction": (
        lambda: designed("stages", **AREAS, later_stages=[pv.Stage(unit="block")]),
        {"variable": "y", "statistic": "total", "by": "sex"},
    ),
    "three stages, fractions and counts": (
        lambda: designed(
            "stages", **AREAS, later_stages=[pv.Stage(unit="block", fpc="f2"), pv.Stage(unit="household", fpc="N3")]
        ),
        {"variable": "y", "by": ["region", "sex"]},
    ),
    "later stages that do not count": (
        lambda: designed("apiclus2", weight="pw", psu="dnum", later_stages=[pv.Stage(unit="snum", fpc="fpc2")]),
        {"variable": "api00", "statistic": "mean"},
    ),
    "domains and missing outcomes": (
        lambda: designed("synthetic", weight="w", stratum="stratum", psu="psu", fpc="fpc"),
        {"variable": "y", "by": ["sex", "region"]},
    ),
    "lonely units, adjust": (
        lambda: designed("synthetic_lonely", weight="w", stratum="stratum", psu="psu", lonely_psu="adjust"),
        {"variable": "y", "by": "sex"},
    ),
    "lonely units, average": (
        lambda: designed("synthetic_lonely", weight="w", stratum="stratum", psu="psu", lonely_psu="average"),
        {"variable": "y", "by": "sex"},
    ),
    "replicate columns, bootstrap": (lambda: with_columns("bootstrap"), {"variable": "y", "by": "sex"}),
    "replicate columns, about the estimate": (lambda: with_columns("bootstrap", mse=True, scale=1 / 60), {"variable": "y"}),
    "replicate columns, successive differences": (lambda: with_columns("SDR"), {"variable": "y", "by": "sex"}),
    "created jackknife": (
        lambda: designed(
            "synthetic", weight="w", stratum="stratum", psu="psu", fpc="fpc", replicates=pv.Replicates(method="JKn")
        ),
        {"variable": "y", "by": "sex"},
    ),
    "created bootstrap": (
        lambda: designed(
            "synthetic", weight="w", stratum="stratum", psu="psu", replicates=pv.Replicates(method="bootstrap", n=40, seed=1)
        ),
        {"variable": "y", "by": "sex"},
    ),
    "created BRR": (lambda: created("BRR"), {"variable": ["alive", "arrests"], "statistic": "ratio"}),
    "created Fay": (lambda: created("Fay", fay_rho=0.3), {"variable": ["alive", "arrests"], "statistic": "ratio"}),
    "brewer": (lambda: systematic("brewer"), {"variable": "big", "statistic": "mean", "by": "stratum"}),
    "brewer, two stages": (
        lambda: designed(
            "mu284_brewer", weight="w", psu="id1", fpc="p1", later_stages=[pv.Stage(unit="id2", fpc="p2")], selection="brewer"
        ),
        {"variable": "y1", "statistic": "total", "among": "big"},
    ),
    "hartley-rao": (lambda: systematic("hartley-rao"), {"variable": ["Bush", "votes"], "statistic": "ratio"}),
    "hartley-rao-ht": (lambda: systematic("hartley-rao-ht"), {"variable": "Bush", "statistic": "total"}),
    "successive differences": (lambda: systematic("successive-differences", "order"), {"variable": "big", "among": "big"}),
    "successive differences, ratio": (
        lambda: systematic("successive-differences", "order"),
        {"variable": ["Bush", "votes"], "statistic": "ratio", "by": "big"},
    ),
    "collapsed pairs": (
        lambda: systematic("collapsed-pairs", "order"),
        {"variable": ["Bush", "votes"], "statistic": "ratio", "by": "big"},
    ),
    "two phases, full": (
        lambda: two_phase("two_phase_schools", "full"),
        {"variable": ["api_stu", "enroll"], "statistic": "ratio", "by": "big"},
    ),
    "two phases, simple": (lambda: two_phase("two_phase_districts", "simple"), {"variable": "api_stu", "statistic": "total"}),
}


def absent() -> str:
    """Return what is missing for a comparison with R, nothing if all is there."""
    if not shutil.which("Rscript"):
        return "Rscript is not on the path"
    ask = 'cat(nzchar(system.file(package = "survey")))'
    found = subprocess.run(["Rscript", "-e", ask], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    return "" if found == "TRUE" else "R lacks survey"


@pytest.fixture(scope="session")
def with_r() -> None:
    reason = absent()
    if reason and "R" in re.split(r"[,\s]+", os.environ.get("PREVALENCE_REQUIRE", "")):
        pytest.fail(f"{reason}, and PREVALENCE_REQUIRE asks for R.")
    if reason:
        pytest.skip(f"{reason}: nothing to compare with.")


def run(script: pv.report.CheckScript, folder: Path) -> subprocess.CompletedProcess[str]:
    path = script.save(folder)
    return subprocess.run(["Rscript", path.name], cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.mark.usefixtures("with_r")
@pytest.mark.parametrize("name", QUESTIONS)
def test_r_finds_the_same_numbers(name: str, tmp_path: Path) -> None:
    make, question = QUESTIONS[name]
    done = run(pv.report.r_script(make(), **question), tmp_path)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert "agree in" in done.stdout


@pytest.mark.usefixtures("with_r")
def test_the_script_stops_where_a_number_differs(tmp_path: Path) -> None:
    script = pv.report.r_script(QUESTIONS["strata"][0](), "api00", statistic="mean")
    place = script.save(tmp_path)
    ours = repr(float(script.estimates.numbers.se[0]))
    assert ours in script.text
    place.write_text(script.text.replace(ours, repr(float(ours) * (1 + 1e-7))))
    done = subprocess.run(["Rscript", place.name], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode != 0
    assert "1 of 1 rows differ" in done.stderr


HOSTILE = "O'Neil \"the\" `first` \\ née 'q'"


@pytest.mark.usefixtures("with_r")
def test_odd_names_overlapping_chains_and_margins(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"the weight": 1.5, "ea no.": [i % 12 for i in range(240)], "if": [float(i % 5 == 0) for i in range(240)]}
    )
    rows[HOSTILE] = [HOSTILE if i % 3 else "b" for i in range(240)]
    rows["chain_cocoa"], rows["chain_gold"] = [[float(i % k < 2) for i in range(240)] for k in (4, 7)]
    family = Family(
        name="supply_chain", members={"cocoa": "chain_cocoa", "gold": "chain_gold"}, exposure="household", denominator="children"
    )
    survey = Survey(rows, pv.Design(weight="the weight", psu="ea no."), families={"supply_chain": family})
    script = pv.report.r_script(survey, "if", by=["supply_chain", HOSTILE])
    assert len(script.estimates) >= 4
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("with_r")
def test_labels_that_look_like_numbers_or_truth_values_stay_labels(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "w": [1.0 + i % 4 for i in range(120)],
            "psu": [("1", "01", "1.0", "10", "1e1", "T")[i % 6] for i in range(120)],
            "group": [("T", "F")[i // 60] for i in range(120)],
            "y": [float(i % 7 < 3) for i in range(120)],
        }
    )
    done = run(pv.report.r_script(Survey(rows, pv.Design(weight="w", psu="psu")), "y", by="group"), tmp_path)
    assert done.returncode == 0, done.stderr


def test_values_as_r_writes_them() -> None:
    assert in_r([0.1, float("nan")]) == "c(0.1, NA)"
    assert in_r([]) == "character(0)"
    assert in_r({"a`b": 'c"d'}) == 'list(`a\\`b` = "c\\"d")'


def test_designs_without_counterpart_in_r() -> None:
    design = pv.Design(
        weight="w", stratum="stratum", psu="area", fpc="f1", later_stages=[pv.Stage(unit="block")], selection="hartley-rao"
    )
    with pytest.raises(pv.errors.OptionError, match="hartley-rao design with later stages"):
        pv.report.r_script(Survey(rows_of("stages"), design), "y")


def svyset(survey: Survey, variable: str = "y") -> str:
    text = pv.report.stata_script(survey, variable).text
    return next(line for line in text.splitlines() if line.startswith("svyset"))


def test_svyset_of_stages() -> None:
    survey = designed(
        "stages", **AREAS, later_stages=[pv.Stage(unit="block", fpc="N2"), pv.Stage(unit="household")], lonely_psu="adjust"
    )
    found = "svyset _unit1 [pweight=w], strata(_stratum1) fpc(N1) singleunit(centered)"
    assert svyset(survey) == f"{found} || _unit2, strata(_stratum2) fpc(N2) || _unit3, strata(_stratum3)"


def test_svyset_of_replicates() -> None:
    rows = rows_of("scd").rename(columns={"alive": "y"})
    rows["y"] = (rows["y"] > 20).astype(float)
    weighted = rows.assign(**{f"brr{k}": rows[f"brr{k}"] * rows["w"] for k in range(1, 5)})
    columns = [f"brr{k}" for k in range(1, 5)]
    brr = Survey(weighted, pv.Design(weight="w", replicates=pv.Replicates(columns=columns, method="BRR", mse=True)))
    assert svyset(brr) == "svyset [pweight=w], brrweight(brr1 brr2 brr3 brr4) vce(brr) mse"
    jackknife = pv.Replicates(columns=columns, method="JKn", rscales=[0.5, 0.5, 0.25, 0.25])
    assert "jkrweight(brr3, multiplier(0.25))" in svyset(Survey(weighted, pv.Design(weight="w", replicates=jackknife)))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("two phases, full", "two phases"),
        ("brewer", "selection='brewer'"),
        ("created bootstrap", "created BRR, Fay or bootstrap"),
        ("replicate columns, bootstrap", "bootstrap columns"),
    ],
)
def test_designs_without_counterpart_in_stata(name: str, what: str) -> None:
    make, question = QUESTIONS[name]
    with pytest.raises(pv.errors.OptionError, match=re.escape(what)):
        pv.report.stata_script(make(), **question)


def test_stata_rows_and_conditions(tmp_path: Path) -> None:
    script = pv.report.stata_script(designed("synthetic", weight="w", stratum="stratum", psu="psu"), "y", by="sex")
    assert "* sex = Female\ngenerate byte _in = _domain1 & !missing(y)\n" in script.text
    assert script.save(tmp_path).name == "check.do"
    back, _ = pyreadstat.read_dta(tmp_path / "rows.dta")
    pd.testing.assert_frame_equal(back, script.rows, check_dtype=False)


STATA_CODE = ["a\"'\n!echo hacked\n*", "$1-5 per day", "Côte d`Ivoire", "/* `x' // \\ \x07", "plain; exit"]


@pytest.mark.parametrize("among", [None, "works"])
def test_labels_of_data_are_no_code_in_stata(tmp_path: Path, among: str | None) -> None:
    rows = pd.DataFrame({"w": 1.0, "y": [0.0, 1.0] * 50, "works": [1.0, 1.0, 0.0, 1.0] * 25, "group": STATA_CODE * 20})
    script = pv.report.stata_script(Survey(rows, pv.Design(weight="w")), "y", by="group", among=among)
    body = script.text.partition("svyset")[2]
    assert not set("$`'\\/;\x07") & set(body)
    known = ("", "generate byte _in = ", "svy, subpop(_in): mean y", 'display "', "drop _in", "* group = ")
    assert all(line.startswith(known[1:]) or not line for line in body.splitlines()[1:])
    script.save(tmp_path)
    back, _ = pyreadstat.read_dta(tmp_path / "rows.dta")
    columns = [f"_domain{number}" for number in range(1, len(script.estimates) + 1)]
    assert back[columns].sum().tolist() == script.estimates.numbers.n.tolist()
    levels = next(key for key in script.estimates.keys if key.name == "group").texts()
    for column, level in zip(columns, levels, strict=True):
        assert set(back.loc[back[column] == 1, "group"]) == {level}


def test_rows_of_overlapping_chains_in_stata() -> None:
    rows = pd.DataFrame({"w": 1.0, "y": [0.0, 1.0] * 60, "sex": ["Female", "Male", "Male"] * 40})
    rows["chain_cocoa"], rows["chain_gold"] = [[float(i % k < 2) for i in range(120)] for k in (4, 7)]
    family = Family(
        name="supply_chain", members={"cocoa": "chain_cocoa", "gold": "chain_gold"}, exposure="household", denominator="children"
    )
    survey = Survey(rows, pv.Design(weight="w"), families={"supply_chain": family})
    script = pv.report.stata_script(survey, "y", by=["supply_chain", "sex"])
    columns = [name for name in script.rows.columns if name.startswith("_domain")]
    assert script.rows[columns].sum().tolist() == script.estimates.numbers.n.tolist()


def test_stata_refuses_a_name_that_it_cannot_hold() -> None:
    rows = pd.DataFrame({"the weight": [1.0, 2.0], "y": [0.0, 1.0]})
    with pytest.raises(pv.errors.OptionError, match="'the weight'"):
        pv.report.stata_script(Survey(rows, pv.Design(weight="the weight")), "y")


def test_faults_of_the_question(tmp_path: Path) -> None:
    survey = designed("synthetic", weight="w", stratum="stratum", psu="psu")
    with pytest.raises(pv.errors.OptionError, match="ratio needs numerator and denominator"):
        pv.report.r_script(survey, "y", statistic="ratio")
    with pytest.raises(pv.errors.OptionError, match="statistic must be one of"):
        pv.report.r_script(survey, "y", statistic="median")
    with pytest.raises(pv.errors.OutputError, match="must exist"):
        pv.report.r_script(survey, "y").save(tmp_path / "nowhere")
