"""The codebook part of a check: columns found, canonical variables made, codes outside the codebook, missing by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prevalence.checks import as_names
from prevalence.errors import ColumnError, counted
from prevalence.loaders.answers import Answers, answers_of, as_code, code_text
from prevalence.loaders.checks.gathered import Gathered, parts_of
from prevalence.loaders.checks.rows import Column, Finding, Item, Made, Outside
from prevalence.loaders.checks.safety import ENOUGH_ROWS, names_in, safe_message, shown_codes
from prevalence.loaders.recipes import Derived, derive
from prevalence.loaders.schema import AnyRecipe, AnyYes, Constant, Labels, Profile, Recode
from prevalence.provenance import Codebook
from prevalence.rows import Floats

QUANTILES = (0.05, 0.5, 0.95)
"""Of numbers: minimum and maximum would be the answers of single persons."""

MOST_LEVELS = 12
FEWEST_KNOWN = 20
"""With fewer known values even quantiles are those of single persons."""

PEOPLE = ("interviewer", "team")
"""Variables whose levels are people."""

CODED = (Recode, Labels, AnyYes)
"""Operations that read a list of codes: there, a value without label is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Canonical variables of the rows that pass the filters, and what making them brought to light."""

    derived: Mapping[str, Derived]
    recipes: Mapping[str, AnyRecipe]
    findings: tuple[Finding, ...]


def column_rows(gathered: Gathered, profile: Profile) -> tuple[Column, ...]:
    """Return every column that the profile names, absent ones first."""
    optional = _optional(profile)
    rows = []
    for column, part in parts_of(profile).items():
        there = column in gathered.frame.columns
        filled = int(gathered.frame[column].notna().sum()) if there else 0
        state = "empty" if there and not filled else "found" if there else "absent"
        if state != "found" and column in profile.fallback:
            state = f"{state}: {' x '.join(profile.fallback[column].columns) or 'nothing'} in its place"
        elif state == "absent" and column in optional:
            state = "absent, not needed"
        label = gathered.codebook.variables[column].label if there and column in gathered.codebook.variables else ""
        empty = len(gathered.frame) - filled if there else 0
        rows.append(Column(column=column, part=part, state=state, label=label, filled=filled, empty=empty))
    order = {"absent": 0, "empty": 1, "found": 2}
    return tuple(sorted(rows, key=lambda row: order[row.state.split(",")[0].split(":")[0]]))


def _optional(profile: Profile) -> set[str]:
    """Return the columns without which the profile still fits."""
    needed = {column for recipe in profile.variables.values() if not recipe.optional for column in recipe.needed}
    design = profile.design
    first = [design.weight, *as_names(design.stratum), *as_names(design.psu), *as_names(design.fpc), *profile.id, *profile.keep]
    return set(profile.mentioned) - needed - set(first)


def absent_findings(columns: tuple[Column, ...], profile: Profile) -> tuple[Finding, ...]:
    """Return a finding for each needed column that is absent, and one for all optional ones."""
    findings = [
        Finding(
            severity="error",
            place=row.column,
            must_hold=f"the file must have the column that serves as {row.part}",
            found="none of this name",
            to_do="Check that this is the right file, or name the column as the file does in a profile that extends this one.",
        )
        for row in columns
        if row.state == "absent"
    ]
    findings.extend(
        Finding(
            severity="warning",
            place=row.column,
            must_hold=f"the file should have the column that serves as {row.part}",
            found="none of this name" if row.state.startswith("absent") else "an empty one",
            to_do=f"If that is right: {profile.fallback[row.column].note}",
        )
        for row in columns
        if row.column in profile.fallback and row.state.startswith(("absent", "empty"))
    )
    spare = [row.column for row in columns if row.state == "absent, not needed"]
    if spare:
        shown = ", ".join(spare[:8]) + (f" and {len(spare) - 8} more" if len(spare) > 8 else "")
        findings.append(
            Finding(
                severity="note",
                place="columns",
                must_hold="optional columns may be absent",
                found=f"{counted(len(spare), 'absent one')}: {shown}",
                to_do="What is made of them is left out.",
            )
        )
    return tuple(findings)


def make_variables(gathered: Gathered, profile: Profile) -> Variables:
    """Return each canonical variable that can be made; what stops one is a finding, and the others go on."""
    frame = gathered.frame[gathered.kept].reset_index(drop=True)
    derived: dict[str, Derived] = {}
    recipes: dict[str, AnyRecipe] = {}
    findings: list[Finding] = []
    for name, recipe in profile.variables.items():
        fitting = recipe.fitting(set(map(str, frame.columns)))
        if fitting is None:
            continue
        try:
            derived[name] = derive(fitting, frame, gathered.codebook)
        except ColumnError as error:
            findings.append(_not_made(name, error, profile))
            continue
        recipes[name] = fitting
        findings.extend(_losses(name, derived[name], fitting))
    return Variables(derived=derived, recipes=recipes, findings=tuple(findings))


def _not_made(name: str, error: ColumnError, profile: Profile) -> Finding:
    return Finding(
        severity="error",
        place=name,
        must_hold="the variable must be made from its columns",
        found=safe_message(str(error), names_in(profile)),
        to_do="Correct the codes in the profile.",
    )


def _losses(name: str, result: Derived, recipe: AnyRecipe) -> list[Finding]:
    findings = []
    columns = ", ".join(recipe.sources[:3]) + (" and more" if len(recipe.sources) > 3 else "")
    if result.unknown:
        findings.append(
            Finding(
                severity="warning",
                place=name,
                must_hold=f"the profile must know every answer of {columns}",
                found=f"{counted(sum(result.unknown.values()), 'answer')} that it does not know: {_coded(result.unknown)}",
                to_do="They become missing: add the codes to the profile, under 'missing' if they mean no answer.",
            )
        )
    if len(result.values) and pd.isna(result.values).all() and not isinstance(recipe, Constant):
        findings.append(
            Finding(
                severity="warning",
                place=name,
                must_hold="some rows must have a known value",
                found="none",
                to_do=f"Check {columns} and their codes.",
            )
        )
    if result.repaired:
        findings.append(
            Finding(
                severity="note",
                place=name,
                must_hold="classification codes keep their leading zero",
                found=f"{counted(result.repaired, 'row')} without it",
                to_do="It is restored on loading.",
            )
        )
    return findings


def _coded(rows: Mapping[str, int]) -> str:
    return shown_codes({str(as_code(text)): size for text, size in rows.items()})


def made_rows(variables: Variables) -> tuple[Made, ...]:
    """Return the canonical variables with their levels and counts, or quantiles."""
    rows = []
    for name, result in variables.derived.items():
        recipe = variables.recipes[name]
        missing = int(pd.isna(result.values).sum())
        rows.append(
            Made(
                variable=name,
                operation=recipe.op,
                source=" ".join(recipe.sources[:3]) + (f" +{len(recipe.sources) - 3}" if len(recipe.sources) > 3 else ""),
                known=len(result.values) - missing,
                missing=missing,
                content=_content(result) if name not in PEOPLE else f"{pd.Series(result.values).nunique():,} distinct",
            )
        )
    return tuple(rows)


def _content(result: Derived) -> str:
    known = pd.Series(result.values).dropna()
    if known.empty:
        return ""
    if known.dtype.kind != "f":
        sizes = known.value_counts()
        if not result.levels and len(sizes) > MOST_LEVELS:
            return f"{len(sizes):,} distinct"
        found = [level for level in sizes.index if level not in result.levels and sizes[level] >= ENOUGH_ROWS]
        ordered = [*result.levels, *found]
        shown = [f"{level} {int(sizes.get(level, 0)):,}" for level in ordered[:MOST_LEVELS]]
        more = len(set(ordered) | set(sizes.index)) - len(shown)
        return "; ".join([*shown, *([f"{more} more"] if more else [])])
    if set(known.unique()) <= {0.0, 1.0}:
        return f"yes {int(known.sum()):,} ({known.mean():.1%}); no {int((known == 0).sum()):,}"
    if len(known) < FEWEST_KNOWN:
        return "too few for quantiles"
    low, middle, high = np.quantile(known.to_numpy(dtype=np.float64), QUANTILES)
    return f"5 % {low:g}, median {middle:g}, 95 % {high:g}"


def outside_rows(gathered: Gathered, variables: Variables) -> tuple[Outside, ...]:
    """Return the codes of each column that the profile does not know, or that have no label where others have one."""
    frame = gathered.frame[gathered.kept]
    rows: dict[tuple[str, str], Outside] = {}
    for name, recipe in variables.recipes.items():
        unknown = variables.derived[name].unknown
        for column in recipe.sources:
            answers = answers_of(frame, column, recipe.missing, gathered.codebook)
            _add(rows, column, "the profile", answers.rows(unknown))
            labels = set(map(code_text, gathered.codebook.levels(column)))
            if labels and isinstance(recipe, CODED):
                _add(rows, column, "the file's labels", answers.rows(set(answers.texts) - labels - set(answers.missing)))
    return tuple(rows.values())


def _add(rows: dict[tuple[str, str], Outside], column: str, unknown_to: str, found: Mapping[str, int]) -> None:
    if found:
        rows[column, unknown_to] = Outside(
            column=column, unknown_to=unknown_to, codes=len(found), rows=sum(found.values()), examples=_coded(found)
        )


def item_rows(gathered: Gathered, variables: Variables) -> tuple[Item, ...]:
    """Return, for each source column of a variable, answers given, refused or unknown, not understood, and empty."""
    frame = gathered.frame[gathered.kept]
    rows: dict[str, Item] = {}
    for name, recipe in variables.recipes.items():
        for column in recipe.sources:
            if column not in rows or rows[column].no_answer == 0:
                answers = answers_of(frame, column, recipe.missing, gathered.codebook)
                rows[column] = _item(column, answers, variables.derived[name].unknown, gathered.codebook)
    return tuple(rows.values())


def _item(column: str, answers: Answers, unknown: Mapping[str, int], codebook: Codebook) -> Item:
    filled = int((answers.positions >= 0).sum())
    reasons = answers.rows(answers.missing)
    no_answer, not_known = sum(reasons.values()), sum(answers.rows(unknown).values())
    return Item(
        item=column,
        label=codebook.variables[column].label if column in codebook.variables else "",
        answered=filled - no_answer - not_known,
        no_answer=no_answer,
        unknown=not_known,
        empty=len(answers.positions) - filled,
        share_no_answer=no_answer / filled if filled else np.nan,
        reasons=", ".join(f"{answers.missing[text]} {size:,}" for text, size in reasons.items()),
    )


def canonical_numbers(variables: Variables, name: str) -> Floats | None:
    """Return a canonical variable as numbers; None if it was not made or holds text."""
    result = variables.derived.get(name)
    values = None if result is None else np.asarray(result.values)
    return None if values is None or values.dtype.kind != "f" else values.astype(np.float64, copy=False)
