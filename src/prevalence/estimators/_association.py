"""Association of two categories: tests that the distribution over one is the same in every level of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import sparse

from prevalence.aggregate import Dimension, Outcome, Table, aggregate
from prevalence.errors import OptionError, check_option
from prevalence.estimates import Key
from prevalence.estimators._distribution import summing
from prevalence.estimators._formula import Formula
from prevalence.estimators._requests import By, Margins, dimensions_with_margin, refuse_names_of_results, tables_of
from prevalence.estimators._tables import Shown, dimension_keys, formula_of, repeated
from prevalence.formulas.association import RaoScott, Under, WaldIndependence, rao_scott, wald_independence
from prevalence.formulas.quadratic_form import saddlepoint_tail, upper_tail
from prevalence.formulas.rules import EstimatingRule
from prevalence.formulas.significance import ADJUSTMENTS, Adjusted, Adjustment, adjusted
from prevalence.survey import Survey
from prevalence.totals import Columns, Floats, crossing

if TYPE_CHECKING:
    import pandas as pd

UNDER: tuple[Under, ...] = ("observed", "independence")

COUNTED = ("n", "df", "empty", "flag")
COLUMNS = frozenset(
    (
        "categories",
        "f",
        "f_df",
        "f_below",
        "p_value",
        "chi2",
        "contrasts",
        "chi2_p",
        "wald_f",
        "wald_p",
        "pearson",
        "p_adjusted",
        *COUNTED,
    )
)
"""Names of the columns of `Association.to_pandas` that no dimension may have."""

Statistic = Literal["second-order", "first-order", "exact", "saddlepoint", "wald", "unadjusted-wald"]
STATISTICS: tuple[Statistic, ...] = ("second-order", "first-order", "exact", "saddlepoint", "wald", "unadjusted-wald")


@dataclass(frozen=True, slots=True)
class IndependenceTest:
    """One test of independence in each domain; arrays have shape (domains,), NaN where there is no test.

    Attributes
    ----------
    statistic : str
        Which test.
    value : float array
        F of `second-order` and of both Wald tests, chi-square of `first-order`, Pearson's statistic of `exact` and `saddlepoint`.
    above, below : float arrays
        Degrees of freedom of numerator and denominator: of F, or of the chi-squares that `exact` and `saddlepoint` weigh and divide by; infinite `below` for a chi-square.
    p_value : float array
    """

    statistic: Statistic
    value: Floats
    above: Floats
    below: Floats
    p_value: Floats


@dataclass(frozen=True, slots=True)
class Association:
    """Tests that two categories are independent, one in each domain; arrays have shape (domains,).

    Attributes
    ----------
    categories : tuple of str
        The two.
    keys : tuple of Key
        Label columns of the domains.
    n, df : float arrays
        Rows with both answers, and degrees of freedom of the design.
    rao_scott : RaoScott
        Pearson's test, corrected to the first and second order.
    wald, unadjusted_wald : WaldIndependence
        Wald test with and without the factor for few units.
    adjusted : Adjusted, optional
        P-values of the second order, adjusted for the number of domains.
    """

    categories: tuple[str, str]
    keys: tuple[Key, ...]
    n: Floats
    df: Floats
    rao_scott: RaoScott
    wald: WaldIndependence
    unadjusted_wald: WaldIndependence
    adjusted: Adjusted | None = None

    @property
    def p_value(self) -> Floats:
        """P-values of the second-order test."""
        return self.rao_scott.f_p

    def test(self, statistic: Statistic = "second-order") -> IndependenceTest:
        """Return another test of the same tables, one of the six of R's ``svychisq``.

        Parameters
        ----------
        statistic : {"second-order", "first-order", "exact", "saddlepoint", "wald", "unadjusted-wald"}
            In R: ``"F"``, ``"Chisq"``, ``"lincom"``, ``"saddlepoint"``, ``"adjWald"`` and ``"Wald"``. `unadjusted-wald` rejects far too often where there are many cells and few
            units: it is here to repeat what other programs printed.

        Returns
        -------
        IndependenceTest

        Raises
        ------
        OptionError
            If there is no such statistic.

        Examples
        --------
        >>> import pandas as pd, prevalence as pv
        >>> rows = pd.DataFrame({"ea": [i // 8 for i in range(80)], "w": 1.0, "sex": ["Female", "Male"] * 40})
        >>> rows["age"] = [("5-11", "12-14", "15-17")[i % 7 % 3] for i in range(80)]
        >>> table = pv.association(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "sex", "age")
        >>> {name: table.test(name).p_value.round(3).item() for name in ("second-order", "exact", "saddlepoint", "wald", "unadjusted-wald")}
        {'second-order': 0.901, 'exact': 0.931, 'saddlepoint': 0.93, 'wald': 0.964, 'unadjusted-wald': 0.959}
        """
        check_option("statistic", statistic, STATISTICS)
        found = self.rao_scott
        if statistic in ("wald", "unadjusted-wald"):
            wald = self.wald if statistic == "wald" else self.unadjusted_wald
            return IndependenceTest(statistic, wald.f, wald.rank, wald.below, wald.p_value)
        contrasts = found.contrasts.astype(np.float64)
        if statistic == "first-order":
            return IndependenceTest(statistic, found.chi2, contrasts, np.full(len(self.n), np.inf), found.chi2_p)
        if statistic == "second-order":
            return IndependenceTest(statistic, found.f, found.f_df, found.f_below, found.f_p)
        tail = upper_tail if statistic == "exact" else saddlepoint_tail
        # A table without a second-order test has none of these.
        below = np.where(np.isnan(found.f_p), np.nan, found.f_below)
        parts = zip(found.pearson.tolist(), found.effects, below.tolist(), strict=True)
        p_value = np.array([tail(pearson, effects, df) for pearson, effects, df in parts], dtype=np.float64)
        return IndependenceTest(statistic, found.pearson, contrasts, below, p_value)

    @property
    def flags(self) -> tuple[str, ...]:
        """What cannot be had and why, and what is thin, one text a domain."""
        found = self.rao_scott
        tested = (found.contrasts > 0) & (self.df > 0) & ~np.isnan(found.f_p)
        said = {
            "no observations": self.n == 0,
            "not testable: fewer than two levels of a category have anybody": (self.n > 0) & (found.contrasts == 0),
            "not testable: no degrees of freedom": (found.contrasts > 0) & ~(self.df > 0),
            "not testable: no variation between sampling units, or too many empty cells": (found.contrasts > 0)
            & (self.df > 0)
            & np.isnan(found.f_p),
            "Wald test not testable: more contrasts than degrees of freedom": tested & (self.wald.rank > self.df),
            "Wald test not testable: a cell without a standard error": tested
            & (self.wald.rank <= self.df)
            & np.isnan(self.wald.f),
            "cells without anybody": (found.contrasts > 0) & (found.empty > 0),
        }
        return tuple("; ".join(words for words, mask in said.items() if mask[row]) for row in range(len(self.n)))

    def to_pandas(self) -> pd.DataFrame:
        """Return a tidy data frame, one row a domain.

        Returns
        -------
        DataFrame
            Columns ``categories, <dimensions>, f, f_df, f_below, p_value`` (second order), ``chi2, contrasts, chi2_p`` (first order), ``wald_f, wald_p, pearson,
            n, df, empty``, ``p_adjusted`` where asked for, and ``flag``.
        """
        import pandas as pd

        found = self.rao_scott
        columns: dict[str, Any] = {"categories": [" x ".join(self.categories)] * len(self.n)}
        columns |= {key.name: key.texts() for key in self.keys}
        columns |= {"f": found.f, "f_df": found.f_df, "f_below": found.f_below, "p_value": found.f_p}
        columns |= {"chi2": found.chi2, "contrasts": found.contrasts, "chi2_p": found.chi2_p}
        columns |= {"wald_f": self.wald.f, "wald_p": self.wald.p_value, "pearson": found.pearson, "n": self.n, "df": self.df}
        columns |= {"empty": found.empty} | ({} if self.adjusted is None else {"p_adjusted": self.adjusted.p_value})
        return pd.DataFrame({**columns, "flag": list(self.flags)})


def association(
    survey: Survey,
    first: str,
    second: str,
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    under: Under = "observed",
    adjust: Adjustment | None = None,
) -> Association:
    """Test whether two categories are independent, such as sex and child labour.

    Parameters
    ----------
    survey, among, margins
        As in `prevalence`.
    first, second : str
        Columns of levels. Rows where either is missing are left out.
    by : str or sequence of str, optional
        Dimensions in each cell of which the test is made.
    under : {"observed", "independence"}
        Shares by which the correction is weighed: those observed (R's ``svychisq``), or products of the margins (Rao & Scott), which empty cells do not spoil.
    adjust : {"holm", "benjamini-hochberg"}, optional
        Adjust the p-values for the number of domains.

    Returns
    -------
    Association

    Raises
    ------
    ColumnError, DesignError
        As in `prevalence`.
    OptionError
        If a category is a family of overlapping columns, or is named twice.

    Notes
    -----
    Rao & Scott (1984), Thomas & Rao (1987): R's ``svychisq(~first + second, design)`` and, of `wald`, ``statistic = "adjWald"``. `Association.test` gives R's other statistics.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [i // 8 for i in range(80)], "w": 1.0, "sex": ["Female", "Male"] * 40})
    >>> rows["child_labour"] = [int(i % 7 < 2 + i % 2) for i in range(80)]
    >>> table = pv.association(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "sex", "child_labour")
    >>> table.to_pandas()[["categories", "f", "f_df", "f_below", "p_value", "n"]].round(3)
               categories       f  f_df  f_below  p_value     n
    0  sex x child_labour  12.943   1.0      9.0    0.006  80.0
    """
    check_option("under", under, UNDER)
    if adjust is not None:
        check_option("adjust", adjust, ADJUSTMENTS)
    tables = _checked(survey, (first, second), by)
    with_margin = dimensions_with_margin(margins, tables)
    read = aggregate(survey, [Outcome(survey.design.weight)], [(*table, first, second) for table in tables], among)
    found = _tested((first, second), formula_of(survey, "mean", read), read.tables[0], with_margin, under)
    if adjust is None:
        return found
    return replace(found, adjusted=adjusted(found.p_value, adjust))


def _checked(survey: Survey, categories: tuple[str, str], by: By) -> tuple[tuple[str, ...], ...]:
    tables = tables_of(by)
    refuse_names_of_results("by", tables[0], COLUMNS)
    if len(tables) > 1:
        raise OptionError("association tests one list of dimensions at a time: by is one name or a list of names.")
    for name in categories:
        if name in survey.families:
            raise OptionError(
                f"{name!r} is a family of overlapping columns, which has no levels to cross; name one of its columns."
            )
    if categories[0] == categories[1] or set(categories) & set(tables[0]):
        raise OptionError(f"The two categories and the dimensions of by must differ; found {[*categories, *tables[0]]!r}.")
    return tables


def _tested(
    categories: tuple[str, str], formula: Formula, table: Table, with_margin: frozenset[str], under: Under
) -> Association:
    shown = [Shown.of(dimension, with_margin) for dimension in table.dimensions[:-2]]
    levels = [_levels(dimension) for dimension in table.dimensions[-2:]]
    shape = (levels[0].shape[1], levels[1].shape[1])
    others = [part.matrix for part in shown]
    counted = table.totals[0]
    cells = counted.margins(crossing([*others, *levels]))
    whole = counted.margins(crossing([*others, *(_any(part) for part in levels)]))
    domains, rule = whole.n.shape[1], formula.rule
    everyone = formula.ranked(formula.apply(whole))
    sums, parts = rule.total(summing(cells, cells)), summing(cells, repeated(whole, shape[0] * shape[1]))
    shares = rule.ratio(parts)
    sizes = (np.nan_to_num(sums.estimate).reshape(domains, *shape), _blocks(rule, sums.scores, cells.n, domains))
    found = (shares.estimate.reshape(domains, *shape), _blocks(rule, shares.scores, parts.n, domains))
    n, df = everyone.numbers.n, everyone.counted_df
    wald, plain = (wald_independence(*sizes, df, adjusted=with_factor) for with_factor in (True, False))
    tests = (rao_scott(*found, n, df, under=under), wald, plain)
    return Association(categories, tuple(dimension_keys(shown)), n, df, *tests)


def _levels(dimension: Dimension) -> Columns:
    """Return the 0/1 matrix of the levels of a category, without its margin."""
    return Columns(dimension.cells[:, : len(dimension.levels)])


def _any(levels: Columns) -> Columns:
    return sparse.csc_array((levels.sum(axis=1) > 0).astype(np.float64).reshape(-1, 1))


def _blocks(rule: EstimatingRule, scores: Columns, presence: Columns, domains: int) -> Floats:
    """Return the covariance matrix of the cells of each domain, shape (domains, cells, cells)."""
    size = scores.shape[1] // domains
    stretches = [slice(domain * size, (domain + 1) * size) for domain in range(domains)]
    return np.array([rule.covariance(Columns(scores[:, part]), Columns(presence[:, part])) for part in stretches])
