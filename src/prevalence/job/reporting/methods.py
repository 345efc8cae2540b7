"""How the numbers of a survey were made, as texts for a template, from its design and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prevalence.adjustments import PlanStep
from prevalence.design import Design
from prevalence.formulas.rules import Linearised
from prevalence.job.config import Config, RecordPlan
from prevalence.job.details import NUMBERS
from prevalence.job.reporting.defined import defined, definitions_of
from prevalence.job.reporting.grids import Style, plain
from prevalence.job.reporting.several import told_rule
from prevalence.job.tables import IN_CHAIN, Answers, Table
from prevalence.plot.words import INTERVALS
from prevalence.provenance import Definition
from prevalence.report.document.facts import DesignFacts, Method, MethodPlaces, StageFacts, StepFacts
from prevalence.report.document.tree import Block, TablePart
from prevalence.report.tables.language import capitalised, uncapitalised

CROSSED = " x "


def method(answer: Answers, config: Config, style: Style) -> tuple[Method, dict[str, list[Block]]]:
    """Return how the numbers of a survey were made, and the tables that stand at its places."""
    plan, provenance = answer.prepared.plan, answer.provenance
    record = plan.record
    tell = style.journal.told
    recorded = definitions_of(answer)
    definitions = tuple(told_rule(rule, style) for rule in recorded)
    places = MethodPlaces(definitions=f"definitions-{plan.name}", files=f"files-{plan.name}", counts=f"counts-{plan.name}")
    name = style.words.label(plan.measure)
    made = Method(
        title=f"{name} ({plan.name})",
        survey=plan.name,
        indicator=uncapitalised(name),
        profile=provenance.profile,
        universe=_of(record, "universe"),
        reference_period=_of(record, "reference_period"),
        respondent=_of(record, "respondent"),
        frame=_of(record, "frame"),
        response_rate=_rate(record, style),
        design=_design(answer, style),
        plan=tuple(_step(step, style) for step in answer.prepared.survey.design.plan),
        definitions=definitions,
        unknown=next((each.options["unknown"] for each in definitions if "unknown" in each.options), ""),
        interval=_interval(answer.tables[:1], style),
        number_interval=_interval([table for table in answer.tables if table.id == NUMBERS], style),
        level=f"{100 * config.level:g}",
        compares=any(table.source for table in answer.tables),
        in_chain=any(table.id == IN_CHAIN for table in answer.tables),
        notes=tuple(map(tell, provenance.notes)),
        left_out=tuple(map(capitalised, map(tell, answer.left_out))),
        places=places,
    )
    return made, _tables(answer, recorded, places, style)


def _tables(answer: Answers, definitions: Sequence[Definition], places: MethodPlaces, style: Style) -> dict[str, list[Block]]:
    provenance, name = answer.provenance, answer.prepared.plan.name
    count, say = style.words.number, style.phrases.say
    tables = {
        places.definitions: plain(
            f"definitions-{name}",
            say("definitions", survey=name),
            [
                (say("head_indicator"), False),
                (say("head_counts_what"), False),
                (say("head_standard"), False),
                (say("head_status"), False),
            ],
            defined(answer, definitions, style),
            style,
        ),
        places.files: plain(
            f"files-{name}",
            say("files", survey=name),
            [(say("head_file"), False), (say("head_rows"), True), ("SHA-256", False)],
            [(source.name, count(source.rows, 0), source.sha256) for source in provenance.sources],
            style,
        ),
        places.counts: plain(
            f"counts-{name}",
            say("counts", survey=name),
            [(say("head_step"), False), (say("head_rows"), True), (say("head_reason"), False)],
            [(step.step, count(step.rows, 0), style.journal.told(step.reason)) for step in provenance.counts],
            style,
        ),
    }
    return {place: [TablePart(table=table)] if table.rows else [] for place, table in tables.items()}


def _design(answer: Answers, style: Style) -> DesignFacts:
    design: Design = answer.prepared.survey.design
    strata, units = _numbers(answer)
    count = style.words.number
    replicates, columns, scale = _replicates(answer, style)
    return DesignFacts(
        weight=design.weight,
        strata=CROSSED.join(design.strata),
        units=CROSSED.join(design.units),
        fpc=design.fpc or "",
        order=CROSSED.join(design.ordered_by),
        n_strata=count(strata, 0) if strata else "",
        n_units=count(units, 0) if units else "",
        rows=count(sum(source.rows for source in answer.provenance.sources), 0),
        normalised=design.weight_scale == "normalised",
        population="" if design.population is None else count(design.population, 0),
        stages=tuple(
            StageFacts(unit=CROSSED.join(stage.units), strata=CROSSED.join(stage.strata), fpc=stage.fpc or "")
            for stage in design.later_stages
        ),
        replicates=replicates,
        replicate_columns=columns,
        replicate_scale=scale,
        two_phase="" if design.two_phase is None else CROSSED.join(design.two_phase.columns),
        selection=design.selection,
        lonely=design.lonely_psu,
        lonely_domains=design.lonely_domains,
        df=design.df_rule,
    )


def _numbers(answer: Answers) -> tuple[int, int]:
    """Return how many strata and primary units there are, 0 where the rule of variance does not know."""
    rule = answer.tables[0].estimates.sample.rule if answer.tables else None
    if not isinstance(rule, Linearised):
        return 0, 0
    first = rule.units.stages[0]
    return len(first.sampled), int(first.sampled.sum())


def _replicates(answer: Answers, style: Style) -> tuple[str, str, str]:
    """Return method, origin and scale of replicate weights in words; empty texts without them."""
    replicates = answer.prepared.survey.design.replicates
    if replicates is None:
        return "", "", ""
    say = style.phrases.say
    if replicates.created:
        origin = say("created_n", n=replicates.n, seed=replicates.seed) if replicates.n else say("created")
    else:
        columns = answer.prepared.survey.replicate_columns
        origin = say("of_file", n=len(columns), first=columns[0], last=columns[-1])
    scale = [
        say("scale", value=f"{replicates.scale:g}") if replicates.scale is not None else "",
        say("fay", value=f"{replicates.fay_rho:g}") if replicates.fay_rho is not None else "",
        say("mse") if replicates.mse else "",
        say("df", value=f"{replicates.df:g}") if replicates.df is not None else "",
    ]
    return replicates.method, origin, "; ".join(filter(None, scale))


def _step(step: PlanStep, style: Style) -> StepFacts:
    tell = style.journal.told
    effects = dict.fromkeys(style.phrases.say(f"effect_{adjustment.effect}") for adjustment in step.adjustments)
    return StepFacts(
        name=tell(step.name.replace("_", " ")),
        weight=step.weight,
        parameters="; ".join(f"{key}: {_value(value, style)}" for key, value in step.parameters.items()),
        variance=", ".join(effects),
        counts=tuple(replace(count, reason=tell(count.reason)) for count in step.counts),
        notes=tuple(map(tell, step.notes)),
    )


def _value(value: Any, style: Style) -> str:
    """Return a parameter in words; long lists and mappings by their number, for a report is no file of parameters."""
    if isinstance(value, Mapping):
        return ", ".join(map(str, value)) if len(value) <= 6 else style.phrases.say("entries", n=len(value))
    if isinstance(value, list | tuple):
        return ", ".join(_value(each, style) for each in value) if len(value) <= 6 else style.phrases.say("entries", n=len(value))
    return str(value)


def _interval(tables: Sequence[Table], style: Style) -> str:
    """Return the method of the first table in words, nothing where there is none."""
    if not tables:
        return ""
    method = tables[0].estimates.interval.method
    return style.words.sentence(INTERVALS.get(method, method))


def _of(record: RecordPlan | None, name: str) -> str:
    return "" if record is None else str(getattr(record, name))


def _rate(record: RecordPlan | None, style: Style) -> str:
    rate = None if record is None else record.response_rate
    return "" if rate is None else style.words.sentences["{value}%"].format(value=style.words.number(100 * rate))
