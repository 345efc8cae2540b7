"""A plan from a configuration: what is written, the same bytes twice, and every fault of the file in one message."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ConfigError, LoadError, OptionError, OutputError

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
PLAN = """
title = "XAA: child labour survey 2028"
seed = 20280101

[interviews]
households_per_cluster = 20
children = [0.36, 0.22, 0.20, 0.13, 0.09]
response = 0.93

[clustering]
icc = 0.08

[allocation]
method = "neyman"

[frame]
file = "areas.csv"
unit = "ea"
stratum = "stratum"
size = "households"
order = ["district"]

[[targets]]
indicator = "child_labour"
rate = 0.20
cv = 0.06

[[targets]]
indicator = "child_labour"
rate = 0.20
by = "region"
relative_margin = 0.25
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    areas = pd.DataFrame(
        {
            "ea": [f"EA{i:04d}" for i in range(900)],
            "stratum": np.repeat([1, 2, 3], 300),
            "region": np.repeat(["North", "North", "South"], 300),
            "district": rng.integers(1, 30, 900),
            "households": rng.integers(40, 200, 900),
        }
    )
    areas.to_csv(tmp_path / "areas.csv", index=False)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = PLAN
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return folder / "plan.toml"


def test_files_agree_with_each_other(folder: Path) -> None:
    found = pv.plan.run(folder / "plan.toml", out=folder / "out")
    assert found.files == ("strata.csv", "precision.csv", "fieldwork.csv", "plan.json", "plan.html")
    strata, field = (pd.read_csv(folder / "out" / name) for name in ("strata.csv", "fieldwork.csv"))
    assert strata["clusters"].sum() == len(field) == found.plan.clusters
    assert found.plan.precision.domain == ("All", "North", "South")
    assert found.plan.precision.reached.all()
    document = json.loads((folder / "out" / "plan.json").read_text(encoding="utf-8"))
    assert document["schema"] == "prevalence/plan/1"
    assert [row["area"] for row in document["fieldwork"]] == list(field["area"])
    page = (folder / "out" / "plan.html").read_text(encoding="utf-8")
    assert "XAA: child labour survey 2028" in page
    assert field["area"].iloc[-1] in page
    assert "<script" not in page


def test_same_files_give_the_same_bytes(folder: Path) -> None:
    first = pv.plan.run(folder / "plan.toml", out=folder / "a")
    pv.plan.run(folder / "plan.toml", out=folder / "b")
    for name in first.files:
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()


def test_run_is_the_functions_in_their_order(folder: Path) -> None:
    found = pv.plan.run(folder / "plan.toml", out=folder / "out")
    areas = pd.read_csv(folder / "areas.csv")
    strata = areas.groupby("stratum").agg(households=("households", "sum"), region=("region", "first")).reset_index()
    plan = pv.plan.sample_plan(
        strata,
        [
            pv.plan.Target(indicator="child_labour", rate=0.2, cv=0.06),
            pv.plan.Target(indicator="child_labour", rate=0.2, by="region", relative_margin=0.25),
        ],
        households_per_cluster=20,
        children=pv.plan.children_per_household([0.36, 0.22, 0.20, 0.13, 0.09]),
        icc=0.08,
        response=0.93,
        allocation="neyman",
    )
    assert plan.strata.clusters.tolist() == found.plan.strata.clusters.tolist()
    field = plan.fieldwork(areas, seed=20280101, unit="ea", stratum="stratum", size="households", order="district")
    assert found.fieldwork is not None
    assert field.area == found.fieldwork.area


