"""Family reports as two columns of the respondent: persons in forced labour and persons reported, each divided by its multiplicity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from prevalence.classify.answers import KEPT, compares, missing, one_zero, tally, without_kept
from prevalence.classify.forced.long_tables import joined, person_rows
from prevalence.classify.forced.roster import SPOUSE, Roster, multiplicities, relations_of
from prevalence.errors import ColumnError, DataError, check_option, counted, listed
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Floats, Frame, indicator, numbers, with_columns
from prevalence.survey import Survey

UNKNOWN = ("exclude", "as_no", "bounds")
NOT_STATED = "not_stated"
SOURCE = (
    "Sirken 1970, multiplicity estimator; Lavallée 2007, generalised weight share; network and weights of the global estimates: "
    "to be verified in their methodology"
)


@dataclass(frozen=True, slots=True)
class Reports:
    """The persons reported, one row each.

    Attributes
    ----------
    key : pandas frame
        The respondent.
    outcome : float64 array
        1, 0 or NaN.
    multiplicity : float64 array
        At least 1; NaN = unknown.
    country : object array or None
        Country of exploitation, None where missing.
    """

    key: pd.DataFrame
    outcome: Floats
    multiplicity: Floats
    country: pd.Series[Any] | None


def family_network(
    survey: Survey,
    *,
    reports: Any,
    outcome: str = "forced_labour",
    multiplicity: str | None = None,
    relation: str = "relation",
    eligible: str = "eligible",
    other_reporters: str = "other_reporters",
    spouses: bool = False,
    country: str | None = None,
    unknown: str = "exclude",
    name: str = "network",
) -> Survey:
    """Add to each respondent the persons in forced labour and the persons of the family reported, divided by multiplicity.

    Parameters
    ----------
    survey : Survey
        The respondents, with `id`.
    reports : data frame
        One row for each person that a respondent reports on, the respondent included: the survey's `id` columns and those below.
    outcome : str
        0/1/null column of `reports`: the person is in forced labour.
    multiplicity : str, optional
        Column of `reports`: M, the number of frame-eligible persons who could report this person, itself included if eligible; null if
        unknown. Without it M is counted from the rosters, which then need the next three columns.
    relation : str
        ``self``, ``parent``, ``sibling``, ``child`` or ``spouse``: what the person is to the respondent. Every living one has a row.
    eligible : str
        0/1: adult, living in the country and the households of the frame.
    other_reporters : str
        Number of eligible reporters of the person who are not in the roster: a parent's own parents and siblings, a sibling's children, a
        child's own children (and the spouses of siblings and children, if spouses report). 0 for the respondent; null if unknown.
    spouses : bool
        Whether spouses report on each other. If not, rows of spouses are read as the other parent of the children and are not reported on.
    country : str, optional
        Text column of `reports`: country of exploitation.
    unknown : {"exclude", "as_no", "bounds"}
        What to do with a respondent who reports a person of unknown outcome, or a case of unknown multiplicity. ``exclude``: null.
        ``as_no``: the person counts as no case. ``bounds``: null, with ``<name>_cases_low`` and ``<name>_cases_high`` beside it.
    name : str
        What the columns' names begin with.

    Returns
    -------
    Survey
        With ``network_cases``: z, the sum of y/M over the persons reported; ``network_persons``: m, the sum of 1/M; and
        ``network_cases_unknown``. With `country`, ``network_cases_in_<country>`` and ``network_cases_in_not_stated``, which add up to z.
        A respondent without a report is null.

    Raises
    ------
    ColumnError, DesignError
        If a column is absent or holds other values, or the survey has no `id`.
    DataError
        If a report is that of nobody in the survey, M is below 1, or a roster contradicts itself.
    OptionError
        If an option is unknown.

    Notes
    -----
    ``pv.total(survey, "network_cases")`` is the weighted multiplicity estimator sum w z of persons in forced labour,
    ``pv.ratio(survey, "network_cases", "network_persons")`` their share among persons of the network; z and m are variables of the
    respondent, so the variance is that of any total or ratio by sampling unit and stratum. Calibrate to the population afterwards. M
    counts eligible reporters, not the size of the family, which would understate. Counting reports without dividing overstates.
    Sources: Sirken 1970; Lavallée 2007.

    Examples
    --------
    Two sisters and their father, all adults of the frame; a third sister lives abroad and is in forced labour. The father and two sisters
    could report her, so M = 3. All three answer, each with weight 1:

    >>> import pandas as pd, prevalence as pv
    >>> people = pv.Survey(pd.DataFrame({"id": [1, 2, 3], "w": 1.0}), pv.Design(weight="w"), id="id")
    >>> reports = pd.DataFrame({"id": [1, 2, 3], "forced_labour": [1, 1, 1], "M": [3, 3, 3]})
    >>> people = pv.classify.family_network(people, reports=reports, multiplicity="M")
    >>> round(pv.total(people, "network_cases").to_pandas()["estimate"].item(), 9)  # she is one person, not three
    1.0
    """
    check_option("unknown", unknown, UNKNOWN)
    roster = () if multiplicity else (relation, eligible, other_reporters)
    wanted = [outcome, *((multiplicity,) if multiplicity else roster), *((country,) if country else ())]
    rows = person_rows(survey, reports, wanted, "reports")
    if multiplicity:
        found = _given(rows, survey.key, outcome, multiplicity, country)
    else:
        found = _counted(rows, survey.key, outcome, (relation, eligible, other_reporters), country, spouses=spouses)
    persons, places = _by_respondent(found, survey.key)
    return _grown(survey, persons, places, found, unknown, name)


def _given(rows: nw.DataFrame[Any], key: tuple[str, ...], outcome: str, multiplicity: str, country: str | None) -> Reports:
    counts = numbers(rows, multiplicity)
    wrong = counts < 1
    if wrong.any():
        raise DataError(
            f"Multiplicity must be 1 or more, for the respondent could report the person; {counted(int(wrong.sum()), 'report')} have less, "
            f"for example {listed(counts[wrong][:3].tolist(), limit=3)}. Count the eligible reporters, the respondent among them."
        )
    return Reports(rows.select(list(key)).to_pandas(), indicator(rows, outcome), counts, _countries(rows, country))


def _counted(
    rows: nw.DataFrame[Any],
    key: tuple[str, ...],
    outcome: str,
    columns: tuple[str, str, str],
    country: str | None,
    *,
    spouses: bool,
) -> Reports:
    """Return the reports with multiplicity counted from the rosters."""
    relation, eligible, others = columns
    keys = rows.select(list(key)).to_pandas()
    known, further = indicator(rows, eligible), numbers(rows, others)
    faults = {f"no {eligible!r}": np.isnan(known), f"{others!r} below 0": further < 0}
    wrong = [f"{counted(int(flag.sum()), 'row')} with {what}" for what, flag in faults.items() if flag.any()]
    if wrong:
        raise DataError(
            f"Each person of a roster is eligible (1) or not (0), with 0 or more other reporters; found {', '.join(wrong)}. Correct the roster."
        )
    reporter = keys.groupby(list(key), observed=True).ngroup().to_numpy().astype(np.int64)
    relations = relations_of(rows.get_column(relation).to_pandas())
    counts = multiplicities(Roster(reporter, relations, known, further), spouses=spouses)
    reported = np.ones(len(relations), dtype=bool) if spouses else relations != SPOUSE
    countries = _countries(rows, country)
    return Reports(
        keys[reported],
        indicator(rows, outcome)[reported],
        counts[reported],
        None if countries is None else countries[reported],
    )


def _countries(rows: nw.DataFrame[Any], country: str | None) -> pd.Series[Any] | None:
    if country is None:
        return None
    values = rows.get_column(country).to_pandas().astype(object)
    values = values.where(values.notna(), None)
    wrong = [value for value in values.unique() if value is not None and (not isinstance(value, str) or value == NOT_STATED)]
    if wrong:
        raise ColumnError(
            f"column {country!r} of the reports must hold names or codes of countries as text; found {listed(wrong)}. Label them "
            "before, and leave unknown countries empty."
        )
    return values


def _by_respondent(reports: Reports, key: tuple[str, ...]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return sums over the persons that each respondent reports, and the countries by name of their column."""
    case, share = reports.outcome == 1, 1 / reports.multiplicity
    lost = case & np.isnan(share)
    columns = {
        "cases": np.where(case & ~lost, share, 0.0),
        "maybe": np.where(np.isnan(reports.outcome), np.where(np.isnan(share), 1.0, share), 0.0) + np.where(lost, 1.0, 0.0),
        "open": (np.isnan(reports.outcome) | lost).astype(float),
        "persons": np.where(np.isnan(share), 0.0, share),
        "persons_open": np.isnan(share).astype(float),
    }
    places: dict[str, str] = {}
    if reports.country is not None:
        stated = reports.country.to_numpy()
        found = sorted({str(place) for place in stated[case] if place is not None})
        places = {f"place_{index}": place for index, place in enumerate(found)}
        columns |= {column: np.where(stated == place, columns["cases"], 0.0) for column, place in places.items()}
        columns["nowhere"] = np.where(pd.isna(stated), columns["cases"], 0.0)
    table = reports.key.assign(**{f"{KEPT}{column}": values for column, values in columns.items()})
    return table.groupby(list(key), as_index=False, observed=True).sum(), places


