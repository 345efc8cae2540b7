"""Child labour by national law: the ages of a country's law, turned into the age bands of a definition."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from prevalence.classify.children.hazards import ADULT, Hazards, IscoRevision, IsicRevision
from prevalence.classify.children.standards import Band, ChildLabourStandard
from prevalence.classify.standards import Draft, ReadBeside, Standard, checked, shipped
from prevalence.countries import Country
from prevalence.countries import country as find_country
from prevalence.errors import DefinitionError, OptionError, check_option

C138 = "C138"
LIGHT_WORK_AT_14 = 12.0
LOWER_MINIMUM_AGE = 14
OLDEST = 100
ISO3 = 3
KIND = "child-labour-national"


class NationalStandard(Standard):
    """Parameters of a definition by national law: ages in years, weekly hours.

    Attributes
    ----------
    minimum_age : float
        Of work. Employment below it is child labour, light work apart.
    hazardous_age : float
        Below it hazardous work is child labour.
    light_work_age, light_work_hours : float
        From that age, for fewer hours than these, work that is not hazardous is permitted; no age: no light work is.
    long_hours : float
        Weekly hours from which work is hazardous; 0: hours alone make no work hazardous.
    """

    kind: Literal["child-labour-national"]
    minimum_age: float = Field(gt=0)
    hazardous_age: float = Field(gt=0)
    light_work_age: float | None = None
    light_work_hours: float = Field(default=14, gt=0)
    long_hours: float = Field(default=43, ge=0)
    hazards: Hazards = Hazards(employed_only=True, night=True)

    @classmethod
    def completed(cls, content: dict[str, Any], beside: ReadBeside) -> dict[str, Any]:
        """Return the content with the rows of its list of hazards in place of the name of the list."""
        return ChildLabourStandard.completed(content, beside)

    def child_labour(self, age_min: int = 5) -> ChildLabourStandard:
        """Return the definition that the law amounts to: age bands, cut where a rule changes.

        Ages are completed years, so under a minimum age of 17.5 all children of 17 are below it.
        """
        age_of_work, age_of_hazards = (min(ceil(age), ADULT) for age in (self.minimum_age, self.hazardous_age))
        light = age_of_work if self.light_work_age is None else min(ceil(self.light_work_age), age_of_work)
        cuts = sorted({max(age, age_min) for age in (age_min, light, age_of_work, max(age_of_work, age_of_hazards), ADULT)})
        return ChildLabourStandard(
            kind="child-labour",
            name=self.name,
            ids=self.ids,
            version=self.version,
            title=self.title,
            source=self.source,
            status=self.status,
            remarks=self.remarks,
            production_boundary="sna",
            age_min=age_min,
            age_max=ADULT - 1,
            use_hazards=True,
            employment_hours=1,
            worst_forms=True,
            bands=tuple(self._band(cut, end - 1, light, age_of_work, age_of_hazards) for cut, end in pairwise(cuts)),
            hazards=self.hazards.model_copy(update={"hours_threshold": self.long_hours or None}),
        )

    def _band(self, first: int, last: int, light: int, age_of_work: int, age_of_hazards: int) -> Band:
        is_light = light <= first < age_of_work
        return Band(
            label=f"{first}-{last}" if last > first else f"{first}",
            age_min=first,
            age_max=last,
            any_employment=first < light,
            economic_threshold=self.light_work_hours if is_light else None,
            # Light work may do no harm (C138, article 7), whatever the age of hazardous work.
            hazards=first < max(age_of_work, age_of_hazards),
            light_work=is_light,
        )


def national_definition(
    country: str | None = None,
    *,
    minimum_age: float | None = None,
    hazardous_age: float | None = None,
    light_work_age: float | str | None = C138,
    light_work_hours: float | None = None,
    long_hours: float | None = None,
    conditions: tuple[str, ...] | None = None,
    hazard_list: str | Path | None = None,
    isic: IsicRevision = "4",
    isco: IscoRevision = "08",
    name: str | None = None,
    source: str | None = None,
) -> ChildLabourStandard:
    """Return the definition of child labour by a country's law, for ``child_labour(definition=...)``.

    Below the minimum age employment is child labour, except light work (fewer than `light_work_hours`, not hazardous, from
    `light_work_age`); at or above it, hazardous work below `hazardous_age` is.

    Parameters
    ----------
    country : str, optional
        ISO3 code; its ages come from the registry ``pv.countries`` (131 countries, findings of 2022). ``definition="national:GHA"`` is short for ``national_definition("GHA")``.
    minimum_age, hazardous_age : float, optional
        Ages in years in place of the list's, or for a country that is not in it.
    light_work_age : float, "C138" or None
        ``"C138"``: 13, or 12 where the minimum age is 14, and no light work where it is lower (to be verified). None: no light work.
    light_work_hours, long_hours : float, optional
        Weekly hours: by default 14 and 43, those of SDG 8.7.1; the law may say otherwise (to be verified). ``long_hours=0``: hours
        alone make no work hazardous.
    conditions : tuple of str, optional
        0/1/null columns of hazardous conditions, by default the eight ``hazard_*`` items of MICS6.
    hazard_list : path, optional
        CSV file of hazardous industries and occupations with the columns ``criterion, classification, code`` and, if wanted,
        ``scheme, label, rule, age_min, age_max, status, source``. Without it no industry is hazardous.
    isic, isco : str
        Revisions in which the data are coded: ``"4"`` or ``"3.1"``, ``"08"`` or ``"88"``.
    name, source : str, optional
        Name and source of the definition in results, by default ``"national:<country>"`` and the list's.

    Raises
    ------
    DefinitionError
        If the country is not in the registry, or it has no number for an age that is not given.
    OptionError
        If neither country nor ages are given, or an age or number of hours makes no sense.

    Notes
    -----
    Convention 138, articles 2, 3 and 7: its ages are to be verified. The law of a country may know further exceptions, so the
    estimate need not be that of the law.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> law = pv.classify.national_definition("KEN")
    >>> [(band.label, band.any_employment, band.light_work) for band in law.bands]
    [('5-12', True, False), ('13-15', False, True), ('16-17', False, False)]
    """
    law = None if country is None else _law_of(country)
    age_of_work, age_of_hazards = _age(law, "work", minimum_age), _age(law, "hazardous work", hazardous_age)
    base = convention()
    hours = {"light_work_hours": light_work_hours, "long_hours": long_hours}
    hazards: dict[str, Any] = {"employed_only": True, "night": True, "isic": isic, "isco": isco}
    hazards |= {} if conditions is None else {"conditions": conditions}
    hazards |= {} if hazard_list is None else {"list": Path(hazard_list).name}
    content = {
        "kind": KIND,
        "name": name or (f"national:{law.iso3}" if law else "national"),
        "version": f"{base.version}; ages of {law.name}" if law else base.version,
        "title": _title(law, age_of_work, age_of_hazards),
        "source": source or _source(base, law, given=(minimum_age, hazardous_age)),
        "status": "to be verified",
        "remarks": _remarks(base, age_of_work, age_of_hazards),
        "minimum_age": age_of_work,
        "hazardous_age": age_of_hazards,
        "light_work_age": _light_work_age(light_work_age, age_of_work, base),
        **{key: getattr(base, key) if value is None else value for key, value in hours.items()},
        "hazards": hazards,
    }
    return checked(Draft(Path(hazard_list or "national_definition"), content), NationalStandard).child_labour()


def convention() -> NationalStandard:
    """Return the parameters that a country's law does not give: those of Convention 138."""
    return next(checked(draft, NationalStandard) for draft in shipped() if draft.content["kind"] == KIND)


