"""Two rounds as one sample: drawn apart, in the same sampling units, or with the same replicates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from prevalence.baseline.conditional import conditional
from prevalence.baseline.labels import UnitLabels, alike
from prevalence.baseline.rounds import Round
from prevalence.errors import DesignError, OptionError, PrevalenceWarning, check_option, counted, listed
from prevalence.estimates import Estimates, rounds
from prevalence.formulas.independent import Independent, Recorded
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import Linearised, Rule
from prevalence.totals import Columns, Floats, Ints, StageUnits, Units

SAMPLES = ("auto", "independent", "shared", "replicates")
RELATED = "Say what the samples are: samples='shared', or samples='independent' if labels were given anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rounds in one table each of rates, numbers and people, with the dimension ``round``.

    Attributes
    ----------
    rates : Estimates
    numbers, people : Estimates or None
    whole : bool
        Whether the tables have covariances with each other.
    crossed : bool
        Whether the rates of different cells have covariances.
    said : str
        How the samples are related, in words.
    """

    rates: Estimates
    numbers: Estimates | None
    people: Estimates | None
    whole: bool
    crossed: bool
    said: str


def paired(old: Round, new: Round, names: Sequence[str], samples: str, correlation: float | None) -> Pair:
    """Return two rounds with the same cells as one.

    Parameters
    ----------
    old, new : Round
    names : sequence of str
    samples : {"auto", "independent", "shared", "replicates"}
    correlation : float, optional
        Of the two rates of a cell, where the units are not known.

    Raises
    ------
    OptionError, DesignError
        If samples that share labels are not explained, or cannot be joined as asked.
    """
    check_option("samples", samples, SAMPLES)
    if correlation is not None:
        return _correlated(old, new, names, samples, correlation)
    kind = _kind(old, new, samples)
    if kind == "same":
        said = "both rounds are of one table and share its sampling units"
        return _pair(old, new, names, old.rates.sample.rule, said, side_by_side=True)
    if kind == "replicates":
        said = "replicate by replicate: the rounds share their replicate structure"
        return _pair(old, new, names, _shared_replicates(old, new), said, side_by_side=True)
    if kind == "shared":
        return _shared(old, new, names)
    said = (
        "independent samples"
        if samples == "independent" or _knows(old, new)
        else "taken as independent samples: units are not known"
    )
    return _pair(old, new, names, None, said)


def _kind(old: Round, new: Round, samples: str) -> str:
    if old.rates.sample.rule is new.rates.sample.rule:
        return "same"
    if samples != "auto":
        return samples
    both = _in_both(old, new)
    if not both:
        return "independent"
    raise OptionError(
        f"{counted(len(both), 'sampling unit has', 'sampling units have')} the same label in both rounds"
        f"{': ' + listed(both) if not (old.labels and old.labels.salt) else ''}. {RELATED}"
    )


def _knows(old: Round, new: Round) -> bool:
    return old.labels is not None and new.labels is not None


def _in_both(old: Round, new: Round) -> list[str]:
    if old.labels is None or new.labels is None:
        return []
    first, second = alike(old.labels, new.labels)
    known = set(second.unit)
    return [label for label in first.unit if label in known]


def _pair(old: Round, new: Round, names: Sequence[str], rule: Rule | None, said: str, *, side_by_side: bool = False) -> Pair:
    """Return the pair under a rule, by default that of independent samples."""

    def together(one: Estimates | None, other: Estimates | None) -> Estimates | None:
        if one is None or other is None:
            return None
        if rule is None or not side_by_side:
            return rounds([one, other], names, rule or _independent(one, other))
        scores, presence = (_stacked([getattr(one.sample, part), getattr(other.sample, part)]) for part in ("scores", "presence"))
        return rounds([one, other], names, rule, scores=scores, presence=presence)

    rates = together(old.rates, new.rates)
    assert rates is not None
    return Pair(
        rates=rates,
        numbers=together(old.numbers, new.numbers),
        people=together(old.people, new.people),
        whole=old.whole and new.whole,
        crossed=old.crossed and new.crossed,
        said=said,
    )


def _independent(one: Estimates, other: Estimates) -> Independent:
    samples = (one.sample, other.sample)
    return Independent(
        tuple(each.rule for each in samples),
        tuple(each.scores.shape[0] for each in samples),
        tuple(each.presence.shape[0] for each in samples),
    )


