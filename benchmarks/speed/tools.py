"""The tools of the benchmark: what each is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

PASS, TABLE, JKN, BOOTSTRAP, CALIBRATED = "group-by", "full table", "JKn", "bootstrap", "calibrated"
BASE = "polars-by-unit-and-cell"
MANY = "20000"
"""Ends the names of tools whose rows have so many units."""


@dataclass(frozen=True)
class Tool:
    """A task, and what the tool gives for it."""

    task: str
    what: str


TOOLS = {
    BASE: Tool(PASS, "weights and weighted outcome by unit and cell: what any variance needs"),
    f"{BASE}-strings": Tool(PASS, "the same, short codes as text"),
    f"{BASE}-words": Tool(PASS, "the same, longer texts"),
    f"{BASE}-categories": Tool(PASS, "the same, categorical keys, nullable outcome"),
    "duckdb-by-unit-and-cell": Tool(PASS, "the same"),
    "polars-by-cell": Tool(PASS, "by cell: estimates and no errors"),
    "duckdb-by-cell": Tool(PASS, "the same"),
    "prevalence-pass": Tool(PASS, "totals by unit and cell, checked"),
    f"prevalence-pass-{MANY}": Tool(PASS, "the same, 20,000 units"),
    "prevalence": Tool(TABLE, "full table"),
    "prevalence-strings": Tool(TABLE, "full table, short codes as text"),
    "prevalence-words": Tool(TABLE, "full table, longer texts"),
    "prevalence-categories": Tool(TABLE, "full table, categorical keys, nullable outcome"),
    "prevalence-polars": Tool(TABLE, "full table, Polars frame"),
    "svy": Tool(TABLE, "prop: SE, one interval, deff, df"),
    "svy-twice": Tool(TABLE, "prop twice: SE, two kinds of interval, deff, df"),
    "samplics": Tool(TABLE, "prop: SE, one interval"),
    "R": Tool(TABLE, "svyciprop, svymean: SE, one interval, deff"),
    "prevalence-JKn": Tool(JKN, "full table, a replicate a unit"),
    f"prevalence-JKn-{MANY}": Tool(JKN, "full table, 20,000 units and replicates"),
    "svy-JKn": Tool(JKN, "prop: SE, one interval, df"),
    "R-twice": Tool(TABLE, "svyciprop twice, svymean: SE, two kinds of interval, deff"),
    "R-JKn": Tool(JKN, "svyciprop, svymean: SE, one interval, deff"),
    "prevalence-bootstrap": Tool(BOOTSTRAP, "full table, 500 replicates"),
    "svy-bootstrap": Tool(BOOTSTRAP, "prop, 500 replicates: SE, one interval, df"),
    "R-bootstrap": Tool(BOOTSTRAP, "svyciprop, svymean, 500 replicates: SE, one interval, deff"),
    "prevalence-calibrated": Tool(CALIBRATED, "raking to two margins, full table"),
    "svy-calibrated": Tool(CALIBRATED, "raking, prop: SE, one interval, deff, df"),
    "R-calibrated": Tool(CALIBRATED, "raking, svyciprop, svymean: SE, one interval, deff"),
}
OURS = {TABLE: "prevalence", JKN: "prevalence-JKn", BOOTSTRAP: "prevalence-bootstrap", CALIBRATED: "prevalence-calibrated"}
"""Whom the tools of a task are compared with."""
BASES = {f"prevalence-{keys}": f"{BASE}-{keys}" for keys in ("strings", "words", "categories")}
"""The group-by of the same keys, for tools whose keys are no whole numbers."""

SIZES = (20_000, 200_000, 2_000_000)
CELLS = (16, 384, 5000)
LARGE, MIDDLE = SIZES[2], SIZES[1]
GOALS = (
    *((LARGE, cells, tool) for cells in CELLS for tool in (BASE, "prevalence")),
    *((LARGE, 384, tool) for tool in TOOLS if not tool.startswith(("R", "svy", "samplics")) and tool not in (BASE, "prevalence")),
    *((MIDDLE, 384, tool) for tool in (BASE, "svy", "svy-twice", "R", "R-twice", *OURS.values())),
)
"""The sizes and tools that show what the benchmark is about: rows, cells, tool."""