def _grown(survey: Survey, persons: pd.DataFrame, places: Mapping[str, str], reports: Reports, unknown: str, name: str) -> Survey:
    frame = joined(survey.frame, persons, survey.key)
    columns = _columns(places, reports, unknown, name)
    titles = _titles(columns, name)
    definitions = {
        column: Definition(
            indicator=column,
            name="immediate family network",
            version="",
            title=title,
            source=SOURCE,
            status="to be verified",
            options={"unknown": unknown},
        )
        for column, title in titles.items()
    }
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables({column: Variable(label=title) for column, title in titles.items()}),
        provenance=survey.provenance.add(
            definitions=definitions,
            counts=_counts(frame, reports, unknown, name),
            notes=(f"{name}: each person reported was divided by the number of eligible persons who could report it.",),
        ),
    )


def _columns(places: Mapping[str, str], reports: Reports, unknown: str, name: str) -> dict[str, nw.Expr]:
    present = ~missing(_kept("cases"))
    settled = present & ~compares(_kept("open"), ">", 0)
    known = present if unknown == "as_no" else settled
    cases = nw.col(_kept("cases"))
    columns = {
        f"{name}_cases": nw.when(known).then(cases),
        f"{name}_persons": nw.when(present & ~compares(_kept("persons_open"), ">", 0)).then(nw.col(_kept("persons"))),
        f"{name}_cases_unknown": one_zero(~settled, known=present),
    }
    if unknown == "bounds":
        columns[f"{name}_cases_low"] = nw.when(present).then(cases)
        columns[f"{name}_cases_high"] = nw.when(present).then(cases + nw.col(_kept("maybe")))
    if reports.country is not None:
        places = {**places, "nowhere": NOT_STATED}
        columns |= {f"{name}_cases_in_{place}": nw.when(known).then(nw.col(_kept(column))) for column, place in places.items()}
    return columns


