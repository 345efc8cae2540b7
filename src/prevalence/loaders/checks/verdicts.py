"""Which measures of quality are worth a finding; everything else stays in its table."""

from __future__ import annotations

from collections.abc import Iterable

from prevalence.loaders.checks.rows import AgeTest, Finding, GroupSpread, Interviewed

ROUGH_WHIPPLE = 125.0
"""From here on the United Nations (1955) call age data rough."""

MOVED_AGES = 2.0
"""Percent of children off the straight line: twice what samples of 5,000 show by chance."""

SURE = 0.001
"""Many comparisons are made at once."""

INFLATED = 1.5
"""Design effect of interviewers above which intervals are clearly too narrow."""

GAP = 0.05
"""Difference between the shares interviewed of two groups that weighting should make up for."""


def of_answers(ages: Iterable[AgeTest], spread: Iterable[GroupSpread], interviewed: Iterable[Interviewed]) -> tuple[Finding, ...]:
    """Return findings for measures beyond the limits of this module."""
    return (*_of_ages(ages), *_of_spread(spread), *_of_interviewed(tuple(interviewed)))


def _of_ages(tests: Iterable[AgeTest]) -> list[Finding]:
    findings = []
    for test in tests:
        if test.index == "Whipple" and test.value >= ROUGH_WHIPPLE:
            found = f"an index of {test.value:.0f}, {test.reading}"
            findings.append(
                _warning(
                    "ages", "Whipple's index should be below 125", found, "Use wide age groups; see the table on age heaping."
                )
            )
        if test.index == "straight line" and test.value > MOVED_AGES and test.p_value < SURE:
            found = f"{test.value:.1f} % of the children off the line"
            to_do = "Look at the age ratios, above all at 5, 12, 15 and 17, where definitions and eligibility turn."
            findings.append(_warning("ages", "numbers of children of 5-17 should fall along a line", found, to_do))
    return findings


def _of_spread(spread: Iterable[GroupSpread]) -> list[Finding]:
    findings = []
    for row in spread:
        if row.p_value < SURE and row.design_effect >= INFLATED:
            found = f"{row.share_lowest:.0%} to {row.share_highest:.0%} by {row.between}, design effect {row.design_effect:.1f}"
            to_do = "Ask whether they worked in different areas; if not, the question was not asked alike."
            findings.append(_warning(row.indicator, f"shares should not depend on the {row.between}", found, to_do))
    return findings


def _of_interviewed(rows: tuple[Interviewed, ...]) -> list[Finding]:
    findings = []
    for group in dict.fromkeys(row.group for row in rows):
        members = sorted((row for row in rows if row.group == group), key=lambda row: row.share_interviewed)
        low, high = members[0], members[-1]
        if high.share_interviewed - low.share_interviewed > GAP:
            found = f"{low.share_interviewed:.1%} ({low.level}) to {high.share_interviewed:.1%} ({high.level})"
            to_do = "Check that the weights make up for it, or adjust for non-response."
            findings.append(
                _warning(f"interviewed by {group}", "the share interviewed should be alike in all groups", found, to_do)
            )
    return findings


def _warning(place: str, must_hold: str, found: str, to_do: str) -> Finding:
    return Finding(severity="warning", place=place, must_hold=must_hold, found=found, to_do=to_do)
