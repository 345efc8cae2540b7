"""From files to classified surveys: loads what the configuration names and makes the indicators and the chains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prevalence import classify
from prevalence.errors import ColumnError, ConfigError, DataError, DefinitionError, PrevalenceError
from prevalence.job.config import Plan, SurveyPlan
from prevalence.loaders import load
from prevalence.survey import Survey

COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A survey ready to be asked.

    Attributes
    ----------
    plan : SurveyPlan
    survey : Survey
        With the indicator, and the chains of the exposure where one is asked for.
    own : Survey or None
        With the indicator in each chain of a child's own work, where the data tell.
    left_out : tuple of str
        What cannot be had from these files, in sentences.
    """

    plan: SurveyPlan
    survey: Survey
    own: Survey | None
    left_out: tuple[str, ...]


def prepare(plan: Plan, asked: SurveyPlan) -> Prepared:
    """Load and classify one survey.

    Raises
    ------
    PrevalenceError
        If the files, the profile or the definition do not fit each other; the message begins with the name of the survey.
    """
    try:
        survey = load([plan.folder / file for file in asked.files], profile=plan.place(asked.profile))
        _check_country(survey, asked)
        survey = _classified(survey, asked, plan.place(asked.definition))
        exposed = classify.supply_chain(survey, exposure=asked.exposure, chains=asked.chains) if asked.exposure else survey
    except PrevalenceError as error:
        raise type(error)(f"Survey {asked.name!r}: {error}") from error
    left_out: tuple[str, ...] = () if asked.exposure else ("By supply chain: the configuration names no exposure.",)
    if asked.measure != "child_labour":
        return Prepared(plan=asked, survey=exposed, own=None, left_out=left_out)
    try:
        own = classify.in_chain(classify.supply_chain(survey, exposure="own", chains=asked.chains), asked.measure)
    except (ColumnError, DataError, DefinitionError) as error:
        left_out += (f"In the supply chain: the data do not tell in which chain a child works ({error})",)
        return Prepared(plan=asked, survey=exposed, own=None, left_out=left_out)
    return Prepared(plan=asked, survey=exposed, own=own, left_out=left_out)


def earlier(plan: Plan, asked: SurveyPlan) -> dict[str, Survey]:
    """Load and classify the surveys made before one, by name.

    Raises
    ------
    PrevalenceError
        If the files, the profile or the definition do not fit each other; the message begins with the names of both.
    """
    found = {}
    for before in asked.before:
        try:
            survey = load([plan.folder / file for file in before.files], profile=plan.place(before.profile))
            definition = plan.place(before.definition or asked.definition)
            found[before.name] = classify.child_labour(survey, definition=definition)
        except PrevalenceError as error:
            raise type(error)(f"Survey {asked.name!r}, before {before.name!r}: {error}") from error
    return found


def _classified(survey: Survey, asked: SurveyPlan, definition: str | Path) -> Survey:
    if asked.measure == "child_labour":
        return classify.child_labour(survey, definition=definition)
    return classify.forced_labour(survey, definition=definition)


def _check_country(survey: Survey, asked: SurveyPlan) -> None:
    if asked.country and COUNTRY in survey.columns:
        raise ConfigError(
            f"the files have a column {COUNTRY!r}, and the configuration says country = {asked.country!r}. Remove the key: "
            "each country of the files gets tables of its own."
        )
