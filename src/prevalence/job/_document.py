"""The report of a baseline: its chapters, and the account of how the numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from prevalence.design import Design, DfRule, LonelyPsu
from prevalence.errors import counted
from prevalence.estimates import key_named
from prevalence.job._data_files import MASKED, UNPUBLISHED
from prevalence.job._figures import Drawing
from prevalence.job._masks import Shown
from prevalence.job._names import names_of
from prevalence.job._places import Place
from prevalence.job.config import Config, SurveyPlan
from prevalence.job.details import AGE, DEFINITIONS, ELEMENTS, HAZARDS, NUMBERS, WHOM
from prevalence.job.tables import CHAIN, IN_CHAIN, WHOLE, Answers, Table
from prevalence.plot.words import interval_of, name_of
from prevalence.provenance import software
from prevalence.report import Published
from prevalence.report.formats.html import html as html_of_table
from prevalence.report.main_finding import headline
from prevalence.report.page import Chapter, Figure, Making, Page, Section, TablePart, Topic, html
from prevalence.report.tables._table import table
from prevalence.report.tables.grid import Table as Grid
from prevalence.report.tables.language import folded, language
from prevalence.report.tables.notes import definitions_of

PREVALENCE, COMPARISONS = "prevalence", "comparisons"
TOPICS = {
    PREVALENCE: "Prevalence",
    COMPARISONS: "Comparisons",
    NUMBERS: "Numbers of people",
    HAZARDS: "Hazards",
    ELEMENTS: "Elements of forced labour",
    DEFINITIONS: "Other definitions",
}
"""What a survey is asked, in the order of the report; a table that is named here is a topic of its own."""
ACROSS = {HAZARDS: AGE, ELEMENTS: CHAIN, DEFINITIONS: AGE}
"""The dimension across tables of several indicators."""


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
    reasons = {reason.removeprefix("withheld: "): number for reason, number in sorted(found.items())}
    listed_rows = "; ".join(f"{counted(number, 'row')} ({reason})" for reason, number in reasons.items())
    why = f" ({next(iter(reasons))})" if len(reasons) == 1 else f": {listed_rows}" if reasons else ""
    return (
        MASKED if config.publish else UNPUBLISHED,
        f"Of {counted(rows, 'row')} in all tables, {sum(found.values()):,} {verb} withheld{why}.",
    )


def _of(tables: Sequence[Shown], answer: Answers) -> dict[str, Shown]:
    return {shown.table.id: shown for shown in tables if shown.table.plan.name == answer.prepared.plan.name}


def _section(plan: SurveyPlan, place: Place, tables: dict[str, Shown], figures: Sequence[Drawing]) -> Section | None:
    parts = {name: part for name, shown in tables.items() if (part := place.part(shown)) is not None}
    if not parts:
        return None
    whole = next((name for name in WHOLE if name in parts), "")
    said = headline(parts[whole], parts.get(f"{whole}_gap"), parts.get("chain_by_sex_excess"), place=place.name) if whole else ""
    drawn = [figure for figure in figures if figure.on_page and figure.survey == plan.name and figure.place == place]
    topics = tuple(_topic(TOPICS[which], which, parts, tables, drawn, f"{place.slug}{plan.name}") for which in TOPICS)
    return Section(
        title=f"{name_of(plan.measure)} ({plan.name})",
        headline=said,
        topics=tuple(topic for topic in topics if topic.figures or topic.tables),
    )


def _topic(
    title: str, which: str, parts: Mapping[str, Published], tables: Mapping[str, Shown], drawn: Sequence[Drawing], prefix: str
) -> Topic:
    """Return the figures and tables of a topic; the gap between the sexes stands beside the table that it was made from."""
    mine = {name: part for name, part in parts.items() if topic_of(name) == which and not name.endswith("_gap")}
    grids = {name: _grid(tables[name].table, part, parts.get(f"{name}_gap"), f"{prefix}-{name}") for name, part in mine.items()}
    return Topic(
        title=title,
        figures=tuple(
            Figure(name=figure.name, svg=figure.svg.decode(), title=figure.title, alternative=figure.alternative)
            for figure in drawn
            if topic_of(figure.table) == which
        ),
        tables=tuple(TablePart(title=tables[name].table.title, html=html_of_table(grid)) for name, grid in grids.items()),
    )


def topic_of(table: str) -> str:
    """Return the topic of a table or of the figure that shows it."""
    return COMPARISONS if table.endswith(("_gap", "_excess")) else table if table in TOPICS else PREVALENCE


def _grid(of: Table, part: Published, gap: Published | None, name: str) -> Grid:
    """Return a table for print, the gap between the sexes beside it; tables of several indicators have those down."""
    across = ACROSS.get(of.id)
    if across is None:
        return table([part] if gap is None else [part, gap], name=name)
    words = language("en")
    labels = {**words.labels, **{folded(level): text for level, text in names_of(of).items()}}
    there = part.estimates.numbers.n > 0
    key = key_named(part.estimates.keys, across)
    levels = [label for label in dict.fromkeys(key.texts()) if any(there & (key.codes == key.code_of(label)))]
    whom = {"what_percent": f"Percent of {WHOM[of.among]}"} if of.among in WHOM else {}
    words = replace(words, labels=labels, words={**words.words, **whom})
    return table(part.select(**{across: levels}), rows="indicator", columns=across, show="ci", language=words, name=name)


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
    numbers = next((table.estimates for table in tables if table.id == NUMBERS), None)
    if numbers is not None:
        said.append(f"Numbers of people carry a {interval_of(numbers)}, an exact one where no case was found.")
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
