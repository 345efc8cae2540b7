"""Canonical columns that tables know by name: families of yes-or-no answers, and categories with the levels that they usually have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import narwhals.stable.v2 as nw

from prevalence.classify.answers import any_of, one_zero, reported
from prevalence.provenance import Codebook
from prevalence.report.tables.language import capitalised
from prevalence.report.tables.standard.shells import ANY, Measure

_REASONS = {
    "income": "Supplement the family income",
    "debt": "Pay a family debt",
    "enterprise": "Help in the family farm or business",
    "skills": "Learn skills",
    "own_money": "Earn money of one's own",
    "school_no_use": "School is of no use",
    "school_far": "No school, or too far",
    "school_cost": "Cannot afford school",
    "school_interest": "Not interested in school",
    "replace": "Stand in for someone who cannot work",
    "other": "Other reason",
}

FAMILIES: Mapping[str, Mapping[str, str]] = {
    "injury": {
        "wounds": "Superficial injuries or open wounds",
        "fractures": "Fractures",
        "sprains": "Dislocations, sprains or strains",
        "burns": "Burns, scalds or frostbite",
        "breathing": "Breathing problems",
        "eyes": "Eye problems",
        "skin": "Skin problems",
        "stomach": "Stomach problems",
        "fever": "Fever",
        "fatigue": "Extreme fatigue",
        "bites": "Snake bites or insect stings",
        "other": "Other injury or illness",
    },
    "abuse": {
        "shouting": "Constantly shouted at",
        "insults": "Repeatedly insulted",
        "beating": "Beaten or physically hurt",
        "sexual": "Sexually abused",
        "other": "Other abuse",
    },
    "reason": _REASONS,
    "task": {
        "clearing": "Clearing land",
        "burning": "Burning vegetation",
        "planting": "Planting",
        "weeding": "Weeding",
        "pruning": "Pruning",
        "spraying": "Spraying pesticides",
        "fertiliser": "Spreading fertiliser",
        "harvesting": "Harvesting",
        "breaking": "Breaking pods",
        "fermenting": "Fermenting",
        "drying": "Drying",
        "carrying": "Carrying the harvest",
        "water": "Carrying water",
        "other": "Other tasks",
    },
    "intervention": {
        "awareness": "Awareness raising",
        "monitoring": "Child labour monitoring and remediation",
        "school": "School support",
        "training": "Farmer training",
        "income": "Support of income",
        "cash": "Cash transfers",
        "savings": "Savings groups",
        "labour": "Adult labour groups",
        "other": "Other programme",
    },
    "community_has": {
        "primary": "Primary school",
        "secondary": "Secondary school",
        "health": "Health post",
        "water": "Safe drinking water",
        "electricity": "Electricity",
        "road": "Road that is open all year",
        "market": "Market",
        "committee": "Child protection committee",
        "other": "Other facility",
    },
    "school_has": {
        "water": "Drinking water",
        "toilets": "Toilets",
        "girls_toilets": "Toilets for girls",
        "canteen": "School meals",
        "electricity": "Electricity",
        "books": "A textbook for each pupil",
        "other": "Other facility",
    },
}
"""Family to its members and what their columns are called in print: ``injury_wounds`` is 1, 0 or null. A survey may have others."""

LEVELS: Mapping[str, tuple[str, ...]] = {
    "workplace": (
        "Family dwelling",
        "Client's place",
        "Office",
        "Factory or workshop",
        "Farm, plantation or garden",
        "Construction site",
        "Mine or quarry",
        "Shop, restaurant or hotel",
        "Market or street stall",
        "Mobile, no fixed place",
        "River, lake or sea",
        "Other place",
    ),
    "pay_mode": ("In cash", "In kind", "In cash and in kind", "Unpaid"),
    "work_reason": tuple(_REASONS.values()),
    "grade_for_age": ("At the grade for age", "One year behind", "Two or more years behind"),
    "no_school_reason": (
        "Too young",
        "Disability or illness",
        "No school, or too far",
        "Cannot afford school",
        "Family does not allow it",
        "Not interested in school",
        "School is of no use",
        "School is not safe",
        "Works for pay",
        "Works in the family farm or business",
        "Helps at home",
        "Other reason",
    ),
    "production_stratum": ("High", "Medium", "Low"),
    "poverty": ("Poor", "Not poor"),
    "head_informality": ("Formal", "Informal"),
}
"""Categories to their usual levels, in order of print; a survey may have others."""

NUMBERS = ("crop_yield", "land_area", "crop_area")
ANY_OF = "any_"


def members(family: str, columns: Iterable[str]) -> list[str]:
    """Return the columns of a family, known ones first, the others by name."""
    known = [f"{family}_{name}" for name in FAMILIES.get(family, {})]
    there = {name for name in columns if name.startswith(f"{family}_") and not name.endswith(("_unknown", "_source"))}
    return [*(name for name in known if name in there), *sorted(there - set(known))]


def any_member(family: str, columns: Sequence[str]) -> nw.Expr | None:
    """Return 1 where a member of a family is 1, 0 where all are 0, null otherwise; None if there is no member."""
    found = members(family, columns)
    if not found:
        return None
    answer = any_of(reported(name) for name in found)
    return one_zero(answer.yes, known=answer.known)


def member_head(name: str, codebook: Codebook) -> str:
    """Return what the column of a family is called in print."""
    for family, known in FAMILIES.items():
        if name.removeprefix(f"{family}_") in known and name.startswith(f"{family}_"):
            return known[name.removeprefix(f"{family}_")]
    label = codebook.label(name)
    text = name.partition("_")[2].replace("_", " ") if label == name else label
    return capitalised(text)


def expanded(measures: Iterable[Measure], columns: Sequence[str], codebook: Codebook) -> list[Measure]:
    """Return measures with those of a family replaced by one for each of its columns; a family without columns stays as it is."""
    found: list[Measure] = []
    for measure in measures:
        names = members(measure.variable.removesuffix(f"_{ANY}"), columns) if measure.variable.endswith(ANY) else []
        found += [
            measure.model_copy(update={"variable": name, "head": member_head(name, codebook), "spanner": measure.head})
            for name in names
        ] or [measure]
    return found
