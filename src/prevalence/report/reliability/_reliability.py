"""How far estimates can be trusted, by one rule or by several side by side; the estimates stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from prevalence.errors import OptionError, listed, suggestion
from prevalence.estimates import Estimates
from prevalence.report.reliability._rules import OPERATORS, VALUE, Clause, Condition, Rule, rule
from prevalence.report.reliability.quantities import Choice, quantities, statistics_of
from prevalence.totals import Floats

if TYPE_CHECKING:
    import pandas as pd

Mask = npt.NDArray[np.bool_]
Named = str | Path | Rule

NO_VALUE = "–"
NOT_APPLICABLE = "not applicable"
NOT_ASSESSED = "not assessed"
NO_OBSERVATIONS = "no observations"
EMPTY = "0 unweighted cases in the denominator"
"""What the dash of MICS tables means (Iraq MICS 2018); other rules say nothing of empty domains."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of each row.

    Attributes
    ----------
    rule : Rule
    flags, symbols, reasons, displays : tuple of str
        One a row. Several reasons are joined by ``"; "``.
    withheld : tuple of bool
        Whether the rule does not show the value.
    statuses : tuple of str
        SDMX observation status: ``A``, ``U`` or ``Q``.
    """

    rule: Rule
    flags: tuple[str, ...]
    symbols: tuple[str, ...]
    reasons: tuple[str, ...]
    displays: tuple[str, ...]
    withheld: tuple[bool, ...]
    statuses: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the rows that the rule's limit for whole tables is about; NaN without such a limit or rows to judge."""
        judged = [flag for flag in self.flags if flag not in (NOT_APPLICABLE, NO_OBSERVATIONS)]
        if self.rule.table is None or not judged:
            return float("nan")
        return sum(flag in self.rule.table.flags for flag in judged) / len(judged)

    @property
    def table_passes(self) -> bool | None:
        """Whether the table as a whole may be published; None where the rule has no limit for whole tables."""
        if self.rule.table is None or np.isnan(self.share):
            return None
        return self.rule.table.at_least <= self.share <= self.rule.table.at_most

    @property
    def notes(self) -> tuple[str, ...]:
        """Footnotes: the meaning of each symbol in use, the rule with its source, and what in it is to be verified."""
        meanings = {NO_VALUE: EMPTY} | {clause.symbol: clause.reason for clause in self.rule.clauses if clause.symbol}
        used = [symbol for symbol in meanings if any(f" {symbol} " in f" {symbols} " for symbols in self.symbols)]
        doubt = "" if self.rule.status == "verified" else f" Status: {self.rule.status}."
        return (
            *(f"{symbol}: {meanings[symbol]}." for symbol in used),
            f"Reliability: {self.rule.title}, {self.rule.version}; source: {self.rule.source}.{doubt}",
            *self.rule.remarks,
        )


@dataclass(frozen=True, slots=True)
class Reliability:
    """Estimates, and what one or several rules say of them.

    Attributes
    ----------
    estimates : Estimates
        As they were given.
    verdicts : tuple of Verdict
        One a rule.
    """

    estimates: Estimates
    verdicts: tuple[Verdict, ...]

    def of(self, name: str) -> Verdict:
        """Return the verdict of a rule by its name."""
        for verdict in self.verdicts:
            if verdict.rule.name == name:
                return verdict
        names = [verdict.rule.name for verdict in self.verdicts]
        raise OptionError(f"These estimates were judged by {listed(names, limit=9)}; found {name!r}.{suggestion(name, names)}")

    def to_pandas(self) -> pd.DataFrame:
        """Return one row an estimate and rule.

        Returns
        -------
        DataFrame
            The labels of the estimates, then ``rule, estimate, display, flag, symbol, reason``.
        """
        import pandas as pd

        return pd.concat([pd.DataFrame(self._columns(verdict)) for verdict in self.verdicts], ignore_index=True)

    def side_by_side(self) -> pd.DataFrame:
        """Return one row an estimate: its labels, ``estimate``, and for each rule the value as it shows it and its flag.

        Returns
        -------
        DataFrame
            Columns ``<rule>`` and ``<rule> flag`` for each rule.
        """
        import pandas as pd

        labels = {key.name: key.texts() for key in self.estimates.keys}
        shown = {
            column: list(texts)
            for verdict in self.verdicts
            for column, texts in ((verdict.rule.name, verdict.displays), (f"{verdict.rule.name} flag", verdict.flags))
        }
        return pd.DataFrame({**labels, "estimate": self.estimates.numbers.estimate, **shown})

    def tables(self) -> pd.DataFrame:
        """Return for each rule with a limit for whole tables the share of rows, whether the table passes, and the status of the limit."""
        import pandas as pd

        limited = [(verdict, verdict.rule.table) for verdict in self.verdicts if verdict.rule.table is not None]
        return pd.DataFrame(
            [
                {
                    "rule": verdict.rule.name,
                    "flags": ", ".join(limit.flags),
                    "share": verdict.share,
                    "at_least": limit.at_least,
                    "at_most": limit.at_most,
                    "passes": verdict.table_passes,
                    "status": limit.status,
                }
                for verdict, limit in limited
            ],
            columns=["rule", "flags", "share", "at_least", "at_most", "passes", "status"],
        )

    def _columns(self, verdict: Verdict) -> dict[str, object]:
        return {
            **{key.name: key.texts() for key in self.estimates.keys},
            "rule": verdict.rule.name,
            "estimate": self.estimates.numbers.estimate,
            "display": list(verdict.displays),
            "flag": list(verdict.flags),
            "symbol": list(verdict.symbols),
            "reason": list(verdict.reasons),
        }


