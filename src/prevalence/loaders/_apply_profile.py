"""Turns rows into a survey by a profile: filters, derives canonical columns, and records what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from prevalence.checks import as_names
from prevalence.design import Design
from prevalence.errors import LoadError, listed
from prevalence.loaders._profiles import read_profile
from prevalence.loaders.answers import answers_of, code_text
from prevalence.loaders.choices import with_choices
from prevalence.loaders.fit import Fit, fitted, renamed
from prevalence.loaders.recipes import Derived, derive
from prevalence.loaders.record import (
    canonical_codebook,
    garbled_notes,
    losses,
    require_known,
    unknown_notes,
    weight_notes,
    with_reasons,
    zero_weights,
)
from prevalence.loaders.schema import Profile
from prevalence.loaders.tidy import tidied
from prevalence.provenance import Codebook, Count, Provenance, Variable
from prevalence.rows import as_frame, require_columns
from prevalence.survey import Survey

SOURCE_SUFFIX = "_source"


def apply_profile(
    frame: Any,
    profile: str | Path | Profile,
    *,
    codebook: Codebook | None = None,
    provenance: Provenance | None = None,
    columns: Iterable[str] = (),
    name: str = "the data",
) -> Survey:
    """Return the survey that a profile makes of a frame.

    Parameters
    ----------
    frame : data frame
        pandas, or any frame that narwhals reads (it becomes pandas); never changed.
    profile : str, path or Profile
        Name of a shipped profile, or path of one's own TOML file.
    codebook : Codebook, optional
        Labels, value labels and declared missing codes of the columns of `frame`.
    provenance : Provenance, optional
        Where the rows come from.
    columns : iterable of str
        Columns to carry along beside those that the profile names.
    name : str
        What to call the data in messages.

    Returns
    -------
    Survey
        Columns that the profile names, with their codes, and canonical columns. A source column whose name a
        canonical one takes is kept with the ending ``_source``, unless both hold the same.

    Raises
    ------
    LoadError
        If the profile does not fit, or no row passes its filters.
    ColumnError
        If a column that must hold numbers holds text, or one of `columns` is absent.
    ConfigError
        If the profile is faulty.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"weight": [1.5, 1.5], "psu": [1, 2], "stratum": [1, 1], "hhid": [1, 2], "pid": [1, 1],
    ...                      "age": [9, 16], "sex": [1, 2]})
    >>> survey = pv.loaders.apply_profile(rows, "lfs-generic")
    >>> survey.data[["sex", "age_group"]].values.tolist()
    [['Male', '5-11'], ['Female', '15-17']]
    """
    rules = read_profile(profile)
    rows, names = _selected(frame, rules, tuple(columns))
    fit = fitted(rules, names, empty=[str(column) for column in rows.columns if rows[column].isna().all()], what=name)
    known = with_reasons(codebook or Codebook(), rules, rows)
    rows, prepared = _prepared(rows, fit, known)
    known = known.with_variables({made: Variable(label=recipe.label) for made, recipe in fit.prepared.items()})
    kept, counts = _kept(rows, rules, name)
    kept, lost = _with_lost_units(rows, kept, fit)
    derived = {variable: derive(recipe, kept, known) for variable, recipe in fit.variables.items()}
    require_known(derived, fit.variables, rules, name)
    data, moved = _joined(kept, derived)
    history = (provenance or Provenance()).add(
        counts=(
            *losses(prepared, fit.prepared),
            *counts,
            *lost,
            *losses(derived, fit.variables),
            *zero_weights(data, fit.design),
        ),
        notes=(
            *rules.notes,
            *fit.notes,
            *unknown_notes(prepared, fit.prepared, rules),
            *unknown_notes(derived, fit.variables, rules),
            *garbled_notes(derived, known),
            *weight_notes(data, fit.design),
        ),
    )
    return Survey(
        data,
        _moved_design(fit, moved),
        id=tuple(moved.get(column, column) for column in fit.id) or None,
        codebook=canonical_codebook(known, fit.variables, derived, moved),
        provenance=replace(history, profile=rules.name),
    )


def _selected(frame: Any, profile: Profile, extra: tuple[str, ...]) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns asked for, as pandas in the profile's spelling, and the names of all columns so spelt."""
    whole = as_frame(frame)
    present = tuple(whole.collect_schema().names())
    require_columns(frame, extra)
    found = renamed(profile, present, extra)
    selected = whole.select(list(found))
    eager = selected.collect() if isinstance(selected, nw.LazyFrame) else selected
    rows = with_choices(tidied(eager.to_pandas().rename(columns=found).reset_index(drop=True)), profile)
    return rows, [found.get(name, name) for name in present]


