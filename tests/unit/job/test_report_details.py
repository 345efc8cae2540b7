"""The detail tables of a report: printed where they belong, masked as everything else, found again in the CSV, safe from an attack."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from prevalence.job import sample_config
from prevalence.job._data_files import NUMBERS as COLUMNS
from prevalence.job._data_files import csv_text
from prevalence.job._masks import Shown, nested, of_people
from prevalence.job.config import Plan, read_config
from prevalence.job.details import ELEMENTS, HAZARDS, NUMBERS, with_details
from prevalence.job.reporting import drawings
from prevalence.job.reporting.contents import content
from prevalence.job.reporting.plan import ReportPlan
from prevalence.job.reporting.several import ACROSS, TOPICS
from prevalence.job.reporting.standards import Standard, masked_together, standards, unmasked
from prevalence.job.surveys import prepare
from prevalence.job.tables import Answers, answers
from prevalence.report import Disclosure, attack, language, rule
from prevalence.report.document.journal import journal, sentences_of
from prevalence.report.document.phrases import phrases
from prevalence.report.document.sections import FOLDER
from prevalence.report.document.tree import Bullets, Figure, Heading, Paragraph, Report, Runs, TablePart
from prevalence.report.tables.standard.masks import sources_of

LANGUAGES = ("en", "fr", "es", "pt")
FOREIGN = LANGUAGES[1:]
COUNTRIES = ("XAA", "XBB", "XCC")
DETAILS = {"children": ("hazards_by_age", "definitions_by_age"), "workers": ("numbers_by_age", "elements_by_chain")}
TWELVE_DIGITS = 1e-11  # numbers are written to 12 significant digits
HALF = 0.5  # least part of a table that a figure shows
ENGLISH = re.compile(r"\b(?:the|of|and|are|is|which|from|not|with|was|were|their|than|any|who)\b")
"""Words that no French, Spanish or Portuguese sentence has."""


@dataclass(frozen=True)
class Run:
    """The estimates of the sample with what may be seen of them, and its standard tables."""

    plan: Plan
    answers: tuple[Answers, ...]
    tables: tuple[Shown, ...]
    added: tuple[tuple[Standard, tuple[tuple[str, ...], ...]], ...]

    def shown(self, survey: str, name: str) -> Shown:
        return next(each for each in self.tables if (each.table.plan.name, each.table.id) == (survey, name))


@cache
def sample_run() -> Run:
    plan = read_config(sample_config())
    answered = [with_details(answers(prepare(plan, survey), plan.config), plan) for survey in plan.config.surveys]
    added, _ = standards(["mics-pr.3.3"], answered, places(answered), plan)
    tables, reasons = masked_together(answered, added, publish=True)
    return Run(plan, tuple(answered), tables, tuple(zip(added, reasons, strict=True)))


def places(answered: list[Answers]) -> tuple[object, ...]:
    from prevalence.job._places import places_of

    return places_of(unmasked(answered))


@cache
def report_in(code: str) -> Report:
    """Return the report of the sample in a language, its figures without their drawings."""
    run = sample_run()
    plan = Plan(
        config=run.plan.config.model_copy(update={"report": ReportPlan(language=code)}),
        folder=run.plan.folder,
        text=run.plan.text,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawings, "rendered", lambda axes, form: b"")
        return content(plan, run.answers, run.tables, lambda text: None, run.added)


def said(runs: Runs) -> str:
    return "".join(run.text for run in runs)


def texts_of(report: Report) -> list[str]:
    """Return everything that a report says, sentence by sentence."""
    texts = [report.notice, *(getattr(report.words, name) for name in type(report.words).__slots__)]
    for block in report.blocks:
        if isinstance(block, Heading):
            texts.append(block.text)
        elif isinstance(block, Paragraph):
            texts.append(said(block.runs))
        elif isinstance(block, Bullets):
            texts += map(said, block.items)
        elif isinstance(block, Figure):
            texts += [block.title, block.note, block.alternative]
        else:
            table = block.table
            texts += [block.title, table.subtitle, table.stub, *(note.text for note in table.notes)]
            texts += [text for column in table.columns for text in (column.head, *column.spanners)]
            texts += [text for row in table.rows for text in (row.group, row.label, *(cell.text for cell in row.cells))]
    return [text for text in dict.fromkeys(texts) if text]


def chapter(report: Report, place: str, survey: str) -> list[object]:
    """Return the blocks of one survey in the chapter of one country."""
    inside, found = False, []
    country = ""
    for block in report.blocks:
        if isinstance(block, Heading) and block.level <= 2:
            country = block.text if block.level == 1 else country
            inside = country == place and block.text.endswith(f"({survey})")
        elif inside:
            found.append(block)
    return found


def table_named(report: Report, name: str) -> TablePart:
    return next(part for part in report.tables if part.table.name == name)


@pytest.mark.parametrize("place", COUNTRIES)
@pytest.mark.parametrize("survey", ["children", "workers"])
def test_details_stand_below_their_headings_in_the_chapter_of_their_survey(place: str, survey: str) -> None:
    blocks = chapter(report_in("en"), place, survey)
    heads = [(index, block.text) for index, block in enumerate(blocks) if isinstance(block, Heading)]
    wanted = [phrases("en").say(f"topic_{name}") for name in DETAILS[survey]]
    assert [text for _, text in heads][:2] == wanted
    for (index, _), name in zip(heads, DETAILS[survey], strict=False):
        last = blocks[index + 2] if isinstance(blocks[index + 1], Figure) else blocks[index + 1]
        assert isinstance(last, TablePart)
        assert last.table.name == f"{place}-{survey}-{name}".lower().replace("_", "-")


@pytest.mark.parametrize("place", COUNTRIES)
@pytest.mark.parametrize(("survey", "name"), [(survey, name) for survey, names in DETAILS.items() for name in names])
def test_a_printed_cell_is_the_masked_estimate(place: str, survey: str, name: str) -> None:
    """Every number of the grid, found by its row and column in the estimates; withheld ones have no number."""
    part = sample_run().shown(survey, name).published.select(country=place)
    grid = table_named(report_in("en"), f"{place}-{survey}-{name}".lower().replace("_", "-")).table
    scale = 100.0 if part.estimates.shares else 1.0
    columns = part.columns()
    first = [column for column, each in enumerate(grid.columns) if each.head in ("%", "number")]
    printed = [cell.values[0] for row in grid.rows for column in first if (cell := row.cells[column]).values]
    hidden = [row.cells[column] for row in grid.rows for column in first if not row.cells[column].values]
    there = part.estimates.numbers.n > 0
    estimates = np.asarray(columns["estimate"], dtype=float)[there]
    assert sorted(printed) == pytest.approx(sorted(scale * estimates[np.isfinite(estimates)]))
    assert len(hidden) == part.hidden[there].sum()
    if name in ACROSS:
        assert len(grid.rows) == len({text for key in part.estimates.keys if key.name == "indicator" for text in key.texts()})


def test_figures_show_details_of_which_half_may_be_seen() -> None:
    run, figures = sample_run(), report_in("en").figures
    for survey, names in DETAILS.items():
        for name in names:
            ending = {"hazards_by_age": "hazards", "definitions_by_age": "definitions", "elements_by_chain": "elements"}.get(name)
            for place in COUNTRIES if ending else ():
                part = run.shown(survey, name).published.select(country=place)
                there = part.estimates.numbers.n > 0
                drawn = [figure for figure in figures if figure.name == f"figure-{place}-{survey}-{ending}".lower()]
                assert len(drawn) == int((there & ~part.hidden).sum() >= HALF * there.sum())
                for figure in drawn:
                    cells = figure.alternative.removeprefix(f"{figure.title}. ").removesuffix(".").split("; ")
                    assert sum(cell.endswith(" withheld") for cell in cells) == part.hidden.sum()


def test_figures_and_tables_of_details_are_in_the_lists_of_contents() -> None:
    report = report_in("en")
    numbers = [int(part.number) for part in report.tables]
    assert numbers == list(range(1, len(numbers) + 1))
    titles = [part.title for part in report.tables]
    for place in COUNTRIES:
        assert f"{place}: hazards that working children face, by age" in titles
        assert f"{place}: hazards that working children face, by age: sampling errors" in titles


def test_every_estimate_of_details_has_its_sampling_error() -> None:
    run = sample_run()
    for place in COUNTRIES:
        for survey, names in DETAILS.items():
            for name in names:
                errors = table_named(report_in("en"), f"errors-{place}-{survey}-{name}".lower().replace("_", "-")).table
                part = run.shown(survey, name).published.select(country=place)
                there = part.estimates.numbers.n > 0
                assert len(errors.rows) == there.sum()
                seen = np.asarray(part.columns()["se"], dtype=float)[there]
                column = next(index for index, each in enumerate(errors.columns) if each.head == "SE")
                scale = 100.0 if part.estimates.shares else 1.0
                printed = [row.cells[column].values[0] for row in errors.rows if row.cells[column].values]
                assert sorted(printed) == pytest.approx(sorted(scale * seen[np.isfinite(seen)]))


def test_the_csv_holds_exactly_the_masked_values() -> None:
    run = sample_run()
    rows = list(csv.DictReader(io.StringIO(csv_text(run.tables))))
    assert {row["table"] for row in rows} >= set(TOPICS)
    assert len(rows) == sum(len(shown.published.reasons) for shown in run.tables)
    written = iter(rows)
    for shown in run.tables:
        numbers, limits = shown.published.estimates.columns(), shown.published.reasons
        for index, reason in enumerate(limits):
            row = next(written)
            assert (row["survey"], row["table"]) == (shown.table.plan.name, shown.table.id)
            if reason:
                assert not any(row[column] for column in COLUMNS)
                continue
            for column in COLUMNS:
                value = numbers[column][index]
                known = value is not None and np.isfinite(float(value))
                assert bool(row[column]) == bool(known), column
                if known:
                    assert float(row[column]) == pytest.approx(float(value), rel=TWELVE_DIGITS, abs=TWELVE_DIGITS)


def test_an_attack_over_all_exports_finds_nothing() -> None:
    """What the CSV withholds is what a reader does not see; the reader has the standard tables too."""
    run = sample_run()
    rows = list(csv.DictReader(io.StringIO(csv_text(run.tables))))
    told = iter("" if row["estimate"] or not row["flag"].startswith("withheld") else row["flag"].split("; ")[0] for row in rows)
    reasons = {
        (shown.table.plan.name, shown.table.id): tuple(next(told) for _ in shown.published.reasons) for shown in run.tables
    }
    attacked = 0
    for answer in run.answers:
        survey = answer.prepared.plan.name
        mine = [shown for shown in run.tables if shown.table.plan.name == survey]
        more = [
            (one, why)
            for each, masks in run.added
            if each.plan.name == survey
            for (_, one), why in zip(sources_of(each.answered, each.people), masks, strict=True)
        ]
        found = attack(
            [*(of_people(shown.table) for shown in mine), *(table for table, _ in more)],
            [*(reasons[survey, shown.table.id] for shown in mine), *(why for _, why in more)],
            overlapping={*answer.prepared.survey.families, *(f for each, _ in run.added for f in each.answered.survey.families)},
            rules=Disclosure(nested=nested([answer])),
            exact=False,
        )
        attacked += len(found)
        assert found["safe"].all()
    assert attacked > 0


def test_masks_are_those_of_the_baseline_and_of_no_smaller_set() -> None:
    """Every printed grid of a table withholds what the masks say: no grid shows a cell that another withholds."""
    run, report = sample_run(), report_in("en")
    for shown in run.tables:
        if shown.table.source or shown.table.id in TOPICS:
            continue
        for place in COUNTRIES:
            part = shown.published.select(country=place)
            name = f"{place}-{shown.table.plan.name}-{shown.table.id}".lower().replace("_", "-")
            grid = table_named(report, name).table
            cells = [row.cells[column] for row in grid.rows for column, each in enumerate(grid.columns) if each.head == "%"]
            assert sum(not cell.values for cell in cells) == part.hidden[part.estimates.numbers.n > 0].sum()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_of_the_summary_stands_in_the_tables(code: str) -> None:
    report = report_in(code)
    number = re.compile(r"[−+]?\d[\d.,\u00a0]*\d|[−+]?\d")
    start = next(index for index, block in enumerate(report.blocks) if isinstance(block, Heading)) + 1
    end = next(index for index in range(start, len(report.blocks)) if isinstance(report.blocks[index], Heading))
    sentences = [said(item) for block in report.blocks[start:end] if isinstance(block, Bullets) for item in block.items]
    assert len(sentences) == 2 * len(COUNTRIES)
    for order, sentence in enumerate(sentences):
        place, survey = COUNTRIES[order // 2], ("children", "workers")[order % 2]
        assert place in sentence
        printed = [block.table for block in chapter(report, place, survey) if isinstance(block, TablePart)]
        cells = {cell.text for table in printed for row in table.rows for cell in row.cells}
        known = {found for text in cells for found in number.findall(text)} | {"95"}
        used = number.findall(sentence)
        assert len(used) > 5
        assert [each for each in used if each not in known] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_no_english_is_left_but_what_is_recorded_so(code: str) -> None:
    """Sources, versions and remarks of definitions, and what the configuration says, stay as they are; the report says so once."""
    run = sample_run()
    recorded: set[str] = set()
    for answer in run.answers:
        provenance, record = answer.provenance, answer.prepared.plan.record
        tables = [table.estimates.provenance for table in answer.tables]
        rules = [rule for each in (provenance, *tables) for rule in each.definitions.values()]
        recorded |= {text for rule in rules for text in (rule.source, rule.version, *map(str, rule.options.values()))}
        recorded |= {note for note in provenance.notes if journal(language(code)).told(note) == note}
        assert record is not None
        recorded |= {record.universe, record.reference_period, record.respondent, record.frame}
    recorded |= {run.plan.config.title, rule("mics").source, *(each.answered.shell.source for each, _ in run.added)}
    longest = sorted(recorded - {""}, key=len, reverse=True)
    left = []
    for text in texts_of(report_in(code)):
        rest = text
        for each in longest:
            rest = rest.replace(each, "")
        if ENGLISH.search(rest):
            left.append(text)
    assert left == []
    whole = " ".join(texts_of(report_in(code)))
    assert sum(whole.count(word) for word in (" en anglais", " en inglés", " em inglês")) == 1


@pytest.mark.parametrize("code", FOREIGN)
def test_the_journal_of_the_sample_is_told_in_every_language(code: str) -> None:
    """What was read, dropped and left out; remarks that definitions bring stay as they are recorded."""
    tell = journal(language(code)).told
    for answer in sample_run().answers:
        told = [*(count.reason for count in answer.provenance.counts), *answer.left_out]
        assert [text for text in told if tell(text) == text] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_tables_of_all_languages_have_the_same_numbers_of_cells_withheld(code: str) -> None:
    counted = [
        [sum(not cell.values for row in part.table.rows for cell in row.cells) for part in report_in(each).tables]
        for each in ("en", code)
    ]
    assert counted[0] == counted[1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_names_of_hazards_items_and_definitions_are_words(code: str) -> None:
    report = report_in(code)
    for survey, name in (("children", HAZARDS), ("workers", ELEMENTS), ("workers", NUMBERS)):
        labels = [row.label for row in table_named(report, f"xaa-{survey}-{name}".replace("_", "-")).table.rows]
        assert len(set(labels)) == len(labels)
        assert not [label for label in labels if "_" in label or "azard loads" in label]
    names = [row.label for row in table_named(report, "xaa-children-definitions-by-age").table.rows]
    wanted = {"en": "SDG indicator 8.7.1", "fr": "Indicateur ODD 8.7.1", "es": "Indicador ODS 8.7.1", "pt": "Indicador ODS 8.7.1"}
    assert names[:2] == [wanted[code], "MICS6"]


def test_journals_of_all_languages_hold_the_same_sentences() -> None:
    keys = [tuple(sentences_of(FOLDER / code / "journal.toml")) for code in FOREIGN]
    assert keys[0] == keys[1] == keys[2]
