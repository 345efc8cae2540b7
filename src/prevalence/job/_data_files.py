"""The baseline as data: one tidy CSV, and one JSON with all that says how the numbers were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prevalence import written
from prevalence.estimates import ALL
from prevalence.job._masks import Shown
from prevalence.job.config import Config
from prevalence.job.details import WHOM
from prevalence.job.surveys import COUNTRY
from prevalence.job.tables import Answers
from prevalence.provenance import software
from prevalence.written import settled_columns

SCHEMA = "prevalence/baseline/1"
UNPUBLISHED = "Not for publication: weak and small cells are shown; the flag of a row says if it would be withheld."
MASKED = "Weak and small cells are withheld, with the cells that would reveal them; small cells and those are not told apart."

FIRST = (COUNTRY, "survey", "table", "indicator", "statistic")
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "cv", "deff", "df", "n", "cases", "missing", "n_psu", "weighted", "population")
LAST = (*NUMBERS, "flag", "exposure", "denominator")

Row = dict[str, str | float | None]


def rows_of(shown: Shown) -> list[Row]:
    """Return the rows of a table, numbers to 12 significant digits and empty where withheld."""
    plan = shown.table.plan
    rows = written.records(settled_columns(shown.published.columns()))
    whom = {"denominator": WHOM[shown.table.among]} if shown.table.among in WHOM else {}
    return [{COUNTRY: plan.country, "survey": plan.name, "table": shown.table.id, **row, **whom} for row in rows]


def csv_text(tables: Sequence[Shown]) -> str:
    """Return all tables below each other; a dimension that a table lacks is "All" there."""
    rows = [row for shown in tables for row in rows_of(shown)]
    dimensions = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in (*FIRST, *LAST)]
    names = (*FIRST, *dimensions, *LAST)
    return written.csv_text({name: [row.get(name, ALL if name in dimensions else "") for row in rows] for name in names})


def json_text(config: Config, answers: Sequence[Answers], tables: Sequence[Shown], files: Sequence[str]) -> str:
    """Return the whole baseline as one JSON document; `files` are the names of all files of the run."""
    document = {
        "schema": SCHEMA,
        "title": config.title,
        "publish": config.publish,
        "disclosure": MASKED if config.publish else UNPUBLISHED,
        "interval": {"method": config.interval, "number_method": config.number_interval, "level": config.level},
        "surveys": [_survey(answer) for answer in answers],
        "tables": [
            {
                "survey": shown.table.plan.name,
                "table": shown.table.id,
                "title": shown.table.title,
                "compares": shown.table.source or None,
                "interval": asdict(shown.table.estimates.interval),
                "withheld": dict(sorted(Counter(filter(None, shown.published.reasons)).items())),
                "rows": rows_of(shown),
            }
            for shown in tables
        ],
        "software": software(),
        "files": list(files),
    }
    return written.json_text(document)


def _survey(answer: Answers) -> dict[str, Any]:
    prepared, plan = answer.prepared, answer.prepared.plan
    return {
        **plan.model_dump(mode="json", exclude={"files", "profile", "definition"}),
        "files": [Path(file).name for file in plan.files],
        "profile": Path(plan.profile).name,
        "definition": Path(plan.definition).name,
        "design": asdict(prepared.survey.design),
        "provenance": asdict(answer.provenance),
        "left_out": list(answer.left_out),
    }