def _prepared(rows: pd.DataFrame, fit: Fit, known: Codebook) -> tuple[pd.DataFrame, dict[str, Derived]]:
    """Return the rows with the columns that are made before any row is left out, each from those before it."""
    made: dict[str, Derived] = {}
    for name, recipe in fit.prepared.items():
        made[name] = derive(recipe, rows, known)
        rows = rows.assign(**{name: _plain_text(made[name].values)})
    return rows, made


def _kept(rows: pd.DataFrame, profile: Profile, name: str) -> tuple[pd.DataFrame, tuple[Count, ...]]:
    if rows.empty:
        raise LoadError(f"{name} holds no rows. Check the file.")
    counts = []
    for column, rule in profile.keep.items():
        answers = answers_of(rows, column, {}, Codebook())
        wanted = set(map(code_text, rule.codes))
        keep = answers.spread(float(text in wanted) for text in answers.texts) == 1
        if not keep.any():
            raise LoadError(
                f"No row of {name} passes the filter of profile {profile.name!r}: {column} must be {listed(rule.codes)}; "
                f"found {listed(answers.values)}. Check the codes of this column."
            )
        if dropped := int((~keep).sum()):
            counts.append(Count(step=f"keep {column}", rows=dropped, reason=f"dropped: {rule.reason}"))
        rows = rows[keep].reset_index(drop=True)
    return rows, tuple(counts)


def _with_lost_units(rows: pd.DataFrame, kept: pd.DataFrame, fit: Fit) -> tuple[pd.DataFrame, tuple[Count, ...]]:
    """Return the kept rows and, of each sampling unit that lost all its rows, one row of weight zero without answers.

    A unit in which nobody completed the interview was sampled all the same: without it the variance would be that of another
    design, and its stratum might seem to have a single unit.
    """
    design = fit.design
    units = [*design.strata, *design.units]
    if not design.units or len(kept) == len(rows) or not set(design.columns) <= set(rows.columns):
        return kept, ()
    first = rows.drop_duplicates(units)
    lost = first[~pd.MultiIndex.from_frame(first[units]).isin(pd.MultiIndex.from_frame(kept[units]))].dropna(subset=units)
    if lost.empty:
        return kept, ()
    named = lost[list(dict.fromkeys((*design.columns, *(name for name in fit.id if name in lost))))]
    stand_in = named.reindex(columns=rows.columns).assign(**{design.weight: 0})
    reason = "kept with weight zero and without answers: stands for a sampling unit in which no row passed the filter"
    return pd.concat([kept, stand_in], ignore_index=True), (Count(step="units", rows=len(stand_in), reason=reason),)


def _joined(rows: pd.DataFrame, derived: Mapping[str, Derived]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return rows with canonical columns, and where source columns of the same names went."""
    made = {name: pd.Series(_plain_text(result.values), index=rows.index) for name, result in derived.items()}
    moved = {name: f"{name}{SOURCE_SUFFIX}" for name in made if name in rows.columns and not _same(rows[name], made[name])}
    placed = {moved.get(str(name), str(name)): rows[name] for name in rows.columns}
    return pd.DataFrame({**placed, **made}), moved


def _plain_text(values: Any) -> Any:
    """Return text as a list, of which pandas makes its own text type; numbers as they are."""
    return values if values.dtype.kind == "f" else values.tolist()


def _same(source: pd.Series[Any], made: pd.Series[Any]) -> bool:
    """Return whether two columns hold the same values, types aside."""
    both_missing = source.isna() & made.isna()
    return bool(((source.astype(object) == made.astype(object)) | both_missing).all())


def _moved_design(fit: Fit, moved: Mapping[str, str]) -> Design:
    def place(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(moved.get(name, name) for name in names)

    design = fit.design
    return replace(
        design,
        weight=place([design.weight])[0],
        stratum=place(design.strata) or None,
        psu=place(design.units) or None,
        fpc=next(iter(place(as_names(design.fpc))), None),
    )
