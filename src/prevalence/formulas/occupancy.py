"""Where a domain has members: its occupied units and strata, and the degrees of freedom that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prevalence.design import DfRule
from prevalence.formulas.ratio import columns_of
from prevalence.totals import Columns, Floats, Ints, StageUnits, Units


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Where a domain has members.

    Attributes
    ----------
    units : int array, shape (strata, domains)
        Sampling units of one stage with at least one member.
    """

    units: Ints

    @property
    def touched(self) -> npt.NDArray[np.bool_]:
        """Strata with at least one member, shape (strata, domains)."""
        return np.asarray(self.units > 0, dtype=np.bool_)


def occupancy(presence: Columns, stage: StageUnits) -> Occupancy:
    """Count the units of a stage with members by stratum and domain; a stored zero in `presence` is no member.

    Parameters
    ----------
    presence : sparse array, shape (units of the stage, domains)
    stage : StageUnits
    """
    places = columns_of(presence) * len(stage.sampled) + stage.stratum[presence.indices]
    member = presence.data != 0
    places = places if member.all() else places[member]
    counts = np.bincount(places, minlength=len(stage.sampled) * presence.shape[1])
    return Occupancy(counts.reshape(presence.shape[1], len(stage.sampled)).T.astype(np.int64, copy=False))


def fully_sampled(presence: Columns, units: Units) -> npt.NDArray[np.bool_]:
    """Return whether, at every stage, all units of the strata that each domain touches were sampled, shape (domains,).

    Parameters
    ----------
    presence : sparse array, shape (ultimate units, domains)
    units : Units
    """
    every = np.ones(presence.shape[1], dtype=np.bool_)
    for stage in units.stages:
        if (stage.fraction < 1).all():
            return np.zeros(presence.shape[1], dtype=np.bool_)
        touched = occupancy(stage.sums(presence), stage).touched
        every &= touched.any(axis=0) & ~touched[stage.fraction < 1].any(axis=0)
    return every


def degrees_of_freedom(occupied: Occupancy, stage: StageUnits, rule: DfRule) -> Floats:
    """Return the degrees of freedom of each domain by counting units, never below 0, shape (domains,).

    Parameters
    ----------
    occupied : Occupancy
        Of the first stage, which alone counts: its units are the independent pieces of information.
    stage : StageUnits
        The first stage.
    rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
        See `prevalence.Design`. ``satterthwaite`` counts as ``occupied``, which bounds it. Own units minus own strata is R's ``degf`` of the subset.
    """
    own_units = occupied.units.sum(axis=0)
    in_touched_strata = (stage.sampled - 1) @ occupied.touched
    occupied_degrees = np.minimum(in_touched_strata, own_units - 1)
    degrees = {
        "satterthwaite": occupied_degrees,
        "occupied": occupied_degrees,
        "own": own_units - occupied.touched.sum(axis=0),
        "domain-strata": in_touched_strata,
        "design": np.full(len(own_units), (stage.sampled - 1).sum()),
    }[rule]
    return np.asarray(np.maximum(degrees, 0), dtype=np.float64)
