"""A rule table of the user, such as the PRIF statistical definition of trafficking: counts of strong and medium indicators by domain."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prevalence.classify.forced._forced_labour import UNKNOWN, Asked, classified
from prevalence.classify.forced.standards import RuleTableStandard
from prevalence.classify.standards import Draft, checked
from prevalence.errors import DefinitionError, check_option, counted
from prevalence.rows import collect
from prevalence.survey import Survey

RULES = ("rule", "domain", "strength", "minimum")
INDICATORS = ("indicator", "domain", "strength")


def rule_table(
    survey: Survey,
    *,
    rules: Any,
    indicators: Any,
    name: str,
    title: str = "",
    source: str = "rule table of the user",
    age_min: int = 18,
    unknown: str = "exclude",
) -> Survey:
    """Add an indicator that is positive if all rows of one rule of a table hold.

    Parameters
    ----------
    survey : Survey
        With ``age`` and the indicators as columns of 0, 1 and null; further jobs have the suffix ``_job2``, ``_job3``, ...
    rules : data frame or path of a CSV file
        Columns ``rule`` (number; all rows of one number must hold together), ``domain`` (or ``any``), ``strength`` (``strong``, ``medium`` or
        ``any``) and ``minimum``: the least number of indicators of that domain and strength.
    indicators : data frame or path of a CSV file
        Columns ``indicator`` (the column of the survey), ``domain`` and ``strength`` (``strong`` or ``medium``).
    name : str
        Name of the indicator that is made, such as ``"trafficking"``.
    title, source : str, optional
        What it counts and where the rules come from, for footnotes.
    age_min : int
        Persons under this age are null.
    unknown : {"exclude", "as_no", "bounds"}
        As in `forced_labour`.

    Returns
    -------
    Survey
        With ``<name>``, ``<name>_unknown``, ``<name>_cases`` (jobs of which a rule holds) and ``<name>_rule_<number>`` for each rule.

    Raises
    ------
    DefinitionError
        If a table is malformed, a rule could never hold, or the survey lacks an indicator.
    ColumnError, DataError, OptionError
        As in `forced_labour`.

    Notes
    -----
    An unknown indicator may or may not count: a rule holds if the count of yes reaches the minimum, and fails if that of yes and unknown
    does not. No table is shipped: the cut-offs of the PRIF definition are not available here. The result's status is "to be verified".

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "age": 30, "debt": [1, 0, 0], "threats": [0, 1, 1], "isolation": [0, 1, None]})
    >>> indicators = pd.DataFrame({
    ...     "indicator": ["debt", "threats", "isolation"], "domain": ["debt", "violence", "movement"], "strength": ["strong", "medium", "medium"],
    ... })
    >>> rules = pd.DataFrame({"rule": [1, 2], "domain": ["any", "any"], "strength": ["strong", "medium"], "minimum": [1, 2]})
    >>> survey = pv.Survey(data, pv.Design(weight="w"))
    >>> pv.classify.rule_table(survey, rules=rules, indicators=indicators, name="trafficking").data["trafficking"].tolist()
    [1.0, 1.0, nan]
    """
    check_option("unknown", unknown, UNKNOWN)
    content = {
        "kind": "forced-labour-rules",
        "name": f"rule table {name}",
        "version": "as given",
        "title": title or f"persons of {age_min} and above for whom a rule of the table holds",
        "source": source,
        "status": "to be verified",
        "age_min": age_min,
        "rules": _rows(rules, RULES, "rules"),
        "items": _rows(indicators, INDICATORS, "indicators"),
    }
    rule = checked(Draft(Path(f"rule table {name}"), content), RuleTableStandard)
    return classified(survey, Asked((rule,), unknown, name, {}))


def _rows(table: Any, columns: tuple[str, ...], what: str) -> list[dict[str, Any]]:
    """Return the rows of a table from a frame or a CSV file."""
    if isinstance(table, str | Path):
        rows = _from_csv(Path(table), what)
        absent = [column for column in columns if rows and column not in rows[0]]
        if absent:
            raise DefinitionError(
                f"The {what} must have the columns {', '.join(columns)}; {Path(table).name!r} lacks {', '.join(absent)}. Add them."
            )
    else:
        rows = [dict(row) for row in collect(table, columns).rows(named=True)]
    if not rows:
        raise DefinitionError(f"The {what} must have at least {counted(1, 'row')}; the table is empty. Add its rows.")
    return [{column: row[column] for column in columns} for row in rows]


def _from_csv(path: Path, what: str) -> list[Mapping[str, Any]]:
    try:
        return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except OSError as error:
        raise DefinitionError(
            f"The {what} must be a data frame or a readable CSV file; {path.name!r} is not. Check the path."
        ) from error
