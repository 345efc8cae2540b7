"""``pv.baseline.create``: from a survey to a record with everything that a later comparison needs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from pydantic import ValidationError

from prevalence.baseline._baseline import COUNTS, Baseline
from prevalence.baseline.comparability import what_of
from prevalence.baseline.private import private_of
from prevalence.baseline.record import Cell, Figure, File, Goal, How, Proof, Record, When, Whom
from prevalence.baseline.rounds import Round, round_of_estimates, round_of_survey
from prevalence.design import Design
from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates
from prevalence.estimators._requests import By, Margins
from prevalence.formulas.occupancy import occupancy
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import Linearised
from prevalence.provenance import software
from prevalence.survey import Survey
from prevalence.written import records, settled

REQUIRED = ("definition", "universe", "reference_period", "base_year")
SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the caller says of the round."""

    definition: str
    universe: str
    reference_period: str
    base_year: float
    age_range: str
    respondent: str
    fieldwork: tuple[date | str, date | str] | None
    goal: Goal | Mapping[str, Any] | None
    how: Mapping[str, Any]


def create(
    source: Survey | Estimates,
    indicator: str = "",
    *,
    universe: str = "",
    reference_period: str = "",
    base_year: float | None = None,
    definition: str = "",
    by: By = None,
    margins: Margins = True,
    among: str | None = None,
    domain: Mapping[str, Any] | None = None,
    fieldwork: tuple[date | str, date | str] | None = None,
    age_range: str = "",
    respondent: str = "",
    country: str = "",
    survey: str = "",
    frame: str = "",
    response_rate: float | None = None,
    weight_calibration_totals: str = "",
    goal: Goal | Mapping[str, Any] | None = None,
    interval: str | None = None,
    number_interval: str | None = None,
    level: float = 0.95,
    correlations: bool = False,
    linked_to: Baseline | None = None,
    configuration_sha256: str = "",
) -> Baseline:
    """Create the baseline of a country or a supply chain: rates and numbers by cell, with all that says how they came about.

    Parameters
    ----------
    source : Survey or Estimates
        A classified survey; or a table of prevalence, which gives no numbers of people and no labels of sampling units.
    indicator : str
        0/1 column of the survey, such as ``"child_labour"``.
    universe, reference_period : str
        Of whom and about when was asked: ``"all children 5-17 in households"``, ``"week"``.
    base_year : float
        Middle of the field work; 2021.5 is allowed.
    definition : str
        Name of the definition; by default the one that the survey was classified by.
    by, margins, among
        Crossings, as in ``pv.prevalence``.
    domain : mapping of column to level, optional
        Part of the survey that the baseline is of, such as ``{"country": "XAA"}``. The design keeps all rows.
    fieldwork : pair of dates, optional
        First and last day, as dates or ``"2021-03-01"``.
    age_range, respondent, country, survey, frame, weight_calibration_totals : str
        Said in the record; `age_range` by default the ages of the definition, if it is a shipped one.
    response_rate : float, optional
    goal : Goal or mapping, optional
        ``{"target": 0.05, "kind": "level", "year": 2030}``; kinds are ``level``, ``rate-reduction`` and ``count-reduction``.
    interval, number_interval : str, optional
        Methods of the intervals of rates and of numbers of people; see `Estimates.ci`.
    level : float
        Confidence of both.
    correlations : bool
        Whether the public record holds the correlations of its rates, for joint tests without the private part.
    linked_to : Baseline, optional
        An earlier round with its private part: labels are hashed with the same salt, so that shared areas can be found.
    configuration_sha256 : str
        Digest of the configuration that asked for it.

    Returns
    -------
    Baseline
        Weak and small cells are shown. Withhold them before you publish: ``baseline.withhold(pv.report.withheld([baseline.estimates])[0])``.

    Raises
    ------
    OptionError
        If definition, universe, reference period or base year is not given, or a field is out of its range.
    ColumnError, DesignError
        As ``pv.prevalence``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3], "w": 100.0, "sex": ["Female", "Male"] * 3, "child_labour": [0, 1, 0, 0, 1, 1]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> made = pv.baseline.create(survey, "child_labour", definition="sdg-8.7.1", universe="all children 5-17",
    ...                           reference_period="week", base_year=2021, by="sex")
    >>> made.to_pandas()[["sex", "n", "rate", "number"]].round(3)
          sex    n   rate  number
    0  Female  3.0  0.333   100.0
    1    Male  3.0  0.667   200.0
    2     All  6.0  0.500   300.0
    """
    table, code = _round_of(source, indicator, by, margins, among, domain)
    known = table.rates.provenance.definitions.get(code)
    _require(definition or (known.name if known else ""), universe, reference_period, base_year)
    assert base_year is not None
    said = _Context(
        definition=definition,
        universe=universe,
        reference_period=reference_period,
        base_year=float(base_year),
        age_range=age_range,
        respondent=respondent,
        fieldwork=fieldwork,
        goal=goal,
        how={
            "country": country or str((domain or {}).get("country", "")),
            "survey": survey,
            "frame": frame,
            "response_rate": response_rate,
            "weight_calibration_totals": weight_calibration_totals,
        },
    )
    numbers = None if table.numbers is None else table.numbers.ci(level, method=number_interval)
    table = replace(table, rates=table.rates.ci(level, method=interval), numbers=numbers)
    record = _record(table, code, said, _tables(table, by), configuration_sha256, correlations=correlations)
    salt = secrets.token_bytes(SALT_BYTES)
    if linked_to is not None:
        if linked_to.private is None or linked_to.private.labels is None:
            raise OptionError("linked_to needs a baseline with its private part: pv.baseline.read(path, private=...).")
        salt = linked_to.private.labels.salt
    return Baseline(record, private_of(table, salt))


