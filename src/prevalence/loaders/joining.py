"""Adds the columns of another file to the rows that carry its key, and counts what does not match on either side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.errors import DataError, LoadError, counted, listed
from prevalence.loaders.keys import key_codes, key_text, positions
from prevalence.loaders.opened import Raw
from prevalence.loaders.schema import Join
from prevalence.loaders.stacking import Stack
from prevalence.provenance import Codebook, Count
from prevalence.rows import Codes


def joined(main: Stack, other: Stack, join: Join, role: str, columns: Mapping[str, str]) -> tuple[Stack, tuple[Count, ...]]:
    """Return the rows of `main` with columns of `other`, and counts of what did not match.

    Parameters
    ----------
    main, other : Stack
    join : Join
        Keys, and what to do with rows of `main` that match none of `other`.
    role : str
        Name of the other file in the profile.
    columns : mapping of new name to column
        Columns of `other` to take.

    Raises
    ------
    DataError
        If rows of `other` that are asked for share their key.
    LoadError
        If no row matches.
    """
    rows, source = main.raw.frame, other.raw.frame
    wanted, held = key_codes([(rows, tuple(join.keys)), (source, tuple(join.keys.values()))])
    _require_unique(wanted, held, source, join, other.name)
    found = positions(wanted, held)
    unmatched = found < 0
    if unmatched.all():
        shown = _examples(rows, join.keys, unmatched) or "none"
        raise LoadError(
            f"No row of {main.name} matches one of {other.name} by {_shown(join)}; keys such as {shown} are not in {other.name}. "
            f"Check that the files belong together, or name the key columns under [join.{role}] keys."
        )
    taken = source[list(columns.values())].set_axis(list(columns), axis=1).reset_index(drop=True)
    frame = rows.assign(**{name: _taken(taken[name], found) for name in columns})
    if join.unmatched == "drop":
        frame = frame[~unmatched].reset_index(drop=True)
    variables = {
        name: other.raw.codebook.variables[column] for name, column in columns.items() if column in other.raw.codebook.variables
    }
    raw = Raw(
        frame=frame,
        codebook=Codebook({**main.raw.codebook.variables, **variables}),
        notes=(*main.raw.notes, *other.raw.notes),
    )
    unused = len(source) - len(np.unique(found[~unmatched]))
    return replace(main, raw=raw), _counts(role, join, int(unmatched.sum()), unused, main.name, other.name)


def _counts(role: str, join: Join, unmatched: int, unused: int, main: str, other: str) -> tuple[Count, ...]:
    done = "dropped" if join.unmatched == "drop" else "kept, its columns are missing"
    found = {f"{done}: rows of {main} without a match in {other} ({_shown(join)})": unmatched}
    found[f"not taken: rows of {other} that no row of {main} asks for"] = unused
    return tuple(Count(step=f"join {role}", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _shown(join: Join) -> str:
    return ", ".join(mine if mine == theirs else f"{mine} = {theirs}" for mine, theirs in join.keys.items())


def _taken(column: pd.Series[Any], rows: Codes) -> pd.Series[Any]:
    """Return the values at the rows, missing where the row is -1; whole numbers stay whole where none is missing."""
    return column.reindex(rows).reset_index(drop=True) if (rows < 0).any() else column.iloc[rows].reset_index(drop=True)


def _require_unique(wanted: Codes, held: Codes, source: pd.DataFrame, join: Join, name: str) -> None:
    """Raise `DataError` if a key that rows ask for stands in several rows of the other file."""
    asked = np.isin(held, wanted[wanted >= 0])
    repeated = asked & pd.Series(held).duplicated(keep=False).to_numpy()
    if repeated.any():
        keys = np.unique(held[repeated])
        raise DataError(
            f"Each row of {name} must have its own key ({', '.join(join.keys.values())}); {counted(len(keys), 'key')} "
            f"{'stands' if len(keys) == 1 else 'stand'} in several rows, for example {_examples(source, join.keys.values(), repeated)}. "
            "Remove the duplicates, or name the columns that tell the rows apart."
        )


def _examples(frame: pd.DataFrame, columns: Iterable[str], rows: npt.NDArray[np.bool_]) -> str:
    """Return the keys of up to three of the rows, and how many more there are."""
    shown = frame.loc[rows, list(columns)].dropna().drop_duplicates()
    return listed(dict.fromkeys(", ".join(key_text(part) or "" for part in key) for key in shown.itertuples(index=False)))
