"""Writes the children of the sample survey, loaded and classified, as the CSV that `sample.R` reads.

python tests/reference/export_sample.py && Rscript tests/reference/sample.R
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import prevalence as pv

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "data" / "sample"
CSV = HERE / "data" / "sample_children.csv"
COLUMNS = ["w", "stratum", "psu", "country", "sex", "age_group", "area", "child_labour"]


def sample_children() -> pd.DataFrame:
    """Return weight, design, dimensions, chains and child labour of every child interviewed."""
    survey = pv.load(SAMPLE / "children.sav", profile="sample-children")
    survey = pv.classify.child_labour(survey, definition="sdg-8.7.1")
    survey = pv.classify.supply_chain(survey, exposure="household")
    rows = survey.data.rename(columns={survey.design.weight: "w", "PSU": "psu"})
    chains = list(survey.families["supply_chain"].members.values())
    return rows[[*COLUMNS, *chains]].reset_index(drop=True)


if __name__ == "__main__":
    sample_children().to_csv(CSV, index=False, lineterminator="\n")
