"""The main job: what it writes, what it withholds, and that it can be repeated."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ConfigError, LoadError, OutputError
from prevalence.job import Results, run, sample_config

NUMBERS = ["estimate", "se", "ci_low", "ci_high", "cv", "deff", "df", "n", "cases", "missing", "n_psu", "population"]
SAMPLE = sample_config().parent
CHILDREN = {"in_chain_by_sex", "in_chain_by_sex_gap", "hazards_by_age", "definitions_by_age"}
FIGURES = {
    "children": ("ages", "chains", "definitions", "excess", "gap", "hazards", "pyramid"),
    "workers": ("ages", "chains", "elements", "excess", "gap"),
}
ON_PAGE = {"children": 6, "workers": 5}
"""Figures of the page; the pyramid of shares is a file alone."""
TWELVE_DIGITS = 1e-11  # numbers are written to 12 significant digits


def read_csv(results: Results) -> pd.DataFrame:
    return pd.read_csv(results.folder / "estimates.csv", keep_default_na=False, na_values=[""])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_there_and_nothing_else(sample: Results) -> None:
    drawn = [
        f"figures/{c}-{s}-{k}.{f}"
        for c in ("XAA", "XBB", "XCC")
        for s, kinds in FIGURES.items()
        for k in kinds
        for f in ("png", "svg")
    ]
    assert sorted(contents(sample.folder)) == sorted(sample.files)
    kept = [f"records/{c}-{s}.{f}" for c in ("XAA", "XBB", "XCC") for s in ("children", "workers") for f in ("json", "html")]
    assert sorted(sample.files) == sorted(["baseline.json", "estimates.csv", "log.txt", "report.html", *drawn, *kept])


def test_every_asked_table_is_there_for_every_country(sample: Results) -> None:
    found = read_csv(sample)
    wanted = {"chain_by_sex", "sex_by_age", "area_by_sex"}
    wanted |= {f"{name}_gap" for name in wanted} | {"chain_by_sex_excess"}
    for (_, survey), rows in found.groupby(["country", "survey"]):
        expected = wanted | (CHILDREN if survey == "children" else {"numbers_by_age", "elements_by_chain"})
        assert set(rows["table"]) == expected
    assert set(found["country"]) == {"XAA", "XBB", "XCC"}


def test_intervals_of_the_countries_hold_the_truth(sample: Results) -> None:
    """A fixed sample of a simulated population whose prevalences are known (data/sample/README.md)."""
    truth = {
        "child_labour": {"XAA": 0.216, "XBB": 0.092, "XCC": 0.055},
        "forced_labour": {"XAA": 0.015, "XBB": 0.013, "XCC": 0.009},
    }
    found = (
        read_csv(sample).query("table == 'area_by_sex' and area == 'All' and sex == 'All'").set_index(["indicator", "country"])
    )
    for indicator, countries in truth.items():
        for country, value in countries.items():
            row = found.loc[(indicator, country)]
            assert row["ci_low"] < value < row["ci_high"]


def test_csv_json_and_python_agree(sample: Results) -> None:
    document = json.loads((sample.folder / "baseline.json").read_text(encoding="utf-8"))
    rows = [row for table in document["tables"] for row in table["rows"]]
    frame = read_csv(sample)
    assert len(rows) == len(frame)
    for name in ("estimate", "se", "n"):
        pd.testing.assert_series_equal(
            pd.Series([row[name] for row in rows], dtype=float, name=name), frame[name].astype(float), rtol=0, atol=0
        )
    shown = sample.tables["children", "sex_by_age"].columns()["estimate"]
    written = frame.query("survey == 'children' and table == 'sex_by_age'")["estimate"].to_numpy()
    assert abs(shown - written).max() < TWELVE_DIGITS


def test_withheld_rows_have_labels_a_reason_and_no_numbers(sample: Results) -> None:
    frame = read_csv(sample)
    hidden = frame[frame["flag"].fillna("").str.startswith("withheld")]
    assert set(hidden["flag"]) <= {"withheld: fewer than 25 observations", "withheld: to protect people"}
    assert len(hidden) > 0
    assert hidden[NUMBERS].isna().all(axis=None)
    assert hidden[["country", "survey", "table", "indicator"]].notna().all(axis=None)


def test_no_published_row_is_weak_or_small(sample: Results) -> None:
    frame = read_csv(sample).query("statistic == 'prevalence' and n > 0")
    assert (frame["n"] >= 25).all()
    assert not frame["cases"].between(1, 4).any()


def test_no_withheld_number_is_in_any_file(sample: Results) -> None:
    """The estimates of withheld cells, to 8 digits and more, occur in no text that the run wrote."""
    text = "".join(content.decode() for name, content in contents(sample.folder).items() if not name.endswith(".png"))
    assert any(np.any(published.hidden) for published in sample.tables.values())
    for published in sample.tables.values():
        values = published.estimates.numbers.estimate[published.hidden]
        for value in values[np.isfinite(values) & (values != 0)]:
            assert f"{value:.12g}"[:10] not in text


def test_difference_in_the_files_is_female_minus_male(sample: Results) -> None:
    frame = read_csv(sample).query("survey == 'children' and country == 'XAA'")
    both = frame.query("table == 'area_by_sex' and area == 'All'").set_index("sex")["estimate"]
    gap = frame.query("table == 'area_by_sex_gap' and area == 'All'")["estimate"].item()
    assert gap == pytest.approx(both["Female"] - both["Male"], abs=TWELVE_DIGITS)


def test_second_run_gives_the_same_bytes(sample: Results, tmp_path: Path) -> None:
    again = run(sample_config(), out=tmp_path / "elsewhere", quiet=True)
    assert contents(again.folder) == contents(sample.folder)


def test_files_hold_neither_dates_nor_machine_paths(sample: Results) -> None:
    for name, content in contents(sample.folder).items():
        if not name.endswith(".png"):
            text = content.decode()
            assert str(SAMPLE) not in text
            assert str(sample.folder) not in text
            assert not re.search(r"\b20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)


def test_report_needs_nothing_from_elsewhere_and_shows_figures_and_tables(sample: Results) -> None:
    text = (sample.folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["']?https?:|@import|<script|<link""", text)
    assert text.count("<svg ") == text.count('role="img" aria-label="') == 3 * (ON_PAGE["children"] + ON_PAGE["workers"])
    assert text.count('class="gt_table"') == 3 * (7 + 6)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_no_figure_holds_an_id_twice(sample: Results) -> None:
    for path in (sample.folder / "figures").glob("*.svg"):
        ids = re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8"))
        assert len(ids) == len(set(ids)), path.name


