"""A report as a tree: the sections of its templates, with tables and figures in their places."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prevalence.job._masks import Shown
from prevalence.job._places import Place, places_of
from prevalence.job.config import Plan
from prevalence.job.reporting.drawings import figure
from prevalence.job.reporting.findings import finding
from prevalence.job.reporting.grids import Style, comparisons, results
from prevalence.job.reporting.methods import method
from prevalence.job.reporting.plan import ReportPlan, is_file_name
from prevalence.job.reporting.quality import quality
from prevalence.job.reporting.sampling import error_tables
from prevalence.job.reporting.several import ACROSS, TOPICS, grid_of_several, named, told
from prevalence.job.reporting.standards import Standard, grid_of
from prevalence.job.reporting.titles import Titles, titles_of
from prevalence.job.tables import Answers
from prevalence.provenance import software
from prevalence.report import Published, rule
from prevalence.report.document.facts import Chapter, Finding, Part, Topic
from prevalence.report.document.journal import journal
from prevalence.report.document.markup import blocks_of
from prevalence.report.document.phrases import phrases
from prevalence.report.document.sections import Sections
from prevalence.report.document.tree import Block, Report, TablePart, Words, numbered
from prevalence.report.tables.grid import Cell, Column, Kind, Note, Row, Table
from prevalence.report.tables.language import capitalised, language

GAP, EXCESS = "_gap", "_excess"


def content(
    plan: Plan,
    answers: Sequence[Answers],
    tables: Sequence[Shown],
    say: Callable[[str], None],
    added: Sequence[tuple[Standard, Sequence[Sequence[str]]]] = (),
) -> Report:
    """Return the report of a run.

    Parameters
    ----------
    plan : Plan
    answers : sequence of Answers
    tables : sequence of Shown
        All tables of the run with what may be seen of them.
    say : callable
        Told what is being done next.
    added : sequence of (Standard, reasons)
        Standard tables, and why the rows of each of their measures are withheld.
    """
    config = plan.config
    asked = config.report or ReportPlan()
    words = language(plan.place(asked.language))
    style = Style(words=words, rule=rule(plan.place(asked.rule)), phrases=phrases(words.code), journal=journal(words))
    sections = Sections(style.words.code, plan.folder / asked.templates if asked.templates else None)
    places: dict[str, list[Block]] = {
        "foreword": list(_own_text(asked.foreword, plan.folder)),
        "summary": list(_own_text(asked.summary, plan.folder)),
    }
    say("Making tables and figures")
    chapters: list[Chapter] = []
    findings: list[Finding] = []
    for place in places_of(tables):
        parts = list(_parts(place, answers, tables, style, places))
        for each, reasons in added:
            if each.place == place:
                grid = grid_of(each, reasons, style, publish=config.publish)
                places[f"standard-{place.slug}{each.plan.name}"].append(TablePart(table=grid))
        standard = style.phrases.say("topic_standard")
        parts = [replace(part, standard_title=standard if places[part.standard] else "") for part in parts]
        chapters.append(Chapter(title=place.name or style.phrases.say("results"), parts=tuple(parts)))
        findings += [part.finding for part in parts if part.finding is not None]
    places["key-figures"] = list(_key_figures(findings, style))
    methods = [method(answer, config, style) for answer in answers]
    judged, withheld = quality(tables, style, publish=config.publish)
    for more in (*(found for _, found in methods), withheld):
        places |= more
    errors = [name for name in places if name.startswith("errors-")]
    told = {
        "findings": tuple(findings),
        "chapters": tuple(chapters),
        "methods": tuple(made for made, _ in methods),
        "errors": tuple(errors),
        "quality": judged,
        "software": tuple(software().items()),
        "digest": hashlib.sha256(plan.text.encode()).hexdigest() if plan.text else "",
        "title": asked.title or config.title,
        "publish": config.publish,
    }
    say("Writing sentences")
    wanted = ["foreword"] if places["foreword"] else []
    wanted += ["summary", "results", "method", "sampling-errors", "quality", "software"]
    blocks = [block for section in wanted for block in sections.render(section, told, places)]
    return Report(
        title=asked.title or config.title,
        subtitle=asked.subtitle,
        authors=asked.authors,
        notice="" if config.publish else style.phrases.say("not_for_publication"),
        language=style.words.code,
        direction=style.words.direction,
        words=_words(style),
        blocks=numbered(blocks),
    )


def _parts(
    place: Place, answers: Sequence[Answers], tables: Sequence[Shown], style: Style, places: dict[str, list[Block]]
) -> Iterator[Part]:
    """Give the surveys of a country; their tables and figures go to `places`."""
    for answer in answers:
        plan = answer.prepared.plan
        shown = {each.table.id: each for each in tables if each.table.plan.name == plan.name}
        parts = {name: told(part, style) for name, each in shown.items() if (part := place.part(each)) is not None}
        if not parts:
            continue
        key = f"{place.slug}{plan.name}"
        titles = titles_of([each.table for each in shown.values()], style, place.name)
        plain = {name: part for name, part in parts.items() if name not in TOPICS}
        places[f"figures-{key}"] = _figures(shown, plain, titles, style, key=key)
        places[f"tables-{key}"] = [TablePart(table=table) for table in _tables(plain, titles, style, key=key)]
        places[f"errors-{key}"] = [TablePart(table=table) for table in error_tables(shown, parts, titles, style, key=key)]
        places[f"standard-{key}"] = []
        yield Part(
            title=f"{style.words.label(plan.measure)} ({plan.name})",
            finding=finding(plain, style, place=place.name, survey=plan.name),
            figures=f"figures-{key}",
            tables=f"tables-{key}",
            topics=tuple(_topics(shown, parts, titles, style, places, key=key)),
            standard=f"standard-{key}",
            standard_title="",
        )


def _figures(
    shown: Mapping[str, Shown], parts: Mapping[str, Published], titles: Titles, style: Style, *, key: str
) -> list[Block]:
    drawn = (
        figure(shown[name], part, named(shown[name].table, style), name=key, title=titles.title(name))
        for name, part in parts.items()
    )
    return [each for each in drawn if each is not None]


def _tables(parts: Mapping[str, Published], titles: Titles, style: Style, *, key: str) -> Iterator[Table]:
    for name, part in parts.items():
        if not name.endswith((GAP, EXCESS)):
            yield results(part, style, name=f"{key}-{name}", title=titles.title(name))
    for ending in (GAP, EXCESS):
        compared = [(titles.group(name.removesuffix(ending)), part) for name, part in parts.items() if name.endswith(ending)]
        if compared:
            yield comparisons(compared, style, name=f"{key}{ending}", title=titles.of_all(ending.strip("_")))


def _topics(
    shown: Mapping[str, Shown],
    parts: Mapping[str, Published],
    titles: Titles,
    style: Style,
    places: dict[str, list[Block]],
    *,
    key: str,
) -> Iterator[Topic]:
    """Give what goes beyond prevalence, each with its figures and table; these go to `places`."""
    for name in (name for name in TOPICS if name in parts):
        of, part, title = shown[name].table, parts[name], titles.title(name)
        of_place = f"{name}-{key}".replace("_", "-")
        if name in ACROSS:
            made = grid_of_several(of, part, named(of, style), name=f"{key}-{name}", title=title)
        else:
            made = results(part, style, name=f"{key}-{name}", title=title)
        places[f"figures-{of_place}"] = _figures(shown, {name: part}, titles, style, key=key)
        places[f"tables-{of_place}"] = [TablePart(table=made)]
        yield Topic(title=style.phrases.say(f"topic_{name}"), figures=f"figures-{of_place}", tables=f"tables-{of_place}")


def _key_figures(findings: Sequence[Finding], style: Style) -> tuple[Block, ...]:
    """Return the estimates for everyone as one table, a group for each indicator."""
    words = style.words
    if not findings:
        return ()
    heads: dict[str, Kind] = {
        "%": "percent",
        words.say("head_interval", level=findings[0].level): "interval",
        words.say("head_n"): "count",
    }
    columns = tuple(Column(name=f"c{place}", head=head, kind=kind) for place, (head, kind) in enumerate(heads.items()))
    groups = dict.fromkeys(each.indicator for each in findings)
    rows = []
    for group in groups:
        for each in (each for each in findings if each.indicator == group):
            texts = (each.whole.value, each.whole.interval, each.whole.n) if each.whole.shown else ("(–)", "", "")
            title = capitalised(group)
            rows.append(Row(label=each.place or each.survey, group=title, cells=tuple(Cell(text=text) for text in texts)))
    note = words.say("listing").join([words.say("what_percent"), words.say("legend_n")])
    made = Table(
        name="key-figures",
        title=style.phrases.say("key_figures"),
        columns=columns,
        rows=tuple(rows),
        notes=(Note(text=f"{note}."),),
        language=words.code,
        direction=words.direction,
    )
    return (TablePart(table=made),)


def _own_text(text: str, folder: Path) -> tuple[Block, ...]:
    if not text:
        return ()
    return blocks_of((folder / text).read_text(encoding="utf-8-sig") if is_file_name(text) else text, source="The text")


def _words(style: Style) -> Words:
    say = style.words.say
    return Words(
        table=say("table"),
        figure=say("figure"),
        contents=say("contents"),
        tables=style.phrases.say("tables"),
        figures=style.phrases.say("figures"),
        continued=f"({say('continued')})",
        page=say("page"),
    )
