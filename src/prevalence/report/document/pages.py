"""Which parts of a report stand on turned pages: wide tables, few narrow ones between them, and the headings that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.report.document.tree import Block, Heading, Paragraph, TablePart
from prevalence.report.formats.widths import is_wide

MOST_BETWEEN = 2
"""Narrow tables between two wide ones that stand on their turned page: pages would be turned to and fro, each for a few rows."""


def turned(blocks: Sequence[Block]) -> tuple[bool, ...]:
    """Return for each block whether it stands on a turned page.

    Headings and leads directly above a wide table go with it, so that no heading is left alone on an upright page.
    """
    across = [isinstance(block, TablePart) and is_wide(block.table) for block in blocks]
    _turn_between(blocks, across)
    for place in range(len(blocks) - 2, -1, -1):
        block = blocks[place]
        leads = isinstance(block, Heading) or (isinstance(block, Paragraph) and block.kind == "lead")
        if leads and across[place + 1]:
            across[place] = True
    return tuple(across)


def _turn_between(blocks: Sequence[Block], across: list[bool]) -> None:
    """Turn the narrow tables between two wide ones where nothing but few tables stand between."""
    last = -1
    for place in [place for place, wide in enumerate(across) if wide]:
        between = range(last + 1, place)
        if last >= 0 and len(between) <= MOST_BETWEEN and all(isinstance(blocks[each], TablePart) for each in between):
            across[last:place] = [True] * (place - last)
        last = place
