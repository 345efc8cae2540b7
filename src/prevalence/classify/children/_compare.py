"""Several definitions of child labour on the same children: one indicator each, so that their differences have standard errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

from prevalence.classify._definitions import child_labour_rule
from prevalence.classify.children._child_labour import UNKNOWN, classified
from prevalence.classify.children.inputs import unmet
from prevalence.classify.children.standards import ChildLabourStandard
from prevalence.classify.standards import Standard, standards
from prevalence.errors import DefinitionError, check_option
from prevalence.provenance import Variable
from prevalence.rows import indicator
from prevalence.survey import Survey

Asked = str | Path | Standard
COMPARISON = "comparison"
PREFIX = "child_labour_"


def compare(
    survey: Survey, definitions: Sequence[Asked] | Mapping[str, Asked] | None = None, *, unknown: str = "official"
) -> Survey:
    """Add child labour by each of several definitions, one indicator a definition.

    Parameters
    ----------
    survey : Survey
        As for `child_labour`.
    definitions : sequence or mapping of names to definitions, optional
        Names, paths or definitions as `child_labour` takes them. The column of a definition is ``child_labour_`` and its name with
        ``_`` for what is no letter or digit (``child_labour_sdg_8_7_1``), or the key of a mapping. By default all shipped definitions that the
        data allow, ``"sdg-8.7.1"`` first; the notes of the provenance say which they do not allow and why.
    unknown : {"official", "exclude", "as_no", "bounds"}
        As in `child_labour`. ``official`` treats unknown answers as each definition's own published syntax does.

    Returns
    -------
    Survey
        With the indicators and ``<column>_unknown`` beside each; `compare_columns` names the indicators.

    Raises
    ------
    DefinitionError
        If a definition that was named cannot be computed from these data, or two would have the same column.
    ColumnError, DataError, OptionError
        As in `child_labour`.

    Notes
    -----
    The children are the same, so the indicators are correlated: ``table.difference("indicator", a, b)`` of one table takes the
    covariance into account. Definitions of other ages (``mics4``: 5-14) have another denominator, and a note says so.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "w": 1.0, "ea": [1, 1, 2, 2, 3, 3], "age": [9, 13, 16, 8, 14, 17], "economic_activity": [1, 1, 0, 0, 1, 1],
    ...     "economic_hours": [3, 14, None, None, 5, 43], "chores": [0, 0, 1, 1, 1, 0], "chore_hours": [None, None, 9, 21, 30, None],
    ... })
    >>> children = pv.classify.compare(pv.Survey(rows, pv.Design(weight="w", psu="ea")), ["sdg-8.7.1", "sdg-8.7.1-general"])
    >>> pv.classify.compare_columns(children)
    ('child_labour_sdg_8_7_1', 'child_labour_sdg_8_7_1_general')
    >>> table = pv.prevalence(children, pv.classify.compare_columns(children))
    >>> gap = table.difference("indicator", "child_labour_sdg_8_7_1_general", "child_labour_sdg_8_7_1")
    >>> gap.to_pandas()[["estimate", "se"]].round(3)
       estimate     se
    0     0.333  0.167
    """
    check_option("unknown", unknown, UNKNOWN)
    rules, notes = _feasible(survey) if definitions is None else (_named(definitions), ())
    for column, rule in rules.items():
        survey = classified(survey, rule, unknown=unknown, name=column, parts=False, options={COMPARISON: "child labour"})
    labels = {column: Variable(label=f"{rule.name}: {rule.title}") for column, rule in rules.items()}
    spans = {f"{rule.age_min}-{rule.age_max}" for rule in rules.values()}
    if len(spans) > 1:
        ages = "; ".join(f"{column}: {rule.age_min}-{rule.age_max}" for column, rule in rules.items())
        notes = (
            *notes,
            f"The definitions compared count children of different ages, so their differences are of ages too ({ages}).",
        )
    return survey.grown(codebook=survey.codebook.with_variables(labels), provenance=survey.provenance.add(notes=notes))


def compare_columns(survey: Survey) -> tuple[str, ...]:
    """Return the indicators that `compare` made, in the order in which it was given the definitions.

    Raises
    ------
    DefinitionError
        If `compare` was not called.
    """
    found = tuple(
        column
        for column, definition in survey.provenance.definitions.items()
        if COMPARISON in definition.options and f"{column}_unknown" in survey.columns
    )
    if not found:
        raise DefinitionError("No definitions were compared. Call pv.classify.compare(survey, definitions=[...]) before.")
    return found


def _named(definitions: Sequence[Asked] | Mapping[str, Asked]) -> dict[str, ChildLabourStandard]:
    if isinstance(definitions, Mapping):
        rules = [(column, child_labour_rule(asked)) for column, asked in definitions.items()]
    else:
        given = [definitions] if isinstance(definitions, str) else definitions
        rules = [(_column(rule), rule) for rule in map(child_labour_rule, given)]
    columns = [column for column, _ in rules]
    repeated = [column for column in columns if columns.count(column) > 1]
    if repeated or not columns:
        found = f"{repeated[0]!r} would be made by two" if repeated else "none is given"
        raise DefinitionError(
            f"Definitions to compare must be at least one and make different columns; {found}. "
            "Give each a name of its own: definitions={'mine': 'mine.toml', ...}."
        )
    return dict(rules)


def _column(rule: ChildLabourStandard) -> str:
    return PREFIX + re.sub(r"[^0-9a-z]+", "_", rule.name.lower()).strip("_")


def _feasible(survey: Survey) -> tuple[dict[str, ChildLabourStandard], tuple[str, ...]]:
    """Return the shipped definitions that the data allow by column, the default first, and notes on the others."""
    shipped = standards(ChildLabourStandard).values()
    ordered = sorted(shipped, key=lambda rule: (not rule.name.startswith("sdg"), rule.name))
    lacking = {rule.name: unmet(rule, survey.columns) for rule in ordered}
    notes = tuple(f"compare: {name!r} is left out; it needs {reason}." for name, reason in lacking.items() if reason)
    return {_column(rule): rule for rule in ordered if not lacking[rule.name]}, notes


def nested(survey: Survey, columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of indicators of which everyone with the first has the second."""
    if len(columns) < 2:
        return ()
    frame = survey.collect(columns)
    values = {name: indicator(frame, name) for name in columns}
    return tuple((one, other) for one, other in permutations(columns, 2) if not (values[one] > values[other]).any())
