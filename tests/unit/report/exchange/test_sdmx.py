"""SDMX files: columns of each receiver, status codes, and what pysdmx reads of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pysdmx.io import read_sdmx

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.provenance import Definition, Provenance
from prevalence.report import Observations
from prevalence.report.exchange._status import STATUSES, chosen
from prevalence.written import settled

WITHIN = {"ref_area": "XCC", "time_period": "2024"}
AGE = {"UN": "Y5T17", "ILO": "AGE_CHLD_Y5T17"}

# Dissemination standards, section 1.1: one line in the file.
ILO_COLUMNS = (
    "DATAFLOW,REF_AREA,FREQ,MEASURE,SEX,AGE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE_TYPE,UNIT_MEASURE,"
    "UNIT_MULT,SOURCE,NOTE_SOURCE,NOTE_INDICATOR,NOTE_CLASSIF,DECIMALS,UPPER_BOUND,LOWER_BOUND"
)
# Section 1.3: dimensions in order, and attributes.
UNICEF_DIMENSIONS = ["REF_AREA", "INDICATOR", "SEX", "AGE", "EDUCATION_LEVEL", "WEALTH_QUINTILE", "RESIDENCE", "NUMBER_CHLD"]
UNICEF_ATTRIBUTES = [
    "UNIT_MULTIPLIER",
    "UNIT_MEASURE",
    "OBS_STATUS",
    "OBS_CONF",
    "DATA_SOURCE",
    "LOWER_BOUND",
    "UPPER_BOUND",
    "WGTD_SAMPL_SIZE",
    "UNWGTD_SAMPL_SIZE",
    "SOURCE_LINK",
    "TIME_PERIOD_METHOD",
    "COVERAGE_TIME",
    "FREQ_COLL",
    "SERIES_FOOTNOTE",
    "OBS_FOOTNOTE",
    "SOWC_FLAG_A",
    "SOWC_FLAG_B",
    "SOWC_FLAG_C",
    "SOWC_FLAG_D",
    "SOWC_FLAG_E",
    "SOWC_FLAG_F",
]


def survey(definition: str = "sdg-8.7.1", girls: int = 12) -> pv.Survey:
    """Return girls and boys, of whom that many girls and 30 boys are in child labour."""
    rows = pd.DataFrame(
        {
            "w": [1.0 + i % 3 for i in range(200)],
            "psu": [i % 20 for i in range(200)],
            "sex": ["Female"] * 90 + ["Male"] * 110,
            "child_labour": [float(i < girls) for i in range(90)] + [float(i < 30) for i in range(110)],
            "province": ["North", "South"] * 100,
        }
    )
    rule = Definition(
        indicator="child_labour",
        name=definition,
        version="March 2019",
        title="economic, activity",
        source="UNSD",
        status="verified",
    )
    return pv.Survey(rows, pv.Design(weight="w", psu="psu"), provenance=Provenance(definitions={"child_labour": rule}))


def rates(definition: str = "sdg-8.7.1", girls: int = 12) -> Estimates:
    return pv.prevalence(survey(definition, girls), "child_labour", by="sex", margins=True)


def un(table: Estimates, **more: Any) -> Observations:
    return pv.report.sdmx(table, "un-sdg", **{"series": "SL_TLF_CHLDEA", "fixed": {"AGE": AGE["UN"]}, **WITHIN, **more})


def unicef(table: Estimates, **more: Any) -> Observations:
    asked = {"series": "PT_CHLD_5-17_LBR_ECON", "fixed": {"AGE": AGE["UN"]}, **WITHIN, **more}
    return pv.report.sdmx(table, "unicef", **asked)


def ilo(table: Estimates, **more: Any) -> Observations:
    asked = {"series": "DF_SDG_A871_SEX_AGE_RT", "fixed": {"AGE": AGE["ILO"], "MEASURE": "SDG_A871_RT"}, **WITHIN, **more}
    return pv.report.sdmx(table, "ilo", **asked)


MAKERS = {"ilo": ilo, "un-sdg": un, "unicef": unicef}


# ---- layouts -----------------------------------------------------------------------------------------------------


def test_ilo_columns_are_one_line_in_its_order() -> None:
    made = ilo(rates())
    assert made.text().splitlines()[0] == ILO_COLUMNS
    assert made.dataflow == "ILO:DF_SDG_A871_SEX_AGE_RT(1.0)"
    assert made.columns["SEX"] == ("SEX_F", "SEX_M", "SEX_T")


def test_un_codes_and_units() -> None:
    made = un(rates())
    assert made.dataflow == "IAEG-SDGs:DF_SDG_GLH(1.0)"
    for column, code in {
        "REPORTING_TYPE": "N",
        "UNIT_MEASURE": "PT",
        "UNIT_MULT": "0",
        "PRODUCT": "_T",
        "ACTIVITY": "_T",
        "DECIMALS": "1",
    }.items():
        assert set(made.columns[column]) == {code}


def test_un_numbers_are_in_units_of_their_power_of_ten() -> None:
    table = pv.total(survey(), "child_labour", by="sex")
    made = un(table, series="SL_TLF_CHLDEAN", unit_mult=1)
    assert set(made.columns["UNIT_MEASURE"]) == {"NUMBER"}
    assert set(made.columns["UNIT_MULT"]) == {"1"}
    assert made.values() == pytest.approx((table.numbers.estimate / 10).tolist(), rel=1e-11)


def test_unicef_dimensions_and_attributes() -> None:
    made = unicef(rates())
    assert made.dataflow == "UNICEF:PT(1.0)"
    assert [*made.columns][:8] == UNICEF_DIMENSIONS
    assert set(UNICEF_ATTRIBUTES) <= set(made.columns)
    assert made.columns["UNWGTD_SAMPL_SIZE"] == ("90", "110", "200")
    assert list(map(float, made.columns["WGTD_SAMPL_SIZE"])) == rates().numbers.weighted.tolist()
    assert "STD_ERR" not in made.columns
    assert unicef(rates(), attributes={"CUSTODIAN": "NSO"}).columns["CUSTODIAN"] == ("NSO",) * 3


def test_further_dimensions_need_a_column_and_codes() -> None:
    table = pv.prevalence(survey(), "child_labour", by=["province", "sex"])
    with pytest.raises(pv.errors.OptionError, match="'province' has none"):
        un(table)
    with pytest.raises(pv.errors.OptionError, match="'North', 'South' have none"):
        un(table, dimensions={"province": "URBANISATION"})
    codes = {"province": {"North": "U", "South": "R"}}
    made = un(table, dimensions={"province": "URBANISATION"}, codes=codes)
    assert sorted(set(made.columns["URBANISATION"])) == ["R", "U"]
    with pytest.raises(pv.errors.OptionError, match="No two rows may have the same codes"):
        un(table, dimensions={"province": "URBANISATION"}, codes={"province": {"North": "U", "South": "U"}})


# ---- what pysdmx reads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", MAKERS)
def test_pysdmx_reads_the_same_numbers_from_csv(layout: str, tmp_path: Path) -> None:
    table = rates()
    found = read_sdmx(MAKERS[layout](table).to_csv(tmp_path / "made.csv"), validate=True).data[0]
    assert found.short_urn == f"Dataflow={MAKERS[layout](table).dataflow}"
    assert found.data["OBS_VALUE"].astype(float).tolist() == settled(100 * table.numbers.estimate)
    limits = table.limits
    for column, values in (("LOWER_BOUND", limits.low), ("UPPER_BOUND", limits.high)):
        assert found.data[column].astype(float).tolist() == settled(100 * values)


@pytest.mark.parametrize("layout", MAKERS)
def test_pysdmx_validates_the_xml_against_the_standard(layout: str, tmp_path: Path) -> None:
    table = rates(girls=3)
    made = MAKERS[layout](table)
    found = read_sdmx(made.to_xml(tmp_path / "made.xml"), validate=True).data[0]
    assert found.data["OBS_STATUS"].tolist() == list(made.columns["OBS_STATUS"])
    read = [float(value) if str(value) not in ("", "<NA>", "nan") else np.nan for value in found.data["OBS_VALUE"]]
    np.testing.assert_array_equal(read, made.values())


def test_our_own_reader_gives_back_the_same_rows(tmp_path: Path) -> None:
    for make in MAKERS.values():
        made = make(rates(girls=3))
        again = pv.report.read_sdmx_csv(made.to_csv(tmp_path / "made.csv"))
        assert again.columns == made.columns
        assert (again.layout, again.dataflow) == (made.layout, made.dataflow)


def test_sdmx_ml_without_pysdmx_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pysdmx.io", None)
    with pytest.raises(pv.errors.OutputError, match=r"prevalence\[sdmx\]"):
        un(rates()).to_xml(tmp_path / "made.xml")


# ---- observation status ------------------------------------------------------------------------------------------


def test_a_withheld_cell_is_q_and_confidential_and_has_no_number() -> None:
    made = unicef(rates(girls=3))
    hidden = [status == "Q" for status in made.columns["OBS_STATUS"]]
    assert hidden[0] and sum(hidden) >= 2  # the girls, and what would reveal them
    for column in ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "UNWGTD_SAMPL_SIZE", "WGTD_SAMPL_SIZE"):
        assert [text == "" for text in made.columns[column]] == hidden
    assert [code == "C" for code in made.columns["OBS_CONF"]] == hidden
    assert [note.startswith("confidential") for note in un(rates(girls=3)).columns["COMMENT_OBS"]] == hidden
    assert all("S" not in made.columns["OBS_STATUS"] for made in (un(rates(girls=3)), ilo(rates(girls=3))))


def test_s_of_the_ilo_microdata_code_is_suppressed_and_that_of_sdmx_is_a_strike(tmp_path: Path) -> None:
    path = tmp_path / "ilo.csv"
    head = "DATAFLOW,REF_AREA,SEX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UPPER_BOUND,LOWER_BOUND"
    flow = "ILO:DF_SDG_0871_SEX_AGE_RT(1.0)"
    path.write_text(f"{head}\n{flow},XCC,SEX_F,2024,3.1,S,4,2\n{flow},XCC,SEX_M,2024,5.2,U,6,4\n{flow},XCC,SEX_T,2024,4.1,,5,3\n")
    micro = pv.report.read_sdmx_csv(path, origin="ilo-microdata")
    assert micro.columns["OBS_STATUS"] == ("Q", "U", "A")
    assert micro.columns["OBS_VALUE"] == ("", "5.2", "4.1")
    assert micro.columns["UPPER_BOUND"] == ("", "6", "5")
    plain = pv.report.read_sdmx_csv(path)
    assert plain.columns["OBS_STATUS"] == ("S", "U", "A")
    assert plain.columns["OBS_VALUE"] == ("3.1", "5.2", "4.1")
    assert pv.report.observation_status("S").meaning == "strike and other special events"


def test_the_rule_ilo_exports_its_s_as_q() -> None:
    rows = pd.DataFrame({"w": 1.0, "sex": ["Female"] * 4 + ["Male"] * 100, "y": [0.0, 1.0] * 52})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y", by="sex")
    rule = pv.report.reliability(table, rule="ilo")
    assert rule.verdicts[0].flags == ("S", "shown")
    made = un(table, reliability=rule, reasons=("", ""), same_definition=True)
    assert made.columns["OBS_STATUS"] == ("Q", "A")
    assert made.columns["OBS_VALUE"] == ("", "50")


def test_a_definition_that_is_not_that_of_the_series_is_d_and_never_a() -> None:
    assert set(un(rates()).columns["OBS_STATUS"]) == {"A"}
    assert set(un(rates("mics5")).columns["OBS_STATUS"]) == {"D"}
    assert set(un(rates("sdg-8.7.1-general")).columns["OBS_STATUS"]) == {"D"}
    assert set(un(rates("sdg-8.7.1-general"), series="SL_TLF_CHLDEC").columns["OBS_STATUS"]) == {"A"}
    assert set(unicef(rates("sdg-8.7.1-general"), series="PT_CHLD_5-17_LBR_ECON-HC").columns["OBS_STATUS"]) == {"A"}
    assert set(un(rates("national"), same_definition=True).columns["OBS_STATUS"]) == {"A"}
    assert any("status D, never A" in note for note in un(rates("mics5")).notes)


def test_precedence_of_ilo_and_of_sdmx() -> None:
    """Dissemination standards, section 2: ILO code keeps U over B, SDMX guidance puts B first."""
    table = rates()
    weak = pv.report.reliability(table, rule="abs")
    forced = type(weak)(table, (type(weak.verdicts[0])(**{**fields_of(weak.verdicts[0]), "statuses": ("U", "A", "A")}),))
    for precedence, status in (("ilo", "U"), ("sdmx", "B")):
        made = un(table, reliability=forced, statuses=["B"], precedence=precedence)
        assert made.columns["OBS_STATUS"] == (status, "B", "B")
        assert made.columns["COMMENT_OBS"][0] == f"also {'B' if status == 'U' else 'U'}"
        assert any(f"precedence is {precedence!r}" in note for note in made.notes)
    assert unicef(table, reliability=forced, statuses=["B"]).columns["OBS_STATUS"] == ("BU", "B", "B")


def fields_of(verdict: pv.report.Verdict) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}


@pytest.mark.parametrize("precedence", ["ilo", "sdmx"])
@pytest.mark.parametrize("other", sorted(set(STATUSES) - {"A"}))
def test_suppressed_is_written_whatever_else_is_said(precedence: Any, other: str) -> None:
    assert chosen(["Q", other], precedence, {"B U": "BU"})[0] == "Q"


def test_nobody_in_a_domain_is_missing() -> None:
    rows = survey().data.assign(child_labour=lambda frame: frame["child_labour"].where(frame["sex"] != "Male"))
    table = pv.prevalence(pv.Survey(rows, survey().design), "child_labour", by="sex")
    assert un(table, reasons=("", "")).columns["OBS_STATUS"][1] == "O"


# ---- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pv.report.sdmx(rates(), "ilostat", series="x", **WITHIN), "layout must be one of 'ilo', 'un-sdg', 'unicef'"),
        (lambda: un(rates(), series="SL_TLF_CHLDEB"), "Did you mean 'SL_TLF_CHLDE"),
        (lambda: ilo(rates(), series="DF_SDG_0871_SEX_AGE_RT"), "superseded"),
        (lambda: un(pv.total(survey(), "child_labour")), "of kind 'proportion'; the table holds 'total'"),
        (lambda: un(rates(), fixed={}), r"'AGE' has none. Give it: fixed=\{'AGE'"),
        (lambda: un(rates(), fixed={"AGE": "Y5T17", "PRODUCT": "COCOA"}), "PRODUCT of 'un-sdg' takes '_T'; found 'COCOA'"),
        (lambda: un(rates(), attributes={"COLOUR": "red"}), "it has no 'COLOUR'"),
        (lambda: unicef(rates(), attributes={"UNIT_MULTIPLIER": "3"}), "'UNIT_MULTIPLIER' is worked out from the table"),
        (lambda: un(rates(), attributes={"DECIMALS": "9", "OBS_STATUS": "A"}), "'DECIMALS', 'OBS_STATUS' are worked out"),
        (lambda: un(rates(), attributes={"LOWER_BOUND": "0"}), "'LOWER_BOUND' is worked out from the table"),
        (lambda: un(rates(), attributes={"OBS_VALUE": "0"}), "'OBS_VALUE' is worked out from the table"),
        (lambda: unicef(rates(), attributes={"OBS_CONF": "F"}), "'OBS_CONF' is worked out from the table"),
        (lambda: un(rates(), attributes={"SEX": "F"}), "Give 'SEX' with fixed="),
        (lambda: un(rates(), fixed={"AGE": "Y5T17", "SOURCE_DETAIL": "x"}), "Give 'SOURCE_DETAIL' with attributes="),
        (lambda: un(rates(), attributes={"SOURCE_DETIAL": "x"}), "Did you mean 'SOURCE_DETAIL'"),
        (lambda: un(rates(), statuses=["Q"]), "statuses are SDMX codes of observations that have a value"),
        (lambda: un(rates(), precedence="imf"), "precedence must be one of"),
        (
            lambda: ilo(pv.total(survey(), "child_labour", by="sex"), series="DF_CLD_XCHL_SEX_AGE_NB"),
            "unit of numbers is not known",
        ),
        (lambda: un(rates(), reliability=pv.report.reliability(rates(), rule=["mics", "ilo"])), "of one rule"),
        (lambda: pv.report.observation_status("XX"), "OBS_STATUS must be a code"),
        (lambda: pv.report.observation_status("Q", origin="ilo-microdata"), "Is it an SDMX file"),
    ],
)
def test_faults_of_the_request(make: Any, message: str) -> None:
    with pytest.raises(pv.errors.OptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has DATAFLOW as its first column .* \(0 rows below the head \)"),
        ("a,b\n1,2\n", r"has DATAFLOW as its first column .* \(1 rows below the head 'a', 'b'\)"),
        ("DATAFLOW,OBS_VALUE\n", r"rows of one length; .* \(0 rows below the head"),
        ("DATAFLOW,OBS_VALUE\nILO:X(1.0),1,2\n", r"rows of one length; .* \(1 rows below the head"),
        ("DATAFLOW,OBS_VALUE\nIMF:X(1.0),1\n", r"must hold one dataflow of 'ILO', .*; found 'IMF:X\(1.0\)'"),
        ("DATAFLOW,OBS_VALUE\nILO:X(1.0),1\nILO:Y(1.0),1\n", r"must hold one dataflow .*; found 'ILO:X\(1.0\)', 'ILO:Y\(1.0\)'"),
    ],
)
def test_files_that_are_not_sdmx_csv(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text)
    with pytest.raises(pv.errors.LoadError, match=message):
        pv.report.read_sdmx_csv(path)


def test_every_layout_says_what_in_it_is_to_be_verified() -> None:
    for layout in pv.report.layouts():
        assert any("to be verified" in remark for remark in layout.remarks)
    assert {series.status for series in pv.report.layout("ilo").series} == {"verified", "to be verified"}


def test_all_20_status_codes_of_section_2_have_their_names() -> None:
    assert len(STATUSES) == 20
    assert (STATUSES["Q"], STATUSES["S"], STATUSES["D"]) == (
        "missing; suppressed",
        "strike and other special events",
        "definition differs",
    )
