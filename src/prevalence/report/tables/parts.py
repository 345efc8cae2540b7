"""The estimates of a table before they are cells: what may be published of them, what reliability rules say, which columns they get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence.errors import OptionError, listed, suggestion
from prevalence.estimates import Estimates
from prevalence.plot.words import COMPARED, statistics
from prevalence.report.disclosure._published import Published, published
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.reliability._reliability import Named, Verdict, reliability
from prevalence.report.tables.grid import Kind
from prevalence.report.tables.language import Language

SHOWN = ("ci", "se", "cv", "n", "cases", "deff", "deft", "df", "weighted", "population", "p")
OF_COMPARISONS = ("ci", "se", "cv", "df", "p")
"""Comparisons have no observations of their own."""
P_VALUE, LEAST_P = "p", 0.001
"""Of comparisons alone: the two-sided t test that there is no difference; smaller ones are printed as less than this."""
TELL_COUNTS = ("cv", "deff", "deft")
"""With estimate and standard error these tell the number of observations."""

Given = Estimates | Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Estimates of one kind with all that decides how they are printed.

    Attributes
    ----------
    shown : Published
    verdicts : tuple of Verdict
        Of the reliability rules, none if there is no rule.
    show : tuple of str
        What stands beside the estimate, from `SHOWN`.
    decimals : int
        Of the estimate.
    wanted : tuple of str
        What was asked for and suits the statistic: `show` and columns that are left out for publication.
    """

    shown: Published
    verdicts: tuple[Verdict, ...]
    show: tuple[str, ...]
    decimals: int
    wanted: tuple[str, ...] = ()

    @property
    def estimates(self) -> Estimates:
        """The estimates as they were given."""
        return self.shown.estimates

    @property
    def compared(self) -> bool:
        """Whether the rows are differences, which carry a sign."""
        return bool(set(statistics(self.estimates)) & set(COMPARED))

    @property
    def paired(self) -> bool:
        """Whether the labels name two sides, as those of differences and ratios do."""
        return paired(self.estimates)

    @property
    def blanked(self) -> tuple[str, ...]:
        """Columns that would tell counts or people that are rounded for publication, and so are left out."""
        telling = [*TELL_COUNTS] if self.shown.rules.round_counts > 1 else []
        telling += ["weighted"] if self.shown.weighted_tells_people else []
        return tuple(what for what in self.wanted if what in telling)

    @property
    def ratio(self) -> bool:
        """Whether the rows are ratios, of two variables or of two rows."""
        return set(statistics(self.estimates)) == {"ratio"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column of a part: what it shows, its head, what it holds."""

    what: str
    text: str
    kind: Kind
    decimals: int


def parts_of(
    given: Given | Sequence[Given],
    reasons: Sequence[str] | Sequence[Sequence[str]] | None,
    *,
    publish: bool,
    show: str | Sequence[str],
    rule: Named | Sequence[Named] | None,
    decimals: int | None,
) -> tuple[Part, ...]:
    """Return tables as parts of one; what may be published is worked out from all of them together.

    Raises
    ------
    OptionError
        If `show` or `rule` is unknown, `reasons` does not fit, or something else than estimates is given.
    """
    wanted = _wanted(show)
    if decimals is not None and (decimals < 0 or decimals != int(decimals)):
        raise OptionError(f"decimals must be a whole number, 0 or more; found {decimals!r}.")
    masked = _masked(_listed(given), reasons, publish=publish)
    return tuple(_part(each, wanted, rule, decimals) for each in masked)


def heads_of(part: Part, words: Language) -> tuple[Head, ...]:
    """Return the columns of a part: the estimate, once for each rule, and what is shown beside it."""
    unit, kind = _unit(part)
    text = words.say(f"head_{unit}")
    several = len(part.verdicts) > 1
    named = [f"{text} ({verdict.rule.name})" if several else text for verdict in part.verdicts] or [text]
    estimates = [Head(what=f"estimate{place}", text=name, kind=kind, decimals=part.decimals) for place, name in enumerate(named)]
    return (*estimates, *(_beside(part, what, words) for what in part.show))


def interval_head(estimates: Estimates, words: Language) -> str:
    """Return the head of a column of intervals, such as ``95% interval``."""
    if estimates.interval.method == "mics":
        return words.say("head_interval_mics")
    return words.say("head_interval", level=words.marked(f"{100 * estimates.interval.level:g}"))


def normalised(estimates: Estimates) -> bool:
    """Return whether the weights add up to the sample, and nobody said how many people they stand for."""
    design = estimates.sample.design
    return design.weight_scale == "normalised" and design.population is None


def paired(estimates: Estimates) -> bool:
    """Return whether the labels name two sides, as those of differences and ratios do."""
    said = set(statistics(estimates))
    return bool(said & set(COMPARED)) or said == {"ratio"}


def decimals_of(shown: Published, asked: int | None = None) -> int:
    """Return the decimals of estimates: 1, of totals 0, of ratios 2, or as asked; of shares no more than are published."""
    said = set(statistics(shown.estimates))
    published_decimals = shown.rules.decimals if shown.estimates.shares else None
    if published_decimals is not None:
        return published_decimals if asked is None else min(asked, published_decimals)
    return asked if asked is not None else 0 if said == {"total"} else 2 if said == {"ratio"} else 1


def _part(shown: Published, wanted: tuple[str, ...], rule: Named | Sequence[Named] | None, decimals: int | None) -> Part:
    estimates = shown.estimates
    said = set(statistics(estimates))
    places = decimals_of(shown, decimals)
    verdicts = () if rule is None else reliability(estimates, rule, decimals=places).verdicts
    counted = not (said & set(COMPARED) or estimates.kind == "log")
    suited = tuple(what for what in wanted if (what != P_VALUE if counted else what in OF_COMPARISONS))
    part = Part(shown=shown, verdicts=verdicts, show=suited, decimals=places, wanted=suited)
    unknown = () if np.isfinite(estimates.numbers.population).any() else ("population",)
    return replace(part, show=tuple(what for what in suited if what not in (*part.blanked, *unknown)))


def _wanted(show: str | Sequence[str]) -> tuple[str, ...]:
    names = show.replace("|", ",").split(",") if isinstance(show, str) else list(show)
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in found:
        if name not in SHOWN:
            raise OptionError(f"show may name {listed(SHOWN, limit=len(SHOWN))}; found {name!r}.{suggestion(name, SHOWN)}")
    return found


def _listed(given: object) -> list[Given]:
    """Return one table or several as a list."""
    one = isinstance(given, Estimates | Published | str) or not isinstance(given, Iterable)
    several: list[object] = [given] if one or not isinstance(given, Iterable) else list(given)
    strange = [type(each).__name__ for each in several if not isinstance(each, Estimates | Published)]
    if strange:
        raise OptionError(
            f"table needs Estimates, as pv.prevalence returns them, what pv.report.published makes of them, or a list of these; found {listed(strange)}."
        )
    return [each for each in several if isinstance(each, Estimates | Published)]


def _masked(given: Sequence[Given], reasons: Sequence[str] | Sequence[Sequence[str]] | None, *, publish: bool) -> list[Published]:
    if not given:
        raise OptionError("table needs at least one table of estimates; found none.")
    if not all(len(each.estimates if isinstance(each, Published) else each) for each in given):
        raise OptionError("table needs estimates with a row or more; one of these has none. Check the levels given to select().")
    tables = [each for each in given if isinstance(each, Estimates)]
    why = withheld(tables) if reasons is None else _given_reasons(reasons, len(tables))
    if len(why) != len(tables):
        raise OptionError(f"reasons needs the texts of each of the {len(tables)} tables; found those of {len(why)}.")
    found = iter(why)
    return [published(each, next(found), publish=publish) if isinstance(each, Estimates) else each for each in given]


def _given_reasons(reasons: Sequence[str] | Sequence[Sequence[str]], tables: int) -> list[tuple[str, ...]]:
    if tables == 1 and all(isinstance(text, str) for text in reasons):
        return [tuple(str(text) for text in reasons)]
    return [tuple(texts) for texts in reasons]


def _unit(part: Part) -> tuple[str, Kind]:
    """Return the unit of the estimates, as the end of the key of its word, and what their column holds."""
    if part.estimates.shares:
        return ("points", "points") if part.compared else ("percent", "percent")
    if set(statistics(part.estimates)) == {"total"}:
        return "number", "count" if part.decimals == 0 else "number"
    return ("ratio" if part.ratio else "estimate"), "number"


def _beside(part: Part, what: str, words: Language) -> Head:
    shares = part.estimates.shares
    fewest = part.shown.rules.decimals if shares else None
    kinds: dict[str, tuple[Kind, int]] = {
        "ci": ("interval", part.decimals),
        "se": ("points" if shares else "number", part.decimals + 1 if fewest is None else min(part.decimals + 1, fewest)),
        "cv": ("percent", 1),
        "deff": ("number", 2),
        "deft": ("number", 2),
        P_VALUE: ("number", 3),
    }
    kind, decimals = kinds.get(what, ("count", 0))
    text = interval_head(part.estimates, words) if what == "ci" else words.say(f"head_{what}")
    return Head(what=what, text=text, kind=kind, decimals=decimals)
