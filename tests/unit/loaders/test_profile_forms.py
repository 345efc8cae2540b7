"""Exports of KoboToolbox and ODK: households and persons merged, select_multiple answers, labels of the XLSForm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prevalence import loaders
from prevalence.errors import DataError, LoadError

KOBO = """
extends = "kobo"
columns = ["tasks/weeding", "tasks/harvest"]

[file]
sheet = "children"

[variables.household_product_cocoa]
op = "any_yes"
columns = ["crops/cocoa"]
no = [0]

[variables.region]
op = "labels"
column = "region"
"""


def households() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "start": ["2024-05-01T08:00:00"] * 3,
            "visit/weight": [10.0, 12.0, 9.0],
            "visit/place/stratum": ["s1", "s1", "s2"],
            "visit/place/psu": [11, 12, 13],
            "visit/place/region": [1, 2, 2],
            "visit/place/area": ["urban", "rural", "rural"],
            "farm/crops": ["maize cocoa", "maize", None],
            "_index": [1, 2, 3],
            "_uuid": ["a", "b", "c"],
        }
    )


def children() -> pd.DataFrame:
    """Four children; the last belongs to a submission that was deleted."""
    return pd.DataFrame(
        {
            "children/child/hhid": [1, 1, 2, 9],
            "children/child/pid": [1, 2, 1, 1],
            "children/child/sex": ["female", "male", "Male", "female"],
            "children/child/age": [9, 14, 16, 7],
            "children/child/work/worked_1h": ["yes", "no", "yes", "yes"],
            "children/child/work/hours_actual_all": [3, None, 44, 2],
            "children/child/work/tasks": ["weeding harvest", None, "harvest", "weeding"],
            "children/child/work/tasks/weeding": [1, None, 0, 1],
            "_index": [1, 2, 3, 4],
            "_parent_table_name": "form",
            "_parent_index": [1, 1, 2, 7],
        }
    )


def form(path: Path) -> Path:
    survey = pd.DataFrame(
        [
            ["begin_group", "visit", "Visit", "Visite"],
            ["select_one regions", "region", "Region", "Région"],
            ["select_one areas", "area", "Area", "Milieu"],
            ["select_multiple crops", "crops", "Crops of the household", "Cultures"],
            ["end_group", None, None, None],
            ["begin_repeat", "children", "Children", "Enfants"],
            ["select_one sexes", "sex", "Sex", "Sexe"],
            ["integer", "age", "Age", "Âge"],
            ["select_multiple tasks", "tasks", "Tasks", "Tâches"],
            ["end_repeat", None, None, None],
        ],
        columns=["type", "name", "label::English (en)", "label::Français (fr)"],
    )
    choices = pd.DataFrame(
        [
            ["regions", "1", "North", "Nord"],
            ["regions", "2", "South", "Sud"],
            ["areas", "urban", "Urban", "Urbain"],
            ["areas", "rural", "Rural", "Rural"],
            ["crops", "maize", "Maize", "Maïs"],
            ["crops", "cocoa", "Cocoa", "Cacao"],
            ["sexes", "female", "Girl", "Fille"],
            ["sexes", "male", "Boy", "Garçon"],
            ["tasks", "weeding", "Weeding", "Désherbage"],
            ["tasks", "harvest", "Harvest", "Récolte"],
        ],
        columns=["list_name", "name", "label::English (en)", "label::Français (fr)"],
    )
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        survey.to_excel(workbook, sheet_name="survey", index=False)
        choices.to_excel(workbook, sheet_name="choices", index=False)
    return path


def exported(folder: Path, persons: pd.DataFrame | None = None) -> Path:
    with pd.ExcelWriter(folder / "export.xlsx", engine="xlsxwriter") as workbook:
        households().to_excel(workbook, sheet_name="form", index=False)
        (children() if persons is None else persons).to_excel(workbook, sheet_name="children", index=False)
    return folder / "export.xlsx"


def kobo(folder: Path, text: str = KOBO) -> Path:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder / "mine.toml"


def test_persons_of_the_second_sheet_get_the_columns_of_their_household(tmp_path: Path) -> None:
    survey = loaders.load(exported(tmp_path), profile="kobo")
    data = survey.data
    assert data["weight"].tolist() == [10, 10, 12]
    assert data["sex"].tolist() == ["Female", "Male", "Male"]
    assert data["area"].tolist() == ["Urban", "Urban", "Rural"]
    np.testing.assert_array_equal(data["economic_activity"], [1, 0, 1])
    np.testing.assert_array_equal(data["economic_hours"], [3, np.nan, 44])
    assert (survey.design.strata, survey.design.units) == (("stratum",), ("psu",))
    assert len(survey.provenance.sources) == 1


def test_children_without_a_household_and_households_without_children_are_counted(tmp_path: Path) -> None:
    survey = loaders.load(exported(tmp_path), profile="kobo")
    counts = {count.reason.partition(":")[0]: count.rows for count in survey.provenance.counts if count.step == "join household"}
    assert counts == {"dropped": 1, "not taken": 1}


def test_select_multiple_answers_become_columns_of_0_and_1(tmp_path: Path) -> None:
    survey = loaders.load(exported(tmp_path), profile=kobo(tmp_path))
    np.testing.assert_array_equal(survey.data["household_product_cocoa"], [1, 1, 0])
    np.testing.assert_array_equal(survey.data["tasks/weeding"], [1, np.nan, 0])  # split in the export
    np.testing.assert_array_equal(survey.data["tasks/harvest"], [1, np.nan, 1])  # made from the text


def test_csv_files_are_given_by_role(tmp_path: Path) -> None:
    households().to_csv(tmp_path / "form.csv", index=False, sep=";")
    children().to_csv(tmp_path / "children.csv", index=False, sep=";")
    files = {"persons": tmp_path / "children.csv", "household": tmp_path / "form.csv"}
    survey, sheets = loaders.load(files, profile="kobo"), loaders.load(exported(tmp_path), profile="kobo")
    made = ["sex", "age", "area", "weight", "economic_activity", "economic_hours"]
    pd.testing.assert_frame_equal(survey.data[made], sheets.data[made], check_dtype=False)
    with pytest.raises(LoadError, match=r"second file, 'household', which was not given"):
        loaders.load(files["persons"], profile="kobo")


@pytest.mark.parametrize(("language", "north", "girl"), [("", "North", "Girl"), ("Français", "Nord", "Fille")])
def test_form_gives_labels_in_a_language(tmp_path: Path, language: str, north: str, girl: str) -> None:
    text = KOBO.replace('sheet = "children"', f'sheet = "children"\nxlsform = "form.xlsx"\nlanguage = "{language}"')
    form(tmp_path / "form.xlsx")
    survey = loaders.load(exported(tmp_path), profile=kobo(tmp_path, text))
    assert survey.data["region"].tolist()[0] == north
    assert survey.codebook.levels("sex_source")["female"] == girl
    assert survey.codebook.label("tasks/harvest").endswith({"": ": Harvest", "Français": ": Récolte"}[language])


def test_labels_in_place_of_names_are_turned_back(tmp_path: Path) -> None:
    persons = children().assign(**{"children/child/sex": ["Girl", "Boy", "male", "GIRL"]})
    survey = loaders.load(exported(tmp_path, persons), profile="kobo", form=form(tmp_path / "form.xlsx"))
    assert survey.data["sex"].tolist() == ["Female", "Male", "Male"]
    assert "sex: labels were turned into the names of the form's choices." in survey.provenance.notes


def test_answers_that_the_form_does_not_have_are_told(tmp_path: Path) -> None:
    tasks = ["weeding harvest", None, "harvest spraying", "weeding"]
    persons = children().assign(
        **{"children/child/work/tasks": tasks, "children/child/sex": ["female", "boy?", "male", "female"]}
    )
    survey = loaders.load(exported(tmp_path, persons), profile=kobo(tmp_path), form=form(tmp_path / "form.xlsx"))
    assert "tasks: 1 answer not among the choices of the form, for example 'harvest spraying'." in survey.provenance.notes
    assert "sex: 1 answer not among the choices of the form, for example 'boy?'." in survey.provenance.notes
    assert survey.data["sex"].isna().tolist() == [False, True, False]


def test_form_that_is_none(tmp_path: Path) -> None:
    export = exported(tmp_path)
    with pytest.raises(LoadError, match=r"There is no form 'absent.xlsx'"):
        loaders.load(export, profile="kobo", form=tmp_path / "absent.xlsx")
    with pytest.raises(LoadError, match="sheet 'survey' cannot be read"):
        loaders.load(export, profile="kobo", form=export)
    households().to_excel(tmp_path / "odd.xlsx", sheet_name="survey", index=False)
    with pytest.raises(LoadError, match=r"odd.xlsx is no XLSForm: sheet 'survey' has no column 'type', 'name'"):
        loaders.load(export, profile="kobo", form=tmp_path / "odd.xlsx")
    text = KOBO.replace('sheet = "children"', 'sheet = "children"\nxlsform = "form.xlsx"\nlanguage = "Deutsch"')
    form(tmp_path / "form.xlsx")
    with pytest.raises(LoadError, match=r"no labels in 'Deutsch'; its label columns are 'label::english \(en\)'"):
        loaders.load(export, profile=kobo(tmp_path, text))


def test_question_in_two_groups_is_not_guessed(tmp_path: Path) -> None:
    persons = children().assign(**{"children/other/age": 5})
    with pytest.raises(
        LoadError, match=r"Column 'age' must stand in one group of the form; it stands in 2: 'children/child/age', 'ch"
    ):
        loaders.load(exported(tmp_path, persons), profile="kobo")


def test_renamed_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"export.xlsx has no column '_parent_index', which joins 'household'"):
        loaders.load(exported(tmp_path, children().rename(columns={"_parent_index": "parent"})), profile="kobo")


def test_submission_twice_is_refused(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "export.xlsx", engine="xlsxwriter") as workbook:
        pd.concat([households(), households().head(1)]).to_excel(workbook, sheet_name="form", index=False)
        children().to_excel(workbook, sheet_name="children", index=False)
    with pytest.raises(DataError, match=r"must have its own key \(_index\); 1 key stands in several rows, for example '1'"):
        loaders.load(tmp_path / "export.xlsx", profile="kobo")


def test_odk_central_files(tmp_path: Path) -> None:
    def odk(frame: pd.DataFrame) -> pd.DataFrame:
        kept = [name for name in frame if name not in ("_index", "_parent_index", "_parent_table_name", "_uuid")]
        return frame[kept].rename(columns=lambda name: str(name).replace("/", "-"))

    keys = ["uuid:a", "uuid:b", "uuid:c"]
    odk(households()).assign(KEY=keys).to_csv(tmp_path / "form.csv", index=False)
    parents = ["uuid:a", "uuid:a", "uuid:b", "uuid:x"]
    persons = odk(children().drop(columns="children/child/work/tasks/weeding"))
    persons.assign(PARENT_KEY=parents, KEY=[f"{p}/{i}" for i, p in enumerate(parents)]).to_csv(
        tmp_path / "form-children.csv", index=False
    )
    files = {"persons": tmp_path / "form-children.csv", "household": tmp_path / "form.csv"}
    survey = loaders.load(files, profile="odk", columns=["tasks"], form=form(tmp_path / "form.xlsx"))
    assert survey.data["weight"].tolist() == [10, 10, 12]
    assert survey.data["sex"].tolist() == ["Female", "Male", "Male"]
    assert survey.id == ("KEY",)
    (count,) = [count for count in survey.provenance.counts if count.reason.startswith("dropped: rows of form-children.csv")]
    assert count.rows == 1


def test_child_without_weights_in_the_export_gets_equal_ones_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    text = 'extends = "kobo"\n[prepare.one]\nop = "constant"\nvalue = 1\n[design]\nweight = "one"\nstratum = "stratum"\npsu = "psu"\n'
    survey = loaders.load(exported(tmp_path), profile=kobo(tmp_path, text))
    assert survey.data["one"].tolist() == [1, 1, 1]
