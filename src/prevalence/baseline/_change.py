"""``pv.baseline.change``: what changed between two rounds, with the right standard error, if they may be compared."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from prevalence.baseline._baseline import Baseline, read
from prevalence.baseline.change_table import NO_COVARIANCE, Change, change_of
from prevalence.baseline.comparability import Facts, compared, facts_of_record, facts_of_what, what_of
from prevalence.baseline.rounds import Round, round_of_estimates, round_of_survey, selected
from prevalence.baseline.samples import Pair, paired
from prevalence.checks import as_names
from prevalence.errors import OptionError, PrevalenceWarning, check_option, counted, listed
from prevalence.estimates import ALL, Estimates, key_named
from prevalence.estimators._requests import By, Margins, tables_of
from prevalence.formulas.significance import ADJUSTMENTS, Adjustment
from prevalence.provenance import Provenance
from prevalence.survey import Survey
from prevalence.totals import Floats

Source = Survey | Estimates | Baseline | str | Path
OLD, NEW = "old", "new"


def change(
    old: Source,
    new: Source,
    indicator: str | Sequence[str] = "",
    *,
    by: By = None,
    margins: Margins = True,
    among: str | None = None,
    cells: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
    samples: str = "auto",
    correlation: float | None = None,
    standardise: str | Sequence[str] = (),
    standard: Mapping[Any, float] | None = None,
    adjust: Adjustment | None = None,
    force: Sequence[str] = (),
    level: float = 0.95,
) -> Change:
    r"""Return the change between two rounds: of rates and numbers, absolute and relative.

    .. math:: D = p_2 - p_1, \qquad V(D) = V_1 + V_2 - 2 C

    Parameters
    ----------
    old, new : Survey, Estimates, Baseline or path of a record
        Rounds of one population.
    indicator : str or sequence of str
        Of surveys, which must be classified.
    by, margins, among
        Crossings, where a round is a survey; see ``pv.prevalence``. By default those of the other round, if that is a record.
    cells : mapping of dimension to level or levels, optional
        Cells to compare; by default all that both rounds have.
    names : pair of str, optional
        Of the rounds; by default their base years, or ``old`` and ``new``.
    samples : {"auto", "independent", "shared", "replicates"}
        ``independent``: :math:`C = 0`, and degrees of freedom after Welch. ``shared``: rounds that visited some of the same units, which are known by
        their labels, panels among them; scores are stacked by unit. ``replicates``: the rounds share their replicates. ``auto``: independent unless a label occurs in both, which
        is an error: labels do not say whether they mean the same area.
    correlation : float, optional
        Of the two rates of each cell, where units are not known.
    standardise : str or sequence of str
        Dimensions, such as ``["sex", "age_group"]``, over which the rates are averaged with the composition of the old round.
    standard : mapping of levels to people, optional
        Another composition, as `Estimates.standardised` takes it.
    adjust : {"holm", "benjamini-hochberg"}, optional
        Adjust p-values for the number of cells.
    force : sequence of str
        Differences between the rounds that are let pass and flagged, such as ``["respondent"]``.
    level : float
        Of all limits.

    Returns
    -------
    Change

    Raises
    ------
    DefinitionError
        If the rounds differ in definition, boundary, thresholds, hazards, unknown answers, ages, universe, reference period or respondent.
    OptionError, DesignError
        If they have no cell in common, or their samples cannot be joined as asked.

    Notes
    -----
    What is compared is what both rounds say: a survey knows its definition, a record its universe and respondent too.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> first = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3], "w": 10.0, "child_labour": [1, 1, 0, 1, 0, 0]})
    >>> second = first.assign(child_labour=[1, 0, 0, 1, 0, 0])
    >>> design = pv.Design(weight="w", psu="ea")
    >>> found = pv.baseline.change(pv.Survey(first, design), pv.Survey(second, design), "child_labour", samples="shared")
    >>> found.to_pandas()[["old", "new", "change", "se", "number_change"]].round(4).values.tolist()
    [[0.5, 0.3333, -0.1667, 0.1667, -10.0]]
    """
    if adjust is not None:
        check_option("adjust", adjust, ADJUSTMENTS)
    over = as_names(standardise)
    sources = [read(each) if isinstance(each, str | Path) else each for each in (old, new)]
    found = compared(_facts(sources[0], indicator), _facts(sources[1], indicator), force)
    tables = [
        _round(each, other, indicator, by, margins, among, over) for each, other in zip(sources, reversed(sources), strict=True)
    ]
    if cells:
        tables = [selected(table, dict(cells)) for table in tables]
    first, second, left_out = _aligned(*_inner(tables, over))
    labels = _names(sources, names)
    pair = paired(first, second, labels, samples, correlation)
    notes = (*found.notes, *left_out)
    if over:
        if not pair.crossed:
            raise OptionError(f"Standardised rates need the covariances between the cells. {NO_COVARIANCE}")
        pair, said = _standardised(pair, first.rates, over, standard)
        notes = (*notes, said)
    for note in (note for note in found.notes if note.startswith("field work")):
        warnings.warn(note, PrevalenceWarning, stacklevel=2)
    return change_of(pair, labels, adjust, level, found.flags, notes)


def compare_pair(
    old: Baseline,
    new: Baseline,
    cell: Mapping[str, str],
    of: str,
    samples: str,
    correlation: float | None,
    force: Sequence[str],
) -> tuple[Floats, str]:
    """Return the covariance matrix, shape (2, 2), of a rate or a number in two records, and how the samples are related.

    Raises
    ------
    DefinitionError, OptionError
        As `change`.
    """
    compared(_facts(old, ""), _facts(new, ""), force)
    first, second, _ = _aligned(*(selected(each.round, dict(cell)) if cell else each.round for each in (old, new)))
    pair = paired(first, second, (OLD, NEW), samples, correlation)
    table = pair.rates if of == "rate" else pair.numbers
    if table is None:
        raise OptionError("The records hold no numbers of people: their weights are normalised. Take the rates.")
    return table.covariance(), pair.said


def _facts(source: Survey | Estimates | Baseline, indicator: str | Sequence[str]) -> Facts:
    if isinstance(source, Baseline):
        return facts_of_record(source.record.what, source.record.whom, source.record.when)
    provenance: Provenance = source.provenance
    codes = list(dict.fromkeys(source.columns()["indicator"])) if isinstance(source, Estimates) else indicator
    names = [codes] if isinstance(codes, str) else list(codes)
    known: dict[str, str] = {}
    for name in names:
        definition = provenance.definitions.get(name)
        if definition is not None:
            what, ages = what_of(name, definition)
            one = {**facts_of_what(what), **({"age_range": ages} if ages else {})}
            known = one if len(names) == 1 else {key: f"{known.get(key, '')}{name}: {value}; " for key, value in one.items()}
    return Facts({key: value for key, value in known.items() if value})


def _round(
    source: Survey | Estimates | Baseline,
    other: Survey | Estimates | Baseline,
    indicator: str | Sequence[str],
    by: By,
    margins: Margins,
    among: str | None,
    over: Sequence[str],
) -> Round:
    if isinstance(source, Baseline):
        return source.round
    if isinstance(source, Estimates):
        return round_of_estimates(source)
    asked = indicator
    if isinstance(other, Baseline):
        asked = indicator or other.record.what.indicator_code
        by = other.record.tables if by is None else by
    if not asked:
        raise OptionError("change of surveys needs the indicator, such as 'child_labour'.")
    if over:
        # Averaged dimensions are crossed with the others and have no margin.
        by = [list(dict.fromkeys([*table, *over])) for table in tables_of(by)]
        inner = {name for table in by for name in table} - set(over)
        margins = sorted(inner) if margins is True else margins
    return round_of_survey(source, asked, by=by, among=among, margins=margins)


def _inner(tables: Sequence[Round], over: Sequence[str]) -> Sequence[Round]:
    """Return rounds without the margins of dimensions that are averaged over."""
    if not over:
        return tables
    found = []
    for table in tables:
        absent = [name for name in over if name not in table.rates.dimensions]
        if absent:
            raise OptionError(
                f"standardise needs cells by {listed(over, limit=8)}; the rounds lack {listed(absent)}. Add them to by."
            )
        levels = {key.name: [label for label in key.labels if label != ALL] for key in table.rates.keys if key.name in over}
        found.append(selected(table, dict(levels)))
    return found


def _aligned(old: Round, new: Round) -> tuple[Round, Round, tuple[str, ...]]:
    """Return both rounds with the cells that both have, in the order of the old one, and what was left out."""
    shared = [name for name in old.rates.dimensions if name in new.rates.dimensions]
    if sorted(old.rates.dimensions) != sorted(new.rates.dimensions):
        raise OptionError(
            f"Rounds must be by the same dimensions; the old one is by {listed(old.rates.dimensions, limit=8) or 'nothing'}, the new one by "
            f"{listed(new.rates.dimensions, limit=8) or 'nothing'}. Create both with the same `by`."
        )
    places = [_places(table.rates, ("indicator", *shared)) for table in (old, new)]
    common = [cell for cell in places[0] if cell in places[1]]
    if not common:
        examples = [next(iter(each)) for each in places]
        raise OptionError(
            f"The rounds have no cell in common: the old one has {listed([examples[0]])}, the new one {listed([examples[1]])}. "
            "Bring levels and indicator to the same names."
        )
    alone = [[cell for cell in each if cell not in other] for each, other in (places, reversed(places))]
    notes = tuple(
        f"{counted(len(cells), 'cell')} of the {which} round alone, left out: {listed([' / '.join(cell[1:]) for cell in cells])}"
        for which, cells in zip((OLD, NEW), alone, strict=True)
        if cells
    )
    return old.take([places[0][cell] for cell in common]), new.take([places[1][cell] for cell in common]), notes


def _places(table: Estimates, names: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return the row of each cell by its labels."""
    texts = [key.texts() for name in names for key in table.keys if key.name == name]
    return {cell: row for row, cell in enumerate(zip(*texts, strict=True))}


