"""Labels of sampling units, plain or hashed: what tells whether two rounds went to the same areas."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.aggregate import sampling_units
from prevalence.rows import plain
from prevalence.survey import Survey
from prevalence.totals import Ints, Units

DIGITS = 32
"""Hexadecimal digits that are kept of a hash: two of a billion units collide with a chance of 1e-21."""


@dataclass(frozen=True, slots=True)
class UnitLabels:
    """Labels of the primary units and strata of a sample, in its order.

    Attributes
    ----------
    unit, stratum : tuples of str
        Of the primary units, and of the strata.
    salt : bytes
        With which they are hashed; empty if they are plain.
    """

    unit: tuple[str, ...]
    stratum: tuple[str, ...]
    salt: bytes = b""

    def hashed(self, salt: bytes) -> UnitLabels:
        """Return the labels hashed with a salt; hashed ones stay as they are."""
        if self.salt or not salt:
            return self
        return UnitLabels(tuple(_hash(salt, x) for x in self.unit), tuple(_hash(salt, x) for x in self.stratum), salt)


def alike(first: UnitLabels, second: UnitLabels) -> tuple[UnitLabels, UnitLabels]:
    """Return both in one form: where one is hashed, the plain other is hashed with its salt."""
    salt = first.salt or second.salt
    return first.hashed(salt), second.hashed(salt)


def labels_of(survey: Survey, units: Units) -> UnitLabels | None:
    """Return the labels of a survey's units; None where rows are units and have no key, or replicates alone are known."""
    design = survey.design
    names = design.units or survey.key
    if not names or (design.replicates is not None and not design.units):
        return None
    frame = survey.collect(dict.fromkeys((*design.columns, *survey.replicate_columns, *names)))
    ultimate, found = sampling_units(frame, design)
    if len(found) != len(units) or not np.array_equal(found.primary.stratum, units.primary.stratum):
        return None
    unit_of_row = found.primary.unit[ultimate]
    rows = _first_rows(unit_of_row, len(found.primary.stratum))
    strata = _first_rows(found.primary.stratum[unit_of_row], len(found.primary.sampled))
    columns = {name: frame.get_column(name).to_list() for name in dict.fromkeys((*names, *design.strata))}
    return UnitLabels(_texts(columns, names, rows), _texts(columns, design.strata, strata))


def _first_rows(code: Ints, size: int) -> Ints:
    first = np.zeros(size, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


def _texts(columns: dict[str, list[object]], names: Sequence[str], rows: Ints) -> tuple[str, ...]:
    return tuple(" x ".join(str(plain(columns[name][row])) for name in names) for row in rows.tolist())


def _hash(salt: bytes, label: str) -> str:
    return hmac.new(salt, label.encode(), hashlib.sha256).hexdigest()[:DIGITS]
