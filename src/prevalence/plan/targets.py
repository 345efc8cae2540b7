"""What a round is to achieve: an indicator, a domain and a criterion."""

from __future__ import annotations

from dataclasses import dataclass

from prevalence.checks import check_above, check_share, exactly_one
from prevalence.errors import OptionError
from prevalence.plan._sample_size import allowed_variance, check_tested
from prevalence.plan.equations import power_z


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing that the next round is to achieve.

    Parameters
    ----------
    indicator : str
        Its name in the results.
    rate : float or str
        Expected rate, or the column of the strata that holds it.
    by : str, optional
        Column of the strata: each of its levels is a domain that must achieve it. By default everybody together.
    cv, margin, relative_margin, change : float
        Exactly one: coefficient of variation; half width of the interval; half width over the rate; fall of the rate since the
        last round that must show.
    share : float
        Share of the people interviewed who count: 0.5 for girls, the share of a supply chain for its households. They are taken
        to live in all areas.
    group : str
        Name of those people, such as ``"girls"``.
    icc, household_icc : float, optional
        Where they differ from those of the plan.
    overlap, correlation : float
        Of the sample with the last round, for a change; see `detectable_change`.
    power, level : float
    sides : {2, 1}

    Raises
    ------
    OptionError
        If a number is out of its range, or not exactly one criterion is given.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.Target(indicator="child_labour", rate=0.2, by="region", cv=0.12).criterion
    'cv 0.12'
    """

    indicator: str
    rate: float | str
    by: str | None = None
    cv: float | None = None
    margin: float | None = None
    relative_margin: float | None = None
    change: float | None = None
    share: float = 1.0
    group: str = ""
    icc: float | None = None
    household_icc: float | None = None
    overlap: float = 0.0
    correlation: float = 0.0
    power: float = 0.8
    level: float = 0.95
    sides: int = 2

    def __post_init__(self) -> None:
        name, value = self._goal
        check_above(f"{name} of {self.indicator!r}", value, 0)
        if not isinstance(self.rate, str):
            check_share(f"rate of {self.indicator!r}", self.rate)
            if name == "change" and value >= self.rate:
                raise OptionError(f"change of {self.indicator!r} must be below its rate of {self.rate:g}; found {value:g}.")
        check_share("share", self.share, one=True)
        check_share("level", self.level)
        check_tested(self.power, self.sides, self.overlap, self.correlation)

    @property
    def criterion(self) -> str:
        """The criterion in words."""
        name, value = self._goal
        return f"{name.replace('_', ' ')} {value:g}"

    def allowed_variance(self, rate: float) -> float:
        """Return the variance that the criterion allows at a rate."""
        name, value = self._goal
        if name == "change":
            return (value / power_z(self.level, self.power, self.sides)) ** 2
        return allowed_variance(rate, name, value, self.level)

    @property
    def _goal(self) -> tuple[str, float]:
        options = {"cv": self.cv, "margin": self.margin, "relative_margin": self.relative_margin, "change": self.change}
        return exactly_one(f"Target {self.indicator!r}", options)