def _names(sources: Sequence[Survey | Estimates | Baseline], names: Sequence[str] | None) -> tuple[str, str]:
    if names is not None:
        if len(names) != 2 or names[0] == names[1]:
            raise OptionError(f"names must hold two different names, of the old and the new round; found {list(names)!r}.")
        return names[0], names[1]
    years = [f"{each.year:g}" if isinstance(each, Baseline) else "" for each in sources]
    if all(years):
        if float(years[0]) > float(years[1]):
            raise OptionError(f"The old round must not be after the new one; found {years[0]} and {years[1]}. Swap them.")
        if years[0] != years[1]:
            return years[0], years[1]
    return OLD, NEW


def _standardised(pair: Pair, old: Estimates, over: Sequence[str], standard: Mapping[Any, float] | None) -> tuple[Pair, str]:
    """Return the pair with standardised rates, and by what."""
    people = dict(standard) if standard is not None else _composition(old, over)
    rates = pair.rates.standardised(over, people)
    said = "the given standard population" if standard is not None else "the composition of the old round, taken as known"
    return replace(pair, rates=rates, numbers=None, people=None), f"rates standardised by {', '.join(over)} to {said}"


def _composition(old: Estimates, over: Sequence[str]) -> dict[tuple[str, ...], float]:
    """Return the people of each combination of levels in the old round, everyone in scope where there are margins."""
    whole = np.ones(len(old), dtype=bool)
    for key in old.keys:
        if key.name not in over and ALL in key.labels:
            whole &= np.array(key.texts()) == ALL
    texts = [key_named(old.keys, name).texts() for name in over]
    found: dict[tuple[str, ...], float] = {}
    for cell, count, used in zip(zip(*texts, strict=True), old.numbers.population.tolist(), whole.tolist(), strict=True):
        if used:
            found[cell] = found.get(cell, 0.0) + count
    empty = [cell for cell, count in found.items() if not count > 0]
    if empty:
        raise OptionError(
            f"Nobody lives in a level of the standard, {listed(empty)}. Give standard=, or average over fewer dimensions."
        )
    return found
