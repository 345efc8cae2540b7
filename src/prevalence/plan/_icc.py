"""``pv.plan.icc``: how alike people of one area are, from an earlier round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.checks import as_names
from prevalence.errors import DesignError, OptionError, counted
from prevalence.estimators import prevalence
from prevalence.plan._design_effect import weighting_effect
from prevalence.plan.nested import Components, Levels, components, nested_codes
from prevalence.rows import indicator as indicator_values
from prevalence.rows import levels_of, numbers
from prevalence.shown import Booleans, Shown
from prevalence.survey import Survey
from prevalence.totals import Floats, Ints

ALL = "All"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VarianceComponents(Shown):
    """What an earlier round says about the next one, one row a domain.

    Attributes
    ----------
    domain : tuple of str
    n, n_psu : int arrays
        People with a known answer, and sampling units with one.
    rate : float array
    icc, icc_se : float arrays
        Intra-class correlation within strata, and its jackknife standard error. A negative one is noise about zero.
    household_icc : float array
        What people of a household share beyond the unit; NaN where no household was named.
    between_strata : float array
        Share of p(1 - p) that lies between strata, which stratification takes out of the error.
    per_psu : float array
        People a unit, the mean over people (sum of squares over sum).
    weighting : float array
        1 + CV squared of the weights.
    deff : float array
        Design effect of the earlier round.
    deff_model : float array
        The same from the components: near `deff` where the model serves.
    roh : float array
        (deff / weighting - 1) / (per_psu - 1), Kish's rate of homogeneity: the design effect turned into a correlation.
    """

    domain: tuple[str, ...]
    n: Ints
    n_psu: Ints
    rate: Floats
    icc: Floats
    icc_se: Floats
    household_icc: Floats
    between_strata: Floats
    per_psu: Floats
    weighting: Floats
    deff: Floats
    deff_model: Floats
    roh: Floats


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with a known answer and a weight above zero."""

    stratum: Ints
    psu: Ints
    household: Ints | None
    domain: Ints
    w: Floats
    y: Floats

    def chosen(self, kept: Booleans) -> _Rows:
        household = None if self.household is None else self.household[kept]
        return _Rows(self.stratum[kept], self.psu[kept], household, self.domain[kept], self.w[kept], self.y[kept])

    def levels(self) -> Levels:
        return nested_codes(self.stratum, self.psu, *(() if self.household is None else (self.household,)))


def icc(
    survey: Survey, indicator: str, *, household: str | Sequence[str] | None = None, by: str | None = None
) -> VarianceComponents:
    """Return variance components of an indicator in an earlier round.

    Parameters
    ----------
    survey : Survey
        With the sampling units of the earlier round.
    indicator : str
        A 0/1 column.
    household : str or sequence of str, optional
        Columns that name a household, crossed; needs households with several people.
    by : str, optional
        A column of domains; "All" comes last.

    Returns
    -------
    VarianceComponents

    Raises
    ------
    DesignError
        If the design names no sampling units, no stratum has two of them, or no household has two people.
    ColumnError, OptionError
        If a column is absent, or the indicator is not 0/1.

    Notes
    -----
    Weighted sums of squares, unbiased under the nested model for any weights; see `prevalence.plan.nested`. The standard error
    leaves one unit out at a time. Forty units give the ICC to about a third of itself: prefer the ICC of a large survey, and look
    at its interval.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> cases = [1, 0, 2, 1, 0, 1, 0, 3]
    >>> rows = pd.DataFrame({"ea": [ea for ea in range(8) for _ in range(5)], "w": 1.0,
    ...                      "child_labour": [int(child < n) for n in cases for child in range(5)]})
    >>> found = pv.plan.icc(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "child_labour")
    >>> found.icc.round(4).tolist()
    [0.0948]
    """
    if not survey.design.units:
        raise DesignError(
            "icc needs sampling units: name them with psu= in the design. Without them each row is a unit of its own."
        )
    homes = as_names(household)
    rows, labels = _read(survey, indicator, homes, by)
    kept = [np.flatnonzero(rows.domain == code) for code in range(len(labels))] if by else []
    parts = [rows.chosen(np.isin(np.arange(len(rows.y)), part)) for part in kept] + [rows]
    names = (*labels, ALL) if by else (ALL,)
    found = [_components(part, name, indicator) for part, name in zip(parts, names, strict=True)]
    table = prevalence(survey, indicator, by=by, margins=bool(by))
    codes = table.columns()
    order = list(codes[by]) if by else [ALL]
    rate, deff = ([float(codes[column][order.index(name)]) for name in names] for column in ("estimate", "deff"))
    return _table(names, parts, found, np.array(rate), np.array(deff))


