"""What readers should know before they use a figure: withheld estimates and why, the reliability rule, remarks on estimates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from prevalence.job._masks import Shown
from prevalence.job.reporting.grids import Style, plain
from prevalence.job.reporting.titles import titles_of
from prevalence.job.tables import Table
from prevalence.report.document.facts import Figures, Quality
from prevalence.report.document.tree import Block, TablePart
from prevalence.report.tables.language import capitalised

PLACE = "withheld"
NOBODY = "no observations"
"""The flag of a level that nobody has."""


def quality(tables: Sequence[Shown], style: Style, *, publish: bool) -> tuple[Quality, dict[str, list[Block]]]:
    """Return the quality of all estimates of a report, and the table of what is withheld by table."""
    words = style.words
    reasons = Counter(reason for shown in tables for reason in shown.published.reasons if reason)
    rows = sum(map(_there, tables))
    made = Quality(
        publish=publish,
        rows=words.number(rows, 0),
        withheld=words.number(sum(reasons.values()), 0),
        reasons=tuple(
            Figures(label=capitalised(words.sentence(reason.removeprefix("withheld: "))), value=_estimates(number, style))
            for reason, number in sorted(reasons.items())
        ),
        rule=f"{words.sentence(style.rule.title)}, {style.rule.version}",
        rule_source=style.rule.source,
        remarks=_remarks(tables, style),
        place=PLACE,
    )
    titles = _titles(tables, style)
    say, would = style.phrases.say, "" if publish else "would_be_"
    by_table = plain(
        "withheld",
        say(f"{would}withheld_by_table"),
        [(say("head_table"), False), (say("head_estimates"), True), (say(f"head_{would}withheld"), True)],
        [
            (
                f"{shown.table.plan.name}{words.say('colon')}{titles[shown.table.plan.name, shown.table.id]}",
                words.number(_there(shown), 0),
                words.number(sum(map(bool, shown.published.reasons)), 0),
            )
            for shown in tables
        ],
        style,
    )
    return made, {PLACE: [TablePart(table=by_table)]}


def _titles(tables: Sequence[Shown], style: Style) -> dict[tuple[str, str], str]:
    """Return the titles of tables over all countries, by survey and id."""
    by_survey: dict[str, list[Table]] = {}
    for shown in tables:
        by_survey.setdefault(shown.table.plan.name, []).append(shown.table)
    found = {}
    for survey, those in by_survey.items():
        titles = titles_of(those, style, "")
        for table in those:
            what = table.id.rpartition("_")[2]
            found[survey, table.id] = titles.compared(table.source, what) if table.source else titles.title(table.id)
    return found


def _there(shown: Shown) -> int:
    """Return how many estimates a table has: levels that nobody of a country has are none."""
    pairs = zip(shown.published.estimates.flags, shown.published.reasons, strict=True)
    return sum(bool(reason) or flag != NOBODY for flag, reason in pairs)


def _remarks(tables: Sequence[Shown], style: Style) -> tuple[Figures, ...]:
    """Return what the flags of shown estimates say, with the number of estimates that carry it."""
    found: Counter[str] = Counter()
    for shown in tables:
        for flag, reason in zip(shown.published.estimates.flags, shown.published.reasons, strict=True):
            if flag and flag != NOBODY and not (reason and shown.published.masked):
                found.update(re.sub(r"(design effect) [\d.]+", r"\1", part) for part in flag.split("; "))
    return tuple(
        Figures(label=capitalised(style.words.sentence(text)), value=_estimates(number, style))
        for text, number in found.most_common()
    )


def _estimates(number: int, style: Style) -> str:
    return style.phrases.say("estimate") if number == 1 else style.phrases.say("estimates", number=style.words.number(number, 0))
