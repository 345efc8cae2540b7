"""Adds the columns of another file to the rows that carry its key, and counts what does not match on either side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from prevalence.errors import DataError, LoadError, counted, listed
from prevalence.loaders.opened import Raw
from prevalence.loaders.schema import Join
from prevalence.loaders.stacking import Stack
from prevalence.provenance import Codebook, Count
from prevalence.rows import Codes, plain

WHOLE = re.compile(r"([+-]?)0*(\d+)(\.0*)?")
BETWEEN = "\x1f"


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
    keys, other_keys = _keys(rows, join.keys), _keys(source, join.keys.values())
    positions = _positions(keys, other_keys, join, other.name)
    unmatched = positions < 0
    if unmatched.all():
        shown = _examples(dict.fromkeys(key for key in keys if key is not None)) or "none"
        raise LoadError(
            f"No row of {main.name} matches one of {other.name} by {_shown(join)}; keys such as {shown} are not in {other.name}. "
            f"Check that the files belong together, or name the key columns under [join.{role}] keys."
        )
    taken = source[list(columns.values())].set_axis(list(columns), axis=1).reset_index(drop=True)
    frame = rows.assign(**{name: _taken(taken[name], positions) for name in columns})
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
    unused = len(source) - len(np.unique(positions[~unmatched]))
    return replace(main, raw=raw), _counts(role, join, int(unmatched.sum()), unused, main.name, other.name)


def _counts(role: str, join: Join, unmatched: int, unused: int, main: str, other: str) -> tuple[Count, ...]:
    done = "dropped" if join.unmatched == "drop" else "kept, its columns are missing"
    found = {f"{done}: rows of {main} without a match in {other} ({_shown(join)})": unmatched}
    found[f"not taken: rows of {other} that no row of {main} asks for"] = unused
    return tuple(Count(step=f"join {role}", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _shown(join: Join) -> str:
    return ", ".join(mine if mine == theirs else f"{mine} = {theirs}" for mine, theirs in join.keys.items())


def _taken(column: pd.Series[Any], positions: Codes) -> pd.Series[Any]:
    """Return the values at the positions, missing where the position is -1; whole numbers stay whole where none is missing."""
    return (
        column.reindex(positions).reset_index(drop=True)
        if (positions < 0).any()
        else column.iloc[positions].reset_index(drop=True)
    )


def _keys(frame: pd.DataFrame, columns: Iterable[str]) -> list[str | None]:
    """Return one text a row that numbers and text of the same code share, missing where a part is missing."""
    parts = []
    for column in columns:
        positions, distinct = pd.factorize(frame[column], use_na_sentinel=True)
        texts = np.array([*(_key_text(value) for value in distinct), None], dtype=object)
        parts.append(texts[positions])
    return [None if None in row else BETWEEN.join(row) for row in zip(*parts, strict=True)]


def _key_text(value: object) -> str:
    """Return 7, 7.0, "7" and "007" as one text; other text keeps its case, long numbers keep all digits."""
    text = str(plain(value)).strip()
    whole = WHOLE.fullmatch(text)
    return f"{whole[1].replace('+', '')}{whole[2]}" if whole else text


def _positions(keys: Sequence[str | None], other: Sequence[str | None], join: Join, name: str) -> Codes:
    """Return, for each key, the row of the other file that holds it; -1 for none."""
    rows: dict[str, int] = {}
    repeated: dict[str, None] = {}
    for row, key in enumerate(other):
        if key is not None and rows.setdefault(key, row) != row:
            repeated[key] = None
    asked = sorted(repeated.keys() & set(keys))
    if asked:
        raise DataError(
            f"Each row of {name} must have its own key ({', '.join(join.keys.values())}); {counted(len(asked), 'key')} "
            f"{'stands' if len(asked) == 1 else 'stand'} in several rows, for example {_examples(asked)}. "
            "Remove the duplicates, or name the columns that tell the rows apart."
        )
    return np.array([-1 if key is None else rows.get(key, -1) for key in keys], dtype=np.int64)


def _examples(keys: Iterable[str]) -> str:
    return listed(key.replace(BETWEEN, ", ") for key in keys)
