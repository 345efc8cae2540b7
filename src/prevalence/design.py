"""The sampling design: which column plays which part. Knows no values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prevalence.errors import DesignError, check_option

LonelyPsu = Literal["fail", "certainty", "adjust", "average"]
DfRule = Literal["occupied", "own", "domain-strata", "design"]
WeightScale = Literal["population", "normalised"]

LONELY_PSU: tuple[LonelyPsu, ...] = ("fail", "certainty", "adjust", "average")
DF_RULES: tuple[DfRule, ...] = ("occupied", "own", "domain-strata", "design")
WEIGHT_SCALES: tuple[WeightScale, ...] = ("population", "normalised")

Names = str | tuple[str, ...] | list[str] | None


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
        sampled), values all > 1 are numbers of units in the population of the stratum.
    lonely_psu : {"fail", "certainty", "adjust", "average"}
        What to do with a stratum of a single sampled unit, with the meanings of R ``survey``: stop; let it add nothing
        (it was certain to be drawn); centre it at zero rather than at its own mean, which is conservative; give it the
        average variance of the other strata.
    lonely_domains : bool
        Whether ``adjust`` and ``average`` also apply to strata in which a single unit has members of the domain, though more were
        sampled (R's ``survey.adjust.domain.lonely``). Conservative; without it such strata are treated as any other.
    df_rule : {"occupied", "own", "domain-strata", "design"}
        Degrees of freedom of a domain. ``occupied``: the smaller of (units - strata over the strata that the domain
        touches) and (units with a member of the domain - 1). ``own``: units with a member - strata with a member (R's
        ``degf`` of the subset). ``domain-strata``: units - strata over the strata that the domain touches. ``design``: units - strata.
    weight_scale : {"population", "normalised"}
        Whether the weights add up to the population or to the sample size (MICS). Normalised weights give no counts
        unless `population` says how many people they stand for.
    population : float, optional
        Number of people that all rows of the file stand for.

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
    lonely_psu: LonelyPsu = "fail"
    lonely_domains: bool = False
    df_rule: DfRule = "occupied"
    weight_scale: WeightScale = "population"
    population: float | None = None

    def __post_init__(self) -> None:
        if not self.weight:
            raise DesignError("A design needs the name of a weight column; for an unweighted sample add a column of ones.")
        check_option("lonely_psu", self.lonely_psu, LONELY_PSU)
        check_option("df_rule", self.df_rule, DF_RULES)
        check_option("weight_scale", self.weight_scale, WEIGHT_SCALES)
        if self.population is not None and not self.population > 0:
            raise DesignError(f"population must be a number above zero; found {self.population!r}.")
        object.__setattr__(self, "stratum", _as_names(self.stratum))
        object.__setattr__(self, "psu", _as_names(self.psu))

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns whose crossing is the stratum, empty for an unstratified sample."""
        return _as_names(self.stratum)

    @property
    def units(self) -> tuple[str, ...]:
        """Columns whose crossing is the primary sampling unit, empty if each row is one."""
        return _as_names(self.psu)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the design names, each once."""
        return tuple(dict.fromkeys((self.weight, *self.strata, *self.units, *((self.fpc,) if self.fpc else ()))))


def _as_names(names: Names) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
