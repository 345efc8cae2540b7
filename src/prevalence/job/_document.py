"""The report of a baseline: its chapters, and the account of how the numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from prevalence.design import Design, DfRule, LonelyPsu
from prevalence.errors import counted
from prevalence.job._data_files import MASKED, UNPUBLISHED
from prevalence.job._figures import Drawing
from prevalence.job._masks import Shown
from prevalence.job._places import Place
from prevalence.job.config import Config, SurveyPlan
from prevalence.job.tables import IN_CHAIN, Answers, Table
from prevalence.plot.words import interval_of, name_of
from prevalence.provenance import software
from prevalence.report.main_finding import headline
from prevalence.report.page import Chapter, Figure, Making, Page, Section, TablePart, html
from prevalence.report.tables import joined_table
from prevalence.report.words import definitions_of

WHOLE = ("sex_by_age", "area_by_sex", "chain_by_sex")
"""Tables that hold the estimate for everyone, the first that there is."""


def document(
    config: Config, answers: Sequence[Answers], tables: Sequence[Shown], figures: Sequence[Drawing], places: Sequence[Place]
) -> str:
    """Return the report as HTML."""
    chapters = tuple(
        Chapter(
            name=place.name,
            sections=tuple(
                section
                for answer in answers
                if (section := _section(answer.prepared.plan, place, _of(tables, answer), figures)) is not None
            ),
        )
        for place in places
    )
    page = Page(
        title=config.title,
        publish=config.publish,
        disclosure=disclosure(config, tables),
        chapters=chapters,
        makings=tuple(_making(answer) for answer in answers),
        software=tuple(software().items()),
    )
    return html(page)


def disclosure(config: Config, tables: Sequence[Shown]) -> tuple[str, ...]:
    """Return what is withheld, in sentences."""
    found = Counter(reason for shown in tables for reason in shown.published.reasons if reason)
    rows = sum(len(shown.published.reasons) for shown in tables)
    verb = "are" if config.publish else "would be"
    said = "; ".join(
        f"{counted(number, 'row')} ({reason.removeprefix('withheld: ')})" for reason, number in sorted(found.items())
    )
    return (
        MASKED if config.publish else UNPUBLISHED,
        f"Of {counted(rows, 'row')} in all tables, {sum(found.values()):,} {verb} withheld{': ' if said else ''}{said}.",
    )


def _of(tables: Sequence[Shown], answer: Answers) -> dict[str, Shown]:
    return {shown.table.id: shown for shown in tables if shown.table.plan.name == answer.prepared.plan.name}


def _section(plan: SurveyPlan, place: Place, tables: dict[str, Shown], figures: Sequence[Drawing]) -> Section | None:
    parts = {name: part for name, shown in tables.items() if (part := place.part(shown)) is not None}
    if not parts:
        return None
    whole = next((name for name in WHOLE if name in parts), "")
    said = headline(parts[whole], parts.get(f"{whole}_gap"), parts.get("chain_by_sex_excess"), place=place.name) if whole else ""
    shown = []
    for name, part in parts.items():
        if not name.endswith("_gap"):
            beside = [parts[f"{name}_gap"]] if f"{name}_gap" in parts else []
            made = joined_table([part, *beside], name=f"{place.slug}{plan.name}-{name}".replace("_", "-"))
            shown.append(TablePart(title=tables[name].table.title, html=made.as_raw_html()))
    drawn = tuple(
        Figure(name=figure.name, svg=figure.svg.decode(), title=figure.title, alternative=figure.alternative)
        for figure in figures
        if figure.survey == plan.name and figure.place == place
    )
    return Section(title=f"{name_of(plan.measure)} ({plan.name})", headline=said, figures=drawn, tables=tuple(shown))


def _making(answer: Answers) -> Making:
    provenance, estimates = answer.provenance, [table.estimates for table in answer.tables]
    families = [provenance.definitions[name] for name in answer.prepared.survey.families if name in provenance.definitions]
    rules = {(d.name, d.version, d.source): d for d in reversed((*definitions_of(estimates), *families))}
    return Making(
        title=f"{name_of(answer.prepared.plan.measure)} ({answer.prepared.plan.name})",
        method=method(answer),
        definitions=tuple(reversed(rules.values())),
        sources=provenance.sources,
        counts=provenance.counts,
        notes=provenance.notes,
        left_out=answer.left_out,
    )


LONELY: dict[LonelyPsu, str] = {
    "fail": "A stratum with a single sampled unit would have been an error; there is none.",
    "certainty": "A stratum with a single sampled unit adds no variance, as if it had been certain to be drawn.",
    "adjust": "A stratum with a single sampled unit is centred at the mean of all, which is conservative.",
    "average": "A stratum with a single sampled unit gets the average variance of the others.",
}
DF: dict[DfRule, str] = {
    "satterthwaite": "read from how unequally units add to the variance (Satterthwaite), at least 4 and at most the smaller of units minus strata, "
    "over the strata that a domain touches, and units with a member of the domain minus 1",
    "occupied": "the smaller of units minus strata, over the strata that a domain touches, and units with a member of the domain minus 1",
    "own": "units with a member of the domain minus strata with one",
    "domain-strata": "units minus strata, over the strata that a domain touches",
    "design": "units minus strata of the whole sample",
}


def method(answer: Answers) -> str:
    """Return how estimates and standard errors were made, as a paragraph."""
    design = answer.prepared.survey.design
    return " ".join(
        [
            f"Each share is a weighted ratio with the weights in {design.weight!r}{_scale(design)}.",
            f"Standard errors are Taylor-linearised, between {_units(design)}{_strata(design)};",
            "every domain keeps the sampling units that have no member of it.",
            LONELY[design.lonely_psu],
            f"Degrees of freedom: {DF[design.df_rule]}.",
            *_comparisons(answer.tables),
        ]
    )


def _comparisons(tables: Sequence[Table]) -> list[str]:
    said = []
    if any(table.source for table in tables):
        said.append("Differences take the covariance of their two sides into account.")
    if tables:
        said.append(
            f"Shares carry a {interval_of(tables[0].estimates)}, an exact one at 0 and 100 percent; differences carry t intervals."
        )
    if any(table.id == IN_CHAIN for table in tables):
        said.append("An indicator in a supply chain counts those who have it and work in the chain, over everyone in scope.")
    return said


def _scale(design: Design) -> str:
    if design.weight_scale == "population":
        return ""
    return ", which are normalised to the sample size and give no numbers of people"


def _units(design: Design) -> str:
    return f"primary sampling units ({' x '.join(design.units)})" if design.units else "rows"


def _strata(design: Design) -> str:
    return f" within strata ({' x '.join(design.strata)})" if design.strata else ", without strata"
