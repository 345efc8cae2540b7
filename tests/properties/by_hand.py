"""Standard errors as the formulas of the textbooks write them: plain loops over rows, strata and replicates, nothing of ours in them.

Sources: Wolter (2007), Introduction to Variance Estimation, chapters 2-5 and 8; Hartley & Rao (1962); Särndal, Swensson & Wretman
(1992), Model Assisted Survey Sampling, section 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

import prevalence as pv
from prevalence.design import Design

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """Y / X among the rows of a domain, or Y alone; y and x are missing where the answer is."""

    y: Values
    x: Values
    member: npt.NDArray[np.bool_]
    is_total: bool = False

    def estimate(self, weight: Values) -> float:
        y, x = (float((weight * values)[self.member].sum()) for values in (self.y, self.x))
        if self.is_total:
            return y
        return y / x if x > 0 else np.nan

    def linearised(self, weight: Values) -> Values:
        """Return w (y - R x) / X of members, 0 for everybody else."""
        if self.is_total:
            return np.where(self.member, weight * self.y, 0.0)
        whole = (weight * self.x)[self.member].sum()
        return np.where(self.member, weight * (self.y - self.estimate(weight) * self.x) / whole, 0.0)


def is_known(survey: pv.Survey) -> bool:
    """Return whether the replicates, if any, are those of a file or a jackknife: halves and draws are the library's own choice."""
    replicates = survey.design.replicates
    return replicates is None or not replicates.created or replicates.method in ("JK1", "JKn")


def answer(survey: pv.Survey, asked: Asked) -> tuple[float, float]:
    """Return the estimate and its variance, NaN where nobody is a member; unbiased forms may be below zero."""
    design, rows = survey.design, survey.data
    weight = rows["w"].to_numpy()
    if design.two_phase is not None:
        weight = weight * second_factor(rows, design)
    known = Asked(asked.y, asked.x, asked.member & ~np.isnan(asked.y) & ~np.isnan(asked.x) & (weight > 0), asked.is_total)
    estimate = known.estimate(weight)
    if not known.member.any() or np.isnan(estimate):
        return np.nan, np.nan
    if design.replicates is not None:
        return estimate, replicated(survey, known, estimate)
    z = known.linearised(weight)
    if design.two_phase is not None:
        return estimate, two_phases(rows, design, z)
    if design.selection != "independent":
        return estimate, selected(rows, design, z)
    return estimate, stages(rows, design, z, known.member)


# ---------------------------------------------------------------- degrees of freedom


def degrees(survey: pv.Survey, asked: Asked) -> tuple[int, int]:
    """Return the degrees of freedom, by a rule that counts units, and the primary units with a member."""
    design, rows = survey.design, survey.data
    member = asked.member & ~np.isnan(asked.y) & ~np.isnan(asked.x) & (rows["w"] > 0).to_numpy()
    here = pd.DataFrame({"unit": rows["ea"] if design.units else np.arange(len(rows)), "stratum": 0}, index=rows.index)
    if design.strata:
        here["stratum"] = rows["stratum"]
    if design.two_phase is None:
        return _counted(design, here, member)
    drawn = (rows["module"] == 1).to_numpy()
    unit, stratum = _second(rows, design)
    first, units = _counted(design, here, member & drawn)
    second, _ = _counted(design, pd.DataFrame({"unit": unit, "stratum": stratum})[drawn], (member & drawn)[drawn])
    return min(first, second), units


def _counted(design: Design, rows: pd.DataFrame, member: npt.NDArray[np.bool_]) -> tuple[int, int]:
    less_one = rows.groupby("stratum")["unit"].nunique() - 1
    own, touched = rows["unit"][member].nunique(), rows["stratum"][member].unique()
    of_touched = int(less_one[touched].sum())
    found = {
        "occupied": min(of_touched, own - 1),
        "own": own - len(touched),
        "domain-strata": of_touched,
        "design": int(less_one.sum()),
    }[design.df_rule]
    return max(found, 0), own


# ---------------------------------------------------------------- random samples, in stages


@dataclass(frozen=True)
class _Stratum:
    """Totals of its units, whether they have a member, the sampling fraction, and the product of the fractions above."""

    totals: Values
    occupied: npt.NDArray[np.bool_]
    fraction: float
    above: float


def stages(rows: pd.DataFrame, design: Design, z: Values, member: npt.NDArray[np.bool_]) -> float:
    """Return the sum of what the stages add to the variance of the sum of z."""
    return sum(_stages(rows, design, z, member))


def _stages(rows: pd.DataFrame, design: Design, z: Values, member: npt.NDArray[np.bool_]) -> Iterator[float]:
    """Yield what each stage adds; a stage without a correction is the last that counts."""
    frame = rows.assign(z=z, member=member, above=1.0, all="", row=np.arange(len(rows)))
    stratum = list(design.strata) or ["all"]
    unit, fpc = list(design.units) or ["row"], design.fpc
    for later in (*design.later_stages, None):
        yield _stage(_strata(frame, stratum, unit, fpc), design)
        if later is None or fpc is None:
            return
        frame["above"] = frame["above"] * _fractions(frame, stratum, unit, fpc)
        stratum, unit, fpc = [*unit, *later.strata], [*unit, *later.units], later.fpc


