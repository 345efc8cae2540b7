"""Whether two rounds measured the same thing: what must agree, and what differences were let pass by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prevalence.baseline.record import What, When, Whom
from prevalence.classify import read_definition
from prevalence.classify.children.standards import Band, ChildLabourStandard
from prevalence.errors import DefinitionError, OptionError, counted, listed, suggestion
from prevalence.provenance import Definition

OF_DEFINITION = (
    "definition_id",
    "definition_version",
    "production_boundary",
    "hours_thresholds",
    "hazard_rule",
    "missing_rule",
    "age_range",
)
OF_SERIES = ("universe", "reference_period", "respondent")
COMPARED = (*OF_DEFINITION, *OF_SERIES)
BY_HAND = "not one of the shipped definitions"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a round says of itself; a name that is absent is not known, and nothing is said of it."""

    known: Mapping[str, str]
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Comparability:
    """What differs between two rounds and was let pass.

    Attributes
    ----------
    flags : str
        ``D`` where the definition differs, ``B`` where the series breaks, ``DB``, or nothing.
    notes : tuple of str
    """

    flags: str
    notes: tuple[str, ...]


def compared(old: Facts, new: Facts, force: Sequence[str]) -> Comparability:
    """Return what differs between two rounds.

    Parameters
    ----------
    old, new : Facts
    force : sequence of str
        Differences that are let pass.

    Raises
    ------
    DefinitionError
        If the rounds differ in anything else.
    OptionError
        If `force` names what is not compared.
    """
    for name in force:
        if name not in COMPARED:
            raise OptionError(
                f"force names {name!r}; what is compared is {listed(COMPARED, limit=20)}.{suggestion(name, COMPARED)}"
            )
    both = [name for name in COMPARED if name in old.known and name in new.known]
    differing = [name for name in both if old.known[name] != new.known[name]]
    refused = [name for name in differing if name not in force]
    if refused:
        told = "\n".join(f"  {name}: {old.known[name] or 'not said'!r} and {new.known[name] or 'not said'!r}" for name in refused)
        raise DefinitionError(
            f"Rounds must measure the same to be compared; they differ in {counted(len(refused), 'thing')}:\n{told}\n"
            f"Make them alike (pv.baseline.harmonised recomputes both), or let it pass by name: force={refused!r}."
        )
    flags = ("D" if set(differing) & set(OF_DEFINITION) else "") + ("B" if set(differing) & set(OF_SERIES) else "")
    notes = tuple(f"{name} differs: {old.known[name]!r} and {new.known[name]!r}" for name in differing)
    return Comparability(flags, (*notes, *_season(old.when, new.when)))


def _season(old: When | None, new: When | None) -> tuple[str, ...]:
    """Return a note where the rounds have no month in common."""
    if old is None or new is None or not old.months or not new.months or old.months & new.months:
        return ()
    return ("field work in different seasons: no month in common; seasonal work and school holidays may differ",)


def facts_of_record(what: What, whom: Whom, when: When) -> Facts:
    """Return what a record says of itself."""
    whole = {**facts_of_what(what), **{name: str(getattr(whom, name)) for name in ("age_range", *OF_SERIES)}}
    return Facts({name: value for name, value in whole.items() if value}, when)


def facts_of_what(what: What) -> dict[str, str]:
    """Return the facts of a definition."""
    found = {name: getattr(what, name) for name in OF_DEFINITION if name != "age_range"}
    return {name: "; ".join(value) if isinstance(value, tuple) else value for name, value in found.items()}


def what_of(indicator: str, definition: Definition | str | None) -> tuple[What, str]:
    """Return what an indicator counts, and its ages where the definition says them.

    Parameters
    ----------
    indicator : str
    definition : Definition or str, optional
        From the provenance, or a name.
    """
    if definition is None or isinstance(definition, str):
        definition = Definition(
            indicator=indicator, name=definition or "", version="", title="", source="", status="to be verified", options={}
        )
    try:
        rule = read_definition(definition.name)
    except DefinitionError:
        rule = None
    options = definition.options
    ages = ""
    thresholds: tuple[str, ...] = ()
    boundary, hazards = options.get("production_boundary", ""), options.get("hazardous_work_by", "")
    if isinstance(rule, ChildLabourStandard):
        ages = f"{rule.age_min}-{rule.age_max}"
        thresholds = tuple(_threshold(band) for band in rule.bands)
        boundary = boundary or rule.production_boundary
        hazards = hazards or ("" if rule.use_hazards else "not counted")
    what = What(
        indicator_code=indicator,
        definition_id=definition.name,
        definition_version=definition.version or (rule.version if rule else ""),
        definition_title=definition.title or (rule.title if rule else ""),
        definition_source=definition.source or (rule.source if rule else BY_HAND),
        definition_status=(rule.status if rule and not definition.source else definition.status),
        production_boundary=boundary,
        hours_thresholds=thresholds,
        hazard_rule=hazards,
        missing_rule=options.get("unknown", ""),
    )
    return what, ages


def _threshold(band: Band) -> str:
    """Return the hours of an age band: ``12-14: work >= 14; chores >= 21``."""
    limbs = []
    if band.any_employment:
        limbs.append("any employment")
    elif band.economic_threshold is not None:
        limbs.append(f"work {band.economic_operator} {band.economic_threshold:g}")
    if band.chores_threshold is not None:
        limbs.append(f"chores {band.chores_operator} {band.chores_threshold:g}")
    return f"{band.label}: {'; '.join(limbs) or 'no hours'}"