def _stacked(parts: Sequence[Columns]) -> Columns:
    """Return columns side by side; presence of replicates may have rows of its own, which are set one below the other."""
    if len({part.shape[0] for part in parts}) == 1:
        return sparse.csc_array(sparse.hstack(list(parts), format="csc"))
    return sparse.csc_array(sparse.block_diag(list(parts), format="csc"))


def _shared(old: Round, new: Round, names: Sequence[str]) -> Pair:
    """Return the pair with scores stacked by unit, those of totals given the size of each round."""
    rule, shared = _union(old, new)
    said = f"{counted(shared, 'sampling unit')} in both rounds; scores stacked by unit"
    assert old.labels is not None
    assert new.labels is not None
    labels = alike(old.labels, new.labels)
    strata = np.split(_places(labels[0].stratum, labels[1].stratum), [len(labels[0].stratum)])

    def settled(table: Estimates | None, stratum: Ints) -> Estimates | None:
        if table is None or not isinstance(table.sample.rule, Linearised):
            return table
        scores = conditional(table.sample.scores, table.sample.rule, rule, stratum)
        return replace(table, sample=replace(table.sample, scores=scores))

    old, new = (
        replace(each, numbers=settled(each.numbers, stratum), people=settled(each.people, stratum))
        for each, stratum in zip((old, new), strata, strict=True)
    )
    return _pair(old, new, names, rule, said)


def _shared_replicates(old: Round, new: Round) -> ReplicateRule:
    first, second = (table.rates.sample.rule for table in (old, new))
    if not (isinstance(first, ReplicateRule) and isinstance(second, ReplicateRule)):
        raise DesignError("samples='replicates' needs rounds whose designs have replicates. Choose 'shared' or 'independent'.")
    if len(first.scales) != len(second.scales) or not np.allclose(first.scales, second.scales) or first.mse != second.mse:
        raise DesignError(
            f"Replicates of both rounds must be the same; found {len(first.scales)} and {len(second.scales)}, or other scales. "
            "Differences of unlike replicates mean nothing: choose samples='independent'."
        )
    return replace(first, known_units=False, df=first.df if first.df == second.df else None)


def _correlated(old: Round, new: Round, names: Sequence[str], samples: str, correlation: float) -> Pair:
    if samples in ("shared", "replicates"):
        raise OptionError(f"correlation stands in for units that are not known; leave it out with samples={samples!r}.")
    if not -1 < correlation < 1:
        raise OptionError(f"correlation must lie between -1 and 1; found {correlation!r}.")
    cells = len(old.rates)
    numbers = [table.rates.numbers for table in (old, new)]
    rule = Recorded(np.concatenate([each.df for each in numbers]), np.concatenate([each.n_psu for each in numbers]))
    presence = sparse.csc_array(sparse.identity(2 * cells, format="csc"))

    def together(one: Estimates | None, other: Estimates | None) -> Estimates | None:
        if one is None or other is None:
            return None
        scores = _correlated_scores(one.numbers.se, other.numbers.se, correlation)
        return rounds([one, other], names, rule, scores=scores, presence=presence)

    rates = together(old.rates, new.rates)
    assert rates is not None
    said = f"correlation of {correlation:g} between the rounds, given by the user"
    found = together(old.numbers, new.numbers), together(old.people, new.people)
    return Pair(rates=rates, numbers=found[0], people=found[1], whole=False, crossed=False, said=said)


def _correlated_scores(first: Floats, second: Floats, correlation: float) -> Columns:
    """Return scores with these standard errors, correlated cell by cell and with no other cell."""
    cells = len(first)
    scores = np.zeros((2 * cells, 2 * cells))
    np.fill_diagonal(scores[:cells, :cells], first)
    np.fill_diagonal(scores[:cells, cells:], correlation * second)
    np.fill_diagonal(scores[cells:, cells:], np.sqrt(1 - correlation**2) * second)
    return sparse.csc_array(scores)