def test_earlier_round_gives_rate_and_correlation(folder: Path) -> None:
    for name in ("children.sav",):
        (folder / name).write_bytes((SAMPLE / name).read_bytes())
    earlier = (
        '[earlier]\nfiles = ["children.sav"]\nprofile = "sample-children"\nmeasure = "child_labour"\n'
        'definition = "sdg-8.7.1"\nby = "country"\ndomain = "XAA"'
    )
    path = changed(folder, ("[clustering]\nicc = 0.08", earlier), ("rate = 0.20\n", ""))
    found = pv.plan.run(path, out=folder / "out")
    children = pv.classify.child_labour(pv.load(SAMPLE / "children.sav", profile="sample-children"))
    expected = pv.plan.icc(children, "child_labour", by="country")
    place = expected.domain.index("XAA")
    assert found.plan.interviews.icc == expected.icc[place]
    assert found.plan.precision.rate.tolist() == pytest.approx([expected.rate[place]] * 3)
    assert "earlier.csv" in found.files


def test_strata_file_without_a_frame(folder: Path) -> None:
    pd.DataFrame({"stratum": ["a", "b"], "households": [50_000, 90_000], "region": ["North", "South"]}).to_csv(
        folder / "strata.csv", index=False
    )
    start, end = PLAN.index("[frame]"), PLAN.index("[[targets]]")
    path = changed(folder, (PLAN[start:end], '[strata]\nfile = "strata.csv"\n\n'))
    found = pv.plan.run(path, out=folder / "out")
    assert found.fieldwork is None
    assert found.files == ("strata.csv", "precision.csv", "plan.json", "plan.html")


def test_all_faults_are_listed_with_their_lines(folder: Path) -> None:
    path = changed(
        folder,
        ('file = "areas.csv"', 'file = "area.csv"'),
        ("response = 0.93", "respones = 0.93"),
        ('method = "neyman"', 'method = "nyman"'),
        ("cv = 0.06", "cv = 0.06\nmargin = 0.02"),
    )
    with pytest.raises(ConfigError) as caught:
        pv.plan.run(path, out=folder / "out")
    said = str(caught.value)
    assert said.startswith("The plan 'plan.toml' has 4 faults:")
    lines = path.read_text(encoding="utf-8").splitlines()
    for part, line in (
        ("unknown key 'respones'. Did you mean 'response'?", "respones"),
        ("no such file: 'area.csv'; paths start from the folder of the plan. Did you mean 'areas.csv'?", "file ="),
        ("Did you mean 'neyman'?", "method"),
        ("exactly one of", "[[targets]]"),
    ):
        number = next(i for i, text in enumerate(lines, start=1) if text.startswith(line))
        assert any(told.startswith(f"  line {number}, ") and part in told for told in said.splitlines()), (part, said)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("pairs", "error", "said"),
    [
        ([("[clustering]\nicc = 0.08\n", "")], ConfigError, "give \\[clustering\\]"),
        ([("rate = 0.20\ncv", "cv")], ConfigError, "targets need a rate"),
        ([("seed = 20280101", "seed = -1")], ConfigError, "line 3, seed: input should be greater than or equal to 0"),
        ([('unit = "ea"', 'unit = "area"')], ConfigError, "absent: 'area'"),
        ([('by = "region"', 'by = "province"')], pv.errors.ColumnError, "column 'province' is not in the data"),
        ([("cv = 0.06", "cv = 0.001")], OptionError, "would need more clusters than there are"),
        ([("[frame]", "[frame")], ConfigError, "must be a TOML file"),
    ],
)
def test_single_faults(folder: Path, pairs: list[tuple[str, str]], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        pv.plan.run(changed(folder, *pairs), out=folder / "out")


def test_folder_and_files_that_cannot_be_used(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        pv.plan.run(folder / "none.toml", out=folder / "out")
    with pytest.raises(OutputError, match="Choose another folder"):
        pv.plan.run(folder / "plan.toml", out=folder / "areas.csv")
    (folder / "areas.csv").write_text("", encoding="utf-8")
    with pytest.raises(LoadError, match=r"areas\.csv must be a CSV file"):
        pv.plan.run(folder / "plan.toml", out=folder / "out")


def test_results_say_what_was_written(folder: Path) -> None:
    found: Any = pv.plan.run(folder / "plan.toml", out=folder / "out")
    assert repr(found) == f"PlanResults: {found.plan.clusters} clusters, {found.plan.households:,} households in 5 files in 'out'"
