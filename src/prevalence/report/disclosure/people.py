"""Tables of the same people as cells: an indicator and a group of people each, also those that no table shows but sums imply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.estimates import ALL, Estimates, Key, key_named
from prevalence.report.disclosure.implied import REST, Cells, Labels, implied
from prevalence.report.disclosure.rules import Disclosure
from prevalence.totals import Columns, Floats, Ints

Mask = npt.NDArray[np.bool_]
Indicator = tuple[str, str]
"""Name of an indicator, and the definition that made it."""

OWN = "own"
TOTAL, MEAN, DISTRIBUTION = "total", "mean", "distribution"
SHARES = ("prevalence", DISTRIBUTION, MEAN)
"""Statistics from which the weighted cases of a cell can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The cells behind tables of the same people, and how their counts add up.

    Attributes
    ----------
    indicators : tuple of str
    indicator : int array, shape (cells,)
    domains : tuple of Labels
        Levels other than "All" of each cell.
    shown : bool array, shape (cells,)
        Whether a table has the cell; the others are implied by sums.
    base : int array, shape (cells,)
        Cells with one base have the same observations: the same people asked, for several indicators.
    n, people : float arrays, shape (bases,)
        Unweighted and weighted observations, these on the scale of the weights: normalised ones are published too, as weighted counts.
    cases, weighted : float arrays, shape (cells,)
        Unweighted and weighted cases; NaN where the statistic has none.
    sums : sparse array, shape (sums of cells, cells)
        1 for the parts, -1 for the whole.
    base_sums : sparse array, shape (sums of bases, bases)
    levels : sparse array, shape (divisions, cells)
        1 for the levels of a distribution, which together are all who were asked.
    asked : sparse array, shape (divisions, bases)
        1 for those who were asked.
    everyone : bool array, shape (cells,)
        Whether a cell is the total of a table.
    rows : tuple of int arrays, shape (rows,)
        The cell of each row of each table.
    """

    indicators: tuple[str, ...]
    indicator: Ints
    domains: tuple[Labels, ...]
    shown: Mask
    base: Ints
    n: Floats
    people: Floats
    cases: Floats
    weighted: Floats
    sums: Columns
    base_sums: Columns
    levels: Columns
    asked: Columns
    everyone: Mask
    rows: tuple[Ints, ...]

    def bases_hidden(self, hidden: Mask) -> Mask:
        """Return the bases of which no table shows a cell, shape (bases,)."""
        told = np.zeros(len(self.n), dtype=np.bool_)
        told[self.base[self.shown & ~hidden]] = True
        return ~told

    def cells_of(self, bases: Mask) -> Mask:
        """Return the cells of tables that have one of the given bases, shape (cells,)."""
        return np.asarray(bases[self.base] & self.shown)


def people_of(tables: Sequence[Estimates], rules: Disclosure, overlapping: frozenset[str]) -> People:
    """Return the cells behind tables; dimensions that overlap do not add up."""
    cells, indicators, rows, everyone, levels_of = Cells(), dict[Indicator, int](), [], set[int](), dict[tuple[int, ...], None]()
    tables = [by_indicator(table) for table in tables]
    constants = _constants(tables)
    for table in tables:
        labels = labels_of(table)
        which = [indicators.setdefault(_rule(table, dict(label)), len(indicators)) for label in labels]
        places = [cells.place(*each) for each in zip(which, _domains(table, labels, overlapping), strict=True)]
        cells.learn(places, _counts(table, constants))
        everyone |= _of_everyone(cells, places)
        levels_of |= _levels_of(table, indicators)
        for indicator in dict.fromkeys(which):
            cells.divide(indicator, _partitions(table, overlapping))
        rows.append(np.array(places, dtype=np.int64))
    tabled = len(cells)
    sums = implied(cells, overlapping)
    distributed = _distributed(cells, indicators, list(levels_of))
    sums += _nested(cells, indicators, rules.nested)
    values = cells.values()
    ties = _ties(cells, indicators, _levels(tables, overlapping), values[:, 1])
    base = _bases(cells, values)
    told = np.full((int(base.max(initial=-1)) + 1, 4), np.nan)
    np.fmax.at(told, base, values)
    return People(
        indicators=tuple(name for name, _ in indicators),
        indicator=np.array([indicator for indicator, _ in cells.keys], dtype=np.int64),
        domains=tuple(domain for _, domain in cells.keys),
        shown=np.arange(len(cells)) < tabled,
        base=base,
        n=told[:, 0],
        people=told[:, 2],
        cases=values[:, 1],
        weighted=values[:, 3],
        sums=_matrix([*sums, *ties], len(cells)),
        base_sums=_matrix(_of_bases(sums, base), len(told)),
        levels=_ones(distributed, len(cells)),
        asked=_ones([(int(base[parts[0]]),) for parts in distributed], len(told)),
        everyone=np.isin(np.arange(len(cells)), sorted(everyone)),
        rows=tuple(rows),
    )


def labels_of(estimates: Estimates) -> list[Labels]:
    """Return the labels of each row, the statistic aside."""
    keys = [key for key in estimates.keys if key.name != "statistic"]
    names = [key.name for key in keys]
    return [frozenset(zip(names, texts, strict=True)) for texts in zip(*(key.texts() for key in keys), strict=True)]


def statistics_of(estimates: Estimates) -> list[str]:
    """Return the statistic of each row."""
    return next((key.texts() for key in estimates.keys if key.name == "statistic"), [""] * len(estimates))


def by_indicator(table: Estimates) -> Estimates:
    """Return a table in which each level of a distribution is an indicator: its category does not divide the people asked."""
    names = {text for key in table.keys if key.name == "indicator" for text in key.texts()}
    category = next((key for key in table.keys if key.name in names), None)
    if set(statistics_of(table)) != {DISTRIBUTION} or category is None:
        return table
    labels = tuple(f"{category.name}: {label}" for label in category.labels)
    kept = (key for key in table.keys if key.name != "indicator" and key is not category)
    return replace(table, keys=(Key("indicator", category.codes, labels, labels), *kept))


def _rule(table: Estimates, label: dict[str, str]) -> Indicator:
    """Return the indicator of a row with the rule that made it: two definitions of child labour are two indicators."""
    name = label.get("indicator", "")
    definitions = table.provenance.definitions
    definition = definitions.get(name) or definitions.get(name.partition(": ")[0])
    return name, f"{definition.name} {definition.version} {sorted(definition.options.items())}" if definition else ""


def _of_everyone(cells: Cells, places: Sequence[int]) -> set[int]:
    """Return the cells of a table of which all its other cells are parts: its totals."""
    keys = list(cells.keys)
    domains = {place: keys[place][1] for place in places}
    common = frozenset.intersection(*domains.values()) if domains else frozenset()
    several = len(set(domains.values())) > 1 or not common
    return {place for place, domain in domains.items() if several and domain == common}


def _levels_of(table: Estimates, indicators: dict[Indicator, int]) -> dict[tuple[int, ...], None]:
    """Return the indicators that are the levels of a distribution; -1 last if the table leaves out levels."""
    if set(statistics_of(table)) != {DISTRIBUTION}:
        return {}
    key = key_named(table.keys, "indicator")
    found = [indicators.get(_rule(table, {"indicator": label}), -1) for label in key.labels]
    return {tuple(sorted(set(found), reverse=True)): None}


def _distributed(cells: Cells, indicators: dict[Indicator, int], divisions: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the cells that together are all who were asked, of each distribution; levels that are not there are one implied cell."""
    found: list[tuple[int, ...]] = []
    names = [name.partition(": ")[0] for name, _ in indicators]
    for levels in divisions:
        shown = [level for level in levels if level >= 0]
        for domain in sorted(set().union(*(cells.domains(level) for level in shown)), key=sorted):
            places = [place for level in shown if (place := cells.find(level, domain)) is not None]
            if len(places) < len(levels):
                rest = cells.count(places[0])
                rest[[1, 3]] = np.maximum(rest[[0, 2]] - np.sum([cells.count(place)[[1, 3]] for place in places], axis=0), 0)
                other = indicators.setdefault((f"{names[shown[0]]}: {REST}", ""), len(indicators))
                places.append(cells.place(other, domain, rest))
            found.append(tuple(places))
    return found


