"""What a definition of child labour needs of the data, checked and refused in words."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.classify.answers import check_answers, check_numbers
from prevalence.classify.children.hazards import CONDITIONS, NIGHT
from prevalence.classify.children.outcomes import CHORES, OTHER_WORST_FORMS
from prevalence.classify.children.standards import ChildLabourStandard
from prevalence.classify.standards import standards
from prevalence.errors import ColumnError, DefinitionError, counted, listed
from prevalence.rows import require_columns
from prevalence.survey import Survey

ECONOMIC = ("age", "economic_activity", "economic_hours")
SPECIAL = ("economic_hours_special", "chore_hours_special")
MEASURED = ("age", "economic_hours", "chore_hours")
INDUSTRY = (
    "the industry of the child's work: column 'isic' is not in the data. MICS does not ask it, so the definition cannot be computed "
    "from MICS files"
)


def check_inputs(survey: Survey, rule: ChildLabourStandard) -> None:
    """Raise unless the data have what the definition needs, and numbers and answers where it reads them."""
    columns = survey.columns
    try:
        require_columns(survey.data, ECONOMIC)
    except ColumnError as error:
        raise ColumnError(
            f"{error} Definition {rule.name!r} needs {listed(ECONOMIC, limit=3)}"
            f"{' and ' + listed(CHORES) if rule.uses_chores else ''}; optional are {listed((*SPECIAL, 'hazard_*'))}. "
            "Load the file by a profile that makes them, or add them to the data."
        ) from error
    lacking = unmet(rule, columns)
    if lacking:
        usable = [other.name for other in standards(ChildLabourStandard).values() if not unmet(other, columns)]
        raise DefinitionError(
            f"Definition {rule.name!r} needs {lacking}. Add them, or use definition={listed(usable, limit=len(usable))}, "
            "which does without."
        )
    read = (*ECONOMIC, *CHORES, *SPECIAL, *rule.hazards.conditions, NIGHT, OTHER_WORST_FORMS)
    given = [column for column in read if column in columns]
    check_numbers(survey.frame, given)
    check_answers(survey.frame, [column for column in given if column not in MEASURED])


def unmet(rule: ChildLabourStandard, columns: Sequence[str]) -> str:
    """Return in words what the definition needs beyond age and economic activity and the data do not have, "" if nothing."""
    chores = [column for column in CHORES if rule.uses_chores and column not in columns]
    if chores:
        return f"household chores; {counted(len(chores), 'column')} not in the data: {listed(chores)}"
    found = evidence(rule, columns)
    for kind in rule.hazards.requires:
        if kind not in found:
            return INDUSTRY if kind == "industry" else f"{_words(rule, kind)} of hazardous work; not in the data"
    wanted = rule.hazards.columns
    if rule.use_hazards and wanted and not found:
        kinds = ", ".join(kind for kind in wanted if kind != "conditions")
        named = listed(rule.hazards.conditions, limit=len(CONDITIONS)) if rule.hazards.conditions else "these"
        return f"hazardous conditions{f' (or {kinds})' if kinds else ''}; none of {named} is in the data"
    return ""


def evidence(rule: ChildLabourStandard, columns: Sequence[str]) -> dict[str, str]:
    """Return what hazardous work is read from, by kind of evidence, in words for the record."""
    hazards = rule.hazards
    found = {kind: [name for name in named if name in columns] for kind, named in hazards.columns.items()}
    revisions = {"industry": f"ISIC Rev.{hazards.isic}", "occupation": f"ISCO-{hazards.isco}"}
    words = {
        "conditions": counted(len(found.get("conditions", ())), "condition"),
        **{kind: f"{kind} ({revision})" for kind, revision in revisions.items()},
    }
    return {kind: words.get(kind, kind) for kind, names in found.items() if names}


def _words(rule: ChildLabourStandard, kind: str) -> str:
    return f"{kind} ({listed(rule.hazards.columns.get(kind, ()), limit=8)})"
