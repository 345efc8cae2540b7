"""``pv.simulate.write_sample``: the files of ``data/sample``, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd
import pyreadstat

from prevalence.errors import OutputError
from prevalence.simulate._draws import generator
from prevalence.simulate._layout import Column, layout
from prevalence.simulate._margins import margin_frame
from prevalence.simulate._mics import mics_frame
from prevalence.simulate._population import Population, population
from prevalence.simulate._sample import sample
from prevalence.simulate._surveys import labour_force_frame, worker_frame
from prevalence.written import write_by

SEED = 20250612
"""The seed of the files in ``data/sample``."""
ANSWER_STREAM = 2_000
CHILDREN_FILE, WORKERS_FILE, LABOUR_FORCE_FILE = "children.sav", "workers.dta", "lfs.parquet"
MARGINS_FILE, WORKER_MARGINS_FILE, TRUTH_FILE = "margins.csv", "margins_workers.csv", "truth.csv"
STATA_FORMAT = 14
"""Format 118: 13 garbles accents, 15 is the large layout that the basic edition of Stata cannot open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFrames:
    """The files of ``data/sample`` as frames.

    Attributes
    ----------
    children, workers, labour_force : frame
        Rows as the files hold them: codes, special codes, empty cells.
    margins, worker_margins : frame
        ``margin, level, population`` of children of 5-17 and of adult workers.
    truth : frame
        ``Population.truth()``.
    """

    children: pd.DataFrame
    workers: pd.DataFrame
    labour_force: pd.DataFrame
    margins: pd.DataFrame
    worker_margins: pd.DataFrame
    truth: pd.DataFrame


def sample_frames(source: Population | None = None, *, seed: int = SEED) -> SampleFrames:
    """Return what `write_sample` writes.

    Parameters
    ----------
    source : Population, optional
        By default ``population(seed=seed)``.
    seed : int
        Seed of the three samples, of the answers, and of the default population.

    Returns
    -------
    SampleFrames
    """
    source = population(seed=seed) if source is None else source
    children = sample(source, areas_per_stratum=16, households_per_area=30, children="one", seed=seed + 1)
    workers = sample(source, areas_per_stratum=20, households_per_area=24, seed=seed + 2)
    labour_force = sample(source, areas_per_stratum=14, households_per_area=20, seed=seed + 3)
    persons = source.persons
    return SampleFrames(
        children=mics_frame(children, generator(seed, ANSWER_STREAM, 1)),
        workers=worker_frame(workers, generator(seed, ANSWER_STREAM, 2)),
        labour_force=labour_force_frame(labour_force, generator(seed, ANSWER_STREAM, 3)),
        margins=margin_frame(source, persons["child_labour"].notna().to_numpy()),
        worker_margins=margin_frame(source, persons["forced_labour"].notna().to_numpy()),
        truth=source.truth(),
    )


def write_sample(folder: str | PathLike[str], *, seed: int = SEED) -> tuple[Path, ...]:
    """Write the files of ``data/sample``.

    Parameters
    ----------
    folder : path
        Where they go; it must exist. Each file is written to a temporary name and renamed.
    seed : int
        The same seed gives the same values; bytes may differ, for the formats hold the time of writing.

    Returns
    -------
    tuple of Path
        ``children.sav, workers.dta, lfs.parquet, margins.csv, margins_workers.csv, truth.csv``.

    Raises
    ------
    OutputError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_sample(folder)][:3]
    ['children.sav', 'workers.dta', 'lfs.parquet']
    """
    target = Path(folder)
    if not target.is_dir():
        raise OutputError(f"The folder for the sample must exist; {str(folder)!r} is no folder. Make it first.")
    frames = sample_frames(seed=seed)
    return (
        write_by(target / CHILDREN_FILE, lambda path: _write_sav(frames.children, path)),
        write_by(target / WORKERS_FILE, lambda path: _write_dta(frames.workers, path)),
        write_by(target / LABOUR_FORCE_FILE, lambda path: frames.labour_force.to_parquet(path, index=False)),
        write_by(target / MARGINS_FILE, lambda path: _write_csv(frames.margins, path)),
        write_by(target / WORKER_MARGINS_FILE, lambda path: _write_csv(frames.worker_margins, path)),
        write_by(target / TRUTH_FILE, lambda path: _write_csv(frames.truth, path)),
    )


def _write_sav(frame: pd.DataFrame, path: Path) -> None:
    columns = layout("children")
    pyreadstat.write_sav(
        frame,
        path,
        file_label="Simulated children 5-17 of fictional countries",
        column_labels=_labels(columns),
        row_compress=True,
        variable_value_labels=_value_labels(columns),
        missing_ranges={
            column.name: [{"lo": column.missing[0], "hi": column.missing[1]}] for column in columns if column.missing
        },
        variable_format={column.name: column.format for column in columns},
    )


def _write_dta(frame: pd.DataFrame, path: Path) -> None:
    columns = layout("workers")
    pyreadstat.write_dta(
        frame,
        path,
        file_label="Simulated workers of fictional countries",
        column_labels=_labels(columns),
        version=STATA_FORMAT,
        variable_value_labels=_value_labels(columns),
    )


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", float_format="%.10g")


def _labels(columns: tuple[Column, ...]) -> dict[str, str | None]:
    return {column.name: column.label for column in columns}


def _value_labels(columns: tuple[Column, ...]) -> dict[str, dict[int | float, str]]:
    return {column.name: dict(column.labels) for column in columns if column.labels}
