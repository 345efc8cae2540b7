"""`Estimates`: the result of a question, which remembers enough to answer the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from prevalence.checks import as_names
from prevalence.errors import OptionError, check_option
from prevalence.estimates import _display
from prevalence.estimates._contrasted import contrasted, paired_keys, picked
from prevalence.estimates._flags import flags
from prevalence.estimates._keys import ALL, Key, key_named, matched
from prevalence.estimates._numbers import Interval, Kind, Numbers, check_positive, default_method, joint_interval, limits
from prevalence.estimates._sample import Sample, inherited
from prevalence.estimates._standardised import standardised
from prevalence.estimates._tests import RowTests, row_tests
from prevalence.formulas import contrast as contrasts
from prevalence.formulas.design_effect import REFERENCES, Reference, finite_factor
from prevalence.formulas.interval import Limits
from prevalence.formulas.significance import Adjustment
from prevalence.provenance import Provenance
from prevalence.totals import Columns, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


COUNTED = ("deff", "df", "n", "cases", "missing", "n_psu", "weighted", "population")
RESULT_COLUMNS = frozenset(
    ("indicator", "statistic", "estimate", "se", "ci_low", "ci_high", "cv", *COUNTED, "flag", "exposure", "denominator")
)
"""Names of the columns of `Estimates.to_pandas` that no dimension may have."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """A table of estimates with standard errors, intervals and provenance. Made by `prevalence`, `total`, `mean`, `ratio`.

    Attributes
    ----------
    keys : tuple of Key
        Label columns: indicator, statistic and the dimensions.
    numbers : Numbers
    kind : {"proportion", "unbounded", "log"}
        Scale of the estimates.
    interval : Interval
    sample : Sample
    provenance : Provenance
    context : mapping of column to texts
        Further label columns that stand at the end, such as exposure and denominator of supply chains.
    incomparable : mapping of dimension to reason
        Dimensions whose levels may not be set against the margin.
    caveats : tuple of str
        Further words for the flag of each row, empty if there are none.
    shares : bool
        Whether the numbers are shares of people or differences of such, which displays show in percent or percentage points.
    deff_reference : {"with-replacement", "without-replacement", "mics"}
        The simple random sample that design effects compare with.
    """

    keys: tuple[Key, ...]
    numbers: Numbers
    kind: Kind
    interval: Interval
    sample: Sample
    provenance: Provenance
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    incomparable: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    shares: bool = False
    deff_reference: Reference = "with-replacement"

    def __len__(self) -> int:
        return len(self.numbers.estimate)

    @property
    def limits(self) -> Limits:
        """Confidence limits, arrays of shape (rows,)."""
        return limits(self.numbers, self.kind, self.interval)

    @property
    def flags(self) -> tuple[str, ...]:
        """What cannot be had and why, one text a row, empty where nothing is amiss."""
        return flags(self.numbers, self.kind, self.interval.method, self.sample.rule.undefined, self.caveats)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions, in the order of the columns."""
        return tuple(key.name for key in self.keys if key.name not in ("indicator", "statistic"))

    def to_pandas(self) -> pd.DataFrame:
        """Return a tidy data frame, one row an estimate.

        Returns
        -------
        DataFrame
            Columns ``indicator, statistic, <dimensions>, estimate, se, ci_low, ci_high, cv, deff, df, n, cases, missing, n_psu,
            weighted, population, flag`` and, for supply chains, ``exposure, denominator``. Proportions lie in [0, 1].
        """
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, Any]:
        """Return the columns of `to_pandas` as lists of text and float arrays, by name."""
        numbers, bounds = self.numbers, self.limits
        with np.errstate(divide="ignore", invalid="ignore"):
            cv = np.where(numbers.estimate == 0, np.nan, numbers.se / np.abs(numbers.estimate))
        return {
            **{key.name: key.texts() for key in self.keys},
            "estimate": numbers.estimate,
            "se": numbers.se,
            "ci_low": bounds.low,
            "ci_high": bounds.high,
            "cv": cv,
            **{name: getattr(numbers, name) for name in COUNTED},
            "flag": list(self.flags),
            **{name: list(texts) for name, texts in self.context.items()},
        }

    def ci(self, level: float = 0.95, *, method: str | None = None) -> Estimates:
        """Return the same estimates with intervals of another level or method.

        Parameters
        ----------
        level : float
        method : str, optional
            For proportions ``"korn-graubard"`` (default), ``"logit"``, ``"beta"``, ``"wilson"``, ``"asin"``, ``"likelihood"``,
            ``"wald"``, ``"mics"``. For numbers of people (totals of 0/1 columns) ``"log"`` (default), t on the log scale, and ``"wald"``, t; where the sample has no case
            either gives exact limits. For means, ratios and totals of other variables ``"wald"`` (default) and ``"log"``, which holds better where a few units
            carry the sum (docs: coverage of totals and means). A table of both kinds of totals has ``"log-people"``, each row its default. Comparisons have one method.

        Raises
        ------
        OptionError
            If the method is unknown or does not suit the statistic, or `log` is asked of differences or of negative numbers.
        """
        if method == "log" and self.kind == "unbounded":
            check_positive(self.numbers, *(key.texts() for key in self.keys if key.name == "statistic"))
        changed = replace(self, interval=Interval(method or default_method(self.kind, self.numbers.people), level))
        limits(changed.numbers.take(np.zeros(0, dtype=np.int64)), changed.kind, changed.interval)  # refuses what cannot be had
        return changed

    def design_effect(self, reference: Reference) -> Estimates:
        """Return the same estimates with design effects against another simple random sample of the same size.

        Parameters
        ----------
        reference : {"with-replacement", "without-replacement", "mics"}
            ``without-replacement`` takes the sum of the weights as the population (R's ``deff=TRUE``). ``mics`` is p(1-p)/(n-1) with the unweighted n,
            empty where the standard error is 0 (the sampling-error tables of MICS reports).

        Raises
        ------
        OptionError
            If the weights are normalised and so have no population, or `mics` is asked of anything but proportions.
        """
        check_option("reference", reference, REFERENCES)
        if reference == "mics" and self.kind != "proportion":
            raise OptionError("The design effect of MICS reports is defined for proportions; ask for with-replacement.")
        if reference == "without-replacement" and self.sample.design.weight_scale == "normalised":
            raise OptionError(
                "A design effect against sampling without replacement needs weights that add up to the population; "
                "these are normalised. Ask for with-replacement, which is free of their scale."
            )
        n, people = self.numbers.n, self.numbers.population
        factor = finite_factor(reference, n, people) / finite_factor(self.deff_reference, n, people)
        deff = np.where((reference == "mics") & (self.numbers.se == 0), np.nan, self.numbers.deff * factor)
        note = f"deff compares with simple random sampling: {reference}"
        return replace(
            self,
            numbers=replace(self.numbers, deff=deff),
            deff_reference=reference,
            provenance=self.provenance.add(notes=(note,)),
        )

    def select(self, **levels: Any) -> Estimates:
        """Return the rows with the given levels: ``table.select(sex="Female", supply_chain=["cocoa", "All"])``."""
        kept = np.ones(len(self), dtype=bool)
        for name, wanted in levels.items():
            key = key_named(self.keys, name)
            kept &= np.isin(key.codes, key.codes_of(wanted))
        return self.take(np.flatnonzero(kept))

    def difference(self, dimension: str, a: Any, b: Any) -> Estimates:
        """Return a minus b in every remaining combination, covariance included.

        Parameters
        ----------
        dimension : str
            A dimension of the table, or ``"indicator"``.
        a, b : level or label

        Returns
        -------
        Estimates
            One row a combination; t intervals with the degrees of freedom of the union of the two domains. ``n`` and ``missing``
            are those of the side with fewer observations, which decides how far the difference can be trusted.
        """
        self._not_log("difference")
        return self._differences(dimension, *self._matched(dimension, a, b), "difference")

    def excess(self, dimension: str) -> Estimates:
        """Return each level minus the margin "All" of a dimension: a supply chain minus its country.

        Raises
        ------
        OptionError
            If the table has no margin, or the levels may not be set against it.
        """
        self._not_log("excess")
        self._comparable(dimension, ALL)
        key = key_named(self.keys, dimension)
        margin = key.code_of(ALL) if ALL in key.levels else -1
        pairs = [matched(self.keys, dimension, code, margin) for code in np.unique(key.codes) if code != margin]
        if not sum(len(above) for above, _ in pairs):
            raise OptionError(
                f"excess needs levels of {dimension!r} and their margin: make the table with margins=True, and leave both in."
            )
        above, below = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
        order = np.argsort(above, kind="stable")
        return self._differences(dimension, above[order], below[order], "excess")

    def relative(self, dimension: str, a: Any, b: Any) -> Estimates:
        """Return a over b in every remaining combination, with t intervals on the log scale.

        The column ``se`` is that of the ratio (delta method), not of its logarithm.
        """
        self._not_log("relative")
        above, below = self._matched(dimension, a, b)
        numerator, denominator = picked(above, len(self)), picked(below, len(self))
        linear = contrasts.log_ratio(numerator, denominator, self.numbers.estimate, self.sample.scores)
        keys = paired_keys(self.keys, dimension, above, below, " / ", "ratio")
        return contrasted(self, sparse.csc_array(numerator + denominator), linear, keys, "log")

    def standardised(self, over: str | Sequence[str], standard: Mapping[Any, float]) -> Estimates:
        """Return rates averaged over some dimensions with the weights of a standard population.

        Parameters
        ----------
        over : str or sequence of str
            Dimensions of the table, shown without margins, that are averaged over.
        standard : mapping of level to population
            With several dimensions the keys are tuples of levels.

        Returns
        -------
        Estimates
            One row a combination of the other dimensions. The standard is taken as known: it adds no variance.

        Raises
        ------
        OptionError
            If the levels of table and standard differ, or a population is not above zero.
        """
        names = as_names(over)
        people = {level if isinstance(level, tuple) else (level,): count for level, count in standard.items()}
        return standardised(self, names, people)

    def contrast(self, matrix: Any, *, labels: Sequence[str] | None = None) -> Estimates:
        """Return linear combinations of all rows.

        Parameters
        ----------
        matrix : array, shape (contrasts, rows)
        labels : sequence of str, optional
            A name for each contrast, by default ``contrast 1``, ``contrast 2``, ...

        Raises
        ------
        OptionError
            If shapes do not fit.
        """
        self._not_log("contrast")
        weights = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
        if not np.isfinite(weights).all():
            raise OptionError(f"contrast needs finite coefficients; found {int((~np.isfinite(weights)).sum())} others.")
        names = tuple(labels or [f"contrast {index + 1}" for index in range(len(weights))])
        if weights.shape[1] != len(self) or len(names) != len(weights):
            raise OptionError(
                f"contrast needs a matrix of shape (contrasts, {len(self)}) and as many labels as contrasts; "
                f"found {weights.shape} and {len(names)}."
            )
        keys = (
            Key("contrast", np.arange(len(names), dtype=np.int64), names, names),
            Key.constant("statistic", "contrast", len(names)),
        )
        used = sparse.csc_array(weights)
        return contrasted(self, used, contrasts.linear(used, self.numbers.estimate, self.sample.scores), keys, "unbounded")

    def covariance(self) -> Floats:
        """Return the covariance matrix of all rows, shape (rows, rows)."""
        return self.sample.covariance()

    def test(self) -> contrasts.WaldTest:
        """Return the joint Wald F test that all rows (of a difference, say) are zero; ratios are tested against one.

        Degrees of freedom of several rows are those of a count of units, also under ``df_rule="satterthwaite"``, which is a rule for one number at a time.

        Raises
        ------
        OptionError
            If a row has no standard error above zero: leaving it out would test something else.
        """
        if not len(self):
            raise OptionError("test needs a row or more; this table has none.")
        errors = self.numbers.se_log if self.kind == "log" else self.numbers.se
        untestable = np.flatnonzero(~(errors > 0)).tolist()
        if untestable:
            raise OptionError(
                f"test needs a standard error above zero in every row; {len(untestable)} of {len(self)} rows have none, "
                f"for example row {untestable[0]} ({self.flags[untestable[0]] or 'no variation'}). Leave them out with select()."
            )
        values = np.log(self.numbers.estimate) if self.kind == "log" else self.numbers.estimate
        return contrasts.wald_test(values, self.covariance(), self._joint_df())

    def _joint_df(self) -> float:
        if len(self) == 1:
            return float(self.numbers.df[0])
        every = Columns(np.ones((1, len(self))))
        return float(inherited(self.sample.joint_df(), every, self.numbers.df)[0])

    def tests(self, *, null: float | None = None, adjust: Adjustment | None = None) -> RowTests:
        """Return the t test of each row, one by one; `test` is the joint one.

        Parameters
        ----------
        null : float, optional
            What each row is tested against: by default 0, and 1 for ratios.
        adjust : {"holm", "benjamini-hochberg"}, optional
            Adjust the p-values for the number of rows that can be tested.

        Returns
        -------
        RowTests
            Rows without a test have NaN and say why; they do not count in the adjustment.
        """
        return row_tests(self, null, adjust)

    def to_csv(self, path: str | Path) -> Path:
        """Write the tidy table as CSV, numbers to 12 significant digits; return the path."""
        return _display.write_csv(self.columns(), Path(path))

    def to_json(self, path: str | Path) -> Path:
        """Write table and provenance as JSON, numbers to 12 significant digits; return the path."""
        return _display.write_json(self.columns(), self.interval, self.provenance, self.sample.design, Path(path))

    def __repr__(self) -> str:
        return f"Estimates: {len(self)} rows by {', '.join(self.dimensions) or 'nothing'}; interval {self.interval.method}"

    def _repr_html_(self) -> str:
        return _display.html(self.columns(), self.interval, self.provenance, shares=self.shares)

    def take(self, rows: Ints) -> Estimates:
        """Return the rows at the given positions."""
        numbers = self.numbers.take(rows)
        return replace(
            self,
            keys=tuple(key.take(rows) for key in self.keys),
            numbers=numbers,
            interval=joint_interval([self.interval], self.kind, numbers.people),
            sample=self.sample.take(rows),
            context={name: tuple(texts[row] for row in rows) for name, texts in self.context.items()},
            caveats=tuple(self.caveats[row] for row in rows) if self.caveats else (),
        )

    def _differences(self, dimension: str, above: Ints, below: Ints, statistic: str) -> Estimates:
        matrix = sparse.csc_array(picked(above, len(self)) - picked(below, len(self)))
        linear = contrasts.linear(matrix, self.numbers.estimate, self.sample.scores)
        keys = paired_keys(self.keys, dimension, above, below, " - ", statistic)
        return contrasted(self, matrix, linear, keys, "unbounded")

    def _matched(self, dimension: str, a: Any, b: Any) -> tuple[Ints, Ints]:
        """Return the rows of two levels that agree in all other labels."""
        self._comparable(dimension, a, b)
        key = key_named(self.keys, dimension)
        first, second = key.code_of(a), key.code_of(b)
        if first == second:
            raise OptionError(f"A comparison needs two levels of {dimension!r}; {a!r} and {b!r} are the same one.")
        above, below = matched(self.keys, dimension, first, second)
        if not len(above):
            raise OptionError(
                f"No two rows differ in {dimension!r} alone; levels {a!r} and {b!r} share no combination of the other columns. "
                "Choose other levels, or make one table by all these columns."
            )
        return above, below

    def _comparable(self, dimension: str, *levels: Any) -> None:
        if dimension in self.incomparable and ALL in levels:
            raise OptionError(self.incomparable[dimension])

    def _not_log(self, what: str) -> None:
        if self.kind == "log":
            raise OptionError(f"{what} of ratios is not defined; take it of the estimates that the ratios were made from.")
