"""Estimates as cells: the text of each figure, the numbers behind it, and what must be explained below the table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence.plot.words import in_percent
from prevalence.report.reliability._reliability import NOT_ASSESSED, Verdict
from prevalence.report.reliability._rules import Clause
from prevalence.report.tables.grid import Cell
from prevalence.report.tables.language import Language
from prevalence.report.tables.parts import LEAST_P, P_VALUE, Head, Part
from prevalence.report.tables.rounded import columns_in_print
from prevalence.totals import Floats

NO_VALUE = "–"
WITHHELD = "withheld"
FEW_OBSERVATIONS, FEW_MARK = re.compile(r"fewer than \d+ observations"), "(*)"
"""The reason of disclosure control that MICS reports share, and their symbol for it."""
PROTECTED_MARK = "(c)"
"""Symbol of all its other reasons: a symbol of their own would tell what is withheld."""
NAMED_FLAGS = ("suppress", "not reliable", "weakly reliable", WITHHELD)
"""Flags that say more than their reasons."""
SAID_BY_THE_CELL = re.compile(r"fewer than \d+ observations|no observations|no cases|all are cases")
VALUE = "{}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A symbol, the flag that it stands for, and a reason; both in the language of the table."""

    symbol: str
    flag: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One estimate as cells.

    Attributes
    ----------
    cells : tuple of Cell
        One a column of its part, without letters of footnotes.
    meanings : tuple of Meaning
        Symbols in its cells.
    marks : tuple of tuple of str
        For each cell, symbols that stand beside its text.
    remarks : tuple of tuple of str
        For each cell, what is told of it below the table.
    rules : tuple of str
        Names of the rules whose symbols it bears.
    there : bool
        Whether it has observations.
    """

    cells: tuple[Cell, ...]
    meanings: tuple[Meaning, ...] = ()
    marks: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[tuple[str, ...], ...] = ()
    rules: tuple[str, ...] = ()
    there: bool = True

    def lettered(self, letters: Mapping[str, str]) -> list[Cell]:
        """Return the cells with their marks, `letters` being those of what is told below the table."""
        return [
            replace(cell, marks=(*symbols, *(letters[remark] for remark in remarks if letters[remark])))
            for cell, symbols, remarks in zip(self.cells, self.marks, self.remarks, strict=True)
        ]


def printed(part: Part, heads: Sequence[Head], words: Language) -> list[Printed]:
    """Return each row of estimates as cells.

    Notes
    -----
    A row that disclosure control withholds has a symbol and nothing else. One that a reliability rule does not show keeps its counts of
    observations and people in the denominator, which say why.
    """
    flags = part.shown.columns()["flag"]
    figures = _Figures(part=part, heads=tuple(heads), words=words, columns=_in_print(part), flags=tuple(flags))
    return [figures.row(row) for row in range(len(part.estimates))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """The numbers of a part in the unit of print, and how they become cells."""

    part: Part
    heads: tuple[Head, ...]
    words: Language
    columns: Mapping[str, Floats]
    flags: tuple[str, ...]

    def row(self, row: int) -> Printed:
        """Return one estimate as cells."""
        shown = self.part.shown
        if shown.masked and shown.reasons[row]:
            return self._withheld(shown.reasons[row], row)
        said = [self._said(verdict, row) for verdict in self.part.verdicts] or [_Said(cell=self._plain(row))]
        there = np.isfinite(self.columns["estimate"][row])
        closed = not there or all(each.hides for each in said)
        beside = [
            Cell() if closed and head.what not in ("n", "weighted", "population") else self._beside(head, row)
            for head in self._others
        ]
        cells = (*(each.cell for each in said), *beside)
        meanings = (*(meaning for each in said for meaning in each.meanings), *self._absent(cells))
        of_row = self._remarks(row)
        remarks = [(*(() if each.hides else of_row), *filter(None, [each.remark])) for each in said]
        return Printed(
            cells=cells,
            meanings=tuple(dict.fromkeys(meanings)),
            marks=(*(each.marks for each in said), *(() for _ in beside)),
            remarks=(*remarks, *(() for _ in beside)),
            rules=tuple(each.rule for each in said if each.meanings),
            there=bool(self.columns["n"][row] != 0),
        )

    @property
    def _others(self) -> tuple[Head, ...]:
        return self.heads[max(len(self.part.verdicts), 1) :]

    def _withheld(self, reason: str, row: int) -> Printed:
        """Return a row that disclosure control withholds: its symbol, that of the rule where the rule says the same."""
        text = self.words.sentence(reason.removeprefix(f"{WITHHELD}: "))
        mark = FEW_MARK if FEW_OBSERVATIONS.search(reason) else PROTECTED_MARK
        same = [
            verdict.displays[row]
            for verdict in self.part.verdicts
            if verdict.withheld[row] and self.words.sentence(verdict.reasons[row]) == text
        ]
        marks = [same[0] if same else mark] * (len(self.heads) - len(self._others))
        return Printed(
            cells=(*(Cell(text=each) for each in marks), *(Cell() for _ in self._others)),
            meanings=(Meaning(marks[0], self.words.sentence(WITHHELD), text),),
            marks=((),) * len(self.heads),
            remarks=((),) * len(self.heads),
        )

    def _plain(self, row: int) -> Cell:
        """Return an estimate that no rule speaks of."""
        value = float(self.columns["estimate"][row])
        if not np.isfinite(value):
            return Cell(text=NO_VALUE if self.columns["n"][row] == 0 else self.words.say("na"))
        return Cell(text=self.words.number(value, self.part.decimals, signed=self.part.compared), values=(value,))

    def _said(self, verdict: Verdict, row: int) -> _Said:
        """Return an estimate as a rule shows it."""
        plain = self._plain(row)
        if not plain.values:
            return _Said(cell=plain)
        hides = verdict.withheld[row] and self.part.shown.masked
        judged = hides or not verdict.withheld[row]
        frame = _frame(verdict, row, self._english(row)) if judged else VALUE
        symbols = _symbols(verdict, row) if judged else ()
        meanings = [
            meaning for symbol in symbols for meaning in self._meanings(verdict.rule.clauses, symbol, verdict.reasons[row])
        ]
        bare = frame.replace(VALUE, "").replace(" ", "")
        return _Said(
            cell=Cell(text=frame) if hides else Cell(text=frame.replace(VALUE, plain.text), values=plain.values),
            meanings=tuple(meanings),
            marks=tuple(symbol for symbol in symbols if symbol.replace(" ", "") != bare),
            hides=hides,
            rule=verdict.rule.name,
            remark=self._remark_of(verdict, row),
        )

    def _english(self, row: int) -> str:
        """Return an estimate as reliability rules display it, before anything is rounded for publication."""
        value = (100.0 if in_percent(self.part.estimates) else 1.0) * float(self.part.estimates.numbers.estimate[row])
        return f"{value:,.{self.part.decimals}f}".replace("-", "−")

    def _meanings(self, clauses: Sequence[Clause], symbol: str, reasons: str) -> list[Meaning]:
        given = reasons.split("; ")
        found = [clause for clause in clauses if clause.symbol == symbol and clause.reason in given]
        return [
            Meaning(
                symbol, self.words.sentence(clause.flag) if clause.flag in NAMED_FLAGS else "", self.words.sentence(clause.reason)
            )
            for clause in found
        ]

    def _absent(self, cells: Sequence[Cell]) -> list[Meaning]:
        """Return the meanings of the dash and of what cannot be estimated, where a cell holds them."""
        texts = {cell.text for cell in cells}
        meanings = {NO_VALUE: "no_observations", self.words.say("na"): "not_available"}
        return [Meaning(symbol, "", self.words.say(key)) for symbol, key in meanings.items() if symbol in texts]

    def _remark_of(self, verdict: Verdict, row: int) -> str:
        if verdict.withheld[row] and not self.part.shown.masked and not self.part.shown.reasons[row]:
            return self._joined(f"would be {WITHHELD}", verdict.reasons[row])
        return self._joined(NOT_ASSESSED, verdict.reasons[row]) if verdict.flags[row] == NOT_ASSESSED else ""

    def _remarks(self, row: int) -> tuple[str, ...]:
        """Return what flags say beyond the cell itself; the size of a design effect is left to the data files."""
        flag = re.sub(r"(design effect) [\d.]+", r"\1", self.flags[row])
        parts = [part for part in flag.split("; ") if part and not SAID_BY_THE_CELL.fullmatch(part)]
        if "ci" not in self.part.show:
            parts = [part for part in parts if "interval" not in part]
        texts = [
            self._joined(*part.split(": ", 1)) if part.startswith("would be ") else self.words.sentence(part) for part in parts
        ]
        return tuple(dict.fromkeys(texts))

    def _joined(self, flag: str, reason: str) -> str:
        """Return a flag with its reason."""
        return self.words.say("colon").join(
            (self.words.sentence(flag), self.words.sentence(reason.removeprefix(f"{WITHHELD}: ")))
        )

    def _beside(self, head: Head, row: int) -> Cell:
        """Return what stands beside an estimate."""
        if head.what == "ci":
            return self._interval(head, row)
        value = float(self.columns[head.what][row])
        if not np.isfinite(value):
            return Cell(text=self.words.say("na"))
        if head.what == P_VALUE and value < LEAST_P:
            return Cell(text=f"<{self.words.number(LEAST_P, head.decimals)}", values=(value,))
        return Cell(text=self.words.number(value, head.decimals), values=(value,))

    def _interval(self, head: Head, row: int) -> Cell:
        limits = float(self.columns["ci_low"][row]), float(self.columns["ci_high"][row])
        if not np.isfinite(limits).all():
            return Cell(text=self.words.say("na"))
        texts = (self.words.number(limit, head.decimals, signed=self.part.compared) for limit in limits)
        return Cell(text=f"[{self.words.between.join(texts)}]", values=limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a rule makes of an estimate."""

    cell: Cell
    meanings: tuple[Meaning, ...] = ()
    marks: tuple[str, ...] = ()
    hides: bool = False
    rule: str = ""
    remark: str = ""


def _in_print(part: Part) -> dict[str, Floats]:
    """Return the numbers of a part in the unit of print: shares and their errors in percent, coefficients of variation too."""
    numbers = columns_in_print(part.shown)
    if P_VALUE in part.show:
        numbers = {**numbers, P_VALUE: part.estimates.tests().p_value}
    times = {**dict.fromkeys(("estimate", "ci_low", "ci_high", "se"), 100.0 if in_percent(part.estimates) else 1.0), "cv": 100.0}
    return {name: times.get(name, 1.0) * values for name, values in {**numbers, "deft": np.sqrt(numbers["deff"])}.items()}


def _frame(verdict: Verdict, row: int, number: str) -> str:
    """Return what a rule puts around a number, which `VALUE` stands for; what it shows instead of the number."""
    return verdict.displays[row] if verdict.withheld[row] else verdict.displays[row].replace(number, VALUE, 1)


def _symbols(verdict: Verdict, row: int) -> tuple[str, ...]:
    """Return the symbols of a row one by one; some hold a space."""
    known = dict.fromkeys(clause.symbol for clause in verdict.rule.clauses if clause.symbol)
    return tuple(symbol for symbol in known if f" {symbol} " in f" {verdict.symbols[row]} ")