def _kept(column: str) -> str:
    return f"{KEPT}{column}"


def _titles(columns: Mapping[str, nw.Expr], name: str) -> dict[str, str]:
    cases = "persons in forced labour in the immediate family, each divided by the number of eligible persons who could report it"
    titles = {
        f"{name}_cases": cases,
        f"{name}_persons": "persons of the immediate family, each divided by the number of eligible persons who could report it",
        f"{name}_cases_unknown": "respondents who report a person of unknown outcome, or a case of unknown multiplicity",
        f"{name}_cases_low": f"{cases}; unknown counted as no",
        f"{name}_cases_high": f"{cases}; unknown counted as yes",
    }
    prefix = f"{name}_cases_in_"
    return {column: titles.get(column) or f"{cases}; exploited in {column.removeprefix(prefix)}" for column in columns}


def _counts(frame: Frame, reports: Reports, unknown: str, name: str) -> tuple[Count, ...]:
    treated = {
        "exclude": "respondent null",
        "as_no": "counted as no case",
        "bounds": "respondent null, with lower and upper bound beside",
    }[unknown]
    case = reports.outcome == 1
    unplaced = int((case & pd.isna(reports.country.to_numpy())).sum()) if reports.country is not None else 0
    found = {
        f"person reported with unknown outcome: {treated}": int(np.isnan(reports.outcome).sum()),
        f"case of unknown multiplicity: {treated}": int((case & np.isnan(reports.multiplicity)).sum()),
        "person reported of unknown multiplicity: persons of the respondent null": int(np.isnan(reports.multiplicity).sum()),
        "case of unknown country of exploitation: in a column of its own": unplaced,
        "respondent without a report: null": tally(frame, {"absent": missing(_kept("cases"))})["absent"],
    }
    return tuple(Count(step=f"classify {name}", rows=rows, reason=reason) for reason, rows in found.items() if rows)
