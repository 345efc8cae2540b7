"""The baseline record: what it holds, that it comes back equal, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
import reference
from prevalence.baseline import create, harmonised, read, round_series, schema
from prevalence.baseline.record import Record
from prevalence.errors import DefinitionError, LoadError, OptionError

DIGITS = 1e-11
"""Records hold 12 significant digits."""
SAID: dict[str, Any] = {"definition": "sdg-8.7.1", "universe": "all children 5-17", "reference_period": "week", "base_year": 2022}
ROOT = Path(__file__).parents[3]


def survey(year: str = "2022", **parts: Any) -> pv.Survey:
    panel = reference.data("pooled.csv")
    rows = panel[panel["round"].astype(str) == year].drop(columns="round").reset_index(drop=True)
    return pv.Survey(rows, pv.Design(**{"weight": "w", "stratum": "stratum", "psu": "psu", **parts}))


@pytest.fixture(scope="module")
def made() -> pv.baseline.Baseline:
    return create(
        survey(),
        "child_labour",
        by=[["sex"], ["stratum"]],
        fieldwork=("2022-02-01", date(2022, 3, 15)),
        respondent="child",
        country="XAA",
        goal={"target": 0.7, "kind": "rate-reduction", "year": 2030},
        **SAID,
    )


def test_cells_are_those_of_the_tables(made: pv.baseline.Baseline) -> None:
    rates = pv.prevalence(survey(), "child_labour", by=[["sex"], ["stratum"]], margins=True).to_pandas()
    numbers = pv.total(survey(), "child_labour", by=[["sex"], ["stratum"]], margins=True).to_pandas()
    table = made.to_pandas()
    assert table[["sex", "stratum"]].to_numpy().tolist() == rates[["sex", "stratum"]].to_numpy().tolist()
    for mine, theirs in {
        "rate": "estimate",
        "rate_se": "se",
        "rate_ci_low": "ci_low",
        "df": "df",
        "n": "n",
        "cases": "cases",
        "deff": "deff",
    }.items():
        assert table[mine].to_numpy() == pytest.approx(rates[theirs].to_numpy(), rel=DIGITS)
    for mine, theirs in {"number": "estimate", "number_se": "se", "number_ci_high": "ci_high"}.items():
        assert table[mine].to_numpy() == pytest.approx(numbers[theirs].to_numpy(), rel=DIGITS)


def test_numbers_of_people_have_the_interval_that_the_record_says(made: pv.baseline.Baseline) -> None:
    assert made.record.how.number_ci_method == "log"
    table = made.to_pandas()
    some = table[table["number"] > 0]
    assert (some["number_ci_low"] * some["number_ci_high"]).to_numpy() == pytest.approx(
        some["number"].to_numpy() ** 2, rel=DIGITS
    )
    plain = create(survey(), "child_labour", number_interval="wald", level=0.9, **SAID)
    assert (plain.record.how.number_ci_method, plain.record.how.ci_level) == ("wald", 0.9)
    expected = pv.total(survey(), "child_labour").ci(0.9, method="wald").limits
    cell = plain.to_pandas().iloc[0]
    assert [cell["number_ci_low"], cell["number_ci_high"]] == pytest.approx([expected.low[0], expected.high[0]], rel=DIGITS)
    rates = create(pv.prevalence(survey(), "child_labour"), **SAID)
    assert rates.record.how.number_ci_method == ""


def test_limits_of_nobody_come_back_as_they_were_written(tmp_path: Path) -> None:
    """They rest on the design effect of a margin, which the record does not hold."""
    rows = survey().data
    girls = pv.Survey(rows.assign(child_labour=rows["child_labour"].where(rows["sex"] == "Male", 0)), survey().design)
    written = create(girls, "child_labour", by="sex", **SAID)
    back = read(written.write(tmp_path / "a.json")).round.numbers
    expected = pv.total(girls, "child_labour", by="sex", margins=True)
    assert back is not None
    assert back.interval == expected.interval
    assert expected.numbers.none_found.tolist() == [True, False, False]
    for side in ("low", "high"):
        assert getattr(back.limits, side) == pytest.approx(getattr(expected.limits, side), rel=DIGITS)


def test_records_of_before_have_t_limits_of_numbers(made: pv.baseline.Baseline, tmp_path: Path) -> None:
    content = json.loads(made.json_text())
    del content["how"]["number_ci_method"]
    (tmp_path / "old.json").write_text(json.dumps(content), encoding="utf-8")
    old = read(tmp_path / "old.json")
    assert old.record.how.number_ci_method == "wald"
    assert old.round.numbers is not None
    assert old.round.numbers.interval.method == "wald"
    difference = pv.baseline.change(old, made, samples="independent")
    assert difference.number_change == pytest.approx(np.zeros(len(difference.number_change)), abs=0)


def test_every_group_of_fields_is_filled(made: pv.baseline.Baseline) -> None:
    record = made.record
    assert record.what.hours_thresholds == ("5-11: work >= 1", "12-14: work >= 14", "15-17: work >= 43")
    assert (record.what.production_boundary, record.what.hazard_rule, record.what.definition_status) == (
        "sna",
        "not counted",
        "verified",
    )
    assert (record.whom.age_range, record.whom.respondent, record.whom.reference_period) == ("5-17", "child", "week")
    assert (record.when.base_year, record.when.months) == (2022, {2, 3})
    assert (record.how.n_children, record.how.n_psu, record.how.n_strata, record.how.df) == (255, 30, 5, 25)
    assert record.how.design == "weight w; strata stratum; units psu; lonely_psu fail; df satterthwaite"
    assert record.goal is not None
    assert record.goal.kind == "rate-reduction"
    assert record.proof.software["prevalence"] == pv.__version__


def test_a_record_is_read_back_equal(made: pv.baseline.Baseline, tmp_path: Path) -> None:
    path = made.write(tmp_path / "a.json", private=tmp_path / "a.npz")
    public = read(path)
    assert public == made
    assert public.private is None
    assert public.json_text() == path.read_text(encoding="utf-8")
    whole = read(path, private=tmp_path / "a.npz")
    assert whole == made
    assert whole.estimates.covariance() == pytest.approx(made.estimates.covariance(), rel=0, abs=0)
    assert whole.private is not None
    assert made.private is not None
    assert whole.private.labels == made.private.labels
    again = made.write(tmp_path / "b.json", private=tmp_path / "b.npz")
    assert (again.read_bytes(), (tmp_path / "b.npz").read_bytes()) == (path.read_bytes(), (tmp_path / "a.npz").read_bytes())


def test_the_public_part_names_no_unit_and_the_private_one_hashes_them(made: pv.baseline.Baseline, tmp_path: Path) -> None:
    rows = survey().data.assign(psu="area-" + survey().data["psu"].astype(str))
    baseline = create(pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="psu")), "child_labour", **SAID)
    baseline.write(tmp_path / "a.json", private=tmp_path / "a.npz")
    assert "area-" not in (tmp_path / "a.json").read_text(encoding="utf-8")
    with np.load(tmp_path / "a.npz") as file:
        assert len(set(file["unit_labels"].tolist())) == 30
        assert all("area-" not in label for label in file["unit_labels"].tolist())
    other = create(pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="psu")), "child_labour", **SAID)
    assert baseline == other
    # Without the salt the same label has another hash.
    assert baseline.private and other.private
    assert baseline.private.labels != other.private.labels


def test_the_published_schema_is_that_of_the_model_and_fits(made: pv.baseline.Baseline) -> None:
    published = (ROOT / "docs" / "reference" / "baseline-schema.json").read_text(encoding="utf-8")
    assert schema() == published
    assert published == json.dumps(Record.model_json_schema(by_alias=True), indent=1) + "\n"
    required = json.loads(schema())["required"]
    assert set(required) <= set(json.loads(made.json_text()))


def test_sums_of_weights_are_in_the_record_and_read_from_those_of_before(made: pv.baseline.Baseline, tmp_path: Path) -> None:
    record = json.loads(made.write(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [cell["weighted"] for cell in record["cells"]] == [cell["population"] for cell in record["cells"]]
    for cell in record["cells"]:
        del cell["weighted"]
    (tmp_path / "before.json").write_text(json.dumps(record), encoding="utf-8")
    before = read(tmp_path / "before.json").estimates
    assert before.numbers.weighted == pytest.approx(made.estimates.numbers.weighted, rel=DIGITS)
    normalised = create(survey(weight_scale="normalised"), "child_labour", **SAID)
    known = survey().data.dropna(subset="child_labour")
    assert normalised.record.cells[0].weighted == pytest.approx(known["w"].sum(), rel=DIGITS)
    assert normalised.record.cells[0].population is None


def test_normalised_weights_give_rates_alone() -> None:
    baseline = create(survey(weight_scale="normalised"), "child_labour", **SAID)
    assert baseline.record.cells[0].number is None
    counted = create(survey(weight_scale="normalised", population=1e6), "child_labour", **SAID)
    assert counted.record.cells[0].number is not None
    assert counted.record.cells[0].number.estimate == pytest.approx(1e6 * counted.record.cells[0].rate.estimate, rel=0.05)


def test_part_of_a_survey_keeps_the_design_of_all() -> None:
    baseline = create(survey(), "child_labour", domain={"sex": "Female"}, by="stratum", **SAID)
    expected = pv.prevalence(survey(), "child_labour", by=["sex", "stratum"], margins="stratum").select(sex="Female")
    assert baseline.record.dimensions == ("stratum",)
    assert baseline.to_pandas()["rate_se"].to_numpy() == pytest.approx(expected.numbers.se, rel=DIGITS)


def test_replicates_leave_their_covariance() -> None:
    rows = survey()
    design = replace(rows.design, replicates=pv.Replicates(method="JKn"))
    baseline = create(pv.Survey(rows.data, design), "child_labour", by="sex", **SAID)
    expected = pv.prevalence(pv.Survey(rows.data, design), "child_labour", by="sex", margins=True)
    assert baseline.estimates.covariance() == pytest.approx(expected.covariance(), rel=1e-8, abs=1e-12)


def test_withheld_cells_lose_their_numbers_and_the_private_part_goes() -> None:
    baseline = create(survey(), "child_labour", by=["stratum", "sex"], **SAID)
    reasons = pv.report.withheld([baseline.estimates])[0]
    assert any(reasons)
    public = baseline.withhold(reasons)
    assert public.private is None
    for cell, reason in zip(public.record.cells, reasons, strict=True):
        assert (cell.withheld, cell.rate.estimate is None, cell.n is None) == (reason, bool(reason), bool(reason))
    # They stay out of a comparison, and say why.
    found = pv.baseline.change(
        public, create(survey("2023"), "child_labour", by=["stratum", "sex"], **{**SAID, "base_year": 2023})
    )
    assert [bool(np.isnan(value)) for value in found.change] == [bool(reason) for reason in reasons]
    assert all(reason in flag for reason, flag in zip(reasons, found.flag, strict=True))


@pytest.mark.parametrize("name", ["universe", "reference_period", "base_year", "definition"])
def test_no_record_without_what_a_comparison_needs(name: str) -> None:
    with pytest.raises(OptionError, match=rf"A baseline needs .*; '{name}' not given"):
        create(survey(), "child_labour", **{key: value for key, value in SAID.items() if key != name})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"base_year": -2022}, "base_year: Input should be greater than 1900"),
        ({"response_rate": 1.2}, "response_rate"),
        ({"fieldwork": ("2022-03-01", "2022-02-01")}, "fieldwork must end after it starts"),
        ({"goal": {"target": 1.5, "year": 2030}}, "target: Input should be less than or equal to 1"),
        ({"goal": {"target": 0.5, "kind": "level"}}, "year: Field required"),
    ],
)
def test_fields_out_of_range(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        create(survey(), "child_labour", **{**SAID, **options})


def test_a_table_gives_rates_alone() -> None:
    table = pv.prevalence(survey(), "child_labour", by="sex")
    baseline = create(table, **SAID)
    assert baseline.to_pandas()["rate"].to_numpy() == pytest.approx(table.numbers.estimate, rel=DIGITS)
    assert baseline.private is not None
    assert baseline.private.labels is None
    with pytest.raises(OptionError, match="leave by, among and domain out"):
        create(table, by="sex", **SAID)
    with pytest.raises(OptionError, match="rates of people"):
        create(pv.mean(survey(), "hours"), **SAID)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": "prevalence/baseline-record/0"}, "must be a baseline record with the schema"),
        ({"when": {"base_year": 2022, "season": "dry"}}, "when.season: Extra inputs are not permitted"),
        ({"whom": {"universe": ""}}, "2 faults"),
        ({"cells": []}, "cells: "),
        ({"tables": [["area"]]}, "every cell must have the levels"),
    ],
)
def test_faulty_records(made: pv.baseline.Baseline, tmp_path: Path, change: dict[str, Any], told: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**json.loads(made.json_text()), **change}), encoding="utf-8")
    with pytest.raises(LoadError, match=told):
        read(path)


def test_files_that_are_no_records(made: pv.baseline.Baseline, tmp_path: Path) -> None:
    path = made.write(tmp_path / "a.json", private=tmp_path / "a.npz")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    with pytest.raises(LoadError, match="must be a JSON file"):
        read(tmp_path / "b.json")
    with pytest.raises(LoadError, match="cannot be read"):
        read(path, private=tmp_path / "b.json")
    changed = made.withhold([""] * len(made.record.cells))
    changed = replace(changed, record=changed.record.model_copy(update={"goal": None}))
    with pytest.raises(LoadError, match="private part of another record"):
        read(changed.write(tmp_path / "c.json"), private=tmp_path / "a.npz")
    with pytest.raises(OptionError, match="has no private part"):
        changed.write(tmp_path / "c.json", private=tmp_path / "c.npz")


def test_series_of_records_have_their_covariance() -> None:
    first = create(survey("2022"), "child_labour", by="sex", **SAID)
    others = [
        create(survey(year), "child_labour", by="sex", linked_to=first, **{**SAID, "base_year": int(year)})
        for year in ("2023", "2024")
    ]
    found = round_series([others[1], first, others[0]], cell={"sex": "Female"}, samples="shared")
    assert found.years.tolist() == [2022, 2023, 2024]
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(found.se)
    expected = pv.baseline.change(first, others[0], samples="shared", cells={"sex": "Female"})
    record = next(
        r
        for r in json.loads((reference.FOLDER / "change.json").read_text())["changes"]
        if r["kind"] == "rotating" and r["sex"] == "Female"
    )
    assert found.covariance[0, 1] == pytest.approx(record["covariance"], rel=1e-9)
    assert expected.change[0] == pytest.approx(found.values[1] - found.values[0])
    assert pv.baseline.progress(found.years, found.values, covariance=found.covariance, target=0.1).base_year == 2022
    numbers = round_series([first, others[0]], of="number", samples="independent")
    assert numbers.covariance[0, 1] == pytest.approx(0, abs=1e-6)


def test_series_that_cannot_be() -> None:
    first = create(survey("2022"), "child_labour", by="sex", **SAID)
    second = create(survey("2023"), "child_labour", by="sex", **{**SAID, "base_year": 2023})
    with pytest.raises(OptionError, match="two or more records of different base years"):
        round_series([first, first])
    with pytest.raises(OptionError, match="no dimension 'area'"):
        round_series([first, second], cell={"area": "Rural"})
    with pytest.raises(OptionError, match="has no cell"):
        round_series([first, second], cell={"sex": "Girls"})


def children(years: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 600
    rows = pd.DataFrame({"w": 1.0, "ea": np.repeat(np.arange(30), 20) + 100 * seed, "age": rng.integers(5, 18, n)})
    rows["economic_activity"] = rng.binomial(1, 0.4 - 0.02 * years, n)
    rows["economic_hours"] = np.where(rows["economic_activity"] == 1, rng.integers(1, 50, n), np.nan)
    rows["chores"] = rng.binomial(1, 0.8, n)
    rows["chore_hours"] = np.where(rows["chores"] == 1, rng.integers(1, 35, n), np.nan)
    return rows


def test_harmonised_change_is_that_of_each_definition() -> None:
    design = pv.Design(weight="w", psu="ea")
    old, new = (pv.Survey(children(years, seed), design) for years, seed in ((0, 1), (8, 2)))
    found = harmonised(old, new)
    assert {"child_labour_sdg_8_7_1", "child_labour_mics6", "child_labour_sdg_8_7_1_general"} <= set(found.columns()["indicator"])
    for name in ("sdg-8.7.1", "mics6"):
        rounds = [pv.classify.child_labour(each, definition=name) for each in (old, new)]
        alone = pv.baseline.change(*rounds, "child_labour")
        row = found.columns()["indicator"].index("child_labour_" + name.replace("-", "_").replace(".", "_"))
        assert (found.change[row], found.se[row]) == pytest.approx((alone.change[0], alone.se[0]))


def test_a_definition_that_one_round_lacks_is_said() -> None:
    design = pv.Design(weight="w", psu="ea")
    old = pv.Survey(children(0, 1).drop(columns=["chores", "chore_hours"]), design)
    new = pv.Survey(children(8, 2), design)
    found = harmonised(old, new)
    assert "child_labour_mics6" not in found.columns()["indicator"]
    assert any("of the new round alone: 'child_labour_" in note for note in found.notes)
    assert any(note.startswith("old round: compare: 'mics6' is left out") for note in found.notes)
    with pytest.raises(DefinitionError, match="chore"):
        harmonised(old, new, ["mics6"])
