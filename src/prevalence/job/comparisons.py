"""Comparisons of baseline records for the command line: change between two, progress over several, written as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prevalence.baseline import Baseline, Change, Goal, Progress, RoundSeries, change, progress, read, round_series
from prevalence.baseline.series import METHODS
from prevalence.errors import OptionError, check_option, listed
from prevalence.formulas.significance import ADJUSTMENTS
from prevalence.plot.words import name_of
from prevalence.report.baseline_pages import change_page, progress_page
from prevalence.written import made_folder, write_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is to be reached, as ``pv.baseline.progress`` takes it; `of` says whether it is a rate or a number."""

    target: float | None
    year: float
    kind: str
    ending: float | None
    of: str


def compare_records(
    old: Path,
    new: Path,
    *,
    private: tuple[Path | None, Path | None] = (None, None),
    cells: Mapping[str, str] | None = None,
    samples: str = "auto",
    correlation: float | None = None,
    standardise: Sequence[str] = (),
    adjust: str | None = None,
    force: Sequence[str] = (),
    level: float = 0.95,
    out: Path | None = None,
) -> tuple[Change, tuple[str, ...]]:
    """Return the change between two records and the names of the files that were written to `out`.

    Raises
    ------
    PrevalenceError
        As ``pv.baseline.change``, or if the folder cannot be written.
    """
    if adjust is not None:
        check_option("adjust", adjust, ADJUSTMENTS)
    method = next((name for name in ADJUSTMENTS if name == adjust), None)
    first, second = (read(path, private=part) for path, part in zip((old, new), private, strict=True))
    found = change(
        first,
        second,
        cells=cells or None,
        samples=samples,
        correlation=correlation,
        standardise=standardise,
        adjust=method,
        force=force,
        level=level,
    )
    if out is None:
        return found, ()
    folder = made_folder(out)
    what = first.record
    title = f"{name_of(what.what.indicator_code)}{f', {what.how.country}' if what.how.country else ''}: {found.rounds}"
    written = (
        found.to_csv(folder / "change.csv"),
        found.to_json(folder / "change.json"),
        write_file(folder / "change.html", change_page(found, title=title)),
    )
    return found, tuple(path.name for path in written)


def follow_records(
    records: Sequence[Path],
    *,
    private: Sequence[Path] = (),
    cell: Mapping[str, str] | None = None,
    aim: Aim | None = None,
    method: str = "two-point",
    drift: float = 0.0,
    samples: str = "auto",
    correlation: float | None = None,
    force: Sequence[str] = (),
    out: Path | None = None,
) -> tuple[RoundSeries, Progress, tuple[str, ...]]:
    """Return series and progress of one cell, and the names of the files that were written to `out`.

    `aim` is by default the goal of the oldest record.

    Raises
    ------
    PrevalenceError
        As ``pv.baseline.round_series`` and ``pv.baseline.progress``, or if the folder cannot be written.
    """
    check_option("method", method, METHODS)
    if private and len(private) != len(records):
        raise OptionError(f"Give a private part for each of the {len(records)} records, in their order; found {len(private)}.")
    parts: Sequence[Path | None] = private or [None] * len(records)
    read_all = [read(path, private=part) for path, part in zip(records, parts, strict=True)]
    wanted = aim or aim_of(read_all)
    rounds = round_series(read_all, cell=cell or None, of=wanted.of, samples=samples, correlation=correlation, force=force)
    found = progress(
        rounds.years.tolist(),
        rounds.values.tolist(),
        covariance=rounds.covariance.tolist(),
        target=wanted.target,
        target_year=wanted.year,
        kind=wanted.kind,
        ending=wanted.ending,
        method=next(name for name in METHODS if name == method),
        drift=drift,
    )
    if out is None:
        return rounds, found, ()
    folder = made_folder(out)
    page = progress_page(rounds, found, ending=wanted.ending, drift=drift, target=wanted.target)
    written = (
        rounds.to_csv(folder / "rounds.csv"),
        found.to_csv(folder / "progress.csv"),
        write_file(folder / "progress.html", page),
    )
    return rounds, found, tuple(path.name for path in written)


def aim_of(records: Sequence[Baseline]) -> Aim:
    """Return the goal of the oldest record that has one.

    Raises
    ------
    OptionError
        If none has.
    """
    goals = [each.record.goal for each in sorted(records, key=lambda each: each.year) if each.record.goal is not None]
    if not goals:
        names = [each.record.how.survey or f"{each.year:g}" for each in records]
        raise OptionError(f"No record has a goal: {listed(names)}. Say what is to be reached: --target 0.05 --target-year 2030.")
    return _aim(goals[0])


def _aim(goal: Goal) -> Aim:
    return Aim(
        target=goal.target,
        year=goal.year,
        kind="level" if goal.kind == "level" else "reduction",
        ending=goal.ending,
        of="number" if goal.kind == "count-reduction" else "rate",
    )
