"""What a profile did to the rows, for codebook and provenance: labels, levels, reasons, counts and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from prevalence.design import Design
from prevalence.errors import counted, listed
from prevalence.loaders.answers import as_code
from prevalence.loaders.recipes import Derived
from prevalence.loaders.schema import AnyRecipe, Profile
from prevalence.provenance import Codebook, Count, Variable

LONGEST_LIST = 3


def with_reasons(codebook: Codebook, profile: Profile, rows: pd.DataFrame) -> Codebook:
    """Return the codebook of the source columns, with the missing codes of the profile beside those of the file."""
    found = {str(name): codebook.variables.get(str(name), Variable()) for name in rows.columns}
    for recipe in profile.variables.values():
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
