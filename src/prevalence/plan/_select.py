"""``pv.plan.select``, ``select_households``, ``select_child``: who is drawn, with what probability, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, check_option, counted, listed, suggestion
from prevalence.plan import tables
from prevalence.plan._allocate import Allocation
from prevalence.plan.draws import Drawn, draw
from prevalence.rows import collect, column_names, require_columns
from prevalence.shown import Booleans, Shown
from prevalence.totals import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("systematic", "random")
AREAS, HOUSEHOLDS, PERSONS = 1, 2, 3
"""Streams of random numbers, so that one seed serves all stages."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Selection(Shown):
    """Units drawn from a list, in its order.

    Attributes
    ----------
    stratum, unit : tuples of str
    row : int array
        Positions in the list, from 0.
    probability : float array
        Inclusion probability of this stage.
    weight : float array
        Its inverse, times the weight of the stage before where one was given.
    certain : boolean array
        Units so large that they are in every sample.
    method : str
    seed : int
    """

    stratum: tuple[str, ...]
    unit: tuple[str, ...]
    row: Ints
    probability: Floats
    weight: Floats
    certain: Booleans
    method: str
    seed: int

    def __len__(self) -> int:
        return len(self.row)

    def joined(self, frame: Any) -> pd.DataFrame:
        """Return the rows of the list that were drawn, with ``probability``, ``weight`` and ``certain`` beside them."""
        rows: pd.DataFrame = collect(frame, column_names(frame)).to_pandas().iloc[self.row].reset_index(drop=True)
        return rows.assign(probability=self.probability, weight=self.weight, certain=self.certain)


def select(
    frame: Any,
    *,
    n: int | Mapping[str, int] | Allocation,
    seed: int,
    unit: str,
    stratum: str | None = None,
    size: str | None = None,
    order: str | Sequence[str] | None = None,
    method: str = "systematic",
) -> Selection:
    """Draw units, areas say, from a list.

    Parameters
    ----------
    frame : frame
        The list: one row a unit.
    n : int, mapping or Allocation
        Units to draw in each stratum, the same everywhere or one by one.
    seed : int
        The same list and seed give the same sample.
    unit : str
        Column that names the units.
    stratum : str, optional
        Column of strata.
    size : str, optional
        Column of sizes, such as households of the census: probabilities are proportional to it. Without it they are equal.
    order : str or sequence of str, optional
        Columns by which the list is sorted within strata before a systematic draw, so that the sample spreads over them (implicit
        stratification). By default the list stays as it stands.
    method : {"systematic", "random"}
        Equidistant points on the list from a random start; or a simple random sample, which takes no `size`.

    Returns
    -------
    Selection
        A unit of size as large as the interval is certain: it is in the sample with probability 1, and the others share what is
        left.

    Raises
    ------
    OptionError
        If n is more than the units of a stratum, a stratum is unknown, or `size` goes with ``method="random"``.
    DataError, ColumnError
        If names are missing or repeated, sizes negative, or a column is absent.

    Notes
    -----
    Source: Madow (1949), On the theory of systematic sampling II; Kish (1965), section 7.4.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> areas = pd.DataFrame({"ea": range(8), "region": list("NNNNSSSS"), "households": [40, 60, 80, 20, 50, 50, 70, 30]})
    >>> drawn = pv.plan.select(areas, n=2, seed=1, unit="ea", stratum="region", size="households")
    >>> len(drawn), float(drawn.weight @ areas["households"].take(drawn.row))
    (4, 400.0)
    """
    return _selected(frame, n, seed, AREAS, unit=unit, stratum=stratum, size=size, order=order, method=method)


def select_households(
    frame: Any,
    *,
    n: int | Mapping[str, int],
    seed: int,
    unit: str,
    within: str,
    areas: Selection | None = None,
    method: str = "systematic",
) -> Selection:
    """Draw households from the lists of the areas drawn, with equal probabilities.

    Parameters
    ----------
    frame : frame
        The lists: one row a household.
    n : int or mapping of area to int
        Households to draw in each area; all of them where there are no more.
    seed, unit, method
        See `select`. Household names need be unique within their area alone.
    within : str
        Column of areas.
    areas : Selection, optional
        The areas drawn: their weights multiply those of the households. Every area must be among them.

    Returns
    -------
    Selection
        With the area as `stratum`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> lists = pd.DataFrame({"ea": [1] * 5 + [2] * 3, "house": [1, 2, 3, 4, 5, 1, 2, 3]})
    >>> pv.plan.select_households(lists, n=2, seed=3, unit="house", within="ea").weight.tolist()
    [2.5, 2.5, 1.5, 1.5]
    """
    return _selected(frame, n, seed, HOUSEHOLDS, unit=unit, stratum=within, method=method, cap=True, above=areas)


def select_child(
    frame: Any, *, seed: int, unit: str, household: str, n: int = 1, households: Mapping[str, float] | None = None
) -> Selection:
    """Draw one child at random from each household (or n of them).

    Parameters
    ----------
    frame : frame
        The roster: one row a child of the age in scope.
    seed, unit
        See `select`. Children's names need be unique within their household alone.
    household : str
        Column of households, unique over areas.
    n : int
    households : mapping of household to weight, optional
        Weights of the households, which multiply those of the children.

    Returns
    -------
    Selection
        With the household as `stratum`; a child's weight is multiplied by the number of children it stands for.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> roster = pd.DataFrame({"home": ["a", "a", "a", "b"], "line": [3, 4, 5, 2]})
    >>> pv.plan.select_child(roster, seed=5, unit="line", household="home").weight.tolist()
    [3.0, 1.0]
    """
    drawn = _selected(frame, n, seed, PERSONS, unit=unit, stratum=household, method="random", cap=True)
    if households is None:
        return drawn
    absent = [home for home in dict.fromkeys(drawn.stratum) if home not in households]
    if absent:
        raise OptionError(f"households must give the weight of every household; {len(absent)} are absent: {listed(absent)}.")
    return _weighted(drawn, np.array([float(households[home]) for home in drawn.stratum]))


