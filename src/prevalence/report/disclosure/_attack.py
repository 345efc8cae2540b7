"""What an attentive reader can work out of withheld counts: the narrowest range that all published tables together leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from prevalence.estimates import Estimates
from prevalence.report.disclosure._suppressions import cell_name
from prevalence.report.disclosure._withheld import checked
from prevalence.report.disclosure.comparisons import is_comparison, sides_of
from prevalence.report.disclosure.implied import Labels
from prevalence.report.disclosure.knowledge import Knowledge, knowledge_of, known_share
from prevalence.report.disclosure.people import Mask, People, labels_of, people_of
from prevalence.report.disclosure.primary import case_targets, observation_targets, other_targets, primary_of
from prevalence.report.disclosure.rules import Disclosure
from prevalence.report.disclosure.witnesses import Witnesses
from prevalence.report.disclosure.worlds import TOLERANCE, Target, farthest
from prevalence.totals import Ints

if TYPE_CHECKING:
    import pandas as pd

CASES, OBSERVATIONS, OTHERS = "cases", "n", "n - cases"


def attack(
    tables: Sequence[Estimates],
    reasons: Sequence[Sequence[str]],
    *,
    overlapping: Collection[str] = ("supply_chain",),
    rules: Disclosure | None = None,
    exact: bool = True,
) -> pd.DataFrame:
    """Return what a reader of all tables can work out of the counts that are withheld.

    Parameters
    ----------
    tables : sequence of Estimates
        All tables that are published of the same people, comparisons too.
    reasons : sequence of sequences of str
        Texts that are published for the rows of each table, empty where the row is shown: what `withheld` returns.
    overlapping : collection of str
        Dimensions whose levels overlap.
    rules : Disclosure, optional
        As for `withheld`: which counts must stay open and how wide.
    exact : bool
        Whether `low` and `high` are the ends of each range; if not, the search stops where a range is wide enough, which is much faster.

    Returns
    -------
    DataFrame
        One row a count: ``cell`` and ``published`` (whether a table has the cell, or sums imply it), ``count`` (cases; n of cells with few
        observations and of sensitive ones; n - cases of whole groups), ``true``, ``low`` and ``high`` (what a reader can work out),
        ``needed`` (how wide the range must be), ``safe``. For the office, not for publication.

    Notes
    -----
    The reader takes every number in a shown row as exact (n, cases, estimate, standard error, weighted number of people), whatever is
    rounded when printed; adds and subtracts over all tables, everyone but one chain included; knows that cases are people, between which limits
    the mean weights of cells lie, and which marks stand on withheld rows. The range of each count is found by linear programming.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female"] * 60 + ["Male"] * 70, "child_labour": ([1.0] * 3 + [0.0] * 57) + [1.0, 0.0] * 35})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex", margins=True)
    >>> careless = ("withheld: to protect people", "", "")
    >>> pv.report.attack([table], [careless])[["cell", "low", "high", "safe"]].values.tolist()
    [['child_labour, Female', 3.0, 3.0, False]]
    """
    import pandas as pd

    checked(tables, reasons)
    rules = Disclosure() if rules is None else rules
    estimates = [(table, why) for table, why in zip(tables, reasons, strict=True) if not is_comparison(table)]
    columns = ["cell", "published", "count", "true", "low", "high", "needed", "safe"]
    if not estimates:
        return pd.DataFrame(columns=columns)
    people = people_of([table for table, _ in estimates], rules, frozenset(overlapping))
    hidden, weak = _as_published(people, [why for _, why in estimates], rules)
    knowledge = known_share(knowledge_of(people), _shares_told(people, tables, reasons, hidden))
    records = _ranges(knowledge, hidden, weak, rules, exact=exact)
    return pd.DataFrame(records, columns=columns)


def _as_published(people: People, reasons: Sequence[Sequence[str]], rules: Disclosure) -> tuple[Mask, Mask]:
    """Return the cells that no table shows, and the bases whose mark says that they have few observations."""
    told = np.zeros(len(people.cases), dtype=np.bool_)
    weak = np.zeros(len(people.n), dtype=np.bool_)
    for cells, why in zip(people.rows, reasons, strict=True):
        told[cells[[not reason for reason in why]]] = True
        weak[people.base[cells[[reason == rules.weak and rules.weak_is_told for reason in why]]]] = True
    return people.shown & ~told, weak


def _shares_told(people: People, tables: Sequence[Estimates], reasons: Sequence[Sequence[str]], hidden: Mask) -> Ints:
    """Return withheld cells whose estimate a shown comparison gives away."""
    sources = [table for table in tables if not is_comparison(table)]
    place: dict[Labels, int] = {}
    for table, cells in zip(sources, people.rows, strict=True):
        place |= dict(zip(labels_of(table), cells.tolist(), strict=True))
    told: set[int] = set()
    for table, why in zip(tables, reasons, strict=True):
        if is_comparison(table):
            shown = [sides for sides, reason in zip(sides_of(table, sources), why, strict=True) if not reason]
            told |= {place[side] for sides in shown for side in sides if hidden[place[side]]}
    return np.array(sorted(told), dtype=np.int64)


def _targets(knowledge: Knowledge, hidden: Mask, rules: Disclosure) -> list[tuple[int, str, float, Target]]:
    """Return the counts that must stay open: cell, what is counted, true value, target."""
    people = knowledge.people
    primary = primary_of(people, rules)
    n = people.n[people.base]
    gone = hidden & (n > 0) & np.isfinite(people.cases)
    cases = np.flatnonzero(gone | (~people.shown & primary.small))
    bases = np.zeros(len(people.n), dtype=np.bool_)
    bases[people.base[primary.by_count]] = True
    first = {int(base): cell for cell, base in reversed(list(enumerate(people.base.tolist())))}
    whole = np.flatnonzero(primary.whole & ~primary.weak & (hidden | ~people.shown))
    found = [(cell, CASES, float(people.cases[cell]), each) for cell, each in case_targets(knowledge, cases, rules).items()]
    counted = observation_targets(knowledge, bases, rules)
    found += [(first[base], OBSERVATIONS, float(people.n[base]), each) for base, each in counted.items()]
    others = other_targets(knowledge, whole, rules)
    return found + [(cell, OTHERS, float(n[cell] - people.cases[cell]), each) for cell, each in others.items()]


def _ranges(knowledge: Knowledge, hidden: Mask, weak: Mask, rules: Disclosure, *, exact: bool) -> list[tuple[Any, ...]]:
    people, witnesses = knowledge.people, Witnesses()
    unknown, limits = knowledge.unknown(hidden), knowledge.limits(weak, rules)
    parts = _linked(knowledge, unknown)
    records = []
    for cell, what, true, target in _targets(knowledge, hidden, rules):
        number = witnesses.add(target)
        free = unknown & np.isin(parts, parts[target.places[unknown[target.places]]])
        for up in (True, False):
            if exact or witnesses.width(number) < target.needed - TOLERANCE:
                witnesses.learn(farthest(knowledge, target, free, limits, up=up), number)
        low, high = (float(np.round(true + end, 6)) for end in witnesses.ends(number))
        safe = witnesses.width(number) >= target.needed - TOLERANCE
        records.append((cell_name(people, cell), bool(people.shown[cell]), what, true, low, high, target.needed, safe))
    return records


def _linked(knowledge: Knowledge, unknown: Mask) -> Ints:
    """Return one number for all unknowns that are linked with each other, shape (unknowns,)."""
    rows = abs(sparse.vstack([knowledge.equal, knowledge.below], format="csr"))
    inside = rows @ sparse.diags_array(unknown.astype(np.float64))
    sizes = len(unknown), inside.shape[0]
    graph = sparse.block_array([[sparse.csr_array((sizes[0], sizes[0])), inside.T], [inside, None]], format="csr")
    return np.asarray(connected_components(graph, directed=False)[1][: sizes[0]], dtype=np.int64)
