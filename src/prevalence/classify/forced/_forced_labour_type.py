"""The typology of forced labour: labour or sexual exploitation by private actors, or imposed by the state."""

from __future__ import annotations

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    all_of,
    check_answers,
    check_numbers,
    distinct,
    either,
    keep_answers,
    negation,
    never,
    one_zero,
    reported,
    scope,
    tally,
    without_kept,
)
from prevalence.errors import ColumnError, counted, listed, suggestion
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns, with_columns
from prevalence.survey import Survey

IMPOSED_BY = ("Private", "State")
TYPES = {
    "private-labour": "labour exploitation by private actors",
    "private-sexual": "commercial sexual exploitation by private actors",
    "state": "imposed by the state",
}
SOURCE = "ILO, Walk Free and IOM, global estimates (structure as quoted in a public summary)"


def forced_labour_type(
    survey: Survey,
    *,
    indicator: str = "forced_labour",
    imposed_by: str = "imposed_by",
    sexual: str = "commercial_sexual_exploitation",
) -> Survey:
    """Add the type of each person's forced labour, as text and as 0/1/null columns over everyone in scope.

    Parameters
    ----------
    survey : Survey
        After `forced_labour`.
    indicator : str
        The 0/1/null column.
    imposed_by : str
        Column with the levels ``Private`` and ``State``, null if unknown; read of persons in forced labour alone.
    sexual : str
        0/1/null column: commercial sexual exploitation.

    Returns
    -------
    Survey
        With ``<indicator>_type`` (``private-labour``, ``private-sexual``, ``state``; null where not in forced labour or unknown) and
        ``<indicator>_private_labour``, ``<indicator>_private_sexual``, ``<indicator>_state``, which add up to the indicator wherever all are
        known, so that ``pv.prevalence`` of each has everyone as its denominator.

    Raises
    ------
    ColumnError
        If a column is absent or holds other values.

    Notes
    -----
    What the state imposes is ``state`` whatever the kind of work. The sub-types of forced labour imposed by the state are to be verified
    and not made here. Every person under 18 in commercial sexual exploitation is in forced labour (route iv of the children's rule).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({
    ...     "w": 1.0, "forced_labour": [1.0, 1.0, 1.0, 0.0], "imposed_by": ["Private", "Private", "State", None],
    ...     "commercial_sexual_exploitation": [0.0, 1.0, None, None],
    ... })
    >>> survey = pv.classify.forced_labour_type(pv.Survey(data, pv.Design(weight="w")))
    >>> survey.data["forced_labour_type"].tolist()[:3], survey.data["forced_labour_state"].tolist()
    (['private-labour', 'private-sexual', 'state'], [0.0, 0.0, 1.0, 0.0])
    """
    require_columns(survey.data, [indicator, imposed_by, sexual])
    check_numbers(survey.frame, [indicator, sexual])
    check_answers(survey.frame, [indicator, sexual])
    forced = reported(indicator)
    frame, kept = keep_answers(survey.frame, _answers(forced, _imposed(survey.frame, imposed_by), reported(sexual)))
    within = scope(survey, indicator) & forced.known  # an unknown status has no type, whatever else is known
    columns = {_named(indicator, kind): one_zero(kept[kind].yes, known=within & kept[kind].known) for kind in TYPES}
    text = nw.lit(None, dtype=nw.String)
    for kind in TYPES:
        text = nw.when(kept[kind].yes).then(nw.lit(kind)).otherwise(text)
    untyped = tally(frame, {"rows": forced.yes & ~either(kept[kind].yes for kind in TYPES)})["rows"]
    titles = {f"{indicator}_type": "type of forced labour"}
    titles |= {_named(indicator, kind): f"in forced labour, {TYPES[kind]}" for kind in TYPES}
    variables = {column: Variable(label=title) for column, title in titles.items()}
    variables[f"{indicator}_type"] = Variable(label="type of forced labour", levels={kind: kind for kind in TYPES})
    reason = "in forced labour of unknown type: null"
    return survey.grown(
        without_kept(with_columns(frame, {**columns, f"{indicator}_type": text})),
        codebook=survey.codebook.with_variables(variables),
        provenance=survey.provenance.add(
            definitions={column: _record(column, title) for column, title in titles.items()},
            counts=(Count(step=f"type of {indicator}", rows=untyped, reason=reason),) if untyped else (),
        ),
    )


def _answers(forced: Answer, state: Answer, sexual: Answer) -> dict[str, Answer]:
    return {
        "private-labour": all_of([forced, negation(state), negation(sexual)]),
        "private-sexual": all_of([forced, negation(state), sexual]),
        "state": all_of([forced, state]),
    }


def _named(indicator: str, kind: str) -> str:
    return f"{indicator}_{kind.replace('-', '_')}"


def _imposed(frame: Frame, column: str) -> Answer:
    """Return whether the state imposed the work."""
    found = distinct(frame, column)
    wrong = [value for value in found if value not in IMPOSED_BY]
    if wrong:
        raise ColumnError(
            f"column {column!r} must hold {listed(IMPOSED_BY)} or missing; found {counted(len(wrong), 'other value')}: "
            f"{listed(wrong)}.{suggestion(str(wrong[0]), IMPOSED_BY)} Recode it in the profile."
        )
    if not found:
        return Answer(never(column), never(column))
    by_state = (nw.col(column) == "State").fill_null(value=False)
    return Answer(by_state, by_state | (nw.col(column) == "Private").fill_null(value=False))


def _record(column: str, title: str) -> Definition:
    return Definition(
        indicator=column, name="typology of forced labour", version="2022", title=title, source=SOURCE, status="to be verified"
    )