def reliability(
    estimates: Estimates,
    rule: Named | Sequence[Named] = "mics",
    *,
    planned: Choice = False,
    low_df_justified: Choice = False,
    decimals: int | None = None,
) -> Reliability:
    """Judge estimates by one reliability rule or by several; the estimates are not changed.

    Parameters
    ----------
    estimates : Estimates
    rule : str, path, Rule, or a sequence of them
        A name of `rules`, or a TOML file of one's own.
    planned : bool or sequence of bool
        Whether the domains were planned in the sample design, for all rows or one a row (ECLAC 2023).
    low_df_justified : bool or sequence of bool
        Whether low degrees of freedom of a planned domain are justified (ECLAC 2023).
    decimals : int, optional
        Of the display value: by default 1, and 0 for totals. Shares of people are shown in percent.

    Returns
    -------
    Reliability
        Flag, symbol, reason and display value of each row and rule. A row that a rule is not made for is ``not applicable``; one for which a
        quantity of the rule does not exist is ``not assessed``, with the name of the quantity.

    Raises
    ------
    OptionError
        If a rule is unknown or named twice, or `planned` does not fit the rows.
    ConfigError
        If a file has faults.

    Notes
    -----
    Reliability is not disclosure control: see `withheld`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban"] * 30 + ["Rural"] * 20, "child_labour": [0.0, 1.0] * 25})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area")
    >>> pv.report.reliability(table, rule=["mics", "ilo"]).side_by_side()[["area", "mics", "mics flag", "ilo", "ilo flag"]]
        area    mics    mics flag   ilo ilo flag
    0  Rural     (*)     withheld  50.0    shown
    1  Urban  (50.0)  parentheses  50.0    shown
    """
    rules = _distinct([rule] if isinstance(rule, str | Path | Rule) else rule)
    found = quantities(estimates, planned=planned, low_df_justified=low_df_justified)
    texts = _values(estimates, decimals)
    return Reliability(estimates, tuple(_verdict(estimates, each, found, texts) for each in rules))


def _distinct(named: Sequence[Named]) -> list[Rule]:
    found = [rule(name) for name in named]
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not found:
        raise OptionError(
            f"rule must name one or several different rules; found {listed(twice) + ' more than once' if twice else 'none'}. "
            "Give a file of your own a name of its own."
        )
    return found


def _values(estimates: Estimates, decimals: int | None) -> list[str]:
    """Return each estimate as text, empty where there is none."""
    scale = 100.0 if estimates.shares else 1.0
    places = [decimals if decimals is not None else int(kind != "total") for kind in statistics_of(estimates)]
    values = zip(estimates.numbers.estimate.tolist(), places, strict=True)
    return [f"{scale * value:,.{digits}f}".replace("-", "−") if np.isfinite(value) else NO_VALUE for value, digits in values]


