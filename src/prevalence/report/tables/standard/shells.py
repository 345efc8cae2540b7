"""Layouts of standard tables: what each column asks of a survey and which groups stand in the rows, read from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from prevalence.toml_files import TomlTable, place_of, read, shipped

FOLDER = "report/tables/standard/shells"
Statistic = Literal["prevalence", "total", "mean", "distribution", "count", "difference", "effect", "odds"]
Shown = Literal["estimate", "ci", "se", "cv", "deff", "n", "cases", "weighted", "population", "p"]
ANY = "*"
"""Ends a variable that stands for a family of columns: ``"task_*"``."""
REGRESSED = ("effect", "odds")
COMPARISONS = ("difference", *REGRESSED)
ROUND, INDICATOR = "round", "indicator"
CHAIN = "{chain}"


class Measure(TomlTable):
    """One question: a statistic of a column, asked of everyone or of a part.

    Attributes
    ----------
    statistic : Statistic
        ``"count"`` only counts who is asked: ``n``, ``weighted`` and ``population``. ``"difference"`` is of two prevalences, which `between` names;
        ``"effect"`` and ``"odds"`` are of a regression on all dimensions of the rows: average marginal effects and odds ratios of `pv.determinants`.
    variable : str
        An indicator (prevalence, total, difference), a number (mean) or a category (distribution); a column or one of `features.FEATURES`.
        ``"task_*"`` is asked of every column of the family ``task``: one column of the table each, below `head`.
    head, spanner : str
        Head of its columns, and the heading above it that neighbours share. A distribution has a column for each level below `head`.
    among : mapping of dimension to level, or str
        Whom it is asked of: the people at the levels of some dimensions, or those with 1 in a column; empty for everyone in scope.
    at : mapping of dimension to level
        Further levels that these people must have, such as ``{"coverage": "Covered"}``.
    between : mapping of one dimension to two levels
        What a difference sets against each other, the first minus the second: levels of a dimension (``{"coverage": ["Covered", "Not covered"]}``),
        indicators (``{"indicator": ["child_labour", "in_employment"]}``), or this survey and the one before (``{"round": ["this", "before"]}``).
    round : {"", "before"}
        Which survey is asked; one column for each survey before.
    harmonised : bool
        Whether surveys before are classified again, by the definition of this one. Left out if they have that definition already.
    show : tuple of Shown
        What is printed of each estimate; ``"p"``, of a comparison: the test that there is no difference.
    never : mapping of dimension to level
        Rows in which the measure does not exist: it is not applicable there.
    """

    statistic: Statistic = "prevalence"
    variable: str = ""
    head: str
    spanner: str = ""
    among: dict[str, str] | str = Field(default_factory=dict)
    at: dict[str, str] = Field(default_factory=dict)
    between: dict[str, tuple[str, str]] = Field(default_factory=dict)
    round: Literal["", "before"] = ""
    harmonised: bool = False
    show: tuple[Shown, ...] = ("estimate",)
    never: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_a_variable(self) -> Measure:
        if not self.variable and self.statistic != "count" and INDICATOR not in self.between:
            raise ValueError(f"a measure of statistic {self.statistic!r} needs a variable")
        if self.statistic == "count" and set(self.show) - {"n", "weighted", "population"}:
            raise ValueError('a measure of statistic "count" shows "n", "weighted" and "population" alone')
        return self

    @model_validator(mode="after")
    def _compares_two(self) -> Measure:
        if (self.statistic == "difference") != (len(self.between) == 1):
            raise ValueError(
                'a measure of statistic "difference" needs one dimension and its two levels in between, and no other has it'
            )
        if "p" in self.show and self.statistic not in COMPARISONS:
            raise ValueError('"p" is shown of a difference, an effect or odds')
        if self.variable.endswith(ANY) and self.statistic != "prevalence":
            raise ValueError(f"a family of columns, {self.variable!r}, is asked for its prevalence alone")
        return self

    @property
    def of_rounds(self) -> bool:
        """Whether a survey before is asked, too."""
        return self.round == "before" or ROUND in self.between


class Shell(TomlTable):
    """The layout of one standard table.

    Attributes
    ----------
    name : str
        Short name, such as ``"mics-pr.3.3"``.
    set : str
        The set it belongs to, such as ``"mics"``.
    number, title, subtitle : str
        As printed; ``{chain}`` stands for the supply chain that is asked for, ``{round}`` for a survey before.
    people : {"children", "workers"}
    definition : str
        Definition of child labour that the table fixes; empty if it takes the one of the survey.
    definitions : mapping of column to definition
        Definitions of child labour that are compared, each in a column of its own; ``{law}`` stands for that of national law.
    exposure : {"", "household", "area", "own"}
        Whose chains the table speaks of; empty if it speaks of none.
    rows : tuple of str
        Dimensions, one below the other, after a row for everyone; those that a survey lacks are left out, and a note says so.
    across : str
        Dimension whose levels stand side by side in each measure; empty for none.
    measures : tuple of Measure
        Those that a survey cannot answer are left out, and a note says so.
    notes : tuple of str
    source, status : str
        Where the layout is from, and whether it was checked there.
    """

    name: str
    set: str
    number: str = ""
    title: str
    subtitle: str = ""
    people: Literal["children", "workers"]
    definition: str = ""
    definitions: dict[str, str] = Field(default_factory=dict)
    exposure: Literal["", "household", "area", "own"] = ""
    rows: tuple[str, ...]
    across: str = ""
    measures: tuple[Measure, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()
    source: str
    status: Literal["verified", "to be verified"]

    @model_validator(mode="after")
    def _stands_once(self) -> Shell:
        if self.across in self.rows:
            raise ValueError(f"{self.across!r} stands either in rows or across, not in both")
        return self

    @property
    def of_one_chain(self) -> bool:
        """Whether it is about a supply chain that must be named."""
        return CHAIN in self.model_dump_json()

    @property
    def of_rounds(self) -> bool:
        """Whether surveys before are asked, too."""
        return any(measure.of_rounds for measure in self.measures)


@cache
def shells() -> Mapping[str, Shell]:
    """Return the layouts that come with the package, by name."""
    return {name: shell(name) for name in shipped(FOLDER)}


def shell(name: str | Path) -> Shell:
    """Return a layout by its name, or one of the user's own by the path of its TOML file.

    Raises
    ------
    OptionError
        If there is no layout of that name; the message suggests one.
    ConfigError
        If a file cannot be read or has faults; all of them are listed.
    """
    return read(place_of(name, FOLDER, "A standard table"), Shell, "layout of a table")