def _fractions(frame: pd.DataFrame, stratum: list[str], unit: list[str], fpc: str | None) -> Values:
    """Return the sampling fraction of the stratum of each row; a column of counts says units in the population."""
    if fpc is None:
        return np.zeros(len(frame))
    if (frame[fpc] <= 1).all():
        return frame[fpc].to_numpy()
    label = frame.groupby([*stratum, *unit], sort=False).ngroup()
    return (label.groupby([frame[name] for name in stratum], sort=False).transform("nunique") / frame[fpc]).to_numpy()


def _strata(frame: pd.DataFrame, stratum: list[str], unit: list[str], fpc: str | None) -> list[_Stratum]:
    place, label = (frame.groupby(names, sort=False).ngroup().to_numpy() for names in (stratum, [*stratum, *unit]))
    fraction, above = _fractions(frame, stratum, unit, fpc), frame["above"].to_numpy()
    first = np.unique(label, return_index=True)[1]  # a row of each unit
    totals, members = (np.bincount(label, frame[name]) for name in ("z", "member"))
    found = []
    for number in range(place.max() + 1):
        inside = place[first] == number
        row = first[inside][0]
        found.append(_Stratum(totals[inside], members[inside] > 0, fraction[row], above[row]))
    return found


def _stage(strata: list[_Stratum], design: Design) -> float:
    r"""Return :math:`\sum_h a_h (1-f_h) n_h/(n_h-1) \sum_i (z_{hi}-\bar z_h)^2`, lonely strata by their rule."""
    total, touched, usable = 0.0, 0, 0
    for one in strata:
        n = len(one.totals)
        open_ = one.fraction < 1 and one.above > 0
        lonely = open_ and (n == 1 or (design.lonely_domains and one.occupied.sum() == 1))
        centre = 0.0 if lonely and design.lonely_psu == "adjust" else one.totals.mean()
        counts = not lonely or design.lonely_psu == "adjust"
        squares = ((one.totals - centre) ** 2).sum()
        total += one.above * (1 - one.fraction) * n / max(n - 1, 1) * squares * counts
        touched += bool(one.occupied.any())
        usable += bool(one.occupied.any() and counts)
    if design.lonely_psu != "average":
        return total
    return total * touched / usable if usable else np.nan


# ---------------------------------------------------------------- systematic samples, unequal probabilities


def selected(rows: pd.DataFrame, design: Design, z: Values) -> float:
    """Return the sum over strata of each form of the first stage; areas that were certain to come in are outside it."""
    chances = _fractions(rows, ["stratum"], ["ea"], design.fpc)
    first = np.unique(rows["ea"], return_index=True)[1]  # a row of each area, which are numbered from 0
    totals = np.bincount(rows["ea"], z)
    home, position = (rows[name].to_numpy()[first] for name in ("stratum", "position"))
    total = 0.0
    for number in np.unique(home):
        areas = np.flatnonzero((home == number) & (chances[first] < 1))
        areas = areas[np.argsort(position[areas])]
        t, chance = totals[areas], chances[first][areas]
        if len(t) > 1:
            total += _form(design.selection, t, chance)
        elif design.lonely_psu == "adjust":
            total += ((1 - chance) * t**2).sum()
    return total


def _form(selection: str, t: Values, chance: Values) -> float:
    n, mean = len(t), chance.mean()
    if selection == "successive-differences":
        return float((1 - mean) * n / (2 * (n - 1)) * (np.diff(t) ** 2).sum())
    if selection == "collapsed-pairs":
        groups = [t[first : first + 2] for first in range(0, n - 1, 2)]
        if n % 2:
            groups[-1] = t[-3:]
        return float((1 - mean) * sum(len(group) / (len(group) - 1) * ((group - group.mean()) ** 2).sum() for group in groups))
    if selection == "brewer":
        return float(n / (n - 1) * ((1 - chance) * (t - t.mean()) ** 2).sum())
    joint = (1 - chance[:, None] - chance + mean) / (n - 1)
    if selection == "hartley-rao":
        return float((joint * (t[:, None] - t) ** 2).sum() / 2)
    return float(((1 - chance) * t**2).sum() - (joint * np.outer(t, t))[~np.eye(n, dtype=bool)].sum())


# ---------------------------------------------------------------- two phases


def second_factor(rows: pd.DataFrame, design: Design) -> Values:
    """Return eligible over drawn units of the stratum of phase 2 of each drawn row, 0 for others."""
    unit, stratum = _second(rows, design)
    drawn = rows["module"] == 1
    size, taken = (unit[kept].groupby(stratum[kept]).nunique() for kept in (stratum.notna(), drawn))
    return np.where(drawn, (stratum.map(size) / stratum.map(taken)).fillna(0), 0.0)


