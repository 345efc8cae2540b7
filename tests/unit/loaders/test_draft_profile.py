"""Drafts of profiles: always valid, never silent about what was guessed, in four languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

import prevalence as pv
from prevalence.errors import LoadError, OutputError
from prevalence.loaders import draft_profile, load, read_profile
from prevalence.loaders.draft.roles import match, no_answer, phrases

SAMPLE = Path(__file__).parents[3] / "data" / "sample"

LABELS = {
    "English": ["Sampling weight", "Cluster number", "Household number", "Line number", "Sex", "Age in completed years", "Type of place of residence", "Hours worked in past week"],
    "French": ["Poids de sondage", "Numéro de grappe", "Numéro de ménage", "Numéro d'ordre", "Sexe", "Âge en années", "Milieu de résidence", "Heures travaillées"],
    "Spanish": ["Factor de expansión", "Conglomerado", "Número de hogar", "Número de orden", "Sexo", "Edad en años", "Zona de residencia", "Horas trabajadas"],
    "Portuguese": ["Peso amostral", "Setor censitário", "Número do domicílio", "Número de ordem", "Sexo", "Idade em anos", "Situação do domicílio", "Horas trabalhadas"],
}  # fmt: skip
LEVELS = {
    "English": ["Male", "Female", "Urban", "Rural", "Don't know"],
    "French": ["Masculin", "Féminin", "Urbain", "Rural", "Ne sait pas"],
    "Spanish": ["Hombre", "Mujer", "Urbana", "Rural", "No sabe"],
    "Portuguese": ["Homem", "Mulher", "Urbana", "Rural", "Não sabe"],
}
PARTS = ["weight", "psu", "household", "person", "sex", "age", "area", "economic_hours"]


def taken(draft: pv.loaders.ProfileDraft) -> dict[str, str]:
    return {guess.role.name: " ".join(guess.columns) for guess in draft.guesses if guess.columns}


@pytest.mark.parametrize("language", LABELS)
def test_columns_are_found_by_labels_in_four_languages(language: str, tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "q1": [1.5, 0.7, 2.5, 3.0],
            "q2": [1.0, 1, 2, 2],
            "q3": [1.0, 2, 1, 2],
            "q4": [3.0, 4, 3, 5],
            "q5": [1.0, 2, 2, 1],
            "q6": [9.0, 16, 30, 41],
            "q7": [1.0, 2, 2, 1],
            "q8": [7.0, 14, 40, 98],
        }
    )
    male, female, urban, rural, unknown = LEVELS[language]
    file = tmp_path / "file.sav"
    pyreadstat.write_sav(
        rows,
        str(file),
        column_labels=LABELS[language],
        variable_value_labels={"q5": {1.0: male, 2.0: female}, "q7": {1.0: urban, 2.0: rural}, "q8": {98.0: unknown}},
    )
    draft = draft_profile(file, tmp_path / "mine.toml")
    assert taken(draft) == dict(zip(PARTS, rows.columns, strict=True))
    survey = load(file, profile=tmp_path / "mine.toml")
    assert survey.data["sex"].tolist() == ["Male", "Female", "Female", "Male"]
    assert survey.data["area"].tolist() == ["Urban", "Rural", "Rural", "Urban"]
    assert survey.data["economic_hours"].isna().tolist() == [False, False, False, True]


def test_mics_file_is_recognised() -> None:
    draft = draft_profile(SAMPLE / "children.sav")
    profile = tomllib.loads(draft.text)
    shipped = read_profile("sample-children")
    assert profile["design"]["weight"] == shipped.design.weight
    assert profile["design"]["weight_scale"] == shipped.design.weight_scale
    assert profile["keep"]["FS17"]["codes"] == [1]
    for name in ("economic_activity", "chores", "chore_hours"):
        assert sorted(profile["variables"][name]["columns"]) == sorted(shipped.variables[name].sources)
    for name in ("sex", "area", "wealth", "attends_school", "age", "economic_hours"):
        assert profile["variables"][name]["column"] == shipped.variables[name].sources[0]
    assert profile["variables"]["attends_school"]["codes"] == {"1": "Yes", "2": "No"}
    assert "[97, 98] occur without a label" in draft.text


@pytest.mark.parametrize("file", ["children.sav", "workers.dta", "lfs.parquet"])
def test_draft_of_each_sample_file_loads_it(file: str, tmp_path: Path) -> None:
    draft = draft_profile(SAMPLE / file, tmp_path / "mine.toml")
    assert draft.path == tmp_path / "mine.toml"
    survey = load(SAMPLE / file, profile=tmp_path / "mine.toml")
    assert set(survey.data["sex"].dropna()) == {"Female", "Male"}


def test_unknown_file_gives_a_valid_profile_that_says_what_is_missing(tmp_path: Path) -> None:
    pd.DataFrame({"x1": [1, 2], "x2": ["a", "b"]}).to_csv(tmp_path / "x.csv", index=False)
    draft = draft_profile(tmp_path / "x.csv", tmp_path / "x.toml")
    assert read_profile(tmp_path / "x.toml").variables == {}
    assert taken(draft) == {}
    assert "FILL IN" in draft.text
    with pytest.raises(LoadError, match="FILL IN"):
        load(tmp_path / "x.csv", profile=tmp_path / "x.toml")


def test_codes_without_labels_are_left_to_a_person(tmp_path: Path) -> None:
    rows = pd.DataFrame({"weight": [1.5, 2, 3, 4], "sex": [1, 2, 2, 1], "worked": [1, 5, 5, 1]})
    rows.to_csv(tmp_path / "x.csv", index=False)
    draft = draft_profile(tmp_path / "x.csv")
    profile = tomllib.loads(draft.text)
    assert profile.get("variables", {}) == {}
    assert '# column = "sex"' in draft.text
    assert "FILL IN: 1, 2" in draft.text


def test_labels_cannot_break_the_file(tmp_path: Path) -> None:
    rows = pd.DataFrame({"wt": [1.5, 2.0], 'se"x': [1.0, 2.0]}).rename(columns={'se"x': "sexe"})
    label = 'Sexe "of"\nthe child\x07 # \\ ]'
    pyreadstat.write_sav(
        rows,
        str(tmp_path / "x.sav"),
        column_labels=["Sampling weight", label],
        variable_value_labels={"sexe": {1.0: "Garçon", 2.0: "Fille"}},
    )
    draft = draft_profile(tmp_path / "x.sav")
    assert tomllib.loads(draft.text)["variables"]["sex"]["codes"] == {"2": "Female", "1": "Male"}


def test_nothing_is_overwritten_silently(tmp_path: Path) -> None:
    target = tmp_path / "mine.toml"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(OutputError, match=r"must not exist yet.*overwrite=True"):
        draft_profile(SAMPLE / "lfs.parquet", target)
    assert target.read_text(encoding="utf-8") == "precious"
    draft_profile(SAMPLE / "lfs.parquet", target, overwrite=True)
    assert read_profile(target).design.weight == "weight"
    with pytest.raises(OutputError, match=r"\.toml"):
        draft_profile(SAMPLE / "lfs.parquet", tmp_path / "mine.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.toml"]


def test_draft_holds_no_rare_text(tmp_path: Path) -> None:
    pd.DataFrame({"weight": [1, 2], "sex": ["Awa Person", "Kofi Person"]}).to_csv(tmp_path / "x.csv", index=False)
    assert "Person" not in draft_profile(tmp_path / "x.csv").text


def test_no_response_is_not_no() -> None:
    assert no_answer("NO RESPONSE") == "no response"
    assert no_answer("NSP") == "do not know"
    assert no_answer("No") is None


def test_words_that_rule_a_column_out() -> None:
    age = next(role for role in phrases().roles if role.name == "age")
    assert match(age, "q4", "Age of child")[0] > 0.6
    assert match(age, "q5", "Age of household head")[0] == 0
    assert match(age, "q6", "Groupe d'âge")[0] == 0
