"""`standard`: a table of a report, or a whole set of them, from one survey."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError, suggestion
from prevalence.report.reliability._reliability import Named
from prevalence.report.tables.grid import Table
from prevalence.report.tables.language import Language
from prevalence.report.tables.language import language as read_language
from prevalence.report.tables.standard.answers import Answered, Law, answered
from prevalence.report.tables.standard.filled import filled
from prevalence.report.tables.standard.masks import reasons_of
from prevalence.report.tables.standard.rounds import Before
from prevalence.report.tables.standard.shells import Shell, shell, shells
from prevalence.survey import Survey

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class StandardTables:
    """Tables made by `standard`, in order; a sequence of them for `save`.

    Attributes
    ----------
    tables : tuple of Table
    left_out : tuple of str
        Tables of a set that the survey cannot fill, and why.
    """

    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __getitem__(self, place: int) -> Table:
        return self.tables[place]

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables)


def standard(
    names: str | Path | Sequence[str | Path],
    survey: Survey,
    *,
    chain: str = "",
    people: Mapping[str, str] | None = None,
    before: Before = None,
    samples: str | Mapping[str, str] = "auto",
    law: Law = None,
    rule: Named | Sequence[Named] | None = "mics",
    publish: bool = True,
    language: str | Path | Language = "en",
) -> StandardTables:
    """Return standard tables of a survey, filled, with everything withheld that they would reveal together.

    Parameters
    ----------
    names : str, path, or a sequence of them
        Tables by name (``"mics-pr.3.3"``), sets of them (``"mics"``, ``"national"``, ``"supply-chain"``, ``"forced-labour"``), or layouts of one's own
        as TOML files; `standard_tables` lists what there is.
    survey : Survey
        Loaded and classified. A table that fixes its definition of child labour, as those of MICS do, classifies by it.
    chain : str
        Supply chain of the tables that are about one, such as ``"cocoa"``.
    people : mapping of dimension to level, optional
        Whom the tables are about, such as ``{"country": "XAA"}``. Everyone else stays in the design.
    before : Survey, or mapping of name to Survey, optional
        Surveys made before, for tables of change: ``{"2019": survey}``. Classified as they were then; tables that harmonise classify them again.
    samples : {"auto", "independent", "shared", "replicates"}, or mapping of name to one of them
        How they are related to this one; see ``pv.baseline.change``.
    law : str, path or definition, optional
        The country's law as a definition of child labour, for tables that compare it: ``"national:GHA"``, what ``pv.classify.national_definition``
        returns, or a file.
    rule : str, path, Rule, a sequence of them, or None
        Reliability rule, as in `table`.
    publish : bool
        Whether withheld cells are masked.
    language : str, path or Language

    Returns
    -------
    StandardTables
        Rows and columns that the survey lacks are left out, with a note. Tables of a set that it cannot fill at all are named in `left_out`.

    Raises
    ------
    OptionError
        If a table, set, chain, rule or language is unknown.
    ColumnError
        If a table that was asked for by name cannot be filled, or none of a set.
    DataError
        If a table of change, or of national law, is asked for by name and no survey before, or no law, is given.

    Notes
    -----
    Layouts of MICS6 tables PR.3.1 to PR.3.4 follow UNICEF's standard tabulation syntax (verified), their counts weighted, as
    there, and unweighted beside. The sets of national child labour, supply-chain and forced-labour surveys follow what such
    reports usually print, and are to be verified against one.

    Examples
    --------
    >>> import prevalence as pv
    >>> children = pv.load("data/sample/children.sav", profile="sample-children")
    >>> table = pv.report.standard("mics-pr.3.3", children, people={"country": "XAA"})[0]
    >>> table.number, table.title, table.columns[4].head
    ('PR.3.3', 'Child labour', 'Total child labour')
    """
    words = read_language(language)
    wanted = [(each, asked) for asked in _listed(names) for each in layouts_of(asked)]
    found: list[Answered] = []
    left_out: list[str] = []
    # Tables that classify alike share the columns that one of them made.
    grown: dict[tuple[str, str, bool], Answered] = {}
    for each, asked in wanted:
        alike = (each.definition, each.exposure, each.of_rounds)
        known = grown.get(alike)
        try:
            made = answered(
                each,
                known.survey if known else survey,
                chain=chain,
                people=people,
                before=known.before if known else before,
                samples=samples,
                law=law,
                classified=known is not None,
            )
        except (ColumnError, DataError, DefinitionError) as error:
            if each.name == asked or asked not in _sets():
                raise
            left_out.append(str(error))
            continue
        found.append(made)
        grown[alike] = made
    if not found:
        raise ColumnError(f"No table of {', '.join(map(repr, _listed(names)))} can be filled. {left_out[0]}")
    reasons = reasons_of(found, people or {})
    tables = tuple(
        filled(table, why, rule=rule, publish=publish, words=words, people=people or {})
        for table, why in zip(found, reasons, strict=True)
    )
    return StandardTables(tables, tuple(left_out))


def standard_tables() -> pd.DataFrame:
    """Return the standard tables that there are.

    Returns
    -------
    DataFrame
        Columns ``name, set, number, title, people, definition, columns, source, status``; ``columns`` are those of the survey that measures ask for.

    Examples
    --------
    >>> import prevalence as pv
    >>> known = pv.report.standard_tables()
    >>> known[known["set"] == "mics"]["number"].tolist()
    ['PR.3.1', 'PR.3.2', 'PR.3.3', 'PR.3.4']
    """
    import pandas as pd

    fields = ("name", "set", "number", "title", "people", "definition", "source", "status")
    rows = [
        {
            **{field: getattr(each, field) for field in fields},
            "columns": ", ".join(dict.fromkeys(measure.variable for measure in each.measures if measure.variable)),
        }
        for each in _in_order()
    ]
    return pd.DataFrame(rows)[[*fields[:6], "columns", *fields[6:]]]


def _listed(names: str | Path | Sequence[str | Path]) -> list[str | Path]:
    return [names] if isinstance(names, str | Path) else list(names)


def _sets() -> dict[str | Path, list[Shell]]:
    found: dict[str | Path, list[Shell]] = {}
    for each in _in_order():
        found.setdefault(each.set, []).append(each)
    return found


def _in_order() -> list[Shell]:
    """Return the shipped layouts by set and number: 2 before 11."""

    def place(each: Shell) -> tuple[str, list[tuple[int, str]]]:
        parts = re.findall(r"(\d*)([^\d.\s]*)", each.number)
        return each.set, [(int(digits or 0), rest) for digits, rest in parts]

    return sorted(shells().values(), key=place)


def layouts_of(asked: str | Path) -> list[Shell]:
    """Return the layouts of a set, or one by its name or path."""
    sets = _sets()
    if asked in sets:
        return sets[asked]
    if asked in shells():
        return [shells()[str(asked)]]
    if isinstance(asked, Path) or asked.endswith(".toml"):
        return [shell(asked)]
    known = [*map(str, sets), *shells()]
    raise OptionError(
        f"There is no standard table or set {asked!r}.{suggestion(asked, known)} pv.report.standard_tables() lists the tables, whose sets are "
        f"{', '.join(map(repr, sets))}; a layout of one's own is named by the path of its TOML file."
    )
