"""A written plan taken again, on the next round's file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prevalence.errors import ConfigError, OptionError, listed, suggestion
from prevalence.survey import Survey
from prevalence.weighting._base import base
from prevalence.weighting._calibrate import calibrate
from prevalence.weighting._declare_calibrated import declare_calibrated
from prevalence.weighting._impute import impute
from prevalence.weighting._nonresponse import nonresponse
from prevalence.weighting._post_stratify import post_stratify
from prevalence.weighting._rake import rake
from prevalence.weighting._replicate import replicate
from prevalence.weighting._save import SCHEMA
from prevalence.weighting._share import share
from prevalence.weighting._trim import trim
from prevalence.weighting.draws import Draw

STEPS: dict[str, Callable[..., Survey]] = {
    "base": base,
    "calibrate": calibrate,
    "declare_calibrated": declare_calibrated,
    "impute": impute,
    "nonresponse": nonresponse,
    "post_stratify": post_stratify,
    "rake": rake,
    "replicate": replicate,
    "share": share,
    "trim": trim,
}


def replay(path: str | Path, survey: Survey, *, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Survey:
    """Take the steps of a written plan on another survey, with other populations where the years have moved on.

    Parameters
    ----------
    path : path
        Of a plan that `save` wrote.
    survey : Survey
        With the columns that the plan names, before any step.
    changes : mapping of step to mapping, optional
        Parameters in the place of the written ones: ``{"rake": {"margins": "margins_2025.csv"}}``. Where a step occurs several times, its number
        from 1 names it: ``{"3": {...}}``.

    Returns
    -------
    Survey

    Raises
    ------
    ConfigError
        If the file is no plan, or a step is unknown or has a parameter that it does not know.
    OptionError
        If `changes` names no step of the plan, or the survey has steps already.
    PrevalenceError
        As each step.

    Examples
    --------
    >>> import pathlib, tempfile, pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> plan = pv.weighting.save(pv.weighting.trim(survey, upper=6), pathlib.Path(tempfile.mkdtemp(), "plan.toml"))
    >>> pv.weighting.weights(pv.weighting.replay(plan, survey, changes={"trim": {"upper": 5}})).round(3).tolist()
    [2.333, 4.667, 5.0]
    """
    if survey.design.plan:
        raise OptionError(
            f"A plan is taken from its beginning; the survey has {listed([step.name for step in survey.design.plan])}. Give it as it was loaded."
        )
    steps = _read(Path(path))
    asked = {str(key): value for key, value in (changes or {}).items()}
    known = [*(step["name"] for step in steps), *(str(number) for number in range(1, len(steps) + 1))]
    for name in asked:
        if name not in known:
            raise OptionError(
                f"changes names {name!r}, which is no step of the plan: {listed(known[: len(steps)], 20)}.{suggestion(name, known)}"
            )
    for number, step in enumerate(steps, start=1):
        name = step["name"]
        given = {key: value for key, value in step.items() if key != "name"}
        given |= {**asked.get(name, {}), **asked.get(str(number), {})}
        survey = _taken(survey, name, given, number)
    return survey


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"A weighting plan must be a TOML file that can be read; {path.name!r} is not: {error}") from error
    steps = document.get("step", [])
    if document.get("schema") != SCHEMA or not isinstance(steps, list) or not all("name" in step for step in steps):
        raise ConfigError(
            f"A weighting plan begins with schema = {SCHEMA!r} and has a [[step]] with a name for each step; {path.name!r} does not. "
            "Write it with pv.weighting.save."
        )
    for step in steps:
        if step["name"] not in STEPS:
            raise ConfigError(f"Steps are {listed(STEPS, len(STEPS))}; found {step['name']!r}.{suggestion(step['name'], STEPS)}")
    return steps


def _taken(survey: Survey, name: str, given: Mapping[str, Any], number: int) -> Survey:
    parameters = {key: _of_file(key, value) for key, value in given.items()}
    try:
        return STEPS[name](survey, **parameters)
    except TypeError as error:
        if "unexpected keyword" not in str(error) and "missing" not in str(error):
            raise
        raise ConfigError(
            f"Step {number} of the plan, {name!r}, has parameters that do not fit: {error}. Correct the file."
        ) from error


def _of_file(key: str, value: Any) -> Any:
    """Return a parameter as the function takes it."""
    if key == "draws":
        return [draw if isinstance(draw, Draw) else Draw(**draw) for draw in value]
    if key == "codes" and isinstance(value, list):
        return dict(value)
    if key == "bounds" and isinstance(value, list):
        return tuple(None if bound != bound else bound for bound in value)
    return value
