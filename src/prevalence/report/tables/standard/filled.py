"""A standard table as a grid: the estimates of its measures as columns, groups of people as rows, what was left out below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from prevalence.estimates import ALL
from prevalence.report.disclosure._published import published
from prevalence.report.reliability._reliability import Named
from prevalence.report.tables.facts import facts_of
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table
from prevalence.report.tables.language import Language, capitalised, uncapitalised
from prevalence.report.tables.notes import definition_text, letters_of, notes_of
from prevalence.report.tables.parts import Head, Part, heads_of, normalised, parts_of
from prevalence.report.tables.places import Dimensions, Levels, in_order, placed
from prevalence.report.tables.printed import Printed, printed
from prevalence.report.tables.standard.answers import Answered
from prevalence.report.tables.standard.asking import Answer
from prevalence.report.tables.standard.families import FAMILIES
from prevalence.report.tables.standard.features import FEATURES
from prevalence.report.tables.standard.rounds import CHILD_LABOUR, PREVIOUS
from prevalence.report.tables.standard.shells import CHAIN
from prevalence.report.tables.translated import translated

NOT_APPLICABLE = "n.a."
ROUND = "{round}"
ABSENT_BEFORE = "Not in an earlier survey ({round})"
DIFFERING = "The surveys define child labour differently: where they are compared as they were classified, the change is of the definition, too."
BY_KIND = ("n", "weighted")
"""Counts of the sample, which headings tell apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The columns of a measure at one combination of levels across, and its cells in each row."""

    columns: tuple[Column, ...]
    cells: Mapping[Levels, Printed]
    kept: slice
    never: Mapping[str, str]
    counted: bool


def filled(
    table: Answered,
    reasons: Sequence[Sequence[str]],
    *,
    rule: Named | Sequence[Named] | None,
    publish: bool,
    words: Language,
    people: Mapping[str, str],
) -> Table:
    """Return a standard table as a grid.

    Parameters
    ----------
    table : Answered
    reasons : sequence of sequence of str
        Why the rows of each measure are withheld.
    rule : str, path, Rule, a sequence of them, or None
    publish : bool
    words : Language
    people : mapping of dimension to level
        Whom the table is about.
    """
    parts = [_part(answer, why, rule, publish=publish) for answer, why in zip(table.answers, reasons, strict=True)]
    blocks = [
        block
        for place, (answer, part) in enumerate(zip(table.answers, parts, strict=True))
        for block in _blocks(place, answer, part, table, words)
    ]
    down = table.rows or ("indicator",)
    rows = [
        row
        for row in _rows(parts, down)
        if any(row in block.cells and block.cells[row].there for block in blocks if block.counted)
    ]
    read = [block.cells[row] for row in rows for block in blocks if row in block.cells]
    letters = letters_of(read)
    shell = table.shell
    asked = [place for place, answer in enumerate(table.answers) if answer.measure.statistic != "count"] or [0]
    sides = [_head(table.answers[place].measure.head, table.answers[place], table, words) for place in asked]
    estimated = [parts[place] for place in asked]
    about = " · ".join(words.level(level, name) for name, level in people.items())
    return Table(
        name=shell.name,
        number=shell.number,
        title=_said(shell.title, table, words),
        subtitle=words.say("listing").join(filter(None, [_said(shell.subtitle, table, words), about])),
        columns=_even([column for block in blocks for column in block.columns]),
        rows=tuple(_row(row, down, blocks, letters, words) for row in rows),
        notes=(*notes_of(estimated, sides, read, letters, words, plain=_plain(table)), *_notes(table, words)),
        language=words.code,
        direction=words.direction,
        facts=facts_of(estimated, words),
    )


def _part(answer: Answer, reasons: Sequence[str], rule: Named | Sequence[Named] | None, *, publish: bool) -> Part:
    unknown = {"estimate", *(["population"] if normalised(answer.estimates) else [])}
    beside = [what for what in answer.measure.show if what not in unknown]
    shown = published(answer.estimates, reasons, publish=publish)
    (part,) = parts_of(shown, None, publish=publish, show=beside, rule=rule, decimals=None)
    return part


def _blocks(place: int, answer: Answer, part: Part, table: Answered, words: Language) -> list[_Block]:
    measure = answer.measure
    category = (measure.variable,) if measure.statistic == "distribution" else ()
    sides = (table.across,) if table.across else ()
    down = table.rows or ("indicator",)
    heads, where = heads_of(part, words), placed(answer.estimates, Dimensions(down=down, across=(*sides, *category)))
    kept = _kept(answer, part, heads)
    cells = printed(part, heads, words)
    blocks = []
    for number, across in enumerate(in_order(answer.estimates, (*sides, *category))):
        above = [
            _head(measure.spanner, answer, table, words),
            _head(measure.head, answer, table, words),
            *(_level(level, name, words) for name, level in zip((*sides, *category), across, strict=True)),
        ]
        columns = _columns(f"m{place}_{number}", [text for text in above if text], _named(answer, heads[kept], words))
        blocks.append(
            _Block(
                columns=columns,
                cells={row: cells[at] for (row, beside), at in where.items() if beside == across},
                kept=kept,
                never=measure.never,
                counted=not answer.sides,
            )
        )
    return blocks


def _kept(answer: Answer, part: Part, heads: Sequence[Head]) -> slice:
    """Return which columns a measure has: a count has no estimate."""
    estimates = max(len(part.verdicts), 1)
    return slice(estimates if answer.measure.statistic == "count" else 0, len(heads))


def _named(answer: Answer, heads: Sequence[Head], words: Language) -> Sequence[Head]:
    """Return the heads of the columns of a measure: those of several counts say what kind they are, the heading above them of whom."""
    if answer.measure.statistic != "count" or len(heads) == 1:
        return heads
    texts = {head.what: words.say(f"head_count_{head.what}") for head in heads if head.what in BY_KIND}
    return [replace(head, text=texts.get(head.what, head.text)) for head in heads]


def _columns(name: str, above: Sequence[str], heads: Sequence[Head]) -> tuple[Column, ...]:
    """Return columns: a single one takes the innermost heading as its own head, several stand below it."""
    if len(heads) == 1:
        *spanners, text = above
        if heads[0].what in BY_KIND:
            text = f"{text} ({heads[0].text})"
        heads = [replace(heads[0], text=text)]
    else:
        spanners = list(above)
    return tuple(
        Column(name=f"{name}_{head.what}", head=head.text, spanners=tuple(spanners), kind=head.kind, decimals=head.decimals)
        for head in heads
    )


def _even(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return columns with the same number of spanners: empty ones are put above."""
    depth = max(len(column.spanners) for column in columns)
    return tuple(replace(column, spanners=(*[""] * (depth - len(column.spanners)), *column.spanners)) for column in columns)


