"""A real fixed-width national file: IBGE's PNAD Contínua, fourth quarter of 2017."""

from __future__ import annotations

import pytest

from prevalence import loaders
from prevalence.loaders.fixed_width import POSITION, read_layout
from prevalence.survey import Survey

from .conftest import DATA

FOLDER = DATA / "pnadc-2017q4"
FILE = FOLDER / "PNADC_042017_extract.txt"
LAYOUT = FOLDER / "input_PNADC.txt"


@pytest.fixture(scope="module")
def brazil() -> Survey:
    return loaders.load(FILE, profile="pnadc")


def test_sizes_are_those_of_the_readme(brazil: Survey) -> None:
    data = brazil.data
    adolescents = data[data["age"].between(14, 17)]
    assert (len(data), data["UPA"].nunique(), data["Estrato"].nunique()) == (1379, 1313, 465)
    assert (len(adolescents), int(adolescents["economic_activity"].sum())) == (81, 10)


def test_labour_questions_are_asked_from_fourteen(brazil: Survey) -> None:
    data = brazil.data
    assert data.loc[data["age"] < 14, "economic_activity"].isna().all()
    assert data.loc[data["age"] >= 14, "economic_activity"].notna().all()


def test_first_row_is_read_at_the_published_positions(brazil: Survey) -> None:
    line = FILE.read_text(encoding="utf-8").splitlines()[0]
    row = brazil.data.iloc[0]
    assert row["UPA"] == line[11:20]
    assert row["V1028"] == float(line[49:64])
    assert (row["V4013"], row["isic"], row["isco"]) == (line[145:150], line[145:147], line[139:143])
    assert row["economic_hours"] == float(line[459:462])


def test_design(brazil: Survey) -> None:
    design = brazil.design
    assert (design.weight, design.strata, design.units, design.lonely_psu) == ("V1028", ("Estrato",), ("UPA",), "adjust")


def test_canonical_columns(brazil: Survey) -> None:
    data = brazil.data
    assert set(data["sex"]) == {"Female", "Male"}
    assert set(data["attends_school"].dropna()) == {"Yes", "No"}
    employed = data[data["economic_activity"] == 1]
    assert employed["isic"].str.fullmatch(r"\d\d").all()
    assert employed["isco"].str.fullmatch(r"\d{4}").all()
    assert employed["economic_hours"].between(0, 120).all()
    assert employed["status"].notna().all()


def test_profile_has_the_positions_of_the_published_layout() -> None:
    published = read_layout(LAYOUT)
    stated = loaders.read_profile("pnadc").file.layout
    for name, position in stated.items():
        match = POSITION.fullmatch(position)
        assert match is not None
        field = published[name]
        assert (field.start, field.width, field.text) == (int(match[1]), int(match[3]), bool(match[2])), name


def test_published_layout_gives_the_same_rows_and_labels(brazil: Survey) -> None:
    survey = loaders.load(FILE, profile="pnadc", layout=LAYOUT, columns=["V2010"])
    assert survey.data[list(brazil.columns)].equals(brazil.data)
    assert survey.codebook.label("V2010") == "Cor ou raça"
