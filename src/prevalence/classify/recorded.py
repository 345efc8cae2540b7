"""A survey with the columns that a classification made: their labels, their definitions, and what was counted on the way."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals.stable.v2 as nw

from prevalence.classify.answers import without_kept
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, with_columns
from prevalence.survey import Family, Survey


def recorded(
    survey: Survey,
    frame: Frame,
    columns: Mapping[str, nw.Expr],
    definitions: Mapping[str, Definition],
    *,
    variables: Mapping[str, Variable] | None = None,
    counts: tuple[Count, ...] = (),
    notes: tuple[str, ...] = (),
    families: Mapping[str, Family] | None = None,
) -> Survey:
    """Return the survey with new columns.

    Parameters
    ----------
    survey : Survey
    frame : narwhals frame
        Its rows, with working columns, which go.
    columns : mapping of name to expression
    definitions : mapping of name to Definition
        Their titles are the labels of the columns.
    variables : mapping of name to Variable, optional
        Columns that have another label, or levels.
    counts, notes, families
        As in `Provenance` and `Survey`.
    """
    labels = {name: Variable(label=definition.title) for name, definition in definitions.items()}
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables({**labels, **(variables or {})}),
        provenance=survey.provenance.add(definitions=definitions, counts=counts, notes=notes),
        families=families,
    )