def _selected(
    frame: Any,
    n: int | Mapping[str, int] | Allocation,
    seed: int,
    stream: int,
    *,
    unit: str,
    stratum: str | None,
    size: str | None = None,
    order: str | Sequence[str] | None = None,
    method: str,
    cap: bool = False,
    above: Selection | None = None,
) -> Selection:
    check_option("method", method, METHODS)
    if size is not None and method == "random":
        raise OptionError(
            "method 'random' draws with equal probabilities and takes no size; use 'systematic' for probabilities proportional to size."
        )
    columns = [name for name in (unit, stratum, size) if name]
    require_columns(frame, columns)
    units = tables.texts(frame, unit)
    if not units:
        raise DataError("The list has no rows. Check the file and its filters.")
    homes = tables.texts(frame, stratum) if stratum else ("",) * len(units)
    _check_distinct(units, homes, unit)
    measure = tables.values(frame, size) if size else np.ones(len(units))
    names, code = _codes(homes)
    wanted = _numbers(n, names, np.bincount(code, weights=measure > 0).astype(np.int64), cap=cap)
    rng = np.random.default_rng([seed, stream])
    drawn = draw(rng, code, measure, wanted, order=_order(frame, code, order), random=method == "random")
    return _result(drawn, units, homes, method=f"{method}{', proportional to ' + size if size else ''}", seed=seed, above=above)


def _result(
    drawn: Drawn, units: tuple[str, ...], homes: tuple[str, ...], *, method: str, seed: int, above: Selection | None
) -> Selection:
    chosen = drawn.row.tolist()
    selection = Selection(
        stratum=tuple(homes[row] for row in chosen),
        unit=tuple(units[row] for row in chosen),
        row=drawn.row,
        probability=drawn.probability,
        weight=1 / drawn.probability,
        certain=drawn.probability >= 1,
        method=method,
        seed=seed,
    )
    if above is None:
        return selection
    weights = dict(zip(above.unit, above.weight.tolist(), strict=True))
    absent = [area for area in dict.fromkeys(selection.stratum) if area not in weights]
    if absent:
        raise OptionError(f"areas must hold every area of the lists; {counted(len(absent), 'area')} not drawn: {listed(absent)}.")
    return _weighted(selection, np.array([weights[area] for area in selection.stratum]))


def _weighted(selection: Selection, base: Floats) -> Selection:
    return Selection(
        stratum=selection.stratum,
        unit=selection.unit,
        row=selection.row,
        probability=selection.probability,
        weight=selection.weight * base,
        certain=selection.certain,
        method=selection.method,
        seed=selection.seed,
    )


def _codes(homes: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    """Return the strata, sorted, and the code of each row."""
    names, code = np.unique(np.array(homes, dtype=object).astype(str), return_inverse=True)
    return tuple(names.tolist()), code.astype(np.int64)


def _check_distinct(units: tuple[str, ...], homes: tuple[str, ...], unit: str) -> None:
    pairs = list(zip(homes, units, strict=True))
    if len(set(pairs)) < len(pairs):
        repeated = [pair[1] for pair, count in Counter(pairs).items() if count > 1]
        raise DataError(
            f"Each unit may stand in the list once; {counted(len(pairs) - len(set(pairs)), 'row')} repeat a {unit!r} of their stratum: {listed(repeated)}. Remove them."
        )


def _numbers(n: int | Mapping[str, int] | Allocation, names: tuple[str, ...], there: Ints, *, cap: bool) -> Ints:
    """Return the units to draw in each stratum, checked against how many there are."""
    given = dict(zip(n.stratum, n.n.tolist(), strict=True)) if isinstance(n, Allocation) else n
    if isinstance(given, Mapping):
        known = {str(name): int(value) for name, value in given.items()}
        for name in known:
            if name not in names:
                raise OptionError(f"n names the stratum {name!r}, which is not in the list.{suggestion(name, names)}")
        absent = [name for name in names if name not in known]
        if absent:
            raise OptionError(
                f"n must name every stratum of the list; {len(absent)} are absent: {listed(absent)}. Give 0 where none is to be drawn."
            )
        wanted = np.array([known[name] for name in names], dtype=np.int64)
    else:
        wanted = np.full(len(names), int(given), dtype=np.int64)
    if (wanted < 0).any():
        raise OptionError(f"n must be 0 or more; found {int(wanted.min())}.")
    if cap:
        return np.minimum(wanted, there)
    over = np.flatnonzero(wanted > there)
    if len(over):
        raise OptionError(
            f"n must not exceed the units of size above 0 in a stratum; it does in {counted(len(over), 'stratum', 'strata')}: "
            f"{listed(f'{names[i]}: {wanted[i]} of {there[i]}' for i in over)}. Draw fewer, or merge strata."
        )
    return wanted


def _order(frame: Any, code: Ints, order: str | Sequence[str] | None) -> Ints:
    """Return the positions sorted by stratum, then by the `order` columns, then as the list stands."""
    names = as_names(order)
    keys: list[Ints] = []
    for name in names:
        values = collect(frame, [name]).get_column(name)
        found = values.to_list() if values.dtype.is_numeric() else tables.texts(frame, name)
        keys.append(np.unique(np.array(found), return_inverse=True)[1].astype(np.int64))
    return np.lexsort((*reversed(keys), code)).astype(np.int64)
