"""Multiplicity of persons in family reports: how many eligible persons could report each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.errors import DataError, counted, listed
from prevalence.rows import Codes, Floats

RELATIONS = ("self", "parent", "sibling", "child", "spouse")
SELF, PARENT, SIBLING, CHILD, SPOUSE = range(len(RELATIONS))


@dataclass(frozen=True, slots=True)
class Roster:
    """The persons of all rosters, one row each: the respondent, living parents, siblings, children, and the spouse.

    Attributes
    ----------
    reporter : int64 array
        Number of the respondent whose roster it is.
    relation : int64 array
        Position in `RELATIONS`.
    eligible : float64 array of 0 and 1
        Whether the person is frame-eligible: adult, living in the country and the households of the frame.
    others : float64 array
        Eligible reporters of the person outside the roster, asked or imputed; NaN = unknown, 0 for the respondent.
    """

    reporter: Codes
    relation: Codes
    eligible: Floats
    others: Floats


def multiplicities(roster: Roster, *, spouses: bool) -> Floats:
    """Return M, the number of eligible persons who could report each person of the rosters.

    A person is reported by whoever is eligible among the person, its parents, siblings and children, and its spouse if `spouses`. Inside
    the roster of respondent i that is, for i: everybody; for a parent: the parent, i, the siblings (and the other parent, if spouses report);
    for a sibling: all siblings, i and the parents; for a child: all children, i and the other parent, taken to be the spouse. The parents'
    own parents and siblings, the siblings' children and spouses, and so on, stand in `others`.

    Parameters
    ----------
    roster : Roster
    spouses : bool
        Whether spouses report on each other. If not, a spouse is read as the other parent of the children alone.

    Returns
    -------
    float64 array, one a row of the roster
        NaN where `others` is unknown.

    Raises
    ------
    DataError
        If a respondent has not exactly one row of its own, is not eligible, or has further reporters outside the roster.
    """
    _check_selves(roster)
    respondents = int(roster.reporter.max()) + 1 if len(roster.reporter) else 0
    parents, siblings, children, partner = (
        np.bincount(roster.reporter[roster.relation == kind], roster.eligible[roster.relation == kind], minlength=respondents)[
            roster.reporter
        ]
        for kind in (PARENT, SIBLING, CHILD, SPOUSE)
    )
    by_spouse = float(spouses)
    inside = np.select(
        [roster.relation == kind for kind in range(len(RELATIONS))],
        [
            1 + parents + siblings + children + by_spouse * partner,
            1 + roster.eligible + siblings + by_spouse * (parents - roster.eligible),
            1 + siblings + parents,
            1 + children + partner,
            1 + roster.eligible + children,
        ],
    )
    counts: Floats = inside + roster.others
    return counts


def _check_selves(roster: Roster) -> None:
    own = roster.relation == SELF
    each = np.bincount(roster.reporter[own], minlength=int(roster.reporter.max()) + 1 if len(roster.reporter) else 0)
    wrong = int((each != 1).sum())
    if wrong:
        raise DataError(
            f"The roster of each respondent must hold the respondent once (relation 'self'); {counted(wrong, 'roster')} do not. "
            "Add that row, or give the multiplicity of each person as a column."
        )
    faulty = int((own & ((roster.eligible != 1) | (roster.others != 0))).sum())
    if faulty:
        raise DataError(
            f"A respondent is frame-eligible, and all persons who could report a respondent are in the own roster; "
            f"{counted(faulty, 'respondent')} are not eligible or have further reporters. Correct the roster."
        )


def relations_of(values: pd.Series[str]) -> npt.NDArray[np.int64]:
    """Return positions in `RELATIONS`, or raise `DataError` for a relation that the network does not have."""
    positions = pd.Index(RELATIONS).get_indexer(pd.Index(values))
    strange = sorted(map(str, values[positions < 0].unique()))
    if strange:
        raise DataError(
            f"relation must be one of {listed(RELATIONS, limit=len(RELATIONS))}; found {listed(strange)}. "
            "The network is the immediate family: take other relatives out of the reports, and recode the rest."
        )
    return positions.astype(np.int64)
