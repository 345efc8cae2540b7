"""Reliability rules as data: what a TOML file may say, and which rules are shipped."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from prevalence.errors import OutputError, suggestion
from prevalence.report.reliability.quantities import QUANTITIES
from prevalence.toml_files import TomlTable, place_of, read, shipped
from prevalence.written import write_file

Status = Literal["verified", "verified from a secondary source", "to be verified"]
Statistic = Literal["proportion", "total", "mean", "quantile", "comparison"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
ObservationCode = Literal["A", "U", "Q"]
VALUE = "{value}"

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
CONDITION = re.compile(r"\s*([a-z_]+)\s*(<=|>=|==|<|>)\s*([a-z_]+|\d+(?:\.\d+)?)\s*")
FOLDER = "report/reliability/rules"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a quantity with a number or another quantity, such as ``n < 25``.

    Attributes
    ----------
    left, operator : str
    right : str or float
    """

    left: str
    operator: str
    right: str | float

    def __str__(self) -> str:
        right = self.right if isinstance(self.right, str) else f"{self.right:g}"
        return f"{self.left} {self.operator} {right}"


def _condition(text: object) -> Condition:
    found = CONDITION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a condition reads like 'n < 25' or 'se <= ine_limit'; found {text!r}")
    left, sign, right = found.groups()
    for name in (left, right):
        if name[0].isalpha() and name not in QUANTITIES:
            raise ValueError(
                f"unknown quantity {name!r} in {text!r}; known are {', '.join(QUANTITIES)}.{suggestion(name, QUANTITIES)}"
            )
    return Condition(left, sign, right if right[0].isalpha() else float(right))


Conditions = tuple[Annotated[Condition, BeforeValidator(_condition)], ...]


class Clause(TomlTable):
    """One line of a rule: rows that fulfil its conditions, and what is said of them.

    Attributes
    ----------
    flag : str
        What the rows are called.
    reason : str
        Why, in words.
    symbol : str
        What stands in a table or a footnote.
    display : str, optional
        How the value is shown: ``{value}`` is the number as text. Without ``{value}`` the value is withheld. By default the value, and in a clause
        with `after` what was there before.
    statistics : tuple of str
        Kinds of estimates that the clause is about.
    all, any : tuple of conditions
        All, or at least one, must hold; with neither the clause holds for every row.
    after : tuple of str
        Flags. The clause is then not about undecided rows but about those with one of these flags, whose symbol and reason it adds to.
    status : {"A", "U", "Q"}
        SDMX observation status: normal, low reliability, missing and suppressed.
    """

    flag: str = Field(min_length=1)
    reason: str = ""
    symbol: str = ""
    display: str | None = None
    statistics: tuple[Statistic, ...] = ("proportion", "total", "mean", "quantile")
    all: Conditions = ()
    any: Conditions = ()
    after: tuple[str, ...] = ()
    status: ObservationCode = "A"

    @model_validator(mode="after")
    def _only_the_value(self) -> Self:
        if re.search(r"[{}]", (self.display or "").replace(VALUE, "")):
            raise ValueError(f"display may hold {VALUE} and no other braces; found {self.display!r}")
        return self

    @property
    def withholds(self) -> bool:
        """Whether the value is not shown."""
        return self.display is not None and VALUE not in self.display


class TableLimit(TomlTable):
    """A limit on the share of rows with some flags in a whole table.

    Attributes
    ----------
    flags : tuple of str
    at_least, at_most : float, optional
    status : str
        Whether the use of the limit was checked against the source.
    """

    flags: tuple[str, ...] = Field(min_length=1)
    at_least: float = 0.0
    at_most: float = 1.0
    status: Status


class Rule(TomlTable):
    """A reliability rule. The first clause whose conditions hold decides a row.

    Attributes
    ----------
    name, version, title, source : str
    status : {"verified", "verified from a secondary source", "to be verified"}
        Whether the thresholds were checked against the source.
    remarks : tuple of str
        What is open, and what this package chose.
    clauses : tuple of Clause
    table : TableLimit, optional
    """

    name: str = Field(min_length=1)
    version: str
    title: str
    source: str
    status: Status
    remarks: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = Field(min_length=1)
    table: TableLimit | None = None

    @model_validator(mode="after")
    def _flags_exist(self) -> Self:
        flags = {clause.flag for clause in self.clauses}
        named = {flag for clause in self.clauses for flag in clause.after} | set(self.table.flags if self.table else ())
        unknown = sorted(named - flags)
        if unknown:
            raise ValueError(f"no clause gives the flag {unknown[0]!r}.{suggestion(unknown[0], flags)}")
        return self


def rule(name: str | Path | Rule) -> Rule:
    """Return a reliability rule by its name, or from a TOML file of one's own.

    Parameters
    ----------
    name : str or path
        One of `rules`, or a path that ends in ``.toml``.

    Raises
    ------
    OptionError
        If no rule has the name.
    ConfigError
        If the file cannot be read or has faults; all are listed.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.report.rule("statcan").status
    'verified from a secondary source'
    """
    if isinstance(name, Rule):
        return name
    return read(place_of(name, FOLDER, "rule"), Rule, "reliability rule")


def rules() -> tuple[Rule, ...]:
    """Return the shipped reliability rules, in the order of their names.

    Examples
    --------
    >>> import prevalence as pv
    >>> [rule.name for rule in pv.report.rules()][:4]
    ['abs', 'dhs', 'eclac-2020', 'eclac-2023']
    """
    return tuple(rule(name) for name in shipped(FOLDER))


def copy_rule(name: str, path: str | Path) -> Path:
    """Write a shipped rule as a TOML file to be changed: a threshold, a symbol, a further clause.

    Parameters
    ----------
    name : str
        One of `rules`.
    path : str or path
        A file that does not yet exist, with the ending ``.toml``.

    Raises
    ------
    OutputError
        If the file exists, has another ending or cannot be written.
    OptionError
        If no rule has the name.

    Examples
    --------
    >>> import tempfile, prevalence as pv
    >>> path = pv.report.copy_rule("mics", tempfile.mkdtemp() + "/office.toml")
    >>> _ = path.write_text(path.read_text().replace('name = "mics"', 'name = "office"').replace("n < 25", "n < 30"))
    >>> str(pv.report.rule(path).clauses[0].all[0])
    'n < 30'
    """
    target = Path(path)
    if target.suffix != ".toml" or target.exists():
        raise OutputError(
            f"A rule is written to a new file with the ending .toml; {target.name!r} "
            f"{'exists' if target.exists() else 'has another ending'}. Choose another name."
        )
    return write_file(target, place_of(name, FOLDER, "rule").read_text(encoding="utf-8"))
