"""Rounds of one survey as a single one, so that what they share is in every comparison of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.design import Design
from prevalence.errors import ColumnError, DefinitionError, DesignError, OptionError, counted, listed
from prevalence.provenance import Codebook, Definition, Provenance, Variable
from prevalence.rows import Frame, with_columns
from prevalence.survey import Survey

TEXTS = (nw.String, nw.Categorical, nw.Enum)


def pool(surveys: Sequence[Survey], *, names: Sequence[str] | None = None, column: str = "round", divide: bool = True) -> Survey:
    """Return several rounds of a survey as one, with a column that says the round of each row.

    Units with the same labels are the same unit in all rounds: a primary unit that was visited twice adds its two scores before
    they are squared, so that the difference of two rounds has the covariance of a panel. Rounds that were drawn afresh need
    labels that differ, or strata crossed with the round.

    Parameters
    ----------
    surveys : sequence of Survey
        Two or more, of one kind of frame, with the same columns, design, definitions and families. They stay as they are.
    names : sequence of str, optional
        Of the rounds, in the same order, which is that of display; without them ``"1"``, ``"2"``, ...
    column : str
        Name of the column that is made.
    divide : bool
        Whether weights, and replicate weights that stand for people, are divided by the number of rounds. Then a total over all
        rounds is the average of theirs, and a total of one round is that part of it; with False a total of one round is its
        own, and that over all rounds their sum. Rates, means, their differences and standard errors are the same either way.

    Returns
    -------
    Survey
        Rows of the caller's kind, round by round; a row key has the round added.

    Raises
    ------
    OptionError
        If there are fewer than two surveys, or names that are too few or repeated.
    ColumnError
        If the frames differ in kind, columns or types, or have the column already.
    DesignError, DefinitionError
        If the rounds were designed or classified differently.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> first = pd.DataFrame({"w": 10.0, "ea": [1, 1, 2, 2, 3, 3], "child_labour": [1, 1, 0, 1, 0, 0]})
    >>> second = first.assign(child_labour=[1, 0, 0, 1, 0, 0])
    >>> design = pv.Design(weight="w", psu="ea")
    >>> rounds = pv.weighting.pool([pv.Survey(first, design), pv.Survey(second, design)], names=["2023", "2024"])
    >>> change = pv.prevalence(rounds, "child_labour", by="round").difference("round", "2024", "2023")
    >>> change.to_pandas()[["estimate", "se"]].round(4).values.tolist()
    [[-0.1667, 0.1667]]
    """
    labels = _checked_names(surveys, names)
    _check_alike(surveys, labels)
    first = surveys[0]
    if column in first.columns:
        raise ColumnError(f"Rounds must not have a column {column!r} already. Choose another name: column='wave'.")
    weights = _weights(first) if divide else ()
    frames = _of_one_type([survey.frame for survey in surveys], labels)
    marked: list[Any] = [
        with_columns(frame, {**{name: nw.col(name) / len(frames) for name in weights}, column: nw.lit(label)})
        for frame, label in zip(frames, labels, strict=True)
    ]
    return replace(
        first,
        data=nw.maybe_reset_index(nw.concat(marked)).to_native(),
        id=(*first.key, column) if first.key else None,
        codebook=_codebook(surveys, labels, column),
        provenance=_provenance(surveys, labels, divide=divide),
    )


def _checked_names(surveys: Sequence[Survey], names: Sequence[str] | None) -> tuple[str, ...]:
    labels = tuple(str(number) for number in range(1, len(surveys) + 1)) if names is None else tuple(names)
    if len(surveys) < 2:
        raise OptionError(f"pool needs two or more surveys; found {counted(len(surveys), 'survey')}.")
    if len(labels) != len(surveys) or len(set(labels)) < len(labels):
        raise OptionError(
            f"names must hold {counted(len(surveys), 'different name')}, one a round; found {listed(labels, limit=8)}."
        )
    return labels


def _check_alike(surveys: Sequence[Survey], labels: Sequence[str]) -> None:
    """Raise an error unless all rounds have the design, the definitions and the columns of the first."""
    first = surveys[0]
    for survey, label in zip(surveys[1:], labels[1:], strict=True):
        pair = f"rounds {labels[0]!r} and {label!r}"
        parts = [part.name for part in fields(Design) if getattr(survey.design, part.name) != getattr(first.design, part.name)]
        if parts:
            raise DesignError(f"Rounds must have one design; {pair} differ in {listed(parts, limit=8)}. Declare them alike.")
        if survey.key != first.key:
            raise DesignError(f"Rounds must have one id; {pair} have {first.id!r} and {survey.id!r}. Declare them alike.")
        indicators = _differing(first.provenance.definitions, survey.provenance.definitions)
        if indicators or survey.families != first.families:
            found = listed(indicators or _differing(first.families, survey.families))
            raise DefinitionError(
                f"Rounds must be classified alike; {pair} differ in {found}. Use one definition and one exposure."
            )
        columns = sorted(set(first.columns) ^ set(survey.columns))
        if columns:
            raise ColumnError(
                f"Rounds must have the same columns; {pair} differ in {listed(columns)}. Bring them to one layout, or select the shared ones."
            )


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [name for name in dict.fromkeys((*one, *other)) if one.get(name) != other.get(name)]


def _weights(survey: Survey) -> tuple[str, ...]:
    """Return the columns of weights that stand for people."""
    replicates = survey.design.replicates
    if replicates is None or replicates.created or not replicates.combined:
        return (survey.design.weight,)
    return tuple(dict.fromkeys((survey.design.weight, *survey.replicate_columns)))


def _of_one_type(frames: Sequence[Frame], labels: Sequence[str]) -> list[Any]:
    """Return frames with their columns in one order, numbers of several types as floats and texts of several types as strings."""
    if len({(frame.implementation, type(frame)) for frame in frames}) > 1:
        kinds = listed(dict.fromkeys(type(frame.to_native()).__module__.partition(".")[0] for frame in frames))
        raise ColumnError(f"Rounds must be frames of one kind, lazy or not; found {kinds}. Convert them to one.")
    schemas = [frame.collect_schema() for frame in frames]
    casts: dict[str, Any] = {}
    for name, dtype in schemas[0].items():
        types = [schema[name] for schema in schemas]
        if all(other == dtype for other in types):
            continue
        if all(other.is_numeric() or other == nw.Boolean for other in types):
            casts[name] = nw.Float64()
        elif all(isinstance(other, TEXTS) for other in types):
            casts[name] = nw.String()
        else:
            found = listed([f"{kind} in {label}" for kind, label in zip(types, labels, strict=True)], limit=8)
            raise ColumnError(f"Column {name!r} must be of one type in all rounds; found {found}. Convert it before pooling.")
    order = list(schemas[0])
    recast = {name: nw.col(name).cast(dtype) for name, dtype in casts.items()}
    return [with_columns(frame.select(order), recast) if recast else frame.select(order) for frame in frames]


def _codebook(surveys: Sequence[Survey], labels: Sequence[str], column: str) -> Codebook:
    """Return the codebook of all rounds; where they differ, an earlier one goes before a later."""
    variables: dict[str, Variable] = {}
    for survey in surveys:
        for name, variable in survey.codebook.variables.items():
            known = variables.get(name, variable)
            levels, missing = {**known.levels}, {**known.missing}
            levels.update({code: text for code, text in variable.levels.items() if code not in levels})
            missing.update({code: text for code, text in variable.missing.items() if code not in missing})
            variables[name] = replace(known, label=known.label or variable.label, levels=levels, missing=missing)
    rounds = Variable(label="Round", levels={label: label for label in labels})
    return Codebook({**variables, column: rounds})


def _provenance(surveys: Sequence[Survey], labels: Sequence[str], *, divide: bool) -> Provenance:
    """Return what was said of each round, counts with the name of theirs, and what pooling did."""
    records = [survey.provenance for survey in surveys]
    definitions: dict[str, Definition] = {}
    for record in records:
        definitions.update(record.definitions)
    counts = tuple(
        replace(count, step=f"{label}: {count.step}")
        for record, label in zip(records, labels, strict=True)
        for count in record.counts
    )
    weights = f"weights divided by {len(surveys)}" if divide else "weights as they were"
    independent = "" if surveys[0].design.units else " The design names no PSU, so the rounds count as independent."
    pooled = Provenance(
        sources=tuple(dict.fromkeys(source for record in records for source in record.sources)),
        profile=", ".join(dict.fromkeys(record.profile for record in records if record.profile)),
        definitions=definitions,
        counts=counts,
    )
    notes = dict.fromkeys((*(note for record in records for note in record.notes), *_conflicts(surveys, labels)))
    return pooled.add(notes=(*notes, f"Rounds {', '.join(labels)} pooled, {weights}.{independent}"))


def _conflicts(surveys: Sequence[Survey], labels: Sequence[str]) -> tuple[str, ...]:
    """Return a note for each column in which rounds give a code different labels."""
    notes: dict[str, None] = {}
    first = surveys[0].codebook
    for survey, label in zip(surveys[1:], labels[1:], strict=True):
        for name in first.variables:
            other = survey.codebook.levels(name)
            if any(other.get(code, text) != text for code, text in first.levels(name).items()):
                notes[f"Value labels of {name} differ between rounds {labels[0]} and {label}; those of the first are shown."] = (
                    None
                )
    return tuple(notes)