def _rows(parts: Sequence[Part], down: Sequence[str]) -> list[Levels]:
    """Return the rows, everyone first and then one dimension below the other."""
    found = list(dict.fromkeys(row for part in parts for row in in_order(part.estimates, down)))
    return sorted(found, key=lambda row: [place for place, level in enumerate(row, 1) if level != ALL])


def _row(levels: Levels, down: Sequence[str], blocks: Sequence[_Block], letters: Mapping[str, str], words: Language) -> Row:
    own = [(words.label(name), _level(level, name, words)) for name, level in zip(down, levels, strict=True) if level != ALL]
    cells: list[Cell] = []
    for block in blocks:
        if any(block.never.get(name) == level for name, level in zip(down, levels, strict=True)):
            cells += [Cell(text=NOT_APPLICABLE)] * len(block.columns)
            continue
        found = block.cells.get(levels)
        cells += [Cell()] * len(block.columns) if found is None else found.lettered(letters)[block.kept]
    group, label = own[0] if own and down != ("indicator",) else ("", words.say("total"))
    return Row(label=label, group=group, cells=tuple(cells), total=not own or down == ("indicator",))


def _notes(table: Answered, words: Language) -> tuple[Note, ...]:
    """Return the notes of the layout, its source, and what of it the survey does not have."""
    shell = table.shell
    said = _of_counts(table, words)
    said += [_said(text, table, words) for text in shell.notes]
    said += _of_rounds(table, words)
    status = "" if shell.status == "verified" else f" {words.say('status', status=words.sentence(shell.status))}"
    said.append(f"{translated('Layout', words)}{words.say('colon')}{shell.source}.{status}")
    left_out = [words.label(name) for name in table.absent]
    left_out += [
        f"{', '.join(_said(text, table, words).replace(ROUND, translated(PREVIOUS, words)) for text in named if text)} ({translated(reason, words)})"
        for named, reason in table.refused.items()
    ]
    if left_out:
        said.append(f"{translated('Not in this survey', words)}{words.say('colon')}{words.say('listing').join(left_out)}.")
    never = any(answer.measure.never.get(name) for answer in table.answers for name in table.rows)
    absent = (Note(text=f"{translated('Not applicable', words)}.", mark=NOT_APPLICABLE),) if never else ()
    return (*absent, *(Note(text=text) for text in said))


def _of_rounds(table: Answered, words: Language) -> list[str]:
    """Return what must be known of surveys before: their definitions where they differ, and the dimensions that they do not have."""
    said: list[str] = []
    for name in dict.fromkeys(answer.round for answer in table.answers if answer.differing):
        definition = table.before[name].provenance.definitions.get(CHILD_LABOUR)
        said += [f"{translated(name, words)}{words.say('colon')}{definition_text(definition, words)}"] if definition else []
    said += [translated(DIFFERING, words)] if said else []
    for name, survey in table.before.items():
        absent = [words.label(row) for row in table.rows if row not in survey.columns and row not in survey.families]
        head = translated(ABSENT_BEFORE, words).replace(ROUND, translated(name, words))
        said += [f"{head}{words.say('colon')}{words.say('listing').join(absent)}."] if absent else []
    return list(map(capitalised, said))


def _of_counts(table: Answered, words: Language) -> list[str]:
    """Return what the columns of counts hold, where their heads do not say it."""
    counts = [answer for answer in table.answers if answer.measure.statistic == "count"]
    weighted = {normalised(answer.estimates) for answer in counts if "weighted" in answer.measure.show}
    plain = any("weighted" not in answer.measure.show for answer in counts)
    told = {"counts_weighted": False in weighted, "counts_normalised": True in weighted}
    return [*([f"{words.say('legend_n')}."] if plain else []), *(words.say(key) for key, there in told.items() if there)]


def _said(text: str, table: Answered, words: Language) -> str:
    """Return a text of the layout in the language of the table, with its supply chain."""
    chain = words.label(table.chain)
    return translated(text, words).replace(CHAIN, uncapitalised(chain))


def _head(text: str, answer: Answer, table: Answered, words: Language) -> str:
    """Return the head of a measure, with the survey before that it is of."""
    return _said(text, table, words).replace(ROUND, translated(answer.round, words))


def _plain(table: Answered) -> tuple[str, ...]:
    """Return the columns whose heads say all of them."""
    columns = (answer.measure.variable for answer in table.answers)
    return (*FEATURES, *(name for name in columns if name.startswith(tuple(f"{family}_" for family in FAMILIES))))


def _level(level: str, dimension: str, words: Language) -> str:
    """Return a level in the language of the table, those of the categories that layouts make among them."""
    said = translated(level, words)
    return words.level(level, dimension) if said == level else said