def test_report_says_how_the_numbers_were_made(sample: Results) -> None:
    text = (sample.folder / "report.html").read_text(encoding="utf-8")
    for told in (
        "sdg-8.7.1",
        "icls20",
        "UNSD",
        "children.sav",
        "Taylor-linearised",
        "To be verified",
        "interview not completed",
        "numpy",
    ):
        assert told in text


def test_log_counts_what_was_dropped(sample: Results) -> None:
    log = (sample.folder / "log.txt").read_text(encoding="utf-8")
    assert "read children.sav: 6,517 rows" in log
    assert "keep FS17: 209 rows: dropped" in log


def test_unpublished_run_writes_all_and_says_so_in_every_file(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small()
    config.write_text(
        config.read_text(encoding="utf-8").replace('title = "Small"', 'title = "Small"\npublish = false'), encoding="utf-8"
    )
    results = run(config, out=tmp_path / "out", quiet=True)
    frame = read_csv(results)
    assert frame["estimate"].notna().all()
    for name in ("baseline.json", "report.html", "log.txt"):
        assert "Not for publication" in (results.folder / name).read_text(encoding="utf-8")


def test_files_of_one_country_without_chains_and_areas(small: Callable[..., Path], tmp_path: Path) -> None:
    """What the data lack is left out, with a sentence, and the rest is made."""
    results = run(small(), out=tmp_path / "out", quiet=True)
    assert {table for _, table in results.tables} == {"sex_by_age", "sex_by_age_gap", "numbers_by_age"}
    log = (results.folder / "log.txt").read_text(encoding="utf-8")
    assert "left out: By supply chain: the configuration names no exposure." in log
    assert "left out: By area and sex: the data have no column 'area'." in log
    assert "left out: In the supply chain" in log


def test_files_without_sex_have_tables_without_it(small: Callable[..., Path], tmp_path: Path) -> None:
    results = run(small(columns=("area",)), out=tmp_path / "out", quiet=True)
    assert {table for _, table in results.tables} == {"sex_by_age", "area_by_sex", "numbers_by_age"}
    assert results.tables["small", "area_by_sex"].estimates.dimensions == ("area",)
    assert "By sex: the data have no column 'sex'." in (results.folder / "log.txt").read_text(encoding="utf-8")


def test_the_configuration_may_name_the_country(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small()
    config.write_text(config.read_text(encoding="utf-8") + 'country = "Freedonia & <Sylvania>"\n', encoding="utf-8")
    results = run(config, out=tmp_path / "out", quiet=True)
    assert set(read_csv(results)["country"]) == {"Freedonia & <Sylvania>"}
    assert "figures/Freedonia-Sylvania-small-ages.svg" in results.files
    assert "<Sylvania>" not in (results.folder / "report.html").read_text(encoding="utf-8")


def test_two_names_for_one_country_are_refused(tmp_path: Path) -> None:
    text = (
        sample_config()
        .read_text(encoding="utf-8")
        .replace('measure = "child_labour"', 'measure = "child_labour"\ncountry = "XAA"')
    )
    text = re.sub(r'files = \["(.*?)"\]', lambda found: f"files = [{str(SAMPLE / found[1])!r}]", text)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="Survey 'children': the files have a column 'country'"):
        run(tmp_path / "config.toml", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_profile_that_does_not_fit_names_the_survey(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n", encoding="utf-8")
    text = (
        'title="T"\n[[surveys]]\nname="one"\nfiles=["one.csv"]\nprofile="mics6"\nmeasure="child_labour"\ndefinition="sdg-8.7.1"\n'
    )
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match="Survey 'one'"):
        run(tmp_path / "config.toml", out=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "one.csv"]


def test_a_new_run_replaces_the_old_one_and_keeps_what_is_not_its_own(small: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run(small(columns=("sex", "area")), out=out, quiet=True)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    config = small()
    config.write_text(config.read_text(encoding="utf-8").replace('name = "small"', 'name = "renamed"'), encoding="utf-8")
    second = run(config, out=out, quiet=True)
    assert set(contents(out)) == {*second.files, "notes.txt"}
    assert "figures/small-ages.svg" in first.files
    assert not [path for path in out.iterdir() if path.name.endswith(".part")]


def test_an_interrupted_run_leaves_the_old_results(
    small: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run(small(), out=out, quiet=True)
    before = contents(out)

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("prevalence.job._run.log_text", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(small(), out=out, quiet=True)
    assert contents(out) == before


def test_an_unwritable_folder_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("prevalence.job._run._write_all", lambda *_: pytest.fail("the work began"))
    with pytest.raises(OutputError, match="'out' is a file"):
        run(sample_config(), out=tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be written"):
        run(sample_config(), out=tmp_path / "out" / "below")


def test_run_is_public() -> None:
    assert pv.run is run


def test_dimensions_that_a_table_lacks_are_all(sample: Results) -> None:
    with (sample.folder / "estimates.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == "sex_by_age"]
    assert {row["area"] for row in rows} == {"All"} == {row["supply_chain"] for row in rows}