def _law_of(code: str) -> Country:
    try:
        return find_country(code.upper() if len(code) == ISO3 else code)
    except OptionError as error:
        raise DefinitionError(f"{error} For another country give minimum_age and hazardous_age.") from error


def _age(law: Country | None, kind: Literal["work", "hazardous work"], given: float | None) -> float:
    """Return the age that the user gives, or else that of the country."""
    option = "minimum_age" if kind == "work" else "hazardous_age"
    if given is not None:
        return _number(option, given)
    if law is None:
        raise OptionError(
            f"A definition by national law needs a country or ages; {option} is not given. Give the country, or {option}."
        )
    legal = law.min_age_work if kind == "work" else law.min_age_hazardous
    if legal is None or legal.years is None:
        found = "the list of minimum ages has no row of it" if legal is None else f"the source says {legal.text!r}"
        raise DefinitionError(
            f"{law.name} ({law.iso3}) has no number for the minimum age of {kind}: {found}. Give {option}=, from the law."
        )
    return legal.years


def _number(option: str, value: float) -> float:
    if not 0 < value < OLDEST:
        raise OptionError(f"{option} must be an age in years between 0 and {OLDEST}; found {value!r}.")
    return float(value)


def _light_work_age(given: float | str | None, age_of_work: float, base: NationalStandard) -> float | None:
    if isinstance(given, str):
        check_option("light_work_age", given, (C138,))
        # C138, article 7: from 13; from 12 where the minimum age is 14 (article 2, paragraph 4). To be verified.
        if age_of_work >= base.minimum_age:
            return base.light_work_age
        return LIGHT_WORK_AT_14 if age_of_work >= LOWER_MINIMUM_AGE else None
    return None if given is None else _number("light_work_age", given)


def _source(base: NationalStandard, law: Country | None, given: tuple[float | None, float | None]) -> str:
    ages = [*([law.ages_source] if law and None in given else []), *(["ages given by the user"] if given != (None, None) else [])]
    return "; ".join([*ages, base.source])


def _title(law: Country | None, age_of_work: float, age_of_hazards: float) -> str:
    by_law = f"the law of {law.name}" if law else "national law"
    return (
        f"children aged 5-17 in employment below the minimum age ({age_of_work:g}), permitted light work apart, or in hazardous work "
        f"below {age_of_hazards:g}, by {by_law}"
    )


def _remarks(base: NationalStandard, age_of_work: float, age_of_hazards: float) -> tuple[str, ...]:
    remarks = [*base.remarks]
    for what, age in (("work", age_of_work), ("hazardous work", age_of_hazards)):
        if age > ADULT:
            remarks.append(
                f"The minimum age of {what} is {age:g}; children are persons below {ADULT}, so those above are not counted."
            )
        elif not age.is_integer():
            remarks.append(
                f"Ages are completed years: all children of {int(age)} are below the minimum age of {what} of {age:g}."
            )
    return tuple(remarks)
