"""Baseline records of a run: the cells of its tables, withheld alike; comparisons of records as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ConfigError, OptionError
from prevalence.job import Results, run
from prevalence.job.comparisons import Aim, compare_records, follow_records

TWELVE_DIGITS = 1e-11  # numbers are written to 12 significant digits
RECORD = """
[surveys.record]
universe = "all children"
reference_period = "week"
base_year = 2024
private = true
by = [["area", "age_group"]]
goal = { target = 0.05, year = 2030 }
"""


@pytest.mark.parametrize("country", ["XAA", "XBB", "XCC"])
@pytest.mark.parametrize("survey", ["children", "workers"])
def test_a_record_holds_the_tables_of_its_country_withheld_alike(sample: Results, survey: str, country: str) -> None:
    baseline = pv.baseline.read(sample.folder / "records" / f"{country}-{survey}.json")
    rows = pd.read_csv(sample.folder / "estimates.csv", keep_default_na=False, na_values=[""])
    rows = rows[(rows["country"] == country) & (rows["survey"] == survey) & (rows["statistic"] == "prevalence")]
    rows = rows[rows["table"].isin(["chain_by_sex", "sex_by_age", "area_by_sex"])]
    names = list(baseline.record.dimensions)
    found = baseline.to_pandas().set_index(names)
    assert found.index.is_unique
    assert set(found.index) == set(rows[names].itertuples(index=False, name=None))
    for cell, row in rows.set_index(names).iterrows():
        mine = found.loc[cell]
        if str(row["flag"]).startswith("withheld"):
            assert mine["withheld"] == row["flag"]
            assert np.isnan(mine["rate"])
        else:
            assert mine["withheld"] == ""
            for name, other in {"rate": "estimate", "rate_se": "se", "rate_ci_low": "ci_low", "n": "n"}.items():
                assert mine[name] == pytest.approx(row[other], rel=TWELVE_DIGITS, nan_ok=True)


def test_a_record_says_what_the_configuration_says(sample: Results) -> None:
    record = pv.baseline.read(sample.folder / "records" / "XAA-children.json").record
    assert (record.how.country, record.whom.respondent, record.when.base_year) == ("XAA", "child", 2024)
    assert (record.how.n_children, record.how.n_psu, record.how.n_strata) == (2218, 96, 6)
    assert len(record.proof.configuration_sha256) == 64
    assert record.goal is not None
    assert record.goal.ending == 0.01
    page = (sample.folder / "records" / "XAA-children.html").read_text(encoding="utf-8")
    assert "Baseline 2024: Child labour, XAA" in page
    assert "sdg-8.7.1 (verified)" in page


def test_further_crossings_and_the_private_part(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small(columns=("sex", "area"))
    config.write_text(config.read_text(encoding="utf-8") + RECORD, encoding="utf-8")
    results = run(config, out=tmp_path / "out", quiet=True)
    assert "by_area_age_group" in {table for _, table in results.tables}
    folder = results.folder / "records"
    baseline = pv.baseline.read(folder / "small.json", private=folder / "small.private.npz")
    assert ("area", "age_group") in baseline.record.tables
    assert baseline.private is not None
    expected = results.tables["small", "sex_by_age"].estimates.select(sex="All", age_group="All").numbers.se[0]
    everyone = baseline.estimates.select(sex="All", age_group="All", area="All")
    assert np.sqrt(everyone.covariance()[0, 0]) == pytest.approx(expected, rel=TWELVE_DIGITS)
    assert all(path.name.endswith((".json", ".html", ".npz")) for path in folder.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('universe = "all children"\n', "", "line 10, surveys.record.universe: the key 'universe' is needed and absent."),
        ("base_year = 2024", "base_year = 24", "line 13, surveys.record.base_year: input should be greater than 1900; found 24"),
        ("reference_period", "reference_perod", "unknown key 'reference_perod'. Did you mean 'reference_period'?"),
        ("target = 0.05, ", "", "surveys.record.goal.target: the key 'target' is needed and absent."),
    ],
)
def test_faults_of_a_record_have_their_lines(small: Callable[..., Path], tmp_path: Path, old: str, new: str, told: str) -> None:
    config = small()
    config.write_text(config.read_text(encoding="utf-8") + RECORD.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        run(config, out=tmp_path / "out", quiet=True)
    assert told in str(caught.value)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("rounds")
    paths = []
    for year, rate in ((2016, 0.30), (2020, 0.25), (2024, 0.20)):
        rng = np.random.default_rng(year)
        rows = pd.DataFrame(
            {"w": 50.0, "ea": np.repeat(np.arange(50), 20) + 1000 * year, "sex": np.tile(["Female", "Male"], 500)}
        )
        survey = pv.Survey(rows.assign(child_labour=rng.binomial(1, rate, 1000)), pv.Design(weight="w", psu="ea"))
        baseline = pv.baseline.create(
            survey,
            "child_labour",
            definition="sdg-8.7.1",
            universe="all children",
            reference_period="week",
            base_year=year,
            by="sex",
            goal={"target": 0.6, "kind": "count-reduction", "year": 2030},
        )
        paths.append(baseline.write(folder / f"{year}.json"))
    return paths


def test_change_of_records_as_files(rounds: list[Path], tmp_path: Path) -> None:
    found, files = compare_records(rounds[0], rounds[2], adjust="holm", out=tmp_path / "out")
    assert files == ("change.csv", "change.json", "change.html")
    table = pd.read_csv(tmp_path / "out" / "change.csv")
    assert table["change"].to_numpy() == pytest.approx(found.change, rel=TWELVE_DIGITS)
    page = (tmp_path / "out" / "change.html").read_text(encoding="utf-8")
    assert "<h1>Child labour: 2016 to 2024</h1>" in page
    assert "<svg" in page
    assert "Numbers of people" in page
    assert "Joint test" not in page
    with pytest.raises(OptionError, match="adjust must be one of"):
        compare_records(rounds[0], rounds[2], adjust="sidak")


def test_progress_of_records_takes_the_goal_of_the_oldest(rounds: list[Path], tmp_path: Path) -> None:
    series, found, files = follow_records(rounds, method="wls", out=tmp_path / "out")
    assert files == ("rounds.csv", "progress.csv", "progress.html")
    assert (series.of, found.kind, found.target_year) == ("number", "reduction", 2030)
    assert found.target == pytest.approx(0.4 * series.values[0])
    page = (tmp_path / "out" / "progress.html").read_text(encoding="utf-8")
    assert "plug-in, not predictive" in page
    assert "<svg" in page
    _, given, _ = follow_records(rounds, aim=Aim(target=0.05, year=2035, kind="level", ending=None, of="rate"))
    assert (given.target, given.target_year) == (0.05, 2035)


def test_progress_without_a_goal(rounds: list[Path], tmp_path: Path) -> None:
    paths = []
    for path in rounds[:2]:
        content = json.loads(path.read_text(encoding="utf-8")) | {"goal": None}
        paths.append(tmp_path / path.name)
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OptionError, match="No record has a goal"):
        follow_records(paths)


def test_progress_of_rounds_in_the_same_areas(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"w": 50.0, "ea": np.repeat(np.arange(50), 20), "child_labour": rng.binomial(1, 0.3, 1000)})
    said = {"definition": "sdg-8.7.1", "universe": "all children", "reference_period": "week"}
    design = pv.Design(weight="w", psu="ea")
    first = pv.baseline.create(pv.Survey(rows, design), "child_labour", base_year=2016, **said)
    later = rows.assign(child_labour=rows["child_labour"] * rng.binomial(1, 0.7, 1000))
    second = pv.baseline.create(pv.Survey(later, design), "child_labour", base_year=2024, linked_to=first, **said)
    paths = [each.write(tmp_path / f"{each.year:g}.json", private=tmp_path / f"{each.year:g}.npz") for each in (first, second)]
    private = [path.with_suffix(".npz") for path in paths]
    aim = Aim(target=0.05, year=2030, kind="level", ending=None, of="rate")
    shared, _, _ = follow_records(paths, private=private, samples="shared", aim=aim)
    assert shared.covariance[0, 1] > 0
    with pytest.raises(OptionError, match="private part for each of the 2 records"):
        follow_records(paths, private=private[:1], aim=aim)
