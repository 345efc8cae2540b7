"""Status codes where several meet, and confidentiality of cells that a file of other codes withholds."""

from __future__ import annotations

from pathlib import Path

import pytest

import prevalence as pv
from prevalence.report.exchange._status import WITHOUT_VALUE, chosen

BOTH = {"B U": "BU", "P U": "PU"}
"""UNICEF's codes that say two things."""


@pytest.mark.parametrize(
    ("codes", "written", "left"),
    [
        (["B", "U"], "BU", ()),
        (["U", "B", "P"], "BU", ("P",)),
        (["P", "U"], "PU", ()),
        (["P", "B"], "B", ("P",)),
        (["U"], "U", ()),
        ([], "A", ()),
    ],
)
def test_a_code_that_says_both_leaves_neither_to_be_noted(codes: list[str], written: str, left: tuple[str, ...]) -> None:
    assert chosen(codes, "ilo", BOTH) == (written, left)


@pytest.mark.parametrize("code", sorted(WITHOUT_VALUE))
def test_a_cell_without_a_value_is_never_joined_with_another_code(code: str) -> None:
    """A receiver who reads a joined code looks for a value."""
    joined = {" ".join(sorted((code, "B"))): "XX"}
    for precedence in ("ilo", "sdmx"):
        assert chosen(["B", code], precedence, joined) == (code, ("B",))


def test_a_cell_that_the_ilo_withheld_is_confidential_where_the_layout_says_so(tmp_path: Path) -> None:
    path = tmp_path / "unicef.csv"
    path.write_text("DATAFLOW,REF_AREA,OBS_VALUE,OBS_STATUS,OBS_CONF\nUNICEF:PT(1.0),XCC,3.1,S,\nUNICEF:PT(1.0),XCD,4.2,U,F\n")
    found = pv.report.read_sdmx_csv(path, origin="ilo-microdata").columns
    assert found["OBS_STATUS"] == ("Q", "U")
    assert found["OBS_VALUE"] == ("", "4.2")
    assert found["OBS_CONF"] == ("C", "F")
