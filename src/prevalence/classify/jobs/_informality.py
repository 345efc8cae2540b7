"""Informal employment: the production unit and the nature of the job, by the ILO's microdata algorithm."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import narwhals.stable.v2 as nw

from prevalence.checks import as_names
from prevalence.classify.answers import (
    Answer,
    all_of,
    check_answers,
    check_numbers,
    keep,
    keep_answers,
    one_zero,
    tally,
    without_kept,
)
from prevalence.classify.jobs.employed import asked, check_levels, check_not_asked, employed
from prevalence.classify.jobs.production_unit import unit
from prevalence.classify.standards import data_file
from prevalence.classify.values import among
from prevalence.errors import ColumnError, DefinitionError, OptionError, check_option, listed
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns, with_columns
from prevalence.survey import Survey
from prevalence.toml_files import TomlTable, read

STANDARDS = ("icls17",)
QUESTIONS = ("institutional_sector", "registered", "pension", "premises", "size")
LEAVE = ("paid_leave", "sick_leave")
EXTRA = ("destination", "bookkeeping")
FAMILY_WORKER = "Contributing family worker"
UNITS = ("Formal", "Informal", "Household")
STEP = "classify informality"
REMARK = (
    "informality: as a covariate of child labour take the adults of the household (head, main earner); a working child is almost always "
    "informal by rule. Sector (ife_prod) and job (ife_nature) differ: an informal job may sit in a formal unit."
)


class _Rules(TomlTable):
    name: str
    version: str
    title: str
    source: str
    status: str
    size_threshold: int
    to_be_verified: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, str]]


def informality(
    survey: Survey,
    *,
    standard: str = "icls17",
    size_threshold: int | None = None,
    not_asked: Iterable[str] = (),
    extra_criteria: Iterable[str] = (),
) -> Survey:
    """Add whether the production unit and the main job are formal or informal.

    Parameters
    ----------
    survey : Survey
        With ``status`` and, unless declared in `not_asked`, ``institutional_sector`` (levels), ``registered``, ``pension``, ``premises``
        (1, 0, null) and ``size`` (workers of the unit, as numbers or bands). ``classify/data/informality.toml`` lists every answer.
        People with a job are those of ``economic_activity`` = 1 or, without that column, those with a status.
    standard : {"icls17"}
        The 15th and 17th ICLS. The resolution of the 21st (2023) replaces them; its text is to be verified, so it is not offered.
    size_threshold : int, optional
        Workers from which a unit with fixed premises counts as formal where registration is unknown; default 5.
    not_asked : iterable of str
        Questions that the survey did not have; they count as unknown for everybody. Without ``pension``, paid annual leave and paid sick
        leave together stand in for it (``paid_leave``, ``sick_leave``), which is to be verified.
    extra_criteria : iterable of {"destination", "bookkeeping"}
        Further criteria that the ILO names and whose use is to be verified: production for own use only makes the unit a household;
        accounts kept for the authorities make a private unit formal.

    Returns
    -------
    Survey
        With ``ife_prod`` (``Formal``, ``Informal``, ``Household``), ``ife_nature`` (``Formal``, ``Informal``), ``informal_sector`` and
        ``informal_employment`` (0/1), each with ``_unknown`` (1 where it is informal because an answer is unknown); null without a job.

    Raises
    ------
    ColumnError
        If a question is neither in the data nor declared as not asked.
    DataError
        If a column holds an unknown level, or a size band straddles the threshold.
    DefinitionError
        If no question tells social security, without which no employee's job can be formal; or the standard is not offered.
    OptionError
        If an option is unknown.

    Notes
    -----
    Unknown is read as informal, never as formal, as the ILO's script does. Source: harmonisation script BGD_LFS_2013_ILO_CMD.do.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "status": ["Employee", "Own-account worker"], "institutional_sector": "Private",
    ...                      "registered": [1, 0], "pension": [0, None], "premises": 1, "size": [20, 1]})
    >>> workers = pv.classify.informality(pv.Survey(data, pv.Design(weight="w")))
    >>> workers.data[["ife_prod", "ife_nature"]].values.tolist()
    [['Formal', 'Informal'], ['Informal', 'Informal']]
    """
    _check_standard(standard)
    rules = _rules()
    declared = check_not_asked(survey, not_asked, (*QUESTIONS, *LEAVE))
    extra = _check_extra(survey, extra_criteria)
    _check_columns(survey, rules, declared, extra)
    threshold = rules.size_threshold if size_threshold is None else size_threshold
    if threshold < 1:
        raise OptionError(f"size_threshold must be a number of workers, 1 or more; found {size_threshold!r}.")
    frame, columns, flags = _classified(survey, declared, threshold, extra)
    definitions = {column: _record(rules, column, threshold, declared, extra) for column in columns}
    labels = {column: Variable(label=definition.title) for column, definition in definitions.items()}
    for column, levels in (("ife_prod", UNITS), ("ife_nature", UNITS[:2])):
        labels[column] = Variable(label=definitions[column].title, levels={level: level for level in levels})
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables(labels),
        provenance=survey.provenance.add(
            definitions=definitions, counts=_counts(frame, flags), notes=(REMARK, *_notes(declared, extra))
        ),
    )


def _check_standard(standard: str) -> None:
    if standard == "icls21":
        raise DefinitionError(
            "standard='icls21' (Resolution I of the 21st ICLS, 2023) is not offered: its rules on dependent contractors and contributing "
            "family workers are to be verified in the text. Use standard='icls17'."
        )
    check_option("standard", standard, STANDARDS)


def _check_extra(survey: Survey, extra: Iterable[str]) -> tuple[str, ...]:
    wanted = as_names(extra)
    for name in wanted:
        check_option("extra_criteria", name, EXTRA)
    require_columns(survey.data, wanted)
    return wanted


def _check_columns(survey: Survey, rules: _Rules, declared: tuple[str, ...], extra: tuple[str, ...]) -> None:
    columns = survey.columns
    require_columns(survey.data, ["status"])
    absent = [name for name in QUESTIONS if name not in columns and name not in declared]
    if absent:
        raise ColumnError(
            f"informality needs {listed(('status', *QUESTIONS), limit=6)}; not in the data: {listed(absent, limit=5)}. Add them in the "
            f"profile, or say that the survey did not ask: not_asked={absent!r}."
        )
    if "pension" not in columns and not set(LEAVE) <= set(columns):
        raise DefinitionError(
            "informality of employees rests on social security: 'pension', or 'paid_leave' and 'sick_leave' together; the data have neither, "
            "so every employee would be informal. Add one of them."
        )
    used = (*QUESTIONS, *(LEAVE if "pension" in declared else ()), *extra)
    binary = [name for name in used if name in rules.answers and name in columns]
    check_numbers(survey.frame, binary)
    check_answers(survey.frame, binary)
    for name in ("status", *used):
        if name in rules.levels and name in columns:
            check_levels(survey, name, rules.levels[name])


def _classified(
    survey: Survey, declared: tuple[str, ...], threshold: int, extra: tuple[str, ...]
) -> tuple[Frame, dict[str, nw.Expr], dict[str, nw.Expr]]:
    """Return the rows with working columns, the columns to add, and flags to count."""
    leave = all_of([asked(survey, name) for name in LEAVE])
    frame, stored = keep_answers(survey.frame, {"social": leave if "pension" in declared else asked(survey, "pension")})
    social: Answer = stored["social"]
    place = unit(survey, social, size_threshold=threshold, extra=extra)
    frame, kept = keep(frame, {"job": employed(survey), "household": place.household, "formal": place.formal, "open": place.open})
    job, household, formal, unsettled = kept.values()
    family = among("status", [FAMILY_WORKER])
    own = among("status", ["Employer", "Own-account worker", "Member of a cooperative"])
    hired = ~family & ~own  # an employee, or a status that cannot be classified
    formal_job = (hired & social.yes) | (own & formal)
    open_job = (hired & ~social.known) | (own & unsettled)
    frame, jobs = keep(frame, {"formal_job": formal_job, "open_job": open_job, "hired": hired})
    columns = {
        "ife_prod": _level(job, {"Household": household, "Formal": formal}),
        "ife_nature": _level(job, {"Formal": jobs["formal_job"]}),
        "informal_sector": one_zero(~formal & ~household, known=job),
        "informal_sector_unknown": one_zero(unsettled, known=job),
        "informal_employment": one_zero(~jobs["formal_job"], known=job),
        "informal_employment_unknown": one_zero(jobs["open_job"], known=job),
    }
    flags = {
        "an answer on the production unit is unknown: informal": job & unsettled,
        "an answer on the job is unknown: informal": job & jobs["open_job"],
        "status missing: read as not classifiable": job & nw.col("status").is_null(),
        "no job: null": ~job,
    }
    return frame, columns, flags


def _level(job: nw.Expr, levels: dict[str, nw.Expr]) -> nw.Expr:
    level = nw.lit("Informal")
    for name, flag in reversed(levels.items()):
        level = nw.when(flag).then(nw.lit(name)).otherwise(level)
    return nw.when(job).then(level)


def _counts(frame: Frame, flags: dict[str, nw.Expr]) -> tuple[Count, ...]:
    found = tally(frame, flags)
    return tuple(Count(step=STEP, rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _notes(declared: tuple[str, ...], extra: tuple[str, ...]) -> tuple[str, ...]:
    notes = []
    if declared:
        notes.append(f"informality: not asked, so unknown for everybody: {', '.join(declared)}.")
    if "pension" in declared:
        notes.append("informality: paid annual and paid sick leave stand in for the pension (to be verified).")
    if extra:
        notes.append(f"informality: further criteria on request, to be verified: {', '.join(extra)}.")
    return tuple(notes)


def _record(rules: _Rules, column: str, threshold: int, declared: tuple[str, ...], extra: tuple[str, ...]) -> Definition:
    titles = {
        "ife_prod": "formal sector, informal sector or household, by the production unit of the main job",
        "ife_nature": "formal or informal main job",
        "informal_sector": "persons with a job whose production unit is informal",
        "informal_sector_unknown": "persons whose production unit counts as informal because an answer is unknown",
        "informal_employment": "persons with an informal main job",
        "informal_employment_unknown": "persons whose job counts as informal because an answer is unknown",
    }
    doubtful = (*extra, *(LEAVE if "pension" in declared else ()))
    return Definition(
        indicator=column,
        name=rules.name,
        version=rules.version,
        title=titles[column],
        source=rules.source,
        status="to be verified" if set(doubtful) & set(rules.to_be_verified) else rules.status,
        options={
            "standard": "icls17",
            "size_threshold": str(threshold),
            "not_asked": ", ".join(declared),
            "extra_criteria": ", ".join(extra),
        },
    )


@cache
def _rules() -> _Rules:
    return read(data_file("data", "informality.toml"), _Rules, "rule")