@dataclass(slots=True)
class _Rows:
    """What has been said of each row so far."""

    flags: npt.NDArray[np.object_]
    symbols: npt.NDArray[np.object_]
    reasons: npt.NDArray[np.object_]
    templates: npt.NDArray[np.object_]
    statuses: npt.NDArray[np.object_]

    def decide(self, rows: Mask, flag: str, reason: str, template: str, symbol: str = "", status: str = "A") -> None:
        """Say it of rows of which nothing was said."""
        self.flags[rows], self.reasons[rows], self.templates[rows] = flag, reason, template
        self.symbols[rows], self.statuses[rows] = symbol, status

    def add(self, rows: Mask, clause: Clause) -> None:
        """Say it of rows that are decided, beside what was said."""
        self.flags[rows] = clause.flag
        for texts, more, between in ((self.reasons, clause.reason, "; "), (self.symbols, clause.symbol, " ")):
            texts[rows] = [between.join(filter(None, [text, more])) for text in texts[rows]]
        if clause.display is not None:
            self.templates[rows] = clause.display
        if clause.status != "A":
            self.statuses[rows] = clause.status


def _verdict(estimates: Estimates, rule: Rule, found: Mapping[str, Floats], texts: Sequence[str]) -> Verdict:
    rows = len(estimates)
    said = _Rows(*(np.full(rows, "", dtype=object) for _ in range(5)))
    kinds = np.array(statistics_of(estimates), dtype=object)
    empty = np.asarray(estimates.numbers.n == 0)
    said.decide(empty, NO_OBSERVATIONS, EMPTY, NO_VALUE, NO_VALUE)
    for clause in rule.clauses:
        applies = np.isin(kinds, clause.statistics)
        if clause.after:
            _after(said, applies & np.isin(said.flags, clause.after), clause, found)
        else:
            _decide(said, applies & (said.flags == ""), clause, found)
    said.decide(
        empty & ((said.flags == "") | (said.flags == NOT_ASSESSED)), NO_OBSERVATIONS, "no observations", NO_VALUE, NO_VALUE
    )
    fits = np.isin(kinds, [statistic for clause in rule.clauses for statistic in clause.statistics])
    said.decide(
        ~fits & (said.flags == ""), NOT_APPLICABLE, f"the rule is not made for a {'/'.join(sorted(set(kinds[~fits])))}", VALUE
    )
    said.decide(said.flags == "", NOT_ASSESSED, "no clause of the rule fits", VALUE)
    return Verdict(
        rule,
        tuple(said.flags),
        tuple(said.symbols),
        tuple(said.reasons),
        tuple(template.replace(VALUE, text) for template, text in zip(said.templates, texts, strict=True)),
        tuple(VALUE not in template for template in said.templates),
        tuple(said.statuses),
    )


def _decide(said: _Rows, open_rows: Mask, clause: Clause, found: Mapping[str, Floats]) -> None:
    true, unknown, reason = _holds(clause, found)
    said.decide(open_rows & unknown, NOT_ASSESSED, reason, VALUE)
    template = VALUE if clause.display is None else clause.display
    said.decide(open_rows & true, clause.flag, clause.reason, template, clause.symbol, clause.status)


def _after(said: _Rows, decided: Mask, clause: Clause, found: Mapping[str, Floats]) -> None:
    true, unknown, reason = _holds(clause, found)
    doubtful = decided & unknown
    said.reasons[doubtful] = ["; ".join(filter(None, [text, reason])) for text in said.reasons[doubtful]]
    said.add(decided & true, clause)


def _holds(clause: Clause, found: Mapping[str, Floats]) -> tuple[Mask, Mask, str]:
    """Return where the conditions hold, where that cannot be known, and why not.

    A condition on a quantity that does not exist is unknown; *all* with a false condition is false, *any* with a true one true (Kleene 1952).
    """
    rows = len(found["n"])
    true, false = np.ones(rows, dtype=np.bool_), np.zeros(rows, dtype=np.bool_)
    for condition in clause.all:
        holds, fails = _compared(condition, found)
        true, false = true & holds, false | fails
    if clause.any:
        parts = [_compared(condition, found) for condition in clause.any]
        true &= np.logical_or.reduce([holds for holds, _ in parts])
        false |= np.logical_and.reduce([fails for _, fails in parts])
    sides = [side for condition in (*clause.all, *clause.any) for side in (condition.left, condition.right)]
    names = [side for side in dict.fromkeys(sides) if isinstance(side, str) and np.isnan(found[side]).any()]
    return true, ~true & ~false, f"{' or '.join(names)} not defined"


def _compared(condition: Condition, found: Mapping[str, Floats]) -> tuple[Mask, Mask]:
    left = found[condition.left]
    right = found[condition.right] if isinstance(condition.right, str) else np.full(len(left), condition.right)
    known = ~(np.isnan(left) | np.isnan(right))
    holds = np.asarray(OPERATORS[condition.operator](left, right), dtype=np.bool_)
    return known & holds, known & ~holds