def _domains(table: Estimates, labels: Sequence[Labels], overlapping: frozenset[str]) -> list[Labels]:
    """Return the people of each row; a chain is another group of people for each exposure."""
    exposures = table.context.get("exposure", ("",) * len(table))
    return [
        frozenset(
            (name, f"{level} ({exposure})" if name in overlapping else level)
            for name, level in label
            if name != "indicator" and level != ALL
        )
        for label, exposure in zip(labels, exposures, strict=True)
    ]


def _counts(table: Estimates, constants: set[str]) -> Floats:
    """Return observations, cases, weighted observations and weighted cases of each row, shape (rows, 4)."""
    numbers, statistics = table.numbers, np.array(statistics_of(table), dtype=np.str_)
    known = np.array([dict(label).get("indicator", "") not in constants for label in labels_of(table)], dtype=np.bool_)
    cases = np.where(known, numbers.cases, np.nan)
    shares = np.where(np.isin(statistics, SHARES), numbers.estimate * numbers.weighted, np.nan)
    # A total of normalised weights is a number of people: per person it counts for as much as its people weigh.
    scale = np.divide(numbers.weighted, numbers.population, out=np.ones(len(cases)), where=numbers.population > 0)
    weighted = np.where(statistics == TOTAL, numbers.estimate * scale, shares)
    weighted = np.where(~np.isfinite(cases), np.nan, np.where(numbers.n == 0, 0.0, weighted))
    return np.column_stack([numbers.n, cases, numbers.weighted, weighted])


def _constants(tables: Sequence[Estimates]) -> set[str]:
    """Return the indicators of which totals and means count everybody, such as the number of children: nobody is a case of them."""
    found: dict[str, bool] = {}
    for table in tables:
        numbers = table.numbers
        everybody = ((numbers.cases == numbers.n) & np.isin(statistics_of(table), (TOTAL, MEAN))).tolist()
        for label, all_are in zip(labels_of(table), everybody, strict=True):
            name = dict(label).get("indicator", "")
            found[name] = found.get(name, True) and all_are
    return {name for name, all_are in found.items() if all_are}


