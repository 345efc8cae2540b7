"""The log of a run: what was read, dropped, left out and withheld, without dates and machine paths."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.errors import counted
from prevalence.job._document import disclosure, method
from prevalence.job._masks import Shown
from prevalence.job.config import Config
from prevalence.job.tables import Answers
from prevalence.provenance import software


def log_text(config: Config, answers: Sequence[Answers], tables: Sequence[Shown]) -> str:
    """Return the log of a run as text."""
    lines = [config.title, "", *disclosure(config, tables)]
    for answer in answers:
        lines += ["", f"Survey {answer.prepared.plan.name!r}", *_survey(answer)]
    lines += ["", "Tables", *(_table(shown) for shown in tables)]
    lines += ["", "Software", *(f"  {name} {version}" for name, version in software().items())]
    return "\n".join(lines) + "\n"


def _survey(answer: Answers) -> list[str]:
    provenance = answer.provenance
    return [
        *(f"  read {source.name}: {counted(source.rows, 'row')}, SHA-256 {source.sha256}" for source in provenance.sources),
        *(f"  {count.step}: {counted(count.rows, 'row')}: {count.reason}" for count in provenance.counts),
        *(f"  note: {note}" for note in provenance.notes),
        *(f"  left out: {sentence}" for sentence in answer.left_out),
        f"  method: {method(answer)}",
    ]


def _table(shown: Shown) -> str:
    reasons = shown.published.reasons
    withheld = sum(bool(reason) for reason in reasons)
    verb = "withheld" if shown.published.masked else "would be withheld"
    return f"  {shown.table.plan.name} {shown.table.id}: {counted(len(reasons), 'row')}, {withheld:,} {verb}"