def _round_of(
    source: Survey | Estimates, indicator: str, by: By, margins: Margins, among: str | None, domain: Mapping[str, Any] | None
) -> tuple[Round, str]:
    if isinstance(source, Survey):
        if not indicator:
            raise OptionError("create needs the indicator of the survey, such as 'child_labour'.")
        return round_of_survey(source, indicator, by=by, among=among, margins=margins, domain=dict(domain or {})), indicator
    if by is not None or among is not None or domain is not None:
        raise OptionError("A table has its crossings already: leave by, among and domain out, or give the survey.")
    if source.kind != "proportion":
        raise OptionError("A baseline needs rates of people; make the table with pv.prevalence.")
    names = source.columns()["indicator"]
    if len(set(names)) != 1 or (indicator and indicator != names[0]):
        raise OptionError(f"A baseline is of one indicator; the table has {listed(dict.fromkeys(names))}. Select one.")
    return round_of_estimates(source), names[0]


def _require(definition: str, universe: str, reference_period: str, base_year: float | None) -> None:
    given = dict(zip(REQUIRED, (definition, universe, reference_period, base_year), strict=True))
    absent = [name for name, value in given.items() if not value]
    if absent:
        raise OptionError(
            f"A baseline needs definition, universe, reference_period and base_year; {listed(absent, limit=4)} not given. "
            "Without them nobody can tell what a later round may be compared with."
        )


def _tables(table: Round, by: By) -> tuple[tuple[str, ...], ...]:
    """Return the crossings as the record lists them."""
    if by is None:
        return (table.rates.dimensions,)
    if isinstance(by, str):
        return ((by,),)
    parts = list(by)
    return (tuple(map(str, parts)),) if all(isinstance(part, str) for part in parts) else tuple(tuple(part) for part in parts)


def _record(
    table: Round, code: str, said: _Context, tables: tuple[tuple[str, ...], ...], configuration: str, *, correlations: bool
) -> Record:
    rates, known = table.rates, table.rates.provenance.definitions.get(code)
    what, ages = what_of(code, known if known and said.definition in ("", known.name) else said.definition)
    try:
        return Record(
            what=what,
            whom=Whom(
                universe=said.universe,
                reference_period=said.reference_period,
                age_range=said.age_range or ages,
                respondent=said.respondent,
            ),
            when=_when(said),
            how=How.model_validate({**said.how, **_how(rates, table.numbers)}),
            goal=None
            if said.goal is None
            else Goal.model_validate(said.goal if isinstance(said.goal, Goal) else dict(said.goal)),
            tables=tables,
            cells=_cells(table),
            correlation=_correlation(rates) if correlations else None,
            proof=_proof(rates, configuration),
        )
    except ValidationError as error:
        told = "; ".join(
            f"{fault['loc'][-1] if fault['loc'] else 'record'}: {str(fault['msg']).removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False)[:3]
        )
        raise OptionError(f"A field of the baseline is not as it must be: {told}.") from error