def _partitions(table: Estimates, overlapping: frozenset[str]) -> list[Labels]:
    """Return the levels of each dimension that together are everyone."""
    return [
        frozenset((key.name, label) for label in key.labels if label != ALL)
        for key in table.keys
        if key.name in table.dimensions and key.name not in overlapping
    ]


def _levels(tables: Sequence[Estimates], overlapping: frozenset[str]) -> dict[tuple[str, str], str]:
    """Return the level behind the label of each chain of own work."""
    keys = [key for table in tables for key in table.keys if key.name in overlapping]
    return {(key.name, f"{text} ({OWN})"): str(level) for key in keys for level, text in zip(key.levels, key.labels, strict=True)}


def _nested(cells: Cells, indicators: dict[Indicator, int], nested: Iterable[tuple[str, str]]) -> list[tuple[int, ...]]:
    """Add the cells between an indicator and one that is part of it; return parts and whole of each."""
    found: list[tuple[int, ...]] = []
    named = [(name, place) for (name, _), place in indicators.items()]
    for inner, outer in nested:
        for small, big in ((a, b) for a_name, a in named for b_name, b in named if (a_name, b_name) == (inner, outer)):
            between = cells.new_indicator()
            for domain in sorted(cells.domains(small) & cells.domains(big), key=sorted):
                part, whole = cells.place(small, domain), cells.place(big, domain)
                counts = cells.count(whole) - cells.count(part)
                counts[[0, 2]] = cells.count(whole)[[0, 2]]
                found.append((part, cells.place(between, domain, counts), whole))
    return found


def _ties(
    cells: Cells, indicators: dict[Indicator, int], levels: dict[tuple[str, str], str], cases: Floats
) -> list[tuple[int, ...]]:
    """Return pairs of cells with the same cases.

    They are child labour in cocoa of everyone, and child labour of those in cocoa; a share, and a ratio that has the same cases above the line.
    """
    found: list[tuple[int, ...]] = []
    names = {name: place for (name, _), place in indicators.items()}
    told = {place: name for (name, _), place in indicators.items()}
    for place, (indicator, domain) in enumerate(list(cells.keys)):
        above, line, _ = told.get(indicator, "").partition(" / ")
        same = cells.find(names[above], domain) if line and above in names else None
        if same is not None and cases[same] == cases[place]:
            found.append((place, same))
        for chain in sorted(domain & levels.keys()):
            within = names.get(f"{told.get(indicator, '')}_in_{levels[chain]}")
            other = None if within is None else cells.find(within, domain - {chain})
            if other is not None and cases[other] == cases[place]:
                found.append((place, other))
    return found


def _bases(cells: Cells, values: Floats) -> Ints:
    """Return the base of each cell: indicators with the same observations in all domains that they share have one."""
    counted: list[dict[Labels, tuple[float, float]]] = [{} for _ in range(cells.new_indicator())]
    for (indicator, domain), (n, _, people, _) in zip(cells.keys, values.tolist(), strict=True):
        counted[indicator][domain] = (n, round(people, 6))
    groups: list[dict[Labels, tuple[float, float]]] = []
    group_of = []
    for mine in counted:
        same = (
            g
            for g, theirs in enumerate(groups)
            if (both := mine.keys() & theirs) and all(_alike(mine[d], theirs[d]) for d in both)
        )
        group = next(same, len(groups))
        if group == len(groups):
            groups.append({})
        groups[group] |= mine
        group_of.append(group)
    bases: dict[tuple[int, Labels], int] = {}
    return np.array([bases.setdefault((group_of[i], domain), len(bases)) for i, domain in cells.keys], dtype=np.int64)


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] == other[0] and (one[1] == other[1] or np.isnan(one[1]) or np.isnan(other[1]))


def _of_bases(sums: Iterable[tuple[int, ...]], base: Ints) -> list[tuple[int, ...]]:
    """Return the sums of observations; those of nested indicators are of the same people and say nothing."""
    found = {tuple(base[list(members)].tolist()) for members in sums}
    return sorted(members for members in found if len(set(members)) == len(members))


def _ones(members: Sequence[tuple[int, ...]], width: int) -> Columns:
    """Return a matrix with 1 for the members of each row."""
    rows = np.repeat(np.arange(len(members)), [len(places) for places in members])
    places = np.array([place for each in members for place in each], dtype=np.int64)
    return sparse.csc_array((np.ones(len(places)), (rows, places)), shape=(len(members), width))


def _matrix(sums: Sequence[tuple[int, ...]], width: int) -> Columns:
    """Return the sums as a matrix: 1 for the parts, -1 for the whole, which stands last."""
    places = np.array([member for members in sums for member in members], dtype=np.int64)
    rows = np.repeat(np.arange(len(sums)), [len(members) for members in sums])
    signs = np.array([sign for members in sums for sign in [1.0] * (len(members) - 1) + [-1.0]])
    return sparse.csc_array((signs, (rows, places)), shape=(len(sums), width))
