"""Publication tables: dimensions down and across, beside each estimate its interval, count and more, notes below."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Key
from prevalence.report.reliability._reliability import Named
from prevalence.report.tables.assembly import BETWEEN_LEVELS, Assembly, assembled
from prevalence.report.tables.constants import constants_text
from prevalence.report.tables.facts import facts_of
from prevalence.report.tables.grid import Cell, Row, Table
from prevalence.report.tables.language import Language
from prevalence.report.tables.language import language as language_named
from prevalence.report.tables.notes import check_defined, letters_of, notes_of
from prevalence.report.tables.parts import Given, Part, parts_of
from prevalence.report.tables.places import INDICATOR, Dimensions, Levels, dimensions

LONGEST_NAME = 60


def table(
    estimates: Given | Sequence[Given],
    *,
    rows: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    show: str | Sequence[str] = "ci|n",
    rule: Named | Sequence[Named] | None = "mics",
    publish: bool = True,
    reasons: Sequence[str] | Sequence[Sequence[str]] | None = None,
    decimals: int | None = None,
    language: str | Path | Language = "en",
    strict: bool = False,
    title: str = "",
    name: str = "",
    number: str = "",
) -> Table:
    """Return estimates as a table for print: dimensions down and across, interval and counts beside each estimate, notes below.

    Parameters
    ----------
    estimates : Estimates, Published, or a sequence of them
        Several stand side by side and have the rows of the first: estimates, and beside them the gap between the sexes.
    rows : str or sequence of str, optional
        Dimensions down, ``"indicator"`` among them: the last gives the labels of the rows, those before it their groups. By default all that
        have several levels and do not stand across. Dimensions that no row crosses stand one below the other, after everyone.
    columns : str or sequence of str, optional
        Dimensions across, the outermost first; by default sex.
    show : str or sequence of str
        What stands beside the estimate, in this order: ``"ci"``, ``"se"``, ``"cv"``, ``"n"``, ``"cases"``, ``"deff"``, ``"deft"``,
        ``"df"``, ``"weighted"`` (sum of the weights, normalised or not), ``"population"``, ``"p"``, joined by ``|`` or commas. Comparisons have no
        counts of their own: intervals, errors, degrees of freedom, and ``"p"``, the test that there is no difference, which is theirs alone.
    rule : str, path, Rule, a sequence of them, or None
        Reliability rule, see `reliability`; with several each has a column of its own. None prints every figure as it is.
    publish : bool
        Whether cells are withheld that must not be published. If not, all are shown, and notes say which would be withheld.
    reasons : sequence of str, or one a table, optional
        Why rows are withheld, from `withheld`; by default worked out from these tables alone. Pass them where other tables of the same people
        are published too. They win over the reliability rule.
    decimals : int, optional
        Of the estimates: by default 1, for totals 0, for ratios 2; no more than the rules of disclosure control publish.
    language : str, path or Language
        See `language`.
    strict : bool
        Whether an indicator without a recorded definition, and a label of the data without translation, is an error.
    title, number : str
        As printed above the table.
    name : str
        Short name for files and ids; by default from number and title, or from indicator and dimensions.

    Returns
    -------
    Table
        Percent with one decimal, ``[low, high]``, unweighted n; a notebook shows it, `save` writes it. What all rows share and no head says
        (the area selected, the sides of a difference, the mean of what) is its subtitle. An indicator whose definition is not recorded is
        printed with a note that says so.

    Raises
    ------
    OptionError
        If no estimates are given, or `decimals` is below 0; if a dimension, `show`, rule or language is unknown; if a cell would hold several estimates, or two columns the same head; if tables
        side by side have different rows; if `reasons` does not fit; with `strict`, if an indicator has no definition or labels have no translation.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 60, "child_labour": ([0.0] * 4 + [1.0]) * 24})
    >>> estimates = pv.prevalence(pv.Survey(data, pv.Design(weight="w")), "child_labour", by="area", margins=True)
    >>> table = pv.report.table(estimates, show="ci", language="es")
    >>> for row in table.rows:
    ...     print(row.label, *(cell.text for cell in row.cells))
    Rural 20,0 [10,7; 32,5]
    Urbana 20,0 [10,7; 32,5]
    Total 20,0 [13,2; 28,3]
    """
    words = language_named(language)
    parts = parts_of(estimates, reasons, publish=publish, show=show, rule=rule, decimals=decimals)
    sides = dimensions([part.estimates for part in parts], rows, columns)
    if strict:
        _check_translated(parts, sides, words)
        check_defined(part.estimates for part in parts)
    grid = assembled(parts, sides, words)
    heading = words.label(sides.down[-1]) if not grid.stacked and sides.down[-1] != INDICATOR else ""
    letters = letters_of(grid.read, grid.by_side)
    return Table(
        name=_name(name, f"{number} {title}", parts[0], sides),
        title=title,
        number=number,
        columns=grid.columns,
        rows=tuple(_row(levels, grid, sides, letters, words) for levels in grid.rows),
        notes=notes_of(parts, grid.sides, grid.read, letters, words),
        subtitle=constants_text(parts, sides, grid, words, title),
        stub=heading,
        language=words.code,
        direction=words.direction,
        facts=facts_of(parts, words),
    )


def _row(levels: Levels, grid: Assembly, sides: Dimensions, letters: dict[str, str], words: Language) -> Row:
    group, label = _labels(levels, grid, sides, words)
    cells: list[Cell] = []
    for block in grid.blocks:
        found = block.cells.get(levels)
        cells += [Cell()] * len(block.heads) if found is None else found.lettered(letters)
    total = all(level == ALL for level in levels) if grid.stacked else levels[-1] == ALL
    return Row(label=label, group=group, cells=tuple(cells), total=total)


def _labels(levels: Levels, grid: Assembly, sides: Dimensions, words: Language) -> tuple[str, str]:
    """Return group and label of a row."""
    if not grid.stacked:
        *outer, label = (grid.label(level, name) for name, level in zip(sides.down, levels, strict=True))
        return BETWEEN_LEVELS.join(outer), label
    own = [(words.label(name), grid.label(level, name)) for name, level in zip(sides.down, levels, strict=True) if level != ALL]
    return own[0] if own else ("", words.label(ALL))


def _check_translated(parts: Sequence[Part], sides: Dimensions, words: Language) -> None:
    names = (*sides.down, *sides.across)
    levels = [
        text
        for part in parts
        for key in part.estimates.keys
        if key.name in names
        for text in words.missing_levels(_sides_of(key, part), key.name)
    ]
    absent = tuple(dict.fromkeys([*words.missing(names), *levels]))
    if absent:
        raise OptionError(
            f"Every label needs a word in {words.name}; {len(absent)} have none: {listed(absent, limit=9)}. "
            f'Add them to a TOML file that begins with extends = "{words.code}", below [labels].'
        )


def _sides_of(key: Key, part: Part) -> list[str]:
    """Return the levels that a table shows, both sides of those compared."""
    texts = dict.fromkeys(key.texts())
    return [side for text in texts for side in (re.split(" [-/] ", text) if part.paired else [text])]


def _name(name: str, title: str, part: Part, sides: Dimensions) -> str:
    """Return the short name of a table: as given, from its title, or from indicator and dimensions."""
    if found := slug(name) or slug(title):
        return found
    indicators = [key for key in part.estimates.keys if key.name == INDICATOR]
    first = indicators[0].texts()[0] if indicators and len(part.estimates) else INDICATOR
    dimensions = [each for each in (*sides.down, *sides.across) if each != INDICATOR]
    return slug(" ".join([first, *(["by", *dimensions] if dimensions else [])])) or "table"


def slug(text: str) -> str:
    """Return a text as a name of lower-case letters, digits and hyphens; one that is cut keeps a digest, so that names differ."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(found) <= LONGEST_NAME:
        return found
    return f"{found[: LONGEST_NAME - 9].strip('-')}-{sha256(text.encode()).hexdigest()[:8]}"
