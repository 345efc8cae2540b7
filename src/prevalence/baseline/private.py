"""The private part of a baseline: unit scores with hashed labels, for comparisons with rounds that visit the same areas."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from prevalence.baseline.labels import UnitLabels
from prevalence.baseline.rounds import Round
from prevalence.errors import LoadError
from prevalence.formulas.independent import Recorded, factor
from prevalence.formulas.rules import Linearised, Rule
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, StageUnits, Units
from prevalence.written import write_file

SCHEMA = "prevalence/baseline-private/1"
TABLES = ("rates", "numbers", "people")
STAGE_PARTS = ("unit", "stratum", "sampled", "fraction", "multiplier")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of files in an archive, so that equal contents give equal bytes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Private:
    """Scores of the cells of a record, in its order.

    Attributes
    ----------
    rule : Rule
    scores : mapping of table to sparse array, shape (pieces, cells)
    presence : sparse array, shape (units, cells)
    labels : UnitLabels or None
        Hashed.
    """

    rule: Rule
    scores: Mapping[str, Columns]
    presence: Columns
    labels: UnitLabels | None


def private_of(table: Round, salt: bytes) -> Private:
    """Return the private part of a round; designs whose variances are not linearised leave their covariance matrix alone."""
    samples = {name: each.sample for name, each in zip(TABLES, (table.rates, table.numbers, table.people), strict=True) if each}
    first = table.rates.sample
    if isinstance(first.rule, Linearised) and first.rule.selection is None:
        labels = table.labels.hashed(salt) if table.labels else None
        return Private(
            rule=first.rule, scores={name: each.scores for name, each in samples.items()}, presence=first.presence, labels=labels
        )
    cells = len(table.rates)
    scores = sparse.csc_array(sparse.hstack([each.scores for each in samples.values()], format="csc"))
    presence = sparse.csc_array(sparse.hstack([each.presence for each in samples.values()], format="csc"))
    whole = factor(first.rule.covariance(scores, presence))
    return Private(
        rule=Recorded(table.rates.numbers.df, table.rates.numbers.n_psu),
        scores={name: Columns(whole[:, place * cells : (place + 1) * cells]) for place, name in enumerate(samples)},
        presence=sparse.csc_array(sparse.identity(cells, format="csc")),
        labels=None,
    )


def write_private(part: Private, path: Path, record: str) -> Path:
    """Write a private part as ``.npz``; `record` is the digest of the public one."""
    return write_file(path, archive_of(part, record))


def archive_of(part: Private, record: str) -> bytes:
    """Return a private part as the bytes of an ``.npz`` file; `record` is the digest of the public one."""
    head: dict[str, Any] = {"schema": SCHEMA, "record": record, "tables": list(part.scores)}
    arrays: dict[str, Any] = _of_columns("presence", part.presence)
    for name, scores in part.scores.items():
        arrays |= _of_columns(f"scores_{name}", scores)
    if part.labels is not None:
        head |= {"salt": part.labels.salt.hex()}
        arrays |= {"unit_labels": np.array(part.labels.unit), "stratum_labels": np.array(part.labels.stratum)}
    if isinstance(part.rule, Linearised):
        head |= {
            "rule": "linearised",
            "lonely_psu": part.rule.lonely.rule,
            "lonely_domains": part.rule.lonely.domains,
            "df_rule": part.rule.df_rule,
            "stages": len(part.rule.units.stages),
        }
        for number, stage in enumerate(part.rule.units.stages):
            arrays |= {f"stage_{number}_{name}": getattr(stage, name) for name in STAGE_PARTS}
    else:
        assert isinstance(part.rule, Recorded)
        head |= {"rule": "recorded"}
        arrays |= {"df": part.rule.df, "n_psu": part.rule.n_psu}
    return _archive({**arrays, "head": np.array(json.dumps(head, sort_keys=True))})


def read_private(path: Path, record: str) -> Private:
    """Return the private part of the record with this digest.

    Raises
    ------
    LoadError
        If the file cannot be read, is of another schema, or belongs to another record.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(str(arrays["head"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise LoadError(
            f"{path.name} must be the private part of a baseline record (.npz); it cannot be read: {error}."
        ) from error
    if head.get("schema") != SCHEMA:
        raise LoadError(
            f"{path.name} must have the schema {SCHEMA!r}; found {head.get('schema')!r}. Write it anew from the survey."
        )
    if head["record"] != record:
        raise LoadError(
            f"{path.name} is the private part of another record, or the record was changed after it. Write both anew."
        )
    labels = None
    if "salt" in head:
        labels = UnitLabels(
            tuple(arrays["unit_labels"].tolist()), tuple(arrays["stratum_labels"].tolist()), bytes.fromhex(head["salt"])
        )
    return Private(
        rule=_rule(head, arrays),
        scores={name: _columns(f"scores_{name}", arrays) for name in head["tables"]},
        presence=_columns("presence", arrays),
        labels=labels,
    )


def _rule(head: Mapping[str, Any], arrays: Mapping[str, Any]) -> Rule:
    if head["rule"] == "recorded":
        return Recorded(arrays["df"], arrays["n_psu"])
    stages = [StageUnits(*(arrays[f"stage_{number}_{name}"] for name in STAGE_PARTS)) for number in range(head["stages"])]
    return Linearised(Units(tuple(stages)), Lonely(head["lonely_psu"], head["lonely_domains"]), head["df_rule"])


def _of_columns(name: str, array: Columns) -> dict[str, Any]:
    parts: Sequence[tuple[str, Any]] = (
        ("data", array.data),
        ("indices", array.indices),
        ("indptr", array.indptr),
        ("shape", array.shape),
    )
    return {f"{name}_{part}": np.asarray(value) for part, value in parts}


def _columns(name: str, arrays: Mapping[str, Any]) -> Columns:
    data: Floats = arrays[f"{name}_data"]
    shape = (int(arrays[f"{name}_shape"][0]), int(arrays[f"{name}_shape"][1]))
    return sparse.csc_array((data, arrays[f"{name}_indices"], arrays[f"{name}_indptr"]), shape=shape)


def _archive(arrays: Mapping[str, Any]) -> bytes:
    """Return an ``.npz`` file whose bytes depend on its contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            inside = io.BytesIO()
            np.save(inside, np.asarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", LONG_AGO), inside.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
