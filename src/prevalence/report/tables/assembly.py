"""Rows and columns of a table before they have letters: blocks of columns side by side, rows that have an observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL
from prevalence.report.tables.grid import Column
from prevalence.report.tables.language import Language
from prevalence.report.tables.parts import Head, Part, heads_of
from prevalence.report.tables.places import Dimensions, Levels, in_order, one_by_one, placed, statistics_of
from prevalence.report.tables.printed import Printed, printed

BETWEEN_LEVELS = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The columns that one part has for one combination of levels across, and its estimates in each row."""

    side: int
    heads: tuple[Head, ...]
    spanners: tuple[str, ...]
    cells: dict[Levels, Printed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Rows and columns of a table before they have letters.

    Attributes
    ----------
    rows : tuple of Levels
    blocks : tuple of Block
    sides : tuple of str
        What each part is called.
    label : callable
        Says a level of a dimension.
    """

    rows: tuple[Levels, ...]
    blocks: tuple[Block, ...]
    sides: tuple[str, ...]
    label: Callable[[str, str], str]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table."""
        return tuple(
            Column(name=f"c{place}_{head.what}", head=head.text, spanners=block.spanners, kind=head.kind, decimals=head.decimals)
            for place, block in enumerate(self.blocks)
            for head in block.heads
        )

    @property
    def stacked(self) -> bool:
        """Whether dimensions stand one below the other."""
        return one_by_one(self.rows)

    @property
    def read(self) -> list[Printed]:
        """The estimates in reading order."""
        return [block.cells[row] for row in self.rows for block in self.blocks if row in block.cells]

    @property
    def by_side(self) -> list[list[Printed]]:
        """The estimates of each part."""
        return [
            [block.cells[row] for row in self.rows for block in self.blocks if block.side == side and row in block.cells]
            for side in range(len(self.sides))
        ]


def assembled(parts: Sequence[Part], sides: Dimensions, words: Language) -> Assembly:
    """Return the rows and columns of tables side by side.

    Raises
    ------
    OptionError
        If a cell would hold several estimates, two columns have the same head, or a later table has rows of its own.
    """
    by_part = [_blocks(side, part, sides, words) for side, part in enumerate(parts)]
    called = [", ".join(dict.fromkeys(block.spanners[-1] for block in own if block.spanners)) for own in by_part]
    statistics = [words.label(", ".join(statistics_of(part.estimates))) for part in parts]
    if len(parts) > 1 and _repeated(by_part):
        # Tables of different statistics are told apart by a spanner above all others.
        by_part = [_spanned(own, text) for own, text in zip(by_part, statistics, strict=True)]
        called = statistics
    repeated = _repeated(by_part)
    if repeated:
        raise OptionError(
            f"Each column of a table needs a head of its own; {listed(repeated)} stands there twice. "
            "Put the dimension that tells the tables apart into columns, or make two tables."
        )
    return Assembly(
        rows=tuple(_rows(parts, by_part, sides)),
        blocks=tuple(block for own in by_part for block in own),
        sides=tuple(name or text for name, text in zip(called, statistics, strict=True)),
        label=namer(parts[0], words),
    )


def _blocks(side: int, part: Part, sides: Dimensions, words: Language) -> list[Block]:
    heads = heads_of(part, words)
    cells = printed(part, heads, words)
    where = placed(part.estimates, sides)
    name = namer(part, words)
    return [
        Block(
            side=side,
            heads=heads,
            spanners=tuple(name(level, dimension) for level, dimension in zip(across, sides.across, strict=True)),
            cells={down: cells[row] for (down, beside), row in where.items() if beside == across},
        )
        for across in in_order(part.estimates, sides.across)
    ]


def namer(part: Part, words: Language) -> Callable[[str, str], str]:
    """Return what says a level of a dimension; one of a comparison names both sides."""
    return words.compared if part.paired else words.level


def _spanned(blocks: Iterable[Block], text: str) -> list[Block]:
    return [replace(block, spanners=(text, *block.spanners)) for block in blocks]


def _rows(parts: Sequence[Part], blocks: Sequence[Sequence[Block]], sides: Dimensions) -> list[Levels]:
    """Return the rows of the first part that have an observation in some column; everyone first where dimensions stand one below the other."""
    first = in_order(parts[0].estimates, sides.down)
    if one_by_one(first):
        first.sort(key=lambda row: [place for place, level in enumerate(row, 1) if level != ALL])
    for part, own in zip(parts[1:], blocks[1:], strict=True):
        strange = [row for row in in_order(part.estimates, sides.down) if row not in first]
        if strange and any(row in block.cells for row in strange for block in own):
            raise OptionError(
                f"Tables side by side have the rows of the first; {listed(BETWEEN_LEVELS.join(row) for row in strange)} is in another one alone. "
                "Choose its rows with select(), or make two tables."
            )
    return [row for row in first if any(block.cells[row].there for own in blocks for block in own if row in block.cells)]


def _repeated(blocks: Sequence[Sequence[Block]]) -> list[str]:
    """Return the heads, with the spanners above them, that several columns have."""
    heads = [" / ".join((*block.spanners, head.text)) for own in blocks for block in own for head in block.heads]
    return [head for head in dict.fromkeys(heads) if heads.count(head) > 1]
