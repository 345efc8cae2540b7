"""Which estimates of a run must not be published, and the text that says so in public."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report.disclosure.comparisons import is_comparison, labels_shut, shut_sides, sides_of, sides_of_pairs
from prevalence.report.disclosure.complementary import Withheld, protected
from prevalence.report.disclosure.implied import Labels
from prevalence.report.disclosure.people import people_of
from prevalence.report.disclosure.primary import primary_of
from prevalence.report.disclosure.rules import PROTECTED, Disclosure


def withheld(
    tables: Sequence[Estimates], *, overlapping: Collection[str] = ("supply_chain",), rules: Disclosure | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return why each row of each table must not be published, empty text where it may.

    Parameters
    ----------
    tables : sequence of Estimates
        Tables of the same people: what one withholds the others must not show. A comparison (difference, excess, ratio) is withheld if
        one of its sides is; a contrast if no table of its data is given, or if one of their rows is withheld.
    overlapping : collection of str
        Dimensions whose levels overlap and so do not add up to their margin. All others are taken to add up.
    rules : Disclosure, optional
        Thresholds and what is sensitive; by default fewer than 25 observations and 1 to 4 cases.

    Returns
    -------
    tuple of tuple of str
        For each table one text a row, fit to be published: fewer than 25 observations, or to protect people. Why people must be
        protected is not said: it would tell of their number. `suppressions` keeps it.

    Notes
    -----
    Cells with few observations or few cases, whole groups of cases, and sensitive crossings are withheld first. Then further cells,
    so that a reader of all tables, who adds and subtracts and knows the range of the weights, can work out no withheld count to closer
    than 5 people and 20 percent. Also protected are groups that no table shows but sums imply: margins and levels that were left out, and
    everyone but one chain.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female"] * 60 + ["Male"] * 70, "child_labour": ([1.0] * 3 + [0.0] * 57) + [1.0, 0.0] * 35})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex", margins=True)
    >>> withheld([table])[0]
    ('withheld: to protect people', 'withheld: to protect people', '')
    """
    rules = Disclosure() if rules is None else rules
    sources = [table for table in tables if not is_comparison(table)]
    found = iter(_reasons(cells_withheld(sources, rules, frozenset(overlapping)), rules)) if sources else iter(())
    reasons = [() if is_comparison(table) else next(found) for table in tables]
    shut = labels_shut(sources, [why for table, why in zip(tables, reasons, strict=True) if not is_comparison(table)])
    return tuple(
        _of_comparison(table, sources, shut, rules) if is_comparison(table) else why
        for table, why in zip(tables, reasons, strict=True)
    )


def withheld_contrasts(
    contrasts: Estimates, source: Estimates, reasons: Sequence[str], dimension: str, pairs: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Return why each difference between levels of a dimension must not be published: one of its sides is withheld.

    Parameters
    ----------
    contrasts : Estimates
        Made from `source` by ``difference`` or ``excess``.
    source : Estimates
    reasons : sequence of str
        What `withheld` says of `source`.
    dimension : str
    pairs : iterable of (level, level)
        The labels that were set against each other.
    """
    shut = labels_shut([source], [reasons])
    return tuple(PROTECTED if shut.intersection(sides) else "" for sides in sides_of_pairs(contrasts, dimension, pairs))


def cells_withheld(sources: Sequence[Estimates], rules: Disclosure, overlapping: frozenset[str]) -> Withheld:
    """Return the cells behind tables of estimates, and which of them must be withheld."""
    people = people_of(sources, rules, overlapping)
    return protected(people, primary_of(people, rules), rules)


def checked(tables: Sequence[Estimates], reasons: Sequence[Sequence[str]]) -> None:
    """Raise `OptionError` if there is not one reason a row."""
    sizes, told = [len(table) for table in tables], [len(why) for why in reasons]
    if sizes != told:
        raise OptionError(
            f"reasons needs one sequence a table and one text a row, of lengths {sizes[:3]}; found {told[:3]}. Make them with pv.report.withheld."
        )


def _reasons(found: Withheld, rules: Disclosure) -> tuple[tuple[str, ...], ...]:
    texts = np.where(found.hidden, np.where(found.primary.weak, rules.weak, PROTECTED), "")
    return tuple(tuple(str(text) for text in texts[rows]) for rows in found.people.rows)


def _of_comparison(table: Estimates, sources: Sequence[Estimates], shut: set[Labels], rules: Disclosure) -> tuple[str, ...]:
    few = (table.numbers.n > 0) & (table.numbers.n < rules.fewest_observations)
    return tuple(
        PROTECTED if gone is not None else rules.weak if weak and not sides else ""
        for gone, sides, weak in zip(shut_sides(table, sources, shut), sides_of(table, sources), few.tolist(), strict=True)
    )
