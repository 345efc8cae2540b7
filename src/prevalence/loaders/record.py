"""What a profile did to the rows, for codebook and provenance: labels, levels, reasons, counts and notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy.typing as npt
import pandas as pd

from prevalence.design import Design
from prevalence.errors import LoadError, counted, listed
from prevalence.loaders.answers import as_code
from prevalence.loaders.recipes import Derived
from prevalence.loaders.schema import AnyRecipe, FirstKnown, Number, Profile, Sum
from prevalence.provenance import Codebook, Count, Variable

LONGEST_LIST = 3
GARBLED = re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\ufffd")
"""UTF-8 read as Latin-1 or Windows-1252, and what stands for bytes that could not be read."""
FARTHEST_MEAN = 5.0
"""Part of a file (one region, one sex) may well average 0.3 or 3; a forgotten or doubled division is off by far more."""


def with_reasons(codebook: Codebook, profile: Profile, rows: pd.DataFrame) -> Codebook:
    """Return the codebook of the source columns, with the missing codes of the profile beside those of the file."""
    found = {str(name): codebook.variables.get(str(name), Variable()) for name in rows.columns}
    for recipe in (*profile.prepare.values(), *profile.variables.values()):
        for column in recipe.sources:
            if column in found and recipe.missing:
                reasons = {as_code(code): reason for code, reason in recipe.missing.items()}
                found[column] = replace(found[column], missing={**found[column].missing, **reasons})
    return Codebook({**codebook.variables, **found})


def canonical_codebook(
    known: Codebook, variables: Mapping[str, AnyRecipe], derived: Mapping[str, Derived], moved: Mapping[str, str]
) -> Codebook:
    """Return the codebook with the canonical columns: levels in display order, and the reasons of missing codes."""
    source = {moved.get(name, name): variable for name, variable in known.variables.items()}
    made = {}
    for name, recipe in variables.items():
        label = recipe.label or next((known.variables[c].label for c in recipe.sources[:1] if c in known.variables), "")
        reasons = {as_code(code): reason for code, reason in recipe.missing.items()}
        for column in recipe.sources:
            reasons = {**(known.variables[column].missing if column in known.variables else {}), **reasons}
        made[name] = Variable(label=label, levels={level: level for level in derived[name].levels}, missing=reasons)
    return Codebook({**source, **made})


def losses(derived: Mapping[str, Derived], variables: Mapping[str, AnyRecipe]) -> tuple[Count, ...]:
    """Return, for each canonical column, how many answers became missing and why, and how many codes were repaired."""
    counts = []
    for name, result in derived.items():
        columns = _shown(variables[name])
        if result.emptied:
            each = ", each item counted" if len(variables[name].sources) > 1 else ""
            reason = f"no answer in {columns}{each}: {_tally(result.emptied)}"
            counts.append(Count(step=name, rows=sum(result.emptied.values()), reason=reason))
        if result.unknown:
            reason = f"answers of {columns} that the profile does not know, set to missing"
            counts.append(Count(step=name, rows=sum(result.unknown.values()), reason=reason))
        if result.stood_in:
            reason = f"{columns.partition(', ')[0]} has no number, another column stands in: {_tally(result.stood_in)}"
            counts.append(Count(step=name, rows=sum(result.stood_in.values()), reason=reason))
        if result.repaired:
            counts.append(Count(step=name, rows=result.repaired, reason=f"leading zero of {columns} restored"))
    return tuple(counts)


def _tally(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {size:,}" for name, size in sorted(rows.items()))


def _shown(recipe: AnyRecipe) -> str:
    """Return up to three of the columns that an operation reads, and how many more there are."""
    more = len(recipe.sources) - LONGEST_LIST
    return ", ".join(recipe.sources[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")


def unknown_notes(derived: Mapping[str, Derived], variables: Mapping[str, AnyRecipe], profile: Profile) -> tuple[str, ...]:
    """Return a sentence with examples for each canonical column whose answers the profile does not know."""
    return tuple(
        f"{name}: {counted(sum(result.unknown.values()), 'answer')} of {_shown(variables[name])} not known to profile "
        f"{profile.name!r} became missing, for example {listed(as_code(text) for text in result.unknown)}."
        for name, result in derived.items()
        if result.unknown
    )


def zero_weights(data: pd.DataFrame, design: Design) -> tuple[Count, ...]:
    """Return the count of rows of weight zero; they stay, for their units belong to the sample."""
    rows = int((pd.to_numeric(data[design.weight], errors="coerce") == 0).sum())
    return (Count(step="weights", rows=rows, reason="weight zero: in the design, in no estimate"),) if rows else ()


def require_known(derived: Mapping[str, Derived], variables: Mapping[str, AnyRecipe], profile: Profile, name: str) -> None:
    """Raise `LoadError` if a variable that is not optional has answers and none of them can be used.

    A number is refused only if half of all rows have one: hours may be out of range for the one child who works.
    """
    for made, result in derived.items():
        recipe, rows = variables[made], sum(result.unknown.values())
        if recipe.optional or not rows or not pd.isna(result.values).all():
            continue
        examples = (
            f"{name} has {listed(as_code(text) for text in result.unknown)} in {_shown(recipe)} ({counted(rows, 'answer')})"
        )
        if not isinstance(recipe, Number | Sum | FirstKnown):
            raise LoadError(
                f"Profile {profile.name!r} knows none of the answers that {made} is made of: {examples}. "
                f"Define [variables.{made}] with these codes in a profile that extends {profile.name!r}."
            )
        if 2 * rows >= len(result.values):
            low, high = recipe.valid or (0, 0)
            raise LoadError(
                f"{made} must lie between {low:g} and {high:g}; {examples}. Dates, months or codes may stand in the column: "
                f"compute the number first, or define [variables.{made}] in a profile that extends {profile.name!r}."
            )


def garbled_notes(derived: Mapping[str, Derived], known: Codebook) -> tuple[str, ...]:
    """Return a note if levels look like UTF-8 that was read as another encoding: files of several encodings were mixed."""
    texts = [str(label) for variable in known.variables.values() for label in variable.levels.values()]
    for result in derived.values():
        texts += [*result.levels, *result.unknown, *_distinct(result.values)]
    garbled = [text for text in dict.fromkeys(texts) if GARBLED.search(text)]
    if not garbled:
        return ()
    return (
        f"{counted(len(garbled), 'text')} look like UTF-8 read in another encoding, for example {listed(garbled)}: give the file "
        "its own encoding, and bring files of several encodings to one.",
    )


def _distinct(values: npt.NDArray[Any]) -> list[str]:
    """Return the distinct texts of a column, nothing of a column of numbers."""
    return [str(value) for value in pd.unique(pd.Series(values)) if isinstance(value, str)] if values.dtype.kind == "O" else []


def weight_notes(data: pd.DataFrame, design: Design) -> tuple[str, ...]:
    """Return a note if normalised weights are far from 1: they were divided twice, or not at all."""
    weights = pd.to_numeric(data[design.weight], errors="coerce")
    mean = float(weights[weights > 0].mean()) if design.weight_scale == "normalised" else 1.0
    if not mean > 0 or 1 / FARTHEST_MEAN <= mean <= FARTHEST_MEAN:
        return ()
    return (
        f"Weights {design.weight!r} average {mean:.3g}; normalised weights average about 1. "
        "Check what they are divided by: rates do not change, anything that adds weights does.",
    )
