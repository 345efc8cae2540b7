"""Baseline records of a run: one a survey and country, with the cells of its tables and what may be seen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prevalence.baseline import Baseline, create
from prevalence.baseline.private import archive_of
from prevalence.errors import PrevalenceError
from prevalence.estimates import ALL
from prevalence.job._masks import Shown
from prevalence.job._places import Place
from prevalence.job.config import Config, RecordPlan
from prevalence.job.surveys import COUNTRY
from prevalence.job.tables import IN_CHAIN, Answers
from prevalence.report.baseline_pages import record_page

FOLDER = "records"
Cell = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A record with the name of its files, without ending."""

    name: str
    baseline: Baseline
    private: bytes | None


def records(
    answers: Sequence[Answers], tables: Sequence[Shown], places: Sequence[Place], config: Config, digest: str
) -> tuple[Written, ...]:
    """Return the records that a configuration asks for; `digest` is that of the configuration."""
    made: list[Written] = []
    for answer in answers:
        asked = answer.prepared.plan.record
        if asked is None:
            continue
        shown = [each for each in tables if each.table.plan.name == answer.prepared.plan.name and _counts(each)]
        there = [place for place in places if any(place.part(each) is not None for each in shown)]
        made += [_record(answer, asked, shown, place, config, digest) for place in there]
    return tuple(made)


def files_of(written: Sequence[Written]) -> dict[str, bytes]:
    """Return the files of records by name: the public part, its page and, where asked for, the private part."""
    files: dict[str, bytes] = {}
    for each in written:
        files[f"{FOLDER}/{each.name}.json"] = each.baseline.json_text().encode()
        files[f"{FOLDER}/{each.name}.html"] = record_page(each.baseline).encode()
        if each.private is not None:
            files[f"{FOLDER}/{each.name}.private.npz"] = each.private
    return files


def _counts(shown: Shown) -> bool:
    """Return whether a table holds estimates of the indicator itself."""
    return not shown.table.source and not shown.table.detail and shown.table.id != IN_CHAIN


def _record(answer: Answers, asked: RecordPlan, shown: Sequence[Shown], place: Place, config: Config, digest: str) -> Written:
    plan, survey = answer.prepared.plan, answer.prepared.survey
    domain = {COUNTRY: place.name} if COUNTRY in survey.columns else None
    by = [[name for name in each.table.estimates.dimensions if name != COUNTRY] for each in shown]
    try:
        baseline = create(
            survey,
            plan.measure,
            by=by,
            domain=domain,
            country=place.name,
            survey=asked.survey or plan.name,
            universe=asked.universe,
            reference_period=asked.reference_period,
            base_year=asked.base_year,
            fieldwork=None if asked.fieldwork is None else (asked.fieldwork[0], asked.fieldwork[1]),
            age_range=asked.age_range,
            respondent=asked.respondent,
            frame=asked.frame,
            response_rate=asked.response_rate,
            weight_calibration_totals=asked.weight_calibration_totals,
            goal=asked.goal,
            interval=config.interval,
            number_interval=config.number_interval,
            level=config.level,
            configuration_sha256=digest,
        )
    except PrevalenceError as error:
        raise type(error)(f"Record of survey {plan.name!r}: {error}") from error
    name = f"{place.slug}{plan.name}"
    whole = baseline
    if config.publish:
        reasons = _reasons(shown, place)
        told = [reasons.get(_of_cell(cell.levels), "") for cell in baseline.record.cells]
        baseline = baseline.withhold(told)
    private = archive_of(whole.private, baseline.digest) if asked.private and whole.private is not None else None
    return Written(name=name, baseline=baseline, private=private)


def _reasons(shown: Sequence[Shown], place: Place) -> dict[Cell, str]:
    """Return why cells of a country are withheld, by their levels."""
    found: dict[Cell, str] = {}
    for each in shown:
        part = place.part(each)
        if part is None:
            continue
        columns: Mapping[str, Any] = part.estimates.columns()
        names = [name for name in part.estimates.dimensions if name != COUNTRY]
        for row, reason in enumerate(part.reasons):
            cell = _of_cell({name: columns[name][row] for name in names})
            found[cell] = found.get(cell, "") or reason
    return found


def _of_cell(levels: Mapping[str, str]) -> Cell:
    return frozenset((name, level) for name, level in levels.items() if level != ALL)