def _read(survey: Survey, indicator: str, homes: tuple[str, ...], by: str | None) -> tuple[_Rows, tuple[str, ...]]:
    design = survey.design
    frame = survey.collect((*design.columns, indicator, *homes, *((by,) if by else ())))
    y, w = indicator_values(frame, indicator), numbers(frame, design.weight)

    def crossed(names: Sequence[str]) -> Ints:
        codes = np.zeros(len(y), dtype=np.int64)
        for name in names:
            found, levels = levels_of(frame, name)
            codes = codes * (len(levels) + 1) + found + 1
        return np.unique(codes, return_inverse=True)[1].astype(np.int64)

    domain = np.zeros(len(y), dtype=np.int64)
    labels: tuple[str, ...] = ()
    if by:
        domain, levels = levels_of(frame, by, survey.codebook.levels(by))
        shown = survey.codebook.levels(by)
        labels = tuple(str(shown.get(level, level)) for level in levels)
    rows = _Rows(crossed(design.strata), crossed(design.units), crossed(homes) if homes else None, domain, w, np.nan_to_num(y))
    return rows.chosen(np.isfinite(y) & (w > 0)), labels


def _components(rows: _Rows, name: str, indicator: str) -> Components:
    if not len(rows.y):
        raise OptionError(f"Nobody in {name!r} has a known {indicator!r}. Leave this level out, or give another column.")
    levels = rows.levels()
    strata, units = (int(codes.max()) + 1 for codes in levels.codes[:2])
    if units == strata:
        raise DesignError(
            f"In {name!r} no stratum has two sampling units with a known {indicator!r} ({counted(units, 'unit')} in all): "
            "what units have in common cannot be told from strata. Take a larger domain."
        )
    if rows.household is not None and int(levels.codes[2].max()) + 1 == len(rows.y):
        raise DesignError(
            f"No household in {name!r} has two people with a known {indicator!r}: leave household= out. "
            "One child a household says nothing about children of the same household."
        )
    return components(levels, rows.w, rows.y)


def _table(names: tuple[str, ...], parts: list[_Rows], found: list[Components], rate: Floats, deff: Floats) -> VarianceComponents:
    within = np.array([each.variance.sum() for each in found])
    weighting = np.array([weighting_effect(part.w.tolist()) for part in parts])
    per_psu = np.array([_mean_size(part.levels().codes[1]) for part in parts])
    total = rate * (1 - rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        model = np.array([_modelled(part, each.variance) for part, each in zip(parts, found, strict=True)]) / total
        roh = (deff / weighting - 1) / (per_psu - 1)
        between = 1 - within / total
    household = [each.variance[1] / each.variance.sum() if len(each.variance) == 3 else np.nan for each in found]
    return VarianceComponents(
        domain=names,
        n=np.array([len(part.y) for part in parts], dtype=np.int64),
        n_psu=np.array([int(part.levels().codes[1].max()) + 1 for part in parts], dtype=np.int64),
        rate=rate,
        icc=np.array([each.icc for each in found]),
        icc_se=np.array([each.icc_se for each in found]),
        household_icc=np.array(household),
        between_strata=between,
        per_psu=per_psu,
        weighting=weighting,
        deff=deff,
        deff_model=model,
        roh=roh,
    )


def _mean_size(codes: Ints) -> float:
    sizes = np.bincount(codes).astype(np.float64)
    return float((sizes**2).sum() / sizes.sum())


def _modelled(rows: _Rows, variance: Floats) -> float:
    """Return n times the variance of the mean under the model: each component times its sum of squared weights of groups."""
    spread = [float((np.bincount(codes, weights=rows.w) ** 2).sum()) for codes in rows.levels().codes[1:]]
    return float(len(rows.y) * (variance @ np.array(spread)) / rows.w.sum() ** 2)
