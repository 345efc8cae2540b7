"""The variance of a sample in stages, added up stratum by stratum in plain loops: what R `survey` and the library are both held to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reference import DesignArguments, Row

Floats = npt.NDArray[np.float64]


def standard_error(row: Row, *, average_within: str = "unit", members: str = "rows") -> float:
    """Return the standard error of a prevalence, mean, total or ratio.

    Parameters
    ----------
    row : Row
    average_within : {"unit", "stage"}
        Over which strata ``lonely_psu="average"`` averages: those within each unit above, as R does, or all of the stage.
    members : {"rows", "weights"}
        Whether a unit has a member of the domain if any row lies in it, as R counts, or a row of weight above zero.
    """
    scored = _scored(row, members)
    stages = _stages(row.arguments, scored)
    return math.sqrt(_variance(scored, stages, row.arguments, average_within))


def _scored(row: Row, members: str) -> pd.DataFrame:
    """Return the rows with their score z and whether they are members of the domain."""
    rows, w = row.frame, row.frame[row.arguments.weight]
    inside = rows[list(row.variables)].notna().all(axis=1)
    for name, wanted in row.domain.items():
        inside &= rows[name] == wanted
    y = rows[row.variables[0]].where(inside, 0.0)
    x = rows[row.variables[1]].where(inside, 0.0) if row.statistic == "ratio" else inside.astype(float)
    if row.statistic == "total":
        z = w * y
    else:
        size = (w * x).sum()
        z = w * (y - (w * y).sum() / size * x) / size
    return rows.assign(z=z, member=inside & (w.gt(0) if members == "weights" else True))


Stage = tuple[str, str, str | None]


def _stages(used: DesignArguments, rows: pd.DataFrame) -> list[Stage]:
    """Add a column of strata and one of units for each stage, each nested in the unit above; return their names with the fpc's."""
    found: list[Stage] = []
    above: Sequence[str] = []
    named = [(used.stratum, used.psu, used.fpc), *((stage.stratum, (stage.unit,), stage.fpc) for stage in used.later_stages)]
    for number, (stratum, unit, fpc) in enumerate(named):
        rows[f"stratum_{number}"] = _crossed(rows, [*above, *stratum])
        rows[f"unit_{number}"] = _crossed(rows, [*above, *unit]) if unit else np.arange(len(rows))
        found.append((f"stratum_{number}", f"unit_{number}", fpc))
        above = [f"unit_{number}"]
    return found


def _crossed(rows: pd.DataFrame, names: Sequence[str]) -> Floats | pd.Series:
    return rows.groupby(list(names), sort=False).ngroup() if names else np.zeros(len(rows))


def _variance(rows: pd.DataFrame, stages: list[Stage], used: DesignArguments, average_within: str) -> float:
    total, multiplier = 0.0, {0: 1.0}
    parent = pd.Series(0, index=rows.index)
    for stratum, unit, fpc in stages:
        pieces: list[tuple[int, float, bool]] = []
        below: dict[int, float] = {}
        for _, part in rows.groupby(stratum, sort=False):
            above = int(parent[part.index[0]])
            fraction = _fraction(part, unit, fpc, rows)
            below |= dict.fromkeys(part[unit].astype(int), multiplier[above] * fraction)
            if part["member"].any():
                value, averaged = _of_stratum(part, unit, fraction, used)
                pieces.append((above if average_within == "unit" else 0, multiplier[above] * value, averaged))
        total += _added(pieces)
        multiplier, parent = below, rows[unit].astype(int)
    return total


def _fraction(part: pd.DataFrame, unit: str, fpc: str | None, rows: pd.DataFrame) -> float:
    if fpc is None:
        return 0.0
    value = float(part[fpc].iloc[0])
    return value if (rows[fpc] <= 1).all() else part[unit].nunique() / value


def _of_stratum(part: pd.DataFrame, unit: str, fraction: float, used: DesignArguments) -> tuple[float, bool]:
    """Return what a stratum adds, and whether it is given the average of the others instead."""
    z = part.groupby(unit)["z"].sum().to_numpy()
    n = len(z)
    if 1 - fraction < 1e-7:
        return 0.0, False
    alone = n > 1 and used.lonely_domains and part.loc[part["member"], unit].nunique() == 1
    if used.lonely_psu == "average" and (n == 1 or alone):
        return 0.0, True
    centre = 0.0 if used.lonely_psu == "adjust" and (n == 1 or alone) else z.mean()
    return (1 - fraction) * (n / (n - 1) if n > 1 else 1.0) * float(((z - centre) ** 2).sum()), False


def _added(pieces: list[tuple[int, float, bool]]) -> float:
    """Return the sum of the strata within each unit above, times strata / strata that are not averaged."""
    total = 0.0
    for above in {piece[0] for piece in pieces}:
        values = [(value, averaged) for place, value, averaged in pieces if place == above]
        kept = sum(not averaged for _, averaged in values)
        total += sum(value for value, _ in values) * len(values) / kept if kept else math.nan
    return total
