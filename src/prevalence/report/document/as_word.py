"""A report as a Word document: styles, contents, counted captions, real tables, pictures with words for those who cannot see them."""

from __future__ import annotations

from prevalence.report.document.pages import turned
from prevalence.report.document.tree import Block, Bullets, Figure, Heading, Paragraph, Report, Runs, TablePart
from prevalence.report.formats.word_file import Entry, WordFile
from prevalence.report.formats.word_text import PLAIN, Look

STYLES = {"body": "Normal", "lead": "Lead", "notice": "Notice"}
IN_CONTENTS = 2
"""Levels of headings that the contents list."""


def as_word(report: Report) -> bytes:
    """Return a report as the bytes of a Word file; the same report gives the same bytes."""
    file = WordFile(title=report.title, language=report.language, rtl=report.direction == "rtl", author=", ".join(report.authors))
    _write_title(file, report)
    _write_contents(file, report)
    for block, across in zip(report.blocks, turned(report.blocks), strict=True):
        file.turn(across=across)
        _write(file, block, report)
    return file.saved()


def _write_title(file: WordFile, report: Report) -> None:
    file.text("Title", [(report.title, PLAIN)])
    if report.subtitle:
        file.text("Subtitle", [(report.subtitle, PLAIN)])
    for author in report.authors:
        file.text("Author", [(author, PLAIN)])
    if report.notice:
        file.text("Notice", [(report.notice, PLAIN)])


def _write_contents(file: WordFile, report: Report) -> None:
    words = report.words
    headings = [Entry(each.id, each.level, each.numbered_text) for each in report.headings if each.level <= IN_CONTENTS]
    file.contents(words.contents, headings, f'TOC \\o "1-{IN_CONTENTS}" \\h \\z \\u', new_page=True)
    tables = [Entry(f"table{each.number}", 0, f"{words.table} {each.number}. {each.title}") for each in report.tables]
    figures = [Entry(f"figure{each.number}", 0, f"{words.figure} {each.number}. {each.title}") for each in report.figures]
    if tables:
        file.contents(words.tables, tables, f'TOC \\h \\z \\c "{words.table}"')
    if figures:
        file.contents(words.figures, figures, f'TOC \\h \\z \\c "{words.figure}"')


def _write(file: WordFile, block: Block, report: Report) -> None:
    words = report.words
    if isinstance(block, Heading):
        file.heading(block.numbered_text, block.level, block.id)
    elif isinstance(block, Paragraph):
        file.text(STYLES[block.kind], _looks(block.runs))
    elif isinstance(block, Bullets):
        for place, item in enumerate(block.items, 1):
            file.text("Bullet item", [(f"{place}." if block.ordered else "•", PLAIN), ("\t", PLAIN), *_looks(item)])
    elif isinstance(block, Figure):
        file.caption("Figure title", words.figure, block.number, block.title, f"figure{block.number}")
        file.picture(block.png, block.alternative, width=block.width, number=int(block.number))
        file.text("Figure note", [(block.note, PLAIN)])
    elif isinstance(block, TablePart):
        file.table(block.table, word=words.table, number=block.number, bookmark=f"table{block.number}", continued=words.continued)


def _looks(runs: Runs) -> list[tuple[str, Look]]:
    return [(run.text, Look(bold=run.strong, italic=run.emphasis, fixed=run.code)) for run in runs]
