"""Notes below a table that goes on for pages: some of its rows stand above them on their page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from pypdf import PdfReader

from prevalence.report.document.as_pdf import as_pdf
from prevalence.report.document.tree import Report, TablePart, Words, numbered
from prevalence.report.formats.typeset import pdf
from prevalence.report.tables.grid import Row, Table

FULL_PAGE = range(52, 59)
"""Rows that, with their notes, take a little more than a page."""
WORDS = Words(table="Table", figure="Figure", contents="Contents", tables="Tables", figures="Figures", continued="", page="Page")


def document(table: Table) -> bytes:
    blocks = numbered([TablePart(table=table)])
    return as_pdf(
        Report(title="One", subtitle="", authors=(), notice="", language="en", direction="ltr", words=WORDS, blocks=blocks)
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("made", [document, lambda table: pdf([table])], ids=["document", "tables"])
def test_three_rows_stay_with_the_notes(demo: Callable[..., Table], made: Callable[[Table], bytes], grouped: bool) -> None:
    table = demo()
    for count in FULL_PAGE:
        group = {count - 2: "Last", count - 1: "Last"} if grouped else {}
        rows = tuple(
            Row(label=f"r{i:02d}", group=group.get(i, "First" * grouped), cells=table.rows[0].cells) for i in range(count)
        )
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(made(replace(table, rows=rows)))).pages]
        found = [re.findall(r"\br\d\d\b", text) for text in texts]
        assert [label for labels in found for label in labels] == [row.label for row in rows]
        (with_notes,) = (labels for labels, text in zip(found, texts, strict=True) if "With estates." in text)
        assert len(with_notes) >= 3
