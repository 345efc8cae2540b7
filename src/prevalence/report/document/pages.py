"""Which parts of a report stand on turned pages: wide tables, and the headings that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.report.document.tree import Block, Heading, Paragraph, TablePart
from prevalence.report.formats.page_layout import is_wide


def turned(blocks: Sequence[Block]) -> tuple[bool, ...]:
    """Return for each block whether it stands on a turned page.

    Headings and leads directly above a wide table go with it, so that no heading is left alone on an upright page.
    """
    across = [isinstance(block, TablePart) and is_wide(block.table) for block in blocks]
    for place in range(len(blocks) - 2, -1, -1):
        block = blocks[place]
        leads = isinstance(block, Heading) or (isinstance(block, Paragraph) and block.kind == "lead")
        if leads and across[place + 1]:
            across[place] = True
    return tuple(across)
