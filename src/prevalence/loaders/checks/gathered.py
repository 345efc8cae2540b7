"""Reads all rows and every column that a profile names, whether or not the profile fits: what a check looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from prevalence.checks import as_names
from prevalence.errors import PrevalenceError
from prevalence.loaders._load import Files, load
from prevalence.loaders.answers import answers_of, code_text
from prevalence.loaders.checks.rows import Finding
from prevalence.loaders.checks.safety import names_in, safe_message
from prevalence.loaders.record import with_reasons
from prevalence.loaders.schema import AnyRecipe, Code, Constant, DesignTable, Profile
from prevalence.provenance import Codebook, Source

WEIGHT = "check_weight"
CODE = "check_code"
FILES = "files"
"""Place of findings about files that do not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Rows of the files as they are, and what reading them brought to light.

    Attributes
    ----------
    frame : pandas.DataFrame
        All rows, unfiltered, with the columns that the profile names and the files have.
    codebook : Codebook
        Of the files, with the missing codes of the profile.
    kept : bool array, one a row
        Rows that pass the profile's filters; all of them where none would.
    sources : tuple of Source
    findings : tuple of Finding
    """

    frame: pd.DataFrame
    codebook: Codebook
    kept: pd.Series[bool]
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]


def gather(files: Files, profile: Profile, *, columns: Iterable[str], options: Mapping[str, Any]) -> Gathered:
    """Return the rows of the files under a profile that asks for nothing and filters nothing.

    Raises
    ------
    LoadError
        If a file cannot be read at all.
    """
    findings: list[Finding] = []
    for attempt, rows in _attempts(files, profile, tuple(columns)):
        try:
            survey = load(rows, profile=attempt, **options)
        except PrevalenceError as error:
            fault = error
            findings.append(_not_read(error, profile))
            continue
        frame: pd.DataFrame = survey.data
        made = [name for name in frame.columns if str(name).startswith((WEIGHT, CODE))]
        frame = frame.drop(columns=made)
        codebook = with_reasons(Codebook({n: v for n, v in survey.codebook.variables.items() if n not in made}), profile, frame)
        kept, faults = _kept(frame, profile)
        return Gathered(
            frame=frame,
            codebook=codebook,
            kept=kept,
            sources=survey.provenance.sources,
            findings=(*dict.fromkeys(findings), *faults),
        )
    raise fault


def _attempts(files: Files, profile: Profile, columns: tuple[str, ...]) -> Iterable[tuple[Profile, Files]]:
    """Yield ever simpler ways to read: as the profile says, without prepared columns, without joins, the first file alone."""
    undemanding = _undemanding(profile, columns)
    yield undemanding, files
    if profile.prepare:
        undemanding = undemanding.model_copy(update={"prepare": {}})
        yield undemanding, files
    if profile.join:
        undemanding = undemanding.model_copy(update={"join": {}})
        files = files.get(profile.file.role, []) if isinstance(files, Mapping) else files
        yield undemanding, files
    if isinstance(files, Sequence) and not isinstance(files, str) and len(files) > 1:
        yield undemanding, files[0]


def _undemanding(profile: Profile, columns: tuple[str, ...]) -> Profile:
    """Return a profile that reads the same columns, has equal weights, and needs nothing.

    Classification codes stay operations, for a reader must keep them as text.
    """
    codes = [recipe.model_copy(update={"optional": True}) for recipe in profile.variables.values() if isinstance(recipe, Code)]
    variables: dict[str, AnyRecipe] = {WEIGHT: Constant(op="constant", value=1)}
    variables.update({f"{CODE}_{number}": recipe for number, recipe in enumerate(codes)})
    return profile.model_copy(
        update={
            "design": DesignTable(weight=WEIGHT),
            "id": (),
            "keep": {},
            "fallback": {},
            "columns": tuple(dict.fromkeys((*profile.mentioned, *columns))),
            "variables": variables,
        }
    )


def _not_read(error: PrevalenceError, profile: Profile) -> Finding:
    return Finding(
        severity="error",
        place=FILES,
        must_hold="the files must fit together as the profile says",
        found=safe_message(str(error), names_in(profile)),
        to_do="Correct this first: the report goes on with the part that could be read.",
    )


def _kept(frame: pd.DataFrame, profile: Profile) -> tuple[pd.Series[bool], tuple[Finding, ...]]:
    """Return which rows pass all filters, and a finding for each filter that no row passes."""
    kept = pd.Series(True, index=frame.index)
    findings = []
    for column, rule in profile.keep.items():
        if column not in frame.columns:
            continue
        answers = answers_of(frame, column, {}, Codebook())
        wanted = set(map(code_text, rule.codes))
        passes = kept & (answers.spread(float(text in wanted) for text in answers.texts) == 1)
        if passes.any():
            kept = passes
            continue
        findings.append(
            Finding(
                severity="error",
                place=f"keep {column}",
                must_hold=f"some rows must hold {' or '.join(map(str, rule.codes))}",
                found="none",
                to_do="Check the codes of this column; the report goes on without this filter.",
            )
        )
    return kept, tuple(findings)


def resolved(names: Iterable[str], profile: Profile, filled: Iterable[str]) -> tuple[str, ...]:
    """Return columns of the design or key with the profile's fallbacks for those that are absent or empty."""
    there = set(filled)

    def one(name: str, seen: frozenset[str]) -> tuple[str, ...]:
        fallback = profile.fallback.get(name)
        if name in there or fallback is None or name in seen:
            return (name,)
        return tuple(other for column in fallback.columns for other in one(column, seen | {name}))

    return tuple(dict.fromkeys(column for name in names for column in one(name, frozenset())))


def parts_of(profile: Profile) -> dict[str, str]:
    """Return column -> the part or parts that it plays in the profile."""
    design = profile.design
    parts: dict[str, list[str]] = {}
    for part, names in (
        ("weight", (design.weight,)),
        ("stratum", as_names(design.stratum)),
        ("psu", as_names(design.psu)),
        ("fpc", as_names(design.fpc)),
        ("id", profile.id),
        ("keep", tuple(profile.keep)),
        *((f"in place of {name}", fallback.columns) for name, fallback in profile.fallback.items()),
        *((name, recipe.sources) for name, recipe in (*profile.prepare.items(), *profile.variables.items())),
        *((f"key of {role}", tuple(join.keys)) for role, join in profile.join.items()),
    ):
        for column in names:
            parts.setdefault(column, []).append(part)
    return {column: ", ".join(parts.get(column, ["carried along"])) for column in profile.mentioned}
