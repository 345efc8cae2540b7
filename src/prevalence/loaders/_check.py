"""Checks a file against a profile: what matched, what is missing, and how well the answers were collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from prevalence.errors import ColumnError, PrevalenceError, listed, suggestion
from prevalence.loaders._load import Files, load
from prevalence.loaders._profiles import read_profile
from prevalence.loaders.answers import by_answer, code_text
from prevalence.loaders.checks import answering, matching, rows, verdicts
from prevalence.loaders.checks.design_facts import design_rows
from prevalence.loaders.checks.gathered import FILES, Gathered, gather
from prevalence.loaders.checks.matching import Variables, canonical_numbers
from prevalence.loaders.checks.report import CheckReport, CheckTable, Row
from prevalence.loaders.checks.rows import SEVERITIES, Finding
from prevalence.loaders.checks.safety import names_in, safe_message
from prevalence.loaders.schema import Profile
from prevalence.provenance import Provenance

LISTED_CHILDREN = "HH52"
"""Number of children of 5-17 in the household, in MICS6."""

NOTES = {
    "columns": "Columns that the profile names, those that the file lacks first.",
    "variables": "Canonical variables over the rows that pass the filters. Numbers are shown by quantiles, never by extremes.",
    "codes": "Codes that the profile does not know become missing; codes without a value label deserve a look at the questionnaire.",
    "missing": "no answer: do not know, refused, inconsistent; its share is of the cells that are filled. empty: not asked, or lost.",
    "results": "Before the filters of the profile; kept: what the filter lets through.",
    "groups": "Interviewers and teams are people: do not circulate this table.",
    "interviewed": "listed: eligible children in the households of the rows. A share that differs by group calls for a non-response adjustment.",
    "ages": "Unweighted. Whipple and Myers are the standard indices; ages 5-17 are too few for them, so their numbers are set against a straight line.",
    "age_ratios": "100 x rows of an age / mean of its two neighbours. Outside low-high (95 %) chance does not explain it; clustered samples need more room.",
    "hours": "Of those with hours above 0, unweighted. Thresholds: compare the share with one hour below and above; a heap makes > and >= differ.",
    "respondents": "Unweighted. Respondents differ in the children whom they answer for too: a difference is a question, not a proof.",
    "spread": "Unweighted. Groups with fewer than ten rows are pooled for the chi-square and left out of lowest, highest and icc. "
    "Interviewers who work in different areas differ for that reason too. p-values take rows for independent.",
}


def check(
    files: Files,
    *,
    profile: str | Path | Profile,
    encoding: str | None = None,
    layout: str | Path | None = None,
    form: str | Path | None = None,
    interviewer: str | None = None,
    team: str | None = None,
    respondent: str | None = None,
    eligible: str | None = None,
    indicators: Sequence[str] = (),
    name_groups: bool = False,
) -> CheckReport:
    r"""Return a report on how a file fits a profile, with the quality of its answers; faults of the data are listed, not raised.

    Parameters
    ----------
    files : path, or what else `prevalence.load` takes
    profile : str, path or Profile
    encoding, layout, form : optional
        As in `prevalence.load`.
    interviewer, team, respondent : str, optional
        Columns of the file, or variables of the profile, that say who asked and who answered. Without them, the
        variables of these names, if the profile makes them.
    eligible : str, optional
        Column with the number of eligible children in the household; ``HH52`` if the file has it.
    indicators : sequence of str
        0/1 variables of the profile to compare between respondents and interviewers; all yes-or-no answers if empty.
    name_groups : bool
        Whether to add a table with the share of each interviewer and team under their codes. They are people too: it is for
        the supervisor of the fieldwork, not for circulation.

    Returns
    -------
    CheckReport
        Prints as text, displays as HTML; each table has ``to_pandas()``. It holds codes and counts, at most three examples of
        codes, and no row, key or rare text of the file.

    Raises
    ------
    LoadError
        If a file cannot be read at all, or there is no such profile.
    ConfigError
        If the profile is faulty.
    ColumnError
        If a column or variable named here is absent.

    Examples
    --------
    >>> import pathlib, tempfile, prevalence as pv
    >>> file = pathlib.Path(tempfile.mkdtemp(), "lfs.csv")
    >>> size = file.write_text("weight,stratum,psu,hhid,pid,age,sex\n9.5,1,1,1,1,9,2\n9.5,1,2,2,1,40,7\n")
    >>> report = pv.loaders.check(file, profile="lfs-generic")
    >>> report.ok, report.codes.to_pandas()[["column", "rows", "examples"]].values.tolist()
    (True, [['sex', 1, '7']])
    """
    rules = read_profile(profile)
    asked = Asked(
        interviewer=interviewer,
        team=team,
        respondent=respondent,
        eligible=eligible,
        indicators=tuple(indicators),
        name_groups=name_groups,
    )
    columns = [name for name in asked.columns if name not in rules.variables]
    options = {"encoding": encoding, "layout": layout, "form": form}
    gathered = gather(files, rules, columns=columns, options=options)
    variables = matching.make_variables(gathered, rules)
    _require(asked, gathered, variables)
    report = _report(gathered, variables, rules, asked)
    return _with_verdict(report, files, rules, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user named."""

    interviewer: str | None
    team: str | None
    respondent: str | None
    eligible: str | None
    indicators: tuple[str, ...]
    name_groups: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns to read besides those of the profile."""
        named = (self.interviewer, self.team, self.respondent, self.eligible or LISTED_CHILDREN)
        return tuple(name for name in named if name)


def _require(asked: Asked, gathered: Gathered, variables: Variables) -> None:
    """Raise `ColumnError` for a name given by the user that neither file nor profile has."""
    made = tuple(variables.derived)
    known = (*made, *map(str, gathered.frame.columns))
    named = [name for name in asked.columns if name != LISTED_CHILDREN and name not in known]
    if named:
        raise ColumnError(
            f"{named[0]!r} must be a column of the file or a variable of the profile; found none of this name.{suggestion(named[0], known)} Check its spelling."
        )
    unknown = [name for name in asked.indicators if name not in made]
    if unknown:
        raise ColumnError(
            f"indicators must be variables that the profile makes; found {listed(unknown)}.{suggestion(unknown[0], made)}"
        )


def _report(gathered: Gathered, variables: Variables, profile: Profile, asked: Asked) -> CheckReport:
    """Return all tables, and the findings about columns, codes, design and answers."""
    columns = matching.column_rows(gathered, profile)
    facts, design_findings = design_rows(gathered, profile, variables.derived)
    ages = canonical_numbers(variables, "age")
    tests = answering.age_tests(ages) if ages is not None else ()
    indicators = answering.indicators_of(variables, asked.indicators)
    groups = {
        name: column for name in ("interviewer", "team") if (column := _answers(name, asked, gathered, variables)) is not None
    }
    respondents = _answers("respondent", asked, gathered, variables)
    spread = answering.spread_rows(indicators, groups)
    interviewed = answering.interviewed_rows(gathered, profile, asked.eligible or LISTED_CHILDREN)
    findings = (
        *gathered.findings,
        *(() if any(finding.place == FILES for finding in gathered.findings) else matching.absent_findings(columns, profile)),
        *variables.findings,
        *design_findings,
        *verdicts.of_answers(tests, spread, interviewed),
    )
    name = ", ".join(source.name for source in gathered.sources)
    files = tuple(rows.File(file=source.name, rows=source.rows, sha256=source.sha256) for source in gathered.sources)
    return CheckReport(
        name=name,
        profile=profile.name,
        notes=profile.notes,
        findings=_table("Findings", "", Finding, findings),
        files=_table("Files", "", rows.File, files),
        design=_table("Sampling design", "", rows.DesignFact, facts),
        changes=_table("What loading drops and changes", "", rows.Change, ()),
        columns=_table("Columns", NOTES["columns"], rows.Column, columns),
        variables=_table("Variables", NOTES["variables"], rows.Made, matching.made_rows(variables)),
        codes=_table("Codes outside the codebook", NOTES["codes"], rows.Outside, matching.outside_rows(gathered, variables)),
        missing=_table("Missing by item", NOTES["missing"], rows.Item, matching.item_rows(gathered, variables)),
        results=_table("Results of interviews", NOTES["results"], rows.Result, answering.result_rows(gathered, profile)),
        interviewed=_table("Eligible against interviewed", NOTES["interviewed"], rows.Interviewed, interviewed),
        ages=_table("Age heaping", NOTES["ages"], rows.AgeTest, tests),
        age_ratios=_table(
            "Age ratios", NOTES["age_ratios"], rows.AgeRatio, answering.ratio_rows(ages) if ages is not None else ()
        ),
        hours=_table("Hours heaping", NOTES["hours"], rows.Heap, answering.heap_rows(variables)),
        respondents=_table(
            "Who answered",
            NOTES["respondents"],
            rows.ProxyShare,
            answering.proxy_rows(indicators, respondents) if respondents is not None else (),
        ),
        spread=_table("Between interviewers and teams", NOTES["spread"], rows.GroupSpread, spread),
        groups=_table(
            "Each interviewer and team",
            NOTES["groups"],
            rows.GroupShare,
            answering.group_rows(indicators, groups) if asked.name_groups else (),
        ),
    )


def _table(title: str, note: str, kind: type[Row], found: Iterable[Row]) -> CheckTable[Row]:
    return CheckTable(title=title, note=note, kind=kind, rows=tuple(found))


def _answers(part: str, asked: Asked, gathered: Gathered, variables: Variables) -> pd.Series[Any] | None:
    """Return who asked or answered in the rows that pass the filters, by label where the file has labels."""
    name = {"interviewer": asked.interviewer, "team": asked.team, "respondent": asked.respondent}[part] or part
    if name in variables.derived:
        return pd.Series(variables.derived[name].values)
    if name not in gathered.frame.columns:
        return None
    labels = {code_text(code): label for code, label in gathered.codebook.levels(name).items()}
    answers = gathered.frame.loc[gathered.kept, name].reset_index(drop=True)
    return by_answer(answers, lambda value: labels.get(code_text(value), code_text(value)))


def _with_verdict(report: CheckReport, files: Files, profile: Profile, options: Mapping[str, Any]) -> CheckReport:
    """Return the report with what loading says and changes; errors are what stops it, nothing else."""
    findings = list(report.findings)
    try:
        history = load(files, profile=profile, **options).provenance
    except PrevalenceError as error:
        history = Provenance()
        if not report.count("error"):
            findings.append(_stopped(error, profile))
    else:
        findings = [replace(finding, severity="warning") if finding.severity == "error" else finding for finding in findings]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    changes = tuple(rows.Change(step=count.step, rows=count.rows, reason=count.reason) for count in history.counts)
    return replace(
        report,
        notes=_notes(history.notes, profile),
        findings=replace(report.findings, rows=tuple(findings)),
        changes=replace(report.changes, rows=changes),
    )


def _notes(notes: Iterable[str], profile: Profile) -> tuple[str, ...]:
    """Return the profile's own notes as they are, and those of the loader without the values that they quote."""
    return tuple(note if note in profile.notes else f"{safe_message(note, names_in(profile))}." for note in notes)


def _stopped(error: PrevalenceError, profile: Profile) -> Finding:
    found = safe_message(str(error), names_in(profile))
    return Finding(severity="error", place="load", must_hold="the file must load", found=found, to_do="Correct this first.")
