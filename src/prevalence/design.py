"""The sampling design: which column plays which part. Knows no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from prevalence.adjustments import Adjustment, PlanStep
from prevalence.checks import as_names
from prevalence.errors import DesignError, check_option

LonelyPsu = Literal["fail", "certainty", "adjust", "average"]
DfRule = Literal["satterthwaite", "occupied", "own", "domain-strata", "design"]
WeightScale = Literal["population", "normalised"]
Selection = Literal["independent", "successive-differences", "collapsed-pairs", "hartley-rao", "hartley-rao-ht", "brewer"]
TwoPhaseMethod = Literal["full", "simple"]
ReplicateMethod = Literal["JK1", "JK2", "JKn", "BRR", "Fay", "bootstrap", "SDR"]

LONELY_PSU: tuple[LonelyPsu, ...] = ("fail", "certainty", "adjust", "average")
DF_RULES: tuple[DfRule, ...] = ("satterthwaite", "occupied", "own", "domain-strata", "design")
TWO_PHASE_METHODS: tuple[TwoPhaseMethod, ...] = ("full", "simple")
WEIGHT_SCALES: tuple[WeightScale, ...] = ("population", "normalised")
SELECTIONS: tuple[Selection, ...] = (
    "independent",
    "successive-differences",
    "collapsed-pairs",
    "hartley-rao",
    "hartley-rao-ht",
    "brewer",
)
ORDERED: tuple[Selection, ...] = ("successive-differences", "collapsed-pairs")
UNEQUAL: tuple[Selection, ...] = ("hartley-rao", "hartley-rao-ht", "brewer")
REPLICATE_METHODS: tuple[ReplicateMethod, ...] = ("JK1", "JK2", "JKn", "BRR", "Fay", "bootstrap", "SDR")
CREATED_METHODS: tuple[ReplicateMethod, ...] = ("JK1", "JKn", "BRR", "Fay", "bootstrap")

Names = str | tuple[str, ...] | list[str] | None


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of selection after the first: households within an area, a child within a household.

    Parameters
    ----------
    unit : str or sequence of str
        Column of its units. Labels are nested in the unit above: household 1 of area A is not household 1 of area B.
    stratum : str or sequence of str, optional
        Column of strata within the unit above.
    fpc : str, optional
        Column of the finite population correction, as in `Design`. The variance of a stage counts only where every stage above has one.

    Examples
    --------
    >>> Design(weight="w", psu="district", fpc="districts", later_stages=[Stage(unit="school", fpc="schools")]).columns
    ('w', 'district', 'districts', 'school', 'schools')
    """

    unit: Names
    stratum: Names = None
    fpc: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", as_names(self.unit))
        object.__setattr__(self, "stratum", as_names(self.stratum))
        if not self.units:
            raise DesignError("A later stage needs the column of its units: Stage(unit='household').")

    @property
    def units(self) -> tuple[str, ...]:
        """Columns whose crossing, within the unit above, is the unit."""
        return as_names(self.unit)

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns whose crossing, within the unit above, is the stratum."""
        return as_names(self.stratum)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the stage names."""
        return (*self.strata, *self.units, *((self.fpc,) if self.fpc else ()))


