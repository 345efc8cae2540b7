"""What stands behind a table, for the notes sheet of a workbook: definition, files, design, weights, interval, rules, software."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from prevalence.design import Design
from prevalence.provenance import Definition, software
from prevalence.report.tables.language import Language
from prevalence.report.tables.notes import definitions_of, interval_text
from prevalence.report.tables.parts import Part

NOT_MASKED = "not applied: figures that should be withheld are shown"


def facts_of(parts: Sequence[Part], words: Language) -> dict[str, str]:
    """Return the facts of a table by their heads; those that say nothing are left out. Several texts of one fact are on lines of their own."""
    tables = [part.estimates for part in parts]
    found = {
        "definition": [_definition(each) for each in definitions_of(tables)],
        "files": [
            f"{file.name} ({file.rows:,} rows, sha256 {file.sha256})" for table in tables for file in table.provenance.sources
        ],
        "design": [design_text(table.sample.design) for table in tables],
        "weights": [weights_text(table.sample.design) for table in tables],
        "interval": [interval_text(table, words) for table in tables],
        "disclosure": [_disclosure(part) for part in parts],
        "rule": [f"{v.rule.title}, {v.rule.version}; {v.rule.source} ({v.rule.status})" for part in parts for v in part.verdicts],
        "remarks": [note for table in tables for note in table.provenance.notes],
        "software": [_software_text()],
    }
    return {
        words.say(f"fact_{name}"): "\n".join(dict.fromkeys(filter(None, texts))) for name, texts in found.items() if any(texts)
    }


def design_text(design: Design) -> str:
    """Return how the sample was drawn, as declared: units, strata and all that is not left at its default."""
    units = f"units: {' x '.join(design.units)}" if design.units else "units: rows"
    stages = [f"then {' x '.join(stage.units)}" for stage in design.later_stages]
    phase = None if design.two_phase is None else f"second phase: {design.two_phase.subset} ({design.two_phase.method})"
    return "; ".join(
        text
        for text in (
            ", ".join([units, *stages]),
            f"strata: {' x '.join(design.strata)}" if design.strata else "no strata",
            f"finite population correction: {design.fpc}" if design.fpc else "",
            f"replicate weights: {design.replicates.method}" if design.replicates is not None else "",
            phase,
            f"selection: {design.selection}" if design.selection != "independent" else "",
            f"strata of a single unit: {design.lonely_psu}",
            f"degrees of freedom: {design.df_rule}",
        )
        if text
    )


def weights_text(design: Design) -> str:
    """Return the weights: their column and what they add up to."""
    if design.weight_scale == "population":
        scale = "population"
    elif design.population is not None:
        scale = f"normalised to the sample size; they stand for {design.population:,.12g} people"
    else:
        scale = "normalised to the sample size: no numbers of people"
    return f"{design.weight}; {scale}"


@cache
def _software_text() -> str:
    return ", ".join(f"{name} {version}" for name, version in software().items() if version != "not installed")


def _definition(definition: Definition) -> str:
    options = "".join(f"; {name}: {value}" for name, value in definition.options.items())
    return f"{definition.indicator}: {definition.title}. {definition.name}, {definition.version}{options}; {definition.source} ({definition.status})"


def _disclosure(part: Part) -> str:
    """Return how many rows of a part are withheld and why."""
    reasons = [reason.removeprefix("withheld: ") for reason in part.shown.reasons if reason]
    counts = ", ".join(f"{reasons.count(reason)} ({reason})" for reason in dict.fromkeys(reasons))
    if not part.shown.masked:
        return f"{NOT_MASKED}: {counts}" if counts else ""
    return f"withheld: {counts}" if counts else "nothing withheld"
