"""A plan as a file."""

from __future__ import annotations

from pathlib import Path

from prevalence.survey import Survey
from prevalence.weighting import toml
from prevalence.written import write_file

SCHEMA = "prevalence/weighting-plan/1"


def save(survey: Survey, path: str | Path) -> Path:
    """Write the weighting plan of a survey as TOML: each step with its parameters, populations among them.

    Parameters
    ----------
    survey : Survey
    path : path

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile, pandas as pd, prevalence as pv
    >>> survey = pv.weighting.trim(pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w")), upper=6)
    >>> print(pv.weighting.save(survey, pathlib.Path(tempfile.mkdtemp(), "plan.toml")).read_text())
    schema = "prevalence/weighting-plan/1"
    <BLANKLINE>
    [[step]]
    name = "trim"
    rule = "bound"
    upper = 6
    share = "proportional"
    strict = true
    <BLANKLINE>
    """
    parts = [toml.table({"schema": SCHEMA})]
    parts += [f"\n[[step]]\n{toml.table({'name': step.name, **step.parameters})}" for step in survey.design.plan]
    return write_file(Path(path), "".join(parts))