@dataclass(frozen=True, kw_only=True)
class Replicates:
    """Replicate weights: columns that come with a file, or factors of the sampling units that the library makes.

    Parameters
    ----------
    columns : str or sequence of str
        Columns of replicate weights, or a pattern such as ``"repwt*"`` (``?`` stands for one character). Empty: replicates are created from strata and PSUs
        and never stored.
    method : {"JK1", "JK2", "JKn", "BRR", "Fay", "bootstrap", "SDR"}
        How they were made. ``JK2`` and ``SDR`` (successive differences) come with a file only.
    scale, rscales : float and sequence of float, optional
        The variance is ``scale * sum(rscales * (replicate - centre)**2)``. By default the scale of the method: bootstrap 1/(R-1), JK1 (R-1)/R,
        BRR 1/R, Fay 1/(R(1-rho)^2), SDR 4/R, JK2 1; ``JKn`` in columns needs `rscales`.
    fay_rho : float, optional
        Fay's coefficient, 0 up to but not 1.
    mse : bool
        Whether squares are taken about the full-sample estimate rather than the mean of the replicates.
    combined : bool
        Whether the columns hold weights, not factors of the sampling weight.
    df : float, optional
        Degrees of freedom of the file's documentation.
    n : int, optional
        Number of created bootstrap replicates.
    seed : int, optional
        Of created bootstrap replicates.

    Raises
    ------
    DesignError, OptionError
        If the parts do not fit each other.

    Examples
    --------
    >>> Design(weight="V1028", replicates=Replicates(columns="V1028???", method="bootstrap")).replicates.method
    'bootstrap'
    """

    columns: str | Sequence[str] = ()
    method: ReplicateMethod
    scale: float | None = None
    rscales: Sequence[float] | None = None
    fay_rho: float | None = None
    mse: bool = False
    combined: bool = True
    df: float | None = None
    n: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.columns if isinstance(self.columns, str) else tuple(self.columns))
        object.__setattr__(self, "rscales", None if self.rscales is None else tuple(float(value) for value in self.rscales))
        check_option("method", self.method, REPLICATE_METHODS if self.columns else CREATED_METHODS)
        if (self.method == "Fay") != (self.fay_rho is not None):
            raise DesignError(
                f"fay_rho belongs to method 'Fay', which needs it; found method {self.method!r} and fay_rho={self.fay_rho!r}."
            )
        if self.fay_rho is not None and not 0 <= self.fay_rho < 1:
            raise DesignError(f"fay_rho must be at least 0 and below 1; found {self.fay_rho!r}.")
        if self.columns and self.method == "JKn" and self.rscales is None:
            raise DesignError(
                "JKn columns need rscales, one a replicate: (n_h - 1) / n_h of the stratum that each replicate drops a unit of."
            )
        if self.columns and (self.n is not None or self.seed is not None):
            raise DesignError("n and seed make replicates; these come with the file in columns. Leave n and seed out.")
        if self.created and (self.method == "bootstrap") != (self.seed is not None):
            raise DesignError(
                f"seed makes bootstrap replicates repeatable, and they need one; found method {self.method!r} and seed={self.seed!r}."
            )
        if self.created and (self.method == "bootstrap") != (self.n is not None and self.n > 1):
            raise DesignError(
                f"n, above 1, is the number of bootstrap replicates to make; found method {self.method!r} and n={self.n!r}."
            )

    @property
    def created(self) -> bool:
        """Whether the library makes the replicates."""
        return not self.columns


@dataclass(frozen=True, kw_only=True)
class TwoPhase:
    """A second phase: a labour force survey of which some households were given the child labour module.

    The rows are those of phase 1, in phase 2 or not; the design around it is phase 1's, and its weight the weight of phase 1.

    Parameters
    ----------
    subset : str
        0/1 column, never missing: whether the row is in phase 2. Rows outside it are in no domain.
    stratum : str or sequence of str, optional
        Strata of phase 2, columns that phase 1 observed. Missing where a row could not be drawn.
    unit : str or sequence of str, optional
        Units that phase 2 drew, such as households; by default rows.
    fpc : str, optional
        Column of the sampling fractions of phase 2 within its strata. Without it they are units drawn over units of phase 1.
    weight : str, optional
        Column of the weight of phase 2 given phase 1; by default one over the sampling fraction.
    method : {"full", "simple"}
        ``full``: both phases, each pair over its probability of being in phase 2 (Särndal, Swensson & Wretman 1992, section 9.3; R's ``full``).
        ``simple``: R's method of that name, for phase-2 samples of whole units of a one-stage phase 1.

    Examples
    --------
    >>> Design(weight="w", psu="ea", two_phase=TwoPhase(subset="module", stratum="has_children", unit="household")).columns
    ('w', 'ea', 'module', 'has_children', 'household')
    """

    subset: str
    stratum: Names = None
    unit: Names = None
    fpc: str | None = None
    weight: str | None = None
    method: TwoPhaseMethod = "full"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stratum", as_names(self.stratum))
        object.__setattr__(self, "unit", as_names(self.unit))
        check_option("method", self.method, TWO_PHASE_METHODS)

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns whose crossing is the stratum of phase 2."""
        return as_names(self.stratum)

    @property
    def units(self) -> tuple[str, ...]:
        """Columns whose crossing is the unit of phase 2, empty if rows were drawn."""
        return as_names(self.unit)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the second phase names."""
        return (self.subset, *self.strata, *self.units, *(name for name in (self.fpc, self.weight) if name))


