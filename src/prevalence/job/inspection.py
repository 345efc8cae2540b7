"""What a loaded survey holds, in lines: columns, rows kept and dropped, sampling design, notes."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.aggregate import sampling_units
from prevalence.errors import counted, listed
from prevalence.rows import MISSING_CODE, levels_of, numbers
from prevalence.survey import Survey

FEW_LEVELS = 8
"""Columns of more levels are summed up."""


def inspection(survey: Survey, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    r"""Return what was read and made of a survey, for people.

    Parameters
    ----------
    survey : Survey
    wanted : sequence of str
        Columns that the profile can make.

    Raises
    ------
    DesignError
        If the sampling design contradicts the rows.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": [2.0, 1.0, 0.0], "ea": [1, 1, 2]})
    >>> print(*inspection(pv.Survey(rows, pv.Design(weight="w", psu="ea"))), sep="\n")
    Rows
      3 rows kept
    Sampling design
      weights 'w': sum 3, smallest above zero 1, largest 2; 1 row of weight zero
      2 sampling units (ea) in 1 stratum (unstratified); smallest stratum: 2 sampling units
      a stratum of a single unit: 'fail'; degrees of freedom: 'occupied'
    """
    return (*_files(survey), *_columns(survey, wanted), *_rows(survey), *_design(survey), *_notes(survey))


def _files(survey: Survey) -> list[str]:
    provenance = survey.provenance
    if not provenance.sources:
        return []
    lines = [f"  {source.name}: {counted(source.rows, 'row')}, SHA-256 {source.sha256}" for source in provenance.sources]
    return ["Files", *lines, f"  profile {provenance.profile!r}"]


def _columns(survey: Survey, wanted: Sequence[str]) -> list[str]:
    """Return the columns that the profile made and how many rows have each level, and those that the file could not give."""
    present = [name for name in wanted if name in survey.columns]
    absent = [name for name in wanted if name not in survey.columns]
    lines = [f"  {name}: {_content(survey, name)}" for name in present]
    if absent:
        lines.append(f"  not in this file: {', '.join(absent)}")
    return ["Columns made by the profile", *lines] if lines else []


def _content(survey: Survey, name: str) -> str:
    codes, levels = levels_of(survey.collect([name]), name, survey.codebook.levels(name))
    missing = int((codes == MISSING_CODE).sum())
    gaps = [f"missing {missing:,}"] if missing else []
    if len(levels) <= FEW_LEVELS:
        return (
            ", ".join([*(f"{level} {int((codes == code).sum()):,}" for code, level in enumerate(levels)), *gaps]) or "no values"
        )
    if all(isinstance(level, int | float) for level in levels):
        return ", ".join([f"{counted(len(levels), 'value')} from {min(levels):g} to {max(levels):g}", *gaps])
    return ", ".join([f"{counted(len(levels), 'value')}, for example {listed(levels)}", *gaps])


def _rows(survey: Survey) -> list[str]:
    kept = len(survey.collect([survey.design.weight]))
    changes = [f"  {count.step}: {counted(count.rows, 'row')}: {count.reason}" for count in survey.provenance.counts]
    return ["Rows", f"  {counted(kept, 'row')} kept", *changes]


def _design(survey: Survey) -> list[str]:
    design = survey.design
    frame = survey.collect(design.columns)
    weights = numbers(frame, design.weight)
    _, units = sampling_units(frame, design)
    zero, lonely = int((weights == 0).sum()), int(units.lonely.sum())
    scale = " (normalised: no numbers of people)" if design.weight_scale == "normalised" else ""
    unit, stratum = " x ".join(design.units) or "rows", " x ".join(design.strata) or "unstratified"
    return [
        "Sampling design",
        f"  weights {design.weight!r}{scale}: sum {weights.sum():,.6g}, smallest above zero {weights[weights > 0].min():,.6g}, "
        f"largest {weights.max():,.6g}; {counted(zero, 'row')} of weight zero",
        f"  {counted(len(units.stratum), 'sampling unit')} ({unit}) in {counted(len(units.sampled), 'stratum', 'strata')} ({stratum}); "
        f"smallest stratum: {counted(int(units.sampled.min()), 'sampling unit')}",
        *([f"  {counted(lonely, 'stratum', 'strata')} of a single unit"] if lonely else []),
        f"  a stratum of a single unit: {design.lonely_psu!r}; degrees of freedom: {design.df_rule!r}",
    ]


def _notes(survey: Survey) -> list[str]:
    notes = [f"  {note}" for note in survey.provenance.notes]
    return ["Notes", *notes] if notes else []
