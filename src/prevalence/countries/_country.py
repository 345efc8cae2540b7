"""The registry of countries: name, pathfinder status and minimum ages by ISO 3166 alpha-3 code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from prevalence.countries._minimum_age import MinimumAge, minimum_age
from prevalence.countries._tables import rows_of
from prevalence.errors import OptionError, suggestion

if TYPE_CHECKING:
    import pandas as pd

REGIONS_SOURCE = (
    "UN standard M49, geographic regions, as reproduced in the country table of hdx-python-country 4.2.5 (verified, secondary)"
)
AGES_SOURCE = "US Department of Labor, 2022 Findings on the Worst Forms of Child Labor (131 countries and territories)"
NOT_LISTED = "not in the list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country of the registry.

    Attributes
    ----------
    iso3, name : str
        ISO 3166 alpha-3 code, with ``XKX`` for Kosovo and ``PSE`` for Palestine. The name is that of the list of pathfinders or, for other
        countries, of the US Department of Labor, whose usage is its own (``Burma``, ``West Bank and the Gaza Strip``).
    region, subregion : str or None
        Geographic region and sub-region of the UN standard M49; None where M49 has no entry (Kosovo). The regions of the ILO and those of the SDG reports are
        others: the estimates of different publishers are not comparable by region.
    region_source : str
    pathfinder : {"verified", "unverified", "not in the list"}
        Pathfinder country of Alliance 8.7. ``unverified``: named as one, membership to be confirmed. The list of 2025 has 37 countries, of
        which 33 are here: a country that is not in the list may still be one.
    joined : str or None
        Date on which status was reached where it is known; expression of interest, workshop and roadmap have dates of their own.
    pathfinder_source : str
    min_age_work, min_age_hazardous, compulsory_education_age : MinimumAge or None
        None where the source has no row of the country.
    ages_source, ages_status : str
    """

    iso3: str
    name: str
    region: str | None = None
    subregion: str | None = None
    region_source: str = ""
    pathfinder: str = NOT_LISTED
    joined: str | None = None
    pathfinder_source: str = ""
    min_age_work: MinimumAge | None = None
    min_age_hazardous: MinimumAge | None = None
    compulsory_education_age: MinimumAge | None = None
    ages_source: str = ""
    ages_status: str = ""


def country(iso3: str) -> Country:
    """Return a country by its ISO 3166 alpha-3 code.

    Parameters
    ----------
    iso3 : str
        Three capital letters.

    Returns
    -------
    Country

    Raises
    ------
    OptionError
        If the registry has no such country. It holds pathfinders and the countries of the US Department of Labor's findings, no other.

    Examples
    --------
    >>> import prevalence as pv
    >>> ghana = pv.countries.country("GHA")
    >>> ghana.name, ghana.min_age_work.years, ghana.pathfinder
    ('Ghana', 15.0, 'not in the list')
    """
    known = _registry()
    if iso3 not in known:
        by_name = {entry.name: code for code, entry in known.items()}
        hint = f" Did you mean {by_name[iso3]!r}?" if iso3 in by_name else suggestion(iso3, known)
        raise OptionError(
            f"country must be the ISO 3166 alpha-3 code of one of the {len(known)} countries of the registry, which are the pathfinders and those "
            f"with minimum ages; found {iso3!r}.{hint}"
        )
    return known[iso3]


def countries() -> pd.DataFrame:
    """Return the registry, one row a country by code.

    Returns
    -------
    pandas.DataFrame
        ``iso3, name, region, subregion, pathfinder, joined``, then ``min_age_work, min_age_hazardous, compulsory_education_age`` (years, NaN where the
        source prints no number) each with ``_text``.

    Examples
    --------
    >>> import prevalence as pv
    >>> frame = pv.countries.countries().set_index("iso3")
    >>> frame.loc[["SWZ"], ["compulsory_education_age", "compulsory_education_age_text"]].values.tolist()
    [[nan, '12/13']]
    """
    import pandas as pd

    rows = []
    for entry in _registry().values():
        row: dict[str, object] = {
            name: getattr(entry, name) for name in ("iso3", "name", "region", "subregion", "pathfinder", "joined")
        }
        for limit in ("min_age_work", "min_age_hazardous", "compulsory_education_age"):
            age: MinimumAge | None = getattr(entry, limit)
            row |= {limit: age.years if age else None, f"{limit}_text": age.text if age else None}
        rows.append(row)
    frame = pd.DataFrame(rows)
    ages = [name for name in frame.columns if f"{name}_text" in frame.columns]
    return frame.astype(dict.fromkeys(ages, float))


def pathfinders() -> pd.DataFrame:
    """Return the pathfinder countries of Alliance 8.7, with the status of each entry.

    Returns
    -------
    pandas.DataFrame
        ``iso3, name, joined, status, source``. Rows whose status is ``unverified`` are to be confirmed before they are quoted.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.countries.pathfinders()["status"].value_counts().to_dict()
    {'verified': 19, 'unverified': 14}
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows_of("pathfinders.csv")))
    return frame.assign(joined=frame["joined"].where(frame["joined"] != "", None))


@cache
def _registry() -> dict[str, Country]:
    """Return the countries of both lists by code, in alphabetical order of the codes."""
    listed = {row["iso3"]: row for row in rows_of("pathfinders.csv")}
    ages = {row["iso3"]: row for row in rows_of("national_minimum_ages.csv")}
    places = {row["iso3"]: row for row in rows_of("m49_regions.csv")}
    return {code: _country(code, listed.get(code), ages.get(code), places.get(code, {})) for code in sorted({*listed, *ages})}


def _country(code: str, listed: dict[str, str] | None, ages: dict[str, str] | None, place: dict[str, str]) -> Country:
    def age(limit: str, mark: str) -> MinimumAge | None:
        return minimum_age(ages[limit], ages[mark]) if ages is not None else None

    return Country(
        iso3=code,
        name=listed["name"] if listed else (ages or {})["name_in_source"],
        region=place.get("region"),
        subregion=place.get("subregion"),
        region_source=REGIONS_SOURCE if place else "",
        pathfinder=listed["status"] if listed else NOT_LISTED,
        joined=(listed["joined"] or None) if listed else None,
        pathfinder_source=listed["source"] if listed else "",
        min_age_work=age("min_age_work", "min_age_work_conforms"),
        min_age_hazardous=age("min_age_hazardous", "min_age_hazardous_conforms"),
        compulsory_education_age=age("compulsory_education_age", "compulsory_education_age_calculated"),
        ages_source=AGES_SOURCE if ages else "",
        ages_status="verified" if ages else "",
    )