@dataclass(frozen=True, kw_only=True)
class Design:
    """How the sample was drawn, as names of columns.

    Parameters
    ----------
    weight : str
        Column of sampling weights, zero or greater. Rows of weight zero stay in the design and are counted.
    stratum, psu : str or sequence of str, optional
        Columns of strata and of primary sampling units. Several names are crossed. Without `psu` each row is a unit.
        A unit label that occurs in several strata is an error: cross it with what makes it unique.
    fpc : str, optional
        Column of the finite population correction of the first stage: values all <= 1 are sampling fractions (1 = fully
        sampled), values all >= 1 with some above are numbers of units in the population of the stratum.
    later_stages : sequence of Stage
        The stages after the first. Their variance counts where the stages above have a finite population correction; without one all of it
        is in the first stage's.
    replicates : Replicates, optional
        Variance from replicates rather than from linearisation.
    two_phase : TwoPhase, optional
        A second sample, of what this design drew.
    lonely_psu : {"fail", "certainty", "adjust", "average"}
        What to do with a stratum of a single sampled unit, with the meanings of R ``survey``: stop; let it add nothing
        (it was certain to be drawn); centre it at zero rather than at its own mean, which is conservative; give it the
        average variance of the other strata.
    lonely_domains : bool
        Whether ``adjust`` and ``average`` also apply to strata in which a single unit has members of the domain, though more were
        sampled (R's ``survey.adjust.domain.lonely``). Conservative; without it such strata are treated as any other.
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
        Degrees of freedom of an estimate. ``satterthwaite``: from how unequally its units add to the variance, at most as many as ``occupied``;
        replicates, two phases and other selections than independent draws count as ``occupied``. ``occupied``: the smaller of (units - strata over the strata that the
        domain touches) and (units with a member of the domain - 1). ``own``: units with a member - strata with a member (R's
        ``degf`` of the subset). ``domain-strata``: units - strata over the strata that the domain touches. ``design``: units - strata.
    weight_scale : {"population", "normalised"}
        Whether the weights add up to the population or to the sample size (MICS). Normalised weights give no counts
        unless `population` says how many people they stand for.
    population : float, optional
        Number of people that all rows of the file stand for.
    selection : {"independent", "successive-differences", "collapsed-pairs", "hartley-rao", "hartley-rao-ht", "brewer"}
        How the primary units were drawn within strata. ``independent`` treats them as drawn with replacement or, given `fpc`, at random without. The next two take
        a systematic sample in its `order`; the others use the units' probabilities of selection, given as `fpc`.
    order : str or sequence of str, optional
        Columns that give the order of systematic selection within strata.
    plan : sequence of PlanStep
        What ``pv.weighting`` did to the weights; its functions make it.

    Raises
    ------
    DesignError, OptionError
        If an option is unknown, no weight is named, or `population` is not positive.

    Examples
    --------
    >>> Design(weight="fsweight", stratum=["region", "area"], psu="PSU", weight_scale="normalised").stratum
    ('region', 'area')
    """

    weight: str
    stratum: Names = None
    psu: Names = None
    fpc: str | None = None
    later_stages: Sequence[Stage] = ()
    replicates: Replicates | None = None
    two_phase: TwoPhase | None = None
    lonely_psu: LonelyPsu = "fail"
    lonely_domains: bool = False
    df_rule: DfRule = "satterthwaite"
    weight_scale: WeightScale = "population"
    population: float | None = None
    selection: Selection = "independent"
    order: Names = None
    plan: Sequence[PlanStep] = ()

    def __post_init__(self) -> None:
        if not self.weight:
            raise DesignError("A design needs the name of a weight column; for an unweighted sample add a column of ones.")
        check_option("lonely_psu", self.lonely_psu, LONELY_PSU)
        check_option("df_rule", self.df_rule, DF_RULES)
        check_option("weight_scale", self.weight_scale, WEIGHT_SCALES)
        if self.population is not None and not self.population > 0:
            raise DesignError(f"population must be a number above zero; found {self.population!r}.")
        object.__setattr__(self, "stratum", as_names(self.stratum))
        object.__setattr__(self, "psu", as_names(self.psu))
        object.__setattr__(self, "order", as_names(self.order))
        object.__setattr__(self, "later_stages", tuple(self.later_stages))
        object.__setattr__(self, "plan", tuple(self.plan))
        self._check_selection()
        self._check_two_phase()

    def _check_two_phase(self) -> None:
        if self.two_phase is None:
            return
        beside = {
            "replicates": self.replicates is not None,
            "selection": self.selection != "independent",
            "lonely_domains": self.lonely_domains,
            "lonely_psu='average'": self.lonely_psu == "average",
            "weighting steps that variance follows": self.follows_plan,
        }
        unfit = [name for name, given in beside.items() if given]
        if unfit:
            raise DesignError(
                f"A two-phase design cannot have {' or '.join(unfit)} beside it. Leave it out, or declare one phase with final weights."
            )

    def _check_selection(self) -> None:
        check_option("selection", self.selection, SELECTIONS)
        if (self.selection in ORDERED) != bool(self.ordered_by):
            raise DesignError(
                f"order gives the order of a systematic selection ({', '.join(ORDERED)}), which needs it; "
                f"found selection={self.selection!r} and order={self.order!r}."
            )
        if self.selection in UNEQUAL and self.fpc is None:
            raise DesignError(
                f"selection={self.selection!r} needs the probability of selection of each primary unit: fpc='column'."
            )
        if self.selection != "independent" and (self.lonely_domains or self.lonely_psu == "average"):
            raise DesignError(
                f"selection={self.selection!r} has no average over strata and no rule for lonely domains; "
                "choose lonely_psu='fail', 'certainty' or 'adjust' and leave lonely_domains out."
            )
        if self.later_stages and not self.units:
            raise DesignError("Later stages lie within primary units: name them with psu=.")

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns whose crossing is the stratum, empty for an unstratified sample."""
        return as_names(self.stratum)

    @property
    def units(self) -> tuple[str, ...]:
        """Columns whose crossing is the primary sampling unit, empty if each row is one."""
        return as_names(self.psu)

    @property
    def ordered_by(self) -> tuple[str, ...]:
        """Columns whose crossing is the order of systematic selection, empty without one."""
        return as_names(self.order)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the design names, each once, but for replicate weights."""
        first = (self.weight, *self.strata, *self.units, *((self.fpc,) if self.fpc else ()), *self.ordered_by)
        later = [name for stage in self.later_stages for name in stage.columns]
        adjusted = [name for adjustment in self.adjustments for name in adjustment.columns] if self.reads_plan else []
        return tuple(dict.fromkeys((*first, *later, *(self.two_phase.columns if self.two_phase else ()), *adjusted)))

    @property
    def scales_to_population(self) -> bool:
        """Whether numbers of people are shares of all weights times a known population."""
        return self.weight_scale == "normalised" and self.population is not None

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """The changes that led to the weight one after the other, since it was last set from outside."""
        chain: list[Adjustment] = []
        for adjustment in reversed([adjustment for step in self.plan for adjustment in step.adjustments]):
            if adjustment.after != (chain[-1].before if chain else self.weight):
                break
            chain.append(adjustment)
        return tuple(reversed(chain))

    @property
    def follows_plan(self) -> bool:
        """Whether the variance depends on how the weights were adjusted."""
        return any(adjustment.effect != "given" for adjustment in self.adjustments)

    @property
    def reads_plan(self) -> bool:
        """Whether estimates need the columns of the plan: to follow it, or to adjust the file's replicate weights."""
        of_file = self.replicates is not None and not self.replicates.created
        return self.follows_plan or (of_file and bool(self.adjustments))
