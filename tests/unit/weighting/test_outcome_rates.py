"""AAPOR's outcome rates where no two dispositions have the same number of cases."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.weighting.dispositions import rates


def test_each_rate_from_its_definition() -> None:
    """AAPOR (2023), Standard Definitions: I, P, R, NC, O, UH+UO and cases that are not eligible."""
    i, p, r, nc, o, u, ineligible = 61.0, 7.0, 13.0, 17.0, 5.0, 11.0, 29.0
    found = rates(np.array([i, p, r, nc, o, u, ineligible]))
    known = i + p + r + nc + o
    e = known / (known + ineligible)
    wanted = {
        "RR1": i / (known + u),
        "RR2": (i + p) / (known + u),
        "RR3": i / (known + e * u),
        "RR4": (i + p) / (known + e * u),
        "RR5": i / known,
        "RR6": (i + p) / known,
        "COOP1": i / (i + p + r + o),
        "COOP3": i / (i + p + r),
        "REF1": r / (known + u),
        "REF3": r / known,
        "CON1": (i + p + r + o) / (known + u),
        "CON3": (i + p + r + o) / known,
    }
    assert found == pytest.approx(wanted)