def _union(old: Round, new: Round) -> tuple[Linearised, int]:
    """Return the rule of all units of both rounds, those with the same label once, and how many are shared."""
    first, second = (table.rates.sample.rule for table in (old, new))
    if old.labels is None or new.labels is None:
        raise DesignError(
            "samples='shared' needs the labels of the sampling units: surveys with psu or id, or records with their private part."
        )
    if not (isinstance(first, Linearised) and isinstance(second, Linearised)):
        raise DesignError(
            "samples='shared' needs linearised variances in both rounds; found another rule. With equal replicates choose 'replicates'; "
            "else pool the rounds with pv.weighting.pool and take the difference there."
        )
    if first.selection is not None or second.selection is not None:
        raise DesignError(
            "samples='shared' needs selection='independent' in both designs. Declare them so, or take them as independent."
        )
    if first.lonely != second.lonely or first.df_rule != second.df_rule:
        raise DesignError("samples='shared' needs the same lonely_psu and df_rule in both designs. Declare them alike.")
    shared = _in_both(old, new)
    if not shared:
        raise DesignError("samples='shared', but no sampling unit has the same label in both rounds. Compare the labels.")
    labels = alike(old.labels, new.labels)
    return Linearised(_united(first.units, second.units, *labels), first.lonely, first.df_rule), len(shared)


def _united(first: Units, second: Units, old: UnitLabels, new: UnitLabels) -> Units:
    if len(first.stages) != len(second.stages):
        raise DesignError(
            f"Rounds that share units must have the same stages; found {len(first.stages)} and {len(second.stages)}. Declare them alike."
        )
    unit = _places(old.unit, new.unit)
    stratum = _places(old.stratum, new.stratum)
    of_unit = np.full(int(unit.max()) + 1, -1, dtype=np.int64)
    own = np.concatenate([first.primary.stratum, second.primary.stratum + len(old.stratum)])
    of_unit[unit] = stratum[own]
    moved = np.flatnonzero(of_unit[unit] != stratum[own])
    if len(moved):
        raise DesignError(
            f"A shared unit must lie in the same stratum in both rounds; {counted(len(moved), 'unit lies', 'units lie')} in another. "
            "Bring the strata to one form, or take the rounds as independent."
        )
    sampled = np.bincount(of_unit, minlength=int(stratum.max()) + 1).astype(np.int64)
    fraction = _fractions(first.primary, second.primary, stratum, sampled)
    ultimate = np.concatenate([first.primary.unit, second.primary.unit + len(old.unit)])
    primary = StageUnits(unit[ultimate], of_unit, sampled, fraction, np.ones(len(sampled)))
    later = [_apart(one, other) for one, other in zip(first.stages[1:], second.stages[1:], strict=True)]
    return Units((primary, *later))


def _places(old: Sequence[str], new: Sequence[str]) -> Ints:
    """Return the number of each label, old ones first, equal labels the same."""
    number = {label: place for place, label in enumerate(dict.fromkeys((*old, *new)))}
    return np.array([number[label] for label in (*old, *new)], dtype=np.int64)


def _fractions(first: StageUnits, second: StageUnits, stratum: Ints, sampled: Ints) -> Floats:
    """Return sampling fractions of all units of both rounds together, from the sizes of the strata."""
    fraction = np.concatenate([first.fraction, second.fraction])
    drawn = np.concatenate([first.sampled, second.sampled]).astype(np.float64)
    size = np.where(fraction > 0, drawn / np.where(fraction > 0, fraction, 1.0), np.inf)
    least = np.full(len(sampled), np.inf)
    most = np.zeros(len(sampled))
    np.minimum.at(least, stratum, size)
    np.maximum.at(most, stratum, size)
    if not np.allclose(np.where(np.isinf(least), 0, least), np.where(np.isinf(most), 0, most), rtol=1e-6):
        warnings.warn(
            "Strata have another size in one of the rounds, or a finite population correction in one alone: the larger size is used.",
            PrevalenceWarning,
            stacklevel=2,
        )
    return np.where(np.isinf(most), 0.0, np.minimum(sampled / most, 1.0))


def _apart(one: StageUnits, other: StageUnits) -> StageUnits:
    """Return a later stage of both rounds: what they drew within areas is not the same."""
    return StageUnits(
        np.concatenate([one.unit, other.unit + len(one.stratum)]),
        np.concatenate([one.stratum, other.stratum + len(one.sampled)]),
        np.concatenate([one.sampled, other.sampled]),
        np.concatenate([one.fraction, other.fraction]),
        np.concatenate([one.multiplier, other.multiplier]),
    )
