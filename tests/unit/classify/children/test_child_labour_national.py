"""Child labour by national law: ages of the country list (US DOL, 2022), Convention 138 for the rest."""

from __future__ import annotations

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DefinitionError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")


def bands(rule) -> list[tuple[str, str]]:
    """Return each band with its rule in a word."""
    words = []
    for band in rule.bands:
        word = "any" if band.any_employment else "light" if band.light_work else "hazardous" if band.hazards else "free"
        words.append((band.label, word))
    return words


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("KEN", [("5-12", "any"), ("13-15", "light"), ("16-17", "hazardous")]),  # 16, 18
        ("AGO", [("5-11", "any"), ("12-13", "light"), ("14-17", "hazardous")]),  # 14, 18: light work from 12
        ("NGA", [("5-11", "any"), ("12-17", "hazardous")]),  # 12, 18: no light work
        ("ETH", [("5-12", "any"), ("13-14", "light"), ("15-17", "free")]),  # 15, 15
        ("NPL", [("5-11", "any"), ("12-13", "light"), ("14-16", "hazardous"), ("17", "free")]),  # 14, 17
        ("CCK", [("5-12", "any"), ("13-17", "light")]),  # 17.5
        ("BGD", [("5-12", "any"), ("13-17", "light")]),  # 19
        ("ZMB", [("5-12", "any"), ("13-14", "light"), ("15-17", "hazardous")]),  # 15, 19
        ("PAK", [("5-12", "any"), ("13-14", "light"), ("15-17", "free")]),  # 15, hazardous 14
    ],
)
def test_bands_follow_the_ages_of_the_country(country, expected):
    assert bands(classify.national_definition(country)) == expected


@pytest.mark.parametrize(
    ("country", "message"),
    [
        ("NIU", r"Niue \(NIU\) has no number for the minimum age of work: the source says 'N/A'. Give minimum_age="),
        ("SOM", r"the source says 'multi-territory'"),
        ("GRD", r"minimum age of hazardous work: the source says 'N/A'. Give hazardous_age="),
        ("XAA", r"found 'XAA'.*give minimum_age and hazardous_age"),
        ("Ghana", r"Did you mean 'GHA'"),
    ],
)
def test_countries_without_a_number_are_refused_in_words(country, message):
    with pytest.raises(DefinitionError, match=message):
        classify.national_definition(country)


def test_an_age_that_is_given_stands_in_for_the_list():
    rule = classify.national_definition("GRD", hazardous_age=18)
    assert bands(rule) == [("5-12", "any"), ("13-15", "light"), ("16-17", "hazardous")]
    assert "ages given by the user" in rule.source
    assert "US Department of Labor" in rule.source


def test_a_law_may_be_given_in_full():
    rule = classify.national_definition(
        minimum_age=15, hazardous_age=18, light_work_age=None, long_hours=40, name="our law", source="Labour Code, section 12"
    )
    assert bands(rule) == [("5-14", "any"), ("15-17", "hazardous")]
    assert (rule.name, rule.source, rule.status) == ("our law", "Labour Code, section 12", "to be verified")
    assert rule.hazards.hours_threshold == 40
    assert classify.national_definition(minimum_age=15, hazardous_age=18, long_hours=0).hazards.hours_threshold is None


def test_what_makes_no_sense_is_refused():
    with pytest.raises(OptionError, match=r"minimum_age is not given. Give the country"):
        classify.national_definition(hazardous_age=18)
    with pytest.raises(OptionError, match="minimum_age must be an age"):
        classify.national_definition(minimum_age=0, hazardous_age=18)
    with pytest.raises(OptionError, match="light_work_age must be one of 'C138'"):
        classify.national_definition("GHA", light_work_age="13")
    with pytest.raises(DefinitionError, match=r"needs the law of a country.*national:GHA"):
        classify.child_labour(Survey(pd.DataFrame({"w": [1.0]}), DESIGN), definition="national")


def test_a_fraction_of_an_age_and_one_above_18_are_said():
    assert any("17.5" in remark for remark in classify.national_definition("CCK").remarks)
    assert any("is 19; children are persons below 18" in remark for remark in classify.national_definition("BGD").remarks)
    assert any("to be verified" in remark for remark in classify.national_definition("GHA").remarks)


def test_the_definition_is_in_the_record():
    data = pd.DataFrame({"w": 1.0, "age": [14.0], "economic_activity": [1.0], "economic_hours": [20.0], "hazard_dust": [0.0]})
    survey = classify.child_labour(Survey(data, DESIGN), definition="national:GHA")
    record = survey.provenance.definitions["child_labour"]
    assert (record.name, record.status) == ("national:GHA", "to be verified")
    assert "below the minimum age (15)" in record.title
    assert "the law of Ghana" in record.title
    assert survey.data["child_labour"].tolist() == [1]


def test_a_national_list_of_hazards_is_a_csv_file(tmp_path):
    path = tmp_path / "hazards.csv"
    path.write_text(
        "criterion,classification,code,label,age_min,age_max\n"
        "industry,ISIC4,03,Fishing,5,17\nindustry,ISIC4,0150,Mixed farming,5,15\noccupation,ISCO08,9312,Road labourers,,\n",
        encoding="utf-8",
    )
    rule = classify.national_definition("KEN", hazard_list=path)
    data = pd.DataFrame(
        {
            "w": 1.0,
            "age": [16.0, 15.0, 16.0, 16.0, 16.0],
            "economic_activity": 1.0,
            "economic_hours": 5.0,
            "isic": ["0311", "0150", "0150", "0127", "0127"],
            "isco": ["6111", "6111", "6111", "9312", "6111"],
        }
    )
    found = classify.child_labour(Survey(data, DESIGN), definition=rule).data
    assert found["hazardous_work"].tolist() == [1, 1, 0, 1, 0]
    assert found["child_labour"].tolist() == [1, 1, 0, 1, 0]


def test_the_parameters_are_a_file_that_can_be_copied(tmp_path):
    path = classify.copy_definition("national", tmp_path / "law.toml")
    text = path.read_text(encoding="utf-8").replace("minimum_age = 15", "minimum_age = 16")
    path.write_text(text.replace("light_work_hours = 14", "light_work_hours = 10"), encoding="utf-8")
    data = pd.DataFrame(
        {"w": 1.0, "age": [15.0, 15.0], "economic_activity": 1.0, "economic_hours": [9.0, 10.0], "hazard_dust": 0.0}
    )
    survey = classify.child_labour(Survey(data, DESIGN), definition=path)
    assert survey.data["child_labour"].tolist() == [0, 1]
    assert survey.provenance.definitions["child_labour"].name == "law"
