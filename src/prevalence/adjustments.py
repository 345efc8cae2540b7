"""The weighting plan as a design keeps it: which columns hold the weights before and after each step, and what they were fitted to.

Names of columns, labels of cells and population totals; the rows themselves are nowhere here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from prevalence.provenance import Count

Effect = Literal["totals", "sample", "propensity", "given"]


@dataclass(frozen=True, kw_only=True)
class Auxiliary:
    """What weights were fitted to: the cells of a classification, or a measured amount.

    Attributes
    ----------
    name : str
        For messages and reports.
    columns : tuple of str
        Columns whose crossing is the classification; empty for a single cell that holds every row.
    cells : tuple of tuples of str
        Text of the level of each column, one tuple a cell.
    totals : tuple of float
        Population of each cell; empty where the cells are fitted to sums of the sample.
    amount : str, optional
        Column of what a row adds to its cell; without it each row adds 1.
    per_household : bool
        Whether a row adds 1 over the members of its household, so that the totals count households.
    """

    name: str
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ((),)
    totals: tuple[float, ...] = ()
    amount: str | None = None
    per_household: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Text of each cell."""
        return tuple(" x ".join(cell) for cell in self.cells)

    @property
    def needed(self) -> tuple[str, ...]:
        """All columns that it names."""
        return (*self.columns, *((self.amount,) if self.amount else ()))


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One change of the weights, as variance and replicates need it.

    Attributes
    ----------
    before, after : str
        Columns of the weights.
    effect : {"totals", "sample", "propensity", "given"}
        What the change was fitted to: population totals; weighted sums of the sample itself; whether rows responded; or nothing that variance
        follows, so that the ratio of the weights counts as given.
    auxiliaries : tuple of Auxiliary
    household : tuple of str
        Columns that name households whose members keep one weight; empty where each row has its own.
    variance : str, optional
        Column of the model variance of each row.
    method : {"linear", "raking", "logit"}
    bounds : (float or None, float or None), optional
        None on a side without a limit.
    bounds_on : {"ratio", "weight"}
    responded : str, optional
        0/1 column of the rows that keep a weight.
    probability : str, optional
        Column of fitted probabilities of response.
    covariance : tuple of tuples of float, optional
        Covariance matrix of the totals, where they are estimates; one row a cell of all auxiliaries in turn.
    """

    before: str
    after: str
    effect: Effect
    auxiliaries: tuple[Auxiliary, ...] = ()
    household: tuple[str, ...] = ()
    variance: str | None = None
    method: Literal["linear", "raking", "logit"] = "linear"
    bounds: tuple[float | None, float | None] | None = None
    bounds_on: Literal["ratio", "weight"] = "ratio"
    responded: str | None = None
    probability: str | None = None
    covariance: tuple[tuple[float, ...], ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it names, each once."""
        single = (self.variance, self.responded, self.probability)
        needed = [name for auxiliary in self.auxiliaries for name in auxiliary.needed]
        return tuple(dict.fromkeys((self.before, self.after, *needed, *self.household, *(name for name in single if name))))

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper bound, infinite where there is none."""
        lower, upper = self.bounds or (None, None)
        return (float("-inf") if lower is None else lower, float("inf") if upper is None else upper)


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One step of a weighting plan: enough to document it, to follow it in the variance, and to take it again on another file.

    Attributes
    ----------
    name : str
        Function of ``pv.weighting`` that took it.
    weight : str
        Column of the weights after it.
    parameters : mapping of str to value
        As the function takes them; numbers, texts, and lists and mappings of these.
    counts : tuple of Count
    notes : tuple of str
        What the reader of a result must know, such as an effect that the variance does not carry.
    adjustments : tuple of Adjustment
        The changes that it made of the weights, in their order.
    """

    name: str
    weight: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