def _when(said: _Context) -> When:
    start, end = said.fieldwork or (None, None)
    return When.model_validate({"base_year": said.base_year, "fieldwork_start": start, "fieldwork_end": end})


def _proof(rates: Estimates, configuration: str) -> Proof:
    made = rates.provenance
    return Proof(
        files=tuple(File(name=file.name, sha256=file.sha256, rows=file.rows) for file in made.sources),
        configuration_sha256=configuration,
        profile=made.profile,
        software=software(),
        notes=made.notes,
    )


def _how(rates: Estimates, people: Estimates | None) -> dict[str, Any]:
    """Return what the sample gives for everyone in scope."""
    whole = _whole(rates)
    numbers, design = rates.numbers, rates.sample.design
    strata = None
    rule = rates.sample.rule
    if isinstance(rule, Linearised | ReplicateRule) and (design.units or design.strata):
        primary = rule.units.primary
        strata = int(occupancy(primary.sums(rates.sample.presence), primary).touched[:, whole].sum())
    found = {name: settled(getattr(numbers, name)[[whole]])[0] for name in ("n", "cases", "n_psu", "df", "deff")}
    return {
        "design": _design(design),
        "weight_scale": design.weight_scale,
        "n_children": _whole_number(found["n"]),
        "n_cases": _whole_number(found["cases"]),
        "n_psu": _whole_number(found["n_psu"]),
        "n_strata": strata,
        "df": found["df"],
        "deff": found["deff"],
        "ci_method": rates.interval.method,
        "ci_level": rates.interval.level,
        "number_ci_method": "" if people is None else people.interval.method,
    }


def _whole(rates: Estimates) -> int:
    """Return the row of everyone: of those at All in most dimensions, the one with most people."""
    margins = np.sum([np.array(key.texts()) == ALL for key in rates.keys], axis=0)
    return int(np.lexsort((np.nan_to_num(rates.numbers.n), margins))[-1])


def _design(design: Design) -> str:
    parts = {
        "strata": design.strata,
        "units": design.units,
        "stages": [name for stage in design.later_stages for name in stage.units],
    }
    told = [f"{name} {' x '.join(columns)}" for name, columns in parts.items() if columns]
    told += [f"replicates {design.replicates.method}"] if design.replicates else []
    return "; ".join([f"weight {design.weight}", *told, f"lonely_psu {design.lonely_psu}", f"df {design.df_rule}"])


def _whole_number(value: float | None) -> int | None:
    return None if value is None else int(value)


def _cells(table: Round) -> tuple[Cell, ...]:
    rates = table.rates
    texts = {key.name: key.texts() for key in rates.keys if key.name in rates.dimensions}
    counts = {name: settled(getattr(rates.numbers, name)) for name in COUNTS}
    of_rates = _figures(rates)
    of_numbers: Sequence[Figure | None] = _figures(table.numbers) if table.numbers else [None] * len(rates)
    return tuple(
        Cell(
            levels={name: texts[name][row] for name in texts},
            rate=of_rates[row],
            number=of_numbers[row],
            flag=flag,
            **{name: counts[name][row] for name in COUNTS},
        )
        for row, flag in enumerate(rates.flags)
    )


def _figures(table: Estimates) -> list[Figure]:
    """Return estimates with standard errors and limits, numbers to 12 significant digits."""
    columns = table.columns()
    parts = {name: settled(columns[name]) for name in ("estimate", "se", "ci_low", "ci_high", "cv")}
    return [Figure(**row) for row in records(parts)]


def _correlation(rates: Estimates) -> tuple[tuple[float, ...], ...]:
    """Return the lower triangle of the correlations; a cell without a standard error has none with others."""
    covariance = np.nan_to_num(rates.covariance())
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale = np.where(spread > 0, spread, 1.0)
    matrix = covariance / np.outer(scale, scale)
    np.fill_diagonal(matrix, 1.0)
    return tuple(tuple(float(f"{value:.12g}") for value in row[: place + 1]) for place, row in enumerate(matrix.tolist()))
