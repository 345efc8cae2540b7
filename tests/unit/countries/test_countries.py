"""The registry of countries: what its sources say, and what they do not."""

from __future__ import annotations

import pytest

from prevalence import countries
from prevalence.errors import OptionError


def test_pathfinders_are_33_of_whom_19_are_verified():
    frame = countries.pathfinders()
    assert len(frame) == 33
    assert (frame["status"] == "verified").sum() == 19
    assert frame.set_index("iso3").loc["KEN", "joined"] == "2024-12-06"
    assert frame["joined"].notna().sum() == 1


def test_a_country_says_what_is_known_and_how():
    kenya = countries.country("KEN")
    assert (kenya.name, kenya.pathfinder, kenya.min_age_work.years, kenya.min_age_hazardous.years) == (
        "Kenya",
        "verified",
        16,
        18,
    )
    assert countries.country("NPL").pathfinder == "unverified"
    assert countries.country("GHA").pathfinder == "not in the list"
    assert countries.country("FRA").min_age_work is None


@pytest.mark.parametrize(
    ("iso3", "limit", "years", "text"),
    [
        ("CCK", "min_age_work", 17.5, "17.5"),
        ("SWZ", "compulsory_education_age", None, "12/13"),
        ("TON", "min_age_work", None, "N/A"),
        ("SOM", "min_age_work", None, "multi-territory"),
        ("TZA", "min_age_work", 14, "14"),
    ],
)
def test_ages_are_numbers_or_keep_their_text(iso3, limit, years, text):
    age = getattr(countries.country(iso3), limit)
    assert (age.years, age.text) == (years, text)


def test_kosovo_and_palestine_have_their_codes():
    assert countries.country("XKX").name == "Kosovo"
    assert countries.country("PSE").name == "West Bank and the Gaza Strip"


def test_the_frame_has_131_countries_with_ages_and_the_regions_of_m49():
    frame = countries.countries().set_index("iso3")
    assert frame["min_age_work_text"].notna().sum() == 131
    assert frame.index.is_unique
    assert set(frame["region"].dropna()) == {"Africa", "Americas", "Asia", "Europe", "Oceania"}
    assert frame.index[frame["region"].isna()].tolist() == ["XKX"]
    # UN Statistics Division, standard M49.
    places = {"GHA": "Sub-Saharan Africa", "NPL": "Southern Asia", "BRA": "Latin America and the Caribbean", "FJI": "Melanesia"}
    assert frame.loc[list(places), "subregion"].to_dict() == places


def test_a_name_or_a_slip_gets_a_suggestion():
    with pytest.raises(OptionError, match=r"found 'Ghana'. Did you mean 'GHA'\?"):
        countries.country("Ghana")
    with pytest.raises(OptionError, match="found 'XAA'"):
        countries.country("XAA")


def test_deadlines_are_parameters():
    assert countries.deadline("child_labour").year == 2030
    assert countries.deadline("child_labour", 2025).status == "verified"
    assert countries.deadline("forced_labour").year == 2030
    with pytest.raises(OptionError, match="year must be a deadline of 'forced_labour': 2030; found 2025"):
        countries.deadline("forced_labour", 2025)
    with pytest.raises(OptionError, match="goal must be one of"):
        countries.deadline("child_marriage")
