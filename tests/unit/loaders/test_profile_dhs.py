"""The profiles of DHS recodes: weights, fallbacks of the design, background."""

from __future__ import annotations

from pathlib import Path

import pyreadstat
import pytest

from prevalence import loaders

from .profile_files import dhs

PREFIX = {"dhs-household": "hv", "dhs-persons": "hv", "dhs-women": "v", "dhs-men": "mv"}


@pytest.mark.parametrize(("profile", "prefix"), PREFIX.items())
def test_weight_is_divided_by_a_million(profile: str, prefix: str) -> None:
    survey = loaders.apply_profile(dhs(prefix), profile)
    assert survey.data["weight"].tolist() == [1.0, 0.9, 1.1, 1.2, 0.8, 0.0]
    assert (survey.design.weight, survey.design.weight_scale) == ("weight", "normalised")
    assert survey.data[f"{prefix}005"].tolist()[0] == 1_000_000
    assert any(count.step == "weights" and count.rows == 1 for count in survey.provenance.counts)


@pytest.mark.parametrize(("profile", "prefix"), PREFIX.items())
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_cluster_stands_in_for_the_unit(profile: str, prefix: str, how: str) -> None:
    frame, column = dhs(prefix), f"{prefix}021"
    frame = frame.drop(columns=column) if how == "absent" else frame.assign(**{column: None})
    survey = loaders.apply_profile(frame, profile)
    assert survey.design.units == (f"{prefix}001",)
    assert any(note.startswith(f"Column '{column}' is") for note in survey.provenance.notes)


@pytest.mark.parametrize(("profile", "prefix"), PREFIX.items())
@pytest.mark.parametrize(
    ("absent", "strata"), [((), ("022",)), (("022",), ("023",)), (("022", "023"), ("024", "025")), (("023",), ("022",))]
)
def test_strata_fall_back_in_turn(profile: str, prefix: str, absent: tuple[str, ...], strata: tuple[str, ...]) -> None:
    survey = loaders.apply_profile(dhs(prefix).drop(columns=[f"{prefix}{name}" for name in absent]), profile)
    assert survey.design.strata == tuple(f"{prefix}{name}" for name in strata)
    assert any("to be verified in the survey report" in note for note in survey.provenance.notes)


def test_weights_that_were_divided_already_are_told() -> None:
    frame = dhs("hv")
    survey = loaders.apply_profile(frame.assign(hv005=frame["hv005"] / 1_000_000), "dhs-persons")
    assert any(
        note.startswith("Weights 'weight' average 1e-06; normalised weights average about 1.") for note in survey.provenance.notes
    )
    assert not any(note.startswith("Weights") for note in loaders.apply_profile(frame, "dhs-persons").provenance.notes)


def test_persons_of_the_household() -> None:
    data = loaders.apply_profile(dhs("hv"), "dhs-persons").data
    assert data["sex"].tolist() == ["Male", "Female"] * 3
    assert data["age"].fillna(-1).tolist() == [7, -1, 16, 97, 40, 4]
    assert data["age_group"].fillna("?").tolist() == ["5-11", "?", "15-17", "55+", "25-54", "?"]
    assert data["attends_school"].fillna("?").tolist() == ["Yes", "?", "Yes", "No", "No", "?"]
    assert data["wealth"].tolist() == ["Poorest", "Second", "Middle", "Fourth", "Richest", "Poorest"]


@pytest.mark.parametrize(("profile", "prefix", "sex"), [("dhs-women", "v", "Female"), ("dhs-men", "mv", "Male")])
def test_person_recodes_hold_one_sex(profile: str, prefix: str, sex: str) -> None:
    data = loaders.apply_profile(dhs(prefix), profile).data
    assert set(data["sex"]) == {sex}
    assert data["age_group"].tolist() == ["15-17", "25-54", "25-54", "18-24", "55+", "15-17"]


def test_questions_of_a_survey_are_mapped_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        """
title = "A survey with questions on the work of children at country-specific columns"
extends = "dhs-persons"

[variables.economic_activity]
op = "any_yes"
columns = ["sh201", "sh202"]
yes = [1]
no = [0]
missing = { 8 = "do not know" }

[variables.economic_hours]
op = "number"
column = "sh203"
valid = [0, 168]
missing = { 998 = "do not know" }
""",
        encoding="utf-8",
    )
    frame = dhs("hv").assign(sh201=[1, 0, 0, 0, 0, 0], sh202=[0, 0, 8, 0, 1, 0], sh203=[3, None, None, None, 998, None])
    survey = loaders.apply_profile(frame, tmp_path / "mine.toml")
    assert survey.data["economic_activity"].fillna(-1).tolist() == [1, 0, -1, 0, 1, 0]
    assert survey.data["economic_hours"].fillna(-1).tolist() == [3, -1, -1, -1, -1, -1]
    assert any("no child labour block" in note for note in survey.provenance.notes)


def test_labels_of_regions_come_from_the_file(tmp_path: Path) -> None:
    pyreadstat.write_dta(dhs("v").astype(float), tmp_path / "IR.dta", variable_value_labels={"v024": {1: "north", 2: "south"}})
    assert set(loaders.load(tmp_path / "IR.dta", profile="dhs-women").data["region"]) == {"north", "south"}
