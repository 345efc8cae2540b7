"""Weights by samplics 0.6.1 of the schools of `data/apistrat.csv`: writes `samplics.json`.

    python tests/reference/samplics_weights.py

in an environment that has it; samplics is archived, and no test needs it installed.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
DATA = FOLDER / "data" / "apistrat.csv"

TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}
MARGINS = {"stype": TYPES, "met_school": {0: 1072.0, 1: 5122.0}, "comparable_met": {"No": 1712.0, "Yes": 4482.0}}
TOTALS = {"api99": 3914069.0, "api_stu": 3196602.0}
OUTCOMES = ("rr", "rr", "nr", "rr", "uk", "rr", "rr", "in", "rr", "nr")
"""A made-up outcome of fieldwork, by row: respondent, non-respondent, unknown, ineligible."""


def outcomes(rows: int) -> list[str]:
    """Return the outcome of each row."""
    return [OUTCOMES[(7 * row + row // 3) % 10] for row in range(rows)]


def weights(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the weights of each method."""
    from samplics.weighting import SampleWeight

    base = rows["pw"].to_numpy(dtype=float)
    columns = {name: rows[name].to_numpy() for name in MARGINS}
    ones = np.column_stack([np.ones(len(rows)), *(rows[name].to_numpy(dtype=float) for name in TOTALS)])
    sums = {"one": sum(TYPES.values()), **TOTALS}
    return {
        "post_stratify": SampleWeight().poststratify(base, control=TYPES, domain=columns["stype"]),
        "rake": SampleWeight().rake(base, margins=columns, control=MARGINS, tol=1e-14, ctrl_tol=1e-14, max_iter=500),
        "calibrate": SampleWeight().calibrate(base, aux_vars=ones, control=sums),
        "nonresponse": SampleWeight().adjust(base, adj_class=columns["stype"], resp_status=np.array(outcomes(len(rows)))),
    }


def main() -> None:
    """Write the file."""
    warnings.simplefilter("ignore")
    rows = pd.read_csv(DATA)
    document = {
        "header": {
            "script": Path(__file__).name,
            "samplics": version("samplics"),
            "data": {DATA.name: {"rows": len(rows), "sha256": hashlib.sha256(DATA.read_bytes()).hexdigest()}},
        },
        "designs": {},
        "records": [],
        "weights": {name: [float(value) for value in found] for name, found in weights(rows).items()},
    }
    (FOLDER / "samplics.json").write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