def _second(rows: pd.DataFrame, design: Design) -> tuple[pd.Series, pd.Series]:
    assert design.two_phase is not None
    phase = design.two_phase
    unit = rows[phase.units[0]] if phase.units else pd.Series(np.arange(len(rows)), index=rows.index)
    stratum = rows[phase.strata[0]] if phase.strata else pd.Series(0.0, index=rows.index)
    return unit, stratum


def two_phases(rows: pd.DataFrame, design: Design, z: Values) -> float:
    """Return the double sum over rows of phase 2 of (D1 (1 - D2) + D2) z z', which may be below zero."""
    everybody = rows["ea"] >= 0
    above = _fractions(rows, ["stratum"], ["ea"], design.fpc)
    of_one = _deltas(rows["ea"], rows["stratum"], above, design, everybody)
    if design.later_stages and design.fpc:
        within = _fractions(rows, ["ea"], ["hh"], design.later_stages[0].fpc)
        of_one = of_one + above[:, None] * _deltas(rows["hh"], rows["ea"], within, design, everybody)
    unit, stratum = _second(rows, design)
    factor = second_factor(rows, design)
    fraction = np.divide(1, factor, out=np.ones_like(factor), where=factor > 0)
    of_two = _deltas(unit, stratum.fillna(-1), fraction, design, rows["module"] == 1)
    return float(z @ (of_one * (1 - of_two) + of_two) @ z)


def _deltas(unit: pd.Series, stratum: pd.Series, fraction: Values, design: Design, drawn: pd.Series) -> Values:
    """Return 1 - p p' / p_joint of all pairs of rows: 1 - f within a unit, -(1 - f)/(n - 1) between units of a stratum, else 0."""
    units, strata = unit.to_numpy(), stratum.to_numpy()
    n = unit[drawn].groupby(stratum[drawn]).nunique().reindex(stratum).fillna(0).to_numpy()
    lonely = (1 - fraction) * (design.lonely_psu == "adjust")
    own = np.where(n > 1, 1 - fraction, lonely)
    others = np.where(n > 1, -(1 - fraction) / np.maximum(n - 1, 1), 0.0)
    same = units[:, None] == units
    return np.where(same, own[:, None], np.where(strata[:, None] == strata, others[:, None], 0.0))


# ---------------------------------------------------------------- replicates


def replicated(survey: pv.Survey, asked: Asked, estimate: float) -> float:
    """Return the variance from the replicates of the design."""
    replicates = survey.design.replicates
    assert replicates is not None
    return squares(asked, estimate, *replicate_weights(survey), mse=replicates.mse)


def replicate_weights(survey: pv.Survey) -> tuple[Values, Values]:
    """Return replicate weights, shape (rows, replicates), and scales."""
    replicates = survey.design.replicates
    assert replicates is not None
    return jackknife(survey) if replicates.created else of_file(survey)


def squares(asked: Asked, estimate: float, weights: Values, scales: Values, *, mse: bool) -> float:
    """Return the sum of scaled squares; those replicates without the domain count as the mean of the others."""
    if not len(scales):  # every stratum was taken whole
        return 0.0
    values = np.array([asked.estimate(column) for column in weights.T])
    found = ~np.isnan(values)
    if (~found).any() and found.sum() < 2:
        return np.nan
    centre = estimate if mse else values[found].mean()
    return float((scales[found] * (values[found] - centre) ** 2).sum() * scales.sum() / scales[found].sum())


def of_file(survey: pv.Survey) -> tuple[Values, Values]:
    """Return replicate weights, shape (rows, replicates), and scales."""
    replicates, rows = survey.design.replicates, survey.data
    assert replicates is not None
    weights = rows[list(survey.replicate_columns)].to_numpy()
    count = weights.shape[1]
    rho = replicates.fay_rho or 0.0
    scale = {
        "JK1": (count - 1) / count,
        "JK2": 1.0,
        "JKn": 0.5,
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - rho) ** 2),
        "bootstrap": 1 / (count - 1),
        "SDR": 4 / count,
    }[replicates.method]
    return weights if replicates.combined else weights * rows[["w"]].to_numpy(), np.full(count, scale)


def jackknife(survey: pv.Survey) -> tuple[Values, Values]:
    """Return replicates that each leave an area out, for strata not taken whole."""
    rows, design = survey.data, survey.design
    fraction = _fractions(rows, ["stratum"], ["ea"], design.fpc)
    columns, scales = [], []
    for area in rows["ea"].unique():
        here = rows["stratum"] == rows.loc[rows["ea"] == area, "stratum"].iloc[0]
        n, f = rows.loc[here, "ea"].nunique(), float(fraction[here][0])
        if f < 1:
            columns.append(np.where(here, n / (n - 1), 1.0) * (rows["ea"] != area) * rows["w"])
            scales.append((1 - f) * (n - 1) / n)
    return np.array(columns).reshape(-1, len(rows)).T, np.array(scales)
