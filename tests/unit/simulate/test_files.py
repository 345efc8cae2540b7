"""The files of data/sample: layouts, special codes, skips, and that the committed ones are what the script writes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from prevalence.errors import OutputError
from prevalence.simulate import SEED, Population, SampleFrames, sample, write_sample
from prevalence.simulate import _files as files
from prevalence.simulate._layout import layout

FOLDER = Path(__file__).parents[3] / "data" / "sample"
VALUE = 1e-9  # relative: files hold doubles, CSV ten digits
CSV_VALUE = 1e-9
SIX_DECIMALS = 1e-6  # of the weights of the children's file
NOISE = 0.015  # share of children whose status the don't-know, no-response and empty cells may change
ONE_SAMPLE = 0.03  # relative: more than six standard deviations (0.45 %) of the number of persons that a sample stands for
DESIGN_EFFECT = 3.0  # of a clustered rate with unequal weights, on the safe side
STANDARD_ERRORS = 4.0  # one sample, three countries: a seed, not a Monte Carlo mean


def same(written: pd.DataFrame, made: pd.DataFrame, tolerance: float = VALUE) -> None:
    """Assert equal names and values, whatever the types."""
    assert list(written.columns) == list(made.columns)
    for name in made.columns:
        expected, found = made[name], written[name]
        if pd.api.types.is_numeric_dtype(expected):
            np.testing.assert_allclose(found.astype(float), expected.astype(float), rtol=tolerance, err_msg=name)
        else:
            assert (
                found.astype(object).where(found.notna(), "").tolist()
                == expected.astype(object).where(expected.notna(), "").tolist()
            )


@pytest.fixture(scope="module")
def children() -> pd.DataFrame:
    return pyreadstat.read_sav(FOLDER / "children.sav", user_missing=True)[0]


def test_committed_files_are_what_the_script_writes(frames: SampleFrames, children: pd.DataFrame) -> None:
    same(children, frames.children)
    same(pyreadstat.read_dta(FOLDER / "workers.dta")[0], frames.workers)
    same(pd.read_parquet(FOLDER / "lfs.parquet"), frames.labour_force)
    same(pd.read_csv(FOLDER / "margins.csv"), frames.margins)
    same(pd.read_csv(FOLDER / "margins_workers.csv"), frames.worker_margins)
    same(pd.read_csv(FOLDER / "truth.csv"), frames.truth, CSV_VALUE)


def test_files_read_back_by_value(frames: SampleFrames, tmp_path: Path) -> None:
    files._write_sav(frames.children, tmp_path / "c.sav")
    files._write_dta(frames.workers, tmp_path / "w.dta")
    same(pyreadstat.read_sav(tmp_path / "c.sav", user_missing=True)[0], frames.children)
    same(pyreadstat.read_dta(tmp_path / "w.dta")[0], frames.workers)


def test_the_spss_file_carries_names_labels_and_missing_ranges() -> None:
    meta = pyreadstat.read_sav(FOLDER / "children.sav", metadataonly=True, user_missing=True)[1]
    for column in layout("children"):
        assert meta.column_names_to_labels[column.name] == column.label
        assert meta.original_variable_types[column.name] == column.format
        assert {int(code): text for code, text in meta.variable_value_labels.get(column.name, {}).items()} == dict(column.labels)
    assert set(meta.missing_ranges) == {"CL8", "CL10", "CL13"}
    assert meta.column_names_to_labels["CL3"] == "Hours worked in past week"


def test_the_stata_file_carries_labels() -> None:
    meta = pyreadstat.read_dta(FOLDER / "workers.dta", metadataonly=True)[1]
    assert meta.column_names_to_labels["i9"] == "No or limited freedom to terminate the contract"
    assert meta.variable_value_labels["c1"][3] == "Witnessed"


def test_special_codes_and_empty_cells_occur(children: pd.DataFrame) -> None:
    hours = pd.concat([children[name] for name in ("CL3", "CL8", "CL10", "CL13")])
    assert {97, 98, 99} <= set(hours.dropna())
    assert (children["CL1A"] == 9).any()
    assert (children["CL3"] == 0).any()
    done = children["FS17"] == 1
    activity = (children[["CL1A", "CL1B", "CL1C", "CL1X"]] == 1).any(axis=1)
    assert children.loc[done & ~activity, ["CL3", "CL4", "CL6X", "CP1", "CISIC"]].isna().all(axis=None)
    assert children.loc[done & (children["CL7"] != 1), "CL8"].isna().all()
    assert children.loc[done & (children["CB4"] != 1), "CB7"].isna().all()
    assert children.loc[done, ["CB3", "CL1A", "CL7"]].notna().all(axis=None)


def test_children_not_interviewed_have_no_weight_and_no_answers(children: pd.DataFrame) -> None:
    missed = children[children["FS17"] != 1]
    assert 0 < len(missed) < 0.1 * len(children)
    assert (missed["fsweight"] == 0).all()
    assert missed[["CB3", "CL1A", "CL3", "CL7", "CP1"]].isna().all(axis=None)


def test_child_weights_are_normalised_within_countries(children: pd.DataFrame) -> None:
    done = children[children["FS17"] == 1]
    np.testing.assert_allclose(done.groupby("COUNTRY")["fsweight"].mean(), 1.0, atol=SIX_DECIMALS)


def test_industry_codes_have_lost_their_leading_zero(children: pd.DataFrame) -> None:
    assert {127, 116, 1410, 729, 312} <= set(children["CISIC"].dropna())
    assert {1, 2} <= set(children.loc[children["CISIC"] == 127, "CP1"].dropna())  # cocoa and coffee share a class


def test_answers_are_the_true_ones_but_for_a_little_noise(people: Population, children: pd.DataFrame) -> None:
    drawn = sample(people, areas_per_stratum=16, households_per_area=30, children="one", seed=SEED + 1)
    done = (children["FS17"] == 1).to_numpy()
    true = people.persons["child_labour"].to_numpy()[drawn.chosen_children.row][done]
    rows = children[done]
    active = (rows[["CL1A", "CL1B", "CL1C", "CL1X"]] == 1).any(axis=1)
    limit = np.select([rows["CB3"] <= 11, rows["CB3"] <= 14], [1, 14], 43)
    found = (active & (rows["CL3"] < 97) & (rows["CL3"] >= limit)).to_numpy()
    assert 0 < (found != true).mean() < NOISE


def test_estimates_from_the_files_are_near_the_truth(people: Population, frames: SampleFrames) -> None:
    rows = frames.children[frames.children["FS17"] == 1]
    active = (rows[["CL1A", "CL1B", "CL1C", "CL1X"]] == 1).any(axis=1)
    true = frames.truth.query(
        "indicator == 'in_employment' and exposure == 'All' and sex == 'All' and age_group == 'All' and area == 'All'"
    )
    for country, rate in true.set_index("country")["prevalence"].drop("All").items():
        mine = rows["COUNTRY"] == country
        estimate = np.average(active[mine], weights=rows.loc[mine, "fsweight"])
        error = np.sqrt(rate * (1 - rate) * DESIGN_EFFECT / mine.sum())
        assert abs(estimate - rate) < STANDARD_ERRORS * error
    assert frames.labour_force["weight"].sum() == pytest.approx((people.persons["age"] >= 5).sum(), rel=ONE_SAMPLE)


def test_the_worker_survey_has_enough_cases_for_a_table(frames: SampleFrames) -> None:
    rows = frames.workers
    forced = (rows.filter(regex="^i[1-9]$") == 1).any(axis=1) & rows.filter(regex="^c[1-6]$").isin([1, 2, 3]).any(axis=1)
    assert (forced.groupby(rows["country"]).sum() >= 25).all()
    assert rows.filter(regex="^i[1-9]$").isin([8, 9]).any(axis=None)


def test_margins_add_up_to_the_population(people: Population, frames: SampleFrames) -> None:
    children = people.persons["child_labour"].notna().sum()
    assert (frames.margins.groupby("margin")["population"].sum() == children).all()
    workers = people.persons["forced_labour"].notna().sum()
    assert (frames.worker_margins.groupby("margin")["population"].sum() == workers).all()


def test_the_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 8e6


def test_the_codebook_names_every_column_that_is_not_of_mics6() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    extra = [column.name for column in layout("children")][-16:]
    assert extra[0] == "COUNTRY"
    items = re.compile(r"(j2_)?[ic][1-9]")  # named as ranges
    for name in [*extra, *(column.name for column in layout("workers") if not items.fullmatch(column.name))]:
        assert f"`{name}`" in text


def test_the_codebook_says_how_many_rows_there_are(frames: SampleFrames) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    interviewed = frames.children[frames.children["FS17"] == 1]
    for frame in (frames.children, interviewed, frames.workers, frames.labour_force):
        assert f"{len(frame):,}" in text


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="must exist"):
        write_sample(tmp_path / "absent")


def test_prevalences_in_the_readme_are_those_of_the_truth() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    truth = pd.read_csv(FOLDER / "truth.csv")
    whole = truth[(truth["supply_chain"] == "All") & (truth["age_group"] == "All") & (truth["area"] == "All")]
    rules = [("child_labour", "sdg-8.7.1"), ("child_labour", "sdg-8.7.1-general"), ("forced_labour", "icls20")]
    for indicator, definition in rules:
        found = whole[whole["definition"].eq(definition) & whole["indicator"].eq(indicator)].set_index(["country", "sex"])[
            "prevalence"
        ]
        line = next(line for line in text.splitlines() if line.startswith("|") and f"`{definition}`" in line)
        printed = [float(number) for number in re.findall(r"(?<![\w.-])\d+\.\d(?![\d.])", line.replace(definition, ""))]
        expected = [100 * found[country, sex] for country in ("XAA", "XBB", "XCC") for sex in ("All", "Female", "Male")]
        assert printed == [round(value, 1) for value in expected]
