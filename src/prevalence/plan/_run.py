"""``pv.plan.run``: from a configuration to a folder with the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prevalence import classify
from prevalence.errors import ConfigError, LoadError, counted, listed
from prevalence.loaders import load
from prevalence.plan._households import children_per_household
from prevalence.plan._icc import VarianceComponents, icc
from prevalence.plan._sample_plan import SamplePlan, sample_plan
from prevalence.plan.config import EarlierTable, FrameTable, PlanFile, read_plan
from prevalence.plan.fieldwork import Fieldwork
from prevalence.plan.page import Part, html
from prevalence.provenance import software
from prevalence.shown import Shown, csv_text, plain
from prevalence.written import json_text, made_folder, records, write_file

SCHEMA = "prevalence/plan/1"
EARLIER_TEXT = (
    "Intra-class correlation (icc) with its standard error, the share of the variance that lies between strata, people a unit, the design effect of the earlier "
    "round and that of the model with these components."
)
PRECISION_TEXT = (
    "Expected standard error, coefficient of variation and margin of error of each target in each domain. Decisive: one cluster fewer in each stratum "
    "would break the target. Detectable: the smallest fall of the rate that another such round would show."
)
STRATA_TEXT = "Clusters, households and people expected to answer. The weight is that of a household."
FIELD_TEXT = (
    "Areas to visit. In each draw the given number of households from a new list: numbers start, start + interval, ... rounded up. Where the "
    "listing finds another number of households than the census, multiply start and interval by the new number over size."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResults:
    """What a run wrote.

    Attributes
    ----------
    folder : Path
    files : tuple of str
    plan : SamplePlan
    fieldwork : Fieldwork or None
        None where the configuration names no frame.
    earlier : VarianceComponents or None
        None where the configuration gives the correlations.
    """

    folder: Path
    files: tuple[str, ...]
    plan: SamplePlan
    fieldwork: Fieldwork | None
    earlier: VarianceComponents | None

    def __repr__(self) -> str:
        return (
            f"PlanResults: {counted(self.plan.clusters, 'cluster')}, {counted(self.plan.households, 'household')} in {counted(len(self.files), 'file')} "
            f"in {self.folder.name!r}"
        )


def run(path: str | Path, *, out: str | Path) -> PlanResults:
    """Make the plan of a configuration and write it.

    Parameters
    ----------
    path : path
        TOML file; see the page "Plan the next round".
    out : path
        Folder for the results. It need not exist; other files in it stay.

    Returns
    -------
    PlanResults
        The folder holds ``strata.csv``, ``precision.csv``, ``plan.json`` and ``plan.html``; with a frame ``fieldwork.csv``, with
        an earlier round ``earlier.csv``. The same files and versions give the same bytes.

    Raises
    ------
    ConfigError
        If the configuration has faults; all are listed.
    PrevalenceError
        If files do not hold what is needed, or the precision cannot be had.
    OutputError
        If the folder cannot be written; this is found out before the work.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.run("no-such.toml", out="results")
    Traceback (most recent call last):
    prevalence.errors.ConfigError: The plan 'no-such.toml' cannot be read: No such file or directory. Check its path.
    """
    file = read_plan(path)
    folder = made_folder(Path(out))
    config = file.config
    earlier = _earlier(file, config.earlier) if config.earlier else None
    frame = _read_csv(file.folder / config.frame.file) if config.frame else None
    plan = _planned(file, earlier, frame)
    field = None
    if config.frame is not None:
        columns = config.frame
        field = plan.fieldwork(
            frame, seed=config.seed, unit=columns.unit, stratum=columns.stratum, size=columns.size, order=columns.order or None
        )
    written = [write_file(folder / name, text) for name, text in _texts(file, plan, field, earlier).items()]
    return PlanResults(folder=folder, files=tuple(each.name for each in written), plan=plan, fieldwork=field, earlier=earlier)


def _earlier(file: PlanFile, asked: EarlierTable) -> VarianceComponents:
    """Return the variance components of the earlier round, of the domain that is planned for."""
    survey = load([file.folder / name for name in asked.files], profile=file.place(asked.profile))
    definition = file.place(asked.definition)
    classified = (
        classify.child_labour(survey, definition=definition)
        if asked.measure == "child_labour"
        else classify.forced_labour(survey, definition=definition)
    )
    found = icc(classified, asked.measure, household=asked.household or None, by=asked.by or None)
    if asked.by and asked.domain not in found.domain:
        raise ConfigError(f"domain must be a level of {asked.by!r}: {listed(found.domain, limit=20)}; found {asked.domain!r}.")
    return found


def _planned(file: PlanFile, earlier: VarianceComponents | None, frame: Any) -> SamplePlan:
    config = file.config
    place = earlier.domain.index(config.earlier.domain) if earlier and config.earlier and config.earlier.domain else -1
    correlation, household, rate = 0.0, 0.0, None
    if earlier is not None:
        # A negative correlation is noise about zero, and one that was not asked for is missing.
        correlation, rate = max(float(earlier.icc[place]), 0.0), float(earlier.rate[place])
        household = max(float(earlier.household_icc[place]), 0.0) if config.earlier and config.earlier.household else 0.0
    elif config.clustering is not None:
        correlation, household = config.clustering.icc, config.clustering.household_icc
    strata = _read_csv(file.folder / config.strata.file) if config.strata else _strata_of(frame, config.frame)
    targets = [table.target(rate if table.rate is None and rate is not None else table.rate or 0.0) for table in config.targets]
    return sample_plan(
        strata,
        targets,
        households_per_cluster=config.interviews.households_per_cluster,
        children=children_per_household(config.interviews.children),
        icc=correlation,
        household_icc=household,
        who=config.interviews.who,
        response=config.interviews.response,
        weighting=config.interviews.weighting,
        allocation=config.allocation.method,
        exponent=config.allocation.exponent,
        minimum_clusters=config.allocation.minimum_clusters,
    )


def _read_csv(path: Path) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise LoadError(f"{path.name} must be a CSV file with a header; it cannot be read: {error}.") from error


def _strata_of(frame: Any, columns: FrameTable | None) -> Any:
    """Return the strata of a frame: households and areas summed, and the columns that are one and the same within every stratum."""
    if columns is None:
        raise ConfigError("give [frame] or [strata].")
    absent = [name for name in (columns.unit, columns.stratum, columns.size) if name not in frame.columns]
    if absent:
        raise ConfigError(
            f"{columns.file} must have the columns that [frame] names; absent: {listed(absent)}. It has {listed(frame.columns, limit=20)}."
        )
    groups = frame.groupby(columns.stratum, sort=True)
    strata = groups[columns.size].agg(households="sum", clusters="size")
    taken = {columns.unit, columns.stratum, columns.size, "households", "clusters", "stratum"}
    for name in [name for name in frame.columns if name not in taken]:
        if (groups[name].nunique(dropna=False) == 1).all():
            strata[name] = groups[name].first()
    return strata.rename_axis("stratum").reset_index()


def _texts(file: PlanFile, plan: SamplePlan, field: Fieldwork | None, earlier: VarianceComponents | None) -> dict[str, str]:
    named = {"strata": plan.strata, "precision": plan.precision, "fieldwork": field, "earlier": earlier}
    tables = {name: table for name, table in named.items() if table is not None}
    texts = {f"{name}.csv": csv_text(table.columns()) for name, table in tables.items()}
    texts["plan.json"] = _json(file, plan, tables)
    texts["plan.html"] = _page(file, plan, field, earlier)
    return texts


def _json(file: PlanFile, plan: SamplePlan, tables: Mapping[str, Shown]) -> str:
    document = {
        "schema": SCHEMA,
        "configuration": file.config.model_dump(mode="json", exclude_none=True),
        "clusters": plan.clusters,
        "households": plan.households,
        "software": software(),
        **{name: records({key: plain(column) for key, column in table.columns().items()}) for name, table in tables.items()},
    }
    return json_text(document)


def _page(file: PlanFile, plan: SamplePlan, field: Fieldwork | None, earlier: VarianceComponents | None) -> str:
    take = plan.interviews
    who = "one child a household" if take.who == "one" else "all children of a household"
    lead = (
        f"{counted(plan.clusters, 'cluster')} and {counted(plan.households, 'household')}, {take.households} a cluster, {who}; allocation {plan.allocation}. "
        f"Intra-class correlation {take.icc:.3f}{f', in the household {take.household_icc:.3f}' if take.household_icc else ''}; response {take.response:.0%}."
    )
    parts = [
        Part("Precision to expect", PRECISION_TEXT, plan.precision),
        Part("Sample by stratum and stage", STRATA_TEXT, plan.strata),
    ]
    parts += [Part("What the earlier round says", EARLIER_TEXT, earlier)] if earlier is not None else []
    parts += [Part("Field work", FIELD_TEXT, field)] if field is not None else []
    return html(file.config.title, lead, parts, software())
