"""Every scheme of child labour at its thresholds and special codes; cases derived by hand from the standard, not from our output."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DataError, DefinitionError, OptionError
from prevalence.survey import Survey

VECTORS = Path(__file__).resolve().parents[3] / "data" / "child_labour_vectors.csv"
DESIGN = Design(weight="w")
SHORT = {
    "age": "age",
    "ea": "economic_activity",
    "eh": "economic_hours",
    "es": "economic_hours_special",
    "hc": "chores",
    "hh": "chore_hours",
    "hs": "chore_hours_special",
    "dust": "hazard_dust",
    "night": "night_work",
    "owf": "other_worst_forms",
}


def cases() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with VECTORS.open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["definition"], []).append(line)
    return found


def pairs(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split(";"))


def frame(lines: list[dict[str, str]]) -> pd.DataFrame:
    given = [pairs(line["inputs"]) for line in lines]
    numbers = {name: [float(row[key]) if key in row else np.nan for row in given] for key, name in SHORT.items()}
    codes = pd.Series([row.get("isic") for row in given], dtype=object)
    return pd.DataFrame({"w": 1.0, **numbers, "isic": codes})


@pytest.mark.parametrize("definition", sorted(cases()))
def test_hand_derived_vectors_pass_line_by_line(definition, engine, to_pandas):
    lines = cases()[definition]
    found = to_pandas(classify.child_labour(Survey(engine(frame(lines)), DESIGN), definition=definition).data)
    for row, line in enumerate(lines):
        expected = {name: float(value) if value else None for name, value in pairs(line["expected"]).items()}
        got = {name: None if np.isnan(found.loc[row, name]) else found.loc[row, name] for name in expected}
        assert got == expected, line["case"]


def test_every_shipped_scheme_has_vectors():
    shipped = {entry.name for entry in classify.definitions("child-labour")} - {
        "national",
        "mics6",
    }  # mics6: UNICEF's own vectors
    assert shipped <= set(cases())


def row(**given: object) -> pd.DataFrame:
    base = {"w": 1.0, "age": 13.0, "economic_activity": 1.0, "economic_hours": 5.0}
    return pd.DataFrame([{**base, **given}])


def status(data: pd.DataFrame, column: str = "child_labour", **options: object) -> float:
    return float(classify.child_labour(Survey(data, DESIGN), **options).data.loc[0, column])


# ---------------------------------------------------------------- hazardous industries and occupations


def test_the_global_estimates_are_refused_for_files_without_industry():
    data = row(chores=0.0, chore_hours=None, hazard_dust=0.0)  # what MICS6 holds
    with pytest.raises(DefinitionError, match=r"needs the industry.*MICS does not ask it.*use definition='mics4'"):
        classify.child_labour(Survey(data, DESIGN), definition="ilo-global-estimates")


def test_ucw_needs_some_sign_of_hazard():
    with pytest.raises(DefinitionError, match=r"'ucw' needs hazardous conditions \(or industry, night work\)"):
        classify.child_labour(Survey(row(), DESIGN), definition="ucw")


@pytest.mark.parametrize(
    ("isic", "code", "hazardous"),
    # Rev.3.1: 10-14 mining, 45 construction, 05 fishing; Rev.4: 05-09 mining, 41-43 construction, 10 food, 45 motor trade.
    [("4", "0510", 1), ("4", "1030", 0), ("4", "4510", 0), ("3.1", "1310", 1), ("3.1", "4510", 1), ("3.1", "0500", 0)],
)
def test_divisions_are_those_of_the_revision(isic, code, hazardous):
    rule = classify.with_hazards("ilo-global-estimates", isic=isic)
    assert status(row(isic=code), definition=rule) == hazardous


def test_codes_of_another_revision_are_refused_with_the_option_that_reads_them():
    data = pd.concat([row(isic="1551"), row(isic="0111")])  # 1551 (distilling) exists in Rev.3/3.1 alone
    with pytest.raises(DataError, match=r"exist in ISIC Rev\.3\.1 alone.*with_hazards\(\.\.\., isic='3\.1'\)"):
        classify.child_labour(Survey(data, DESIGN), definition="ilo-global-estimates")
    with pytest.raises(DataError, match=r"1 value cannot be one, for example 'mine'"):
        classify.child_labour(Survey(row(isic="mine"), DESIGN), definition="ilo-global-estimates")


def test_industry_as_a_number_has_lost_its_zero():
    assert status(row(isic=729), definition="ilo-global-estimates") == 1  # 0729, mining
    assert status(row(isic=7), definition="ilo-global-estimates") == 1  # division 07
    assert status(row(isic=127), definition="ilo-global-estimates") == 0  # 0127, beverage crops


def test_occupations_are_read_on_request_alone_and_never_called_the_ilos():
    data = row(isic="0127", isco="8111")  # mining plant operators: 811 in both revisions
    assert status(data, definition="ilo-global-estimates") == 0
    rule = classify.with_hazards("ilo-global-estimates", occupations="draft")
    found = classify.child_labour(Survey(data, DESIGN), definition=rule)
    assert found.data["child_labour"].tolist() == [1]
    record = found.provenance.definitions["child_labour"]
    assert (record.name, record.status) == ("ilo-global-estimates+draft-occupations", "to be verified")
    assert any("do-not-ship-as-ILO" in note for note in found.provenance.notes)
    shipped = classify.read_definition("ilo-global-estimates")
    assert not [code for code in shipped.hazards.codes if code.classification.startswith("ISCO")]


@pytest.mark.parametrize(
    ("isco", "code", "hazardous", "unknown"),
    [
        ("88", "6141", 1, 0),  # forestry, 614 in ISCO-88
        ("08", "6210", 1, 0),  # forestry, 621 in ISCO-08
        ("08", "7313", 1, 0),  # of 731 the list has 7311, 7313, 7314 and 7315 alone
        ("08", "7312", 0, 0),
        ("08", "731", 0, 1),  # a group that holds listed and other units cannot tell
        ("08", "9", 0, 1),
        ("08", "6111", 0, 0),
    ],
)
def test_draft_occupations_by_revision_and_digits(isco, code, hazardous, unknown):
    rule = classify.with_hazards("ilo-global-estimates", isco=isco, occupations="draft")
    data = row(isic="0127", isco=code, hazard_dust=0.0, night_work=0.0)
    assert status(data, "hazardous_work", definition=rule) == hazardous
    assert status(data, "hazardous_work_unknown", definition=rule) == unknown


def test_hazards_of_a_definition_without_them_cannot_be_varied():
    with pytest.raises(DefinitionError, match=r"'sdg-8.7.1' counts no hazardous work"):
        classify.with_hazards("sdg-8.7.1", isic="3.1")
    with pytest.raises(OptionError, match="isco must be one of '08', '88'"):
        classify.with_hazards("ucw", isco="8")


def test_conditions_may_be_columns_of_ones_own():
    rule = classify.with_hazards("mics5", conditions=["snakes"])
    data = row(age=16.0, snakes=1.0, chores=0.0, chore_hours=None)
    found = classify.child_labour(Survey(data, DESIGN), definition=rule)
    assert found.data["child_labour"].tolist() == [1]
    assert found.provenance.definitions["child_labour"].options["hazardous_work_by"] == "1 condition"


def test_what_hazardous_work_was_read_from_is_recorded():
    found = classify.child_labour(Survey(row(isic="0127", hazard_dust=0.0), DESIGN), definition="ilo-global-estimates")
    definition = found.provenance.definitions["child_labour"]
    assert definition.options["hazardous_work_by"] == "industry (ISIC Rev.4); 1 condition; hours >= 43"
    assert definition.status == "to be verified"
    assert any("not read from night work" in note for note in found.provenance.notes)


def test_the_shipped_hazards_are_those_of_the_list():
    """ILO_GE: sections B and F, 43 hours, night; the list of hazards travels with the package."""
    rule = classify.read_definition("ilo-global-estimates")
    assert {(code.classification, code.code) for code in rule.hazards.codes} == {
        ("ISIC4", "05-09"),
        ("ISIC4", "41-43"),
        ("ISIC3.1", "10-14"),
        ("ISIC3.1", "45"),
    }
    assert {code.status for code in rule.hazards.codes} == {"unverified"}
    assert (rule.hazards.hours_threshold, rule.hazards.hours_operator, rule.hazards.night) == (43, ">=", True)


# ---------------------------------------------------------------- unknown beside each indicator


def test_each_indicator_has_its_unknown_and_its_bounds():
    data = row(chores=1.0, chore_hours=None, hazard_dust=None)
    found = classify.child_labour(Survey(data, DESIGN), definition="mics6", unknown="bounds").data
    made = [column for column in found.columns if column not in data.columns]
    plain = [column for column in made if not column.endswith(("_unknown", "_low", "_high"))]
    assert set(made) == {f"{column}{end}" for column in plain for end in ("", "_unknown", "_low", "_high")}
    chores = found.loc[0, ["household_chores", "household_chores_unknown", "household_chores_low", "household_chores_high"]]
    assert chores.tolist() == [0, 1, 0, 1]
    assert found.loc[0, ["in_employment_unknown", "hazardous_work_unknown"]].tolist() == [0, 1]


# ---------------------------------------------------------------- definitions listed, read, copied


def test_definitions_say_what_is_to_be_verified():
    listed = {entry.name: entry for entry in classify.definitions("child-labour")}
    assert {name for name, entry in listed.items() if entry.status == "to be verified"} == {
        "ilo-global-estimates",
        "mics4",
        "national",
        "ucw",
    }
    assert all(entry.source and entry.version and entry.title for entry in classify.definitions())
    assert "icls20" in {entry.name for entry in classify.definitions()}
    with pytest.raises(OptionError, match="Did you mean 'child-labour'"):
        classify.definitions("child-labor")


@pytest.mark.parametrize(
    ("standard_id", "name"),
    [
        ("sdg871_ind1", "sdg-8.7.1"),
        ("sdg871_ind2", "sdg-8.7.1-general"),
        ("mics6_2017", "mics6-2017"),
        ("ilo_ge", "ilo-global-estimates"),
    ],
)
def test_ids_of_the_standard_are_accepted(standard_id, name):
    assert classify.read_definition(standard_id).name == name


def test_every_shipped_definition_survives_being_copied(tmp_path):
    for entry in classify.definitions():
        path = classify.copy_definition(entry.name, tmp_path / f"my-{entry.name}.toml")
        original, copy = classify.read_definition(entry.name), classify.read_definition(path)
        assert (copy.name, copy.status, copy.ids) == (f"my-{entry.name}", "to be verified", ())
        same = {"name", "status", "ids"}
        assert copy.model_dump(exclude=same) == original.model_dump(exclude=same)


def test_a_copy_changes_threshold_operator_age_band_and_hazards(tmp_path):
    path = classify.copy_definition("ilo-global-estimates", tmp_path / "mine.toml")
    text = path.read_text(encoding="utf-8")
    changes = {
        "economic_threshold = 14": "economic_threshold = 10",
        'code = "05-09"': 'code = "01"',
        "age_max = 11": "age_max = 12",
        "age_min = 12": "age_min = 13",
    }
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text.replace('economic_operator = ">="', 'economic_operator = ">"'), encoding="utf-8")
    assert status(row(age=13.0, economic_hours=10.0, isic="1071"), definition=path) == 0  # more than 10
    assert status(row(age=13.0, economic_hours=11.0, isic="1071"), definition=path) == 1
    assert status(row(age=12.0, economic_hours=2.0, isic="1071"), definition=path) == 1  # the band of any employment
    assert status(row(age=13.0, economic_hours=2.0, isic="0127"), definition=path) == 1  # agriculture
    assert status(row(age=13.0, economic_hours=2.0, isic="0729"), definition=path) == 0  # no longer mining


def test_a_copy_never_overwrites(tmp_path):
    path = classify.copy_definition("mics6", tmp_path / "mine.toml")
    with pytest.raises(ValueError, match=r"'mine.toml' exists"):
        classify.copy_definition("mics6", path)
    with pytest.raises(ValueError, match="has another ending"):
        classify.copy_definition("mics6", tmp_path / "mine.txt")


def test_a_definition_of_another_kind_is_refused():
    with pytest.raises(DefinitionError, match="'icls20' is one of 'forced-labour'"):
        classify.child_labour(Survey(row(), DESIGN), definition=classify.read_definition("icls20"))


def test_the_kind_of_a_file_is_checked(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('kind = "child-labor"\n', encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"found 'child-labor'. Did you mean 'child-labour'"):
        classify.read_definition(path)
