"""Spells of forced labour against a window before the interview: what each adds, and what is known of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from prevalence.classify.forced.long_tables import person_rows
from prevalence.errors import DataError, counted, listed
from prevalence.rows import Floats, numbers
from prevalence.survey import Survey

BEGAN, ENDED = "months_ago_began", "months_ago_ended"
SUMS = ("touches", "touches_open", "covered", "covered_open", "begun", "begun_open")


def spells_of(survey: Survey, spells: Any, window: float) -> pd.DataFrame:
    """Return what a table of spells says of each person who has a row in it.

    Returns
    -------
    pandas frame, one row a person
        The key; ``touches`` and ``begun``: number of spells in the window and of those begun inside it; ``covered``: months of the window
        in any spell; ``<...>_open``: number of spells for which that is unknown.
    """
    rows = person_rows(survey, spells, [BEGAN, ENDED], "spells")
    began, ended = numbers(rows, BEGAN), numbers(rows, ENDED)
    _check_spells(began, ended)
    table = rows.select(list(survey.key)).to_pandas().reset_index(drop=True).assign(**_spell_parts(began, ended, window))
    table["covered"] = _covered(table, survey.key, window)
    return table.groupby(list(survey.key), as_index=False, observed=True)[list(SUMS)].sum()


def _check_spells(began: Floats, ended: Floats) -> None:
    wrong = (began < 0) | (ended < 0) | (began < ended)
    if wrong.any():
        examples = [(float(b), float(e)) for b, e in zip(began[wrong][:3], ended[wrong][:3], strict=True)]
        raise DataError(
            f"A spell began some months before the interview and ended as many or fewer months before it, 0 if it goes on; "
            f"{counted(int(wrong.sum()), 'spell')} did not, for example ({BEGAN}, {ENDED}) = {listed(examples)}. "
            "Count months backwards from the interview."
        )


def _spell_parts(began: Floats, ended: Floats, window: float) -> Mapping[str, Floats]:
    """Return, of each spell, whether it touches the window and began inside it, and whether either is open.

    A spell that ended before the window says nothing about it, whenever it began. One that began inside the window touches it.
    """
    before = ended >= window
    inside = (began <= window) & ~before
    touches = inside | (ended < window)
    unclear = ~before & ~touches
    return {
        "start": window - np.minimum(began, window),
        "end": window - np.minimum(ended, window),
        "touches": touches.astype(float),
        "touches_open": unclear.astype(float),
        "covered_open": (~before & (np.isnan(began) | np.isnan(ended))).astype(float),
        "begun": inside.astype(float),
        "begun_open": (~before & np.isnan(began)).astype(float),
    }


def _covered(table: pd.DataFrame, key: tuple[str, ...], window: float) -> pd.Series[float]:
    """Return the months that each spell adds to those of the spells before it: months in two spells count once."""
    known = table.dropna(subset=["start", "end"]).sort_values(["start", "end"], kind="stable")
    reached = known.groupby(list(key), observed=True)["end"].cummax()
    before = reached.groupby([known[name] for name in key], observed=True).shift(fill_value=0.0)
    added = (known["end"] - np.maximum(known["start"], before)).clip(lower=0.0, upper=window)
    return added.reindex(table.index, fill_value=0.0)
