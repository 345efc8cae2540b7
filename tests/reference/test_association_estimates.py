"""`pv.association` and t tests of differences end to end against R `survey` 4.1-1: association.R has the designs."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

import prevalence as pv
import reference

SAME = 1e-10
"""Sums, eigenvalues and distributions in another order and another library."""

NEGLIGIBLE = 1e-12
"""Below this a p-value is compared as that size."""

DOCUMENT: Any = json.loads((reference.FOLDER / "association.json").read_text(encoding="utf-8"))


@cache
def survey(design: str) -> pv.Survey:
    declared = DOCUMENT["designs"][design]
    used = declared["design_args"]
    rows = reference.data(declared["data"])
    if "stype" in rows:
        rows = rows.assign(high=(rows["stype"] == "H").astype(int))
    return pv.Survey(
        rows,
        pv.Design(
            weight=used["weight"],
            stratum=used["stratum"],
            psu=used["psu"],
            fpc=used["fpc"],
            lonely_psu=used["lonely_psu"],
            df_rule="own",
        ),
    )


@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=lambda r: f"{r['design']}:{'x'.join(r['variables'])}:{r['domain']}")
def test_tables(record: dict[str, Any]) -> None:
    domain = record["domain"] or {}
    whole = pv.association(survey(record["design"]), *record["variables"], by=list(domain) or None)
    table = whole.to_pandas()
    for name, level in domain.items():
        table = table[table[name] == level]
    row, tests = table.iloc[0], record["tests"]
    # R counts units of weight zero alone, which the synthetic file has one of, among those of the design.
    weightless = record["design"] == "synthetic" and not domain
    assert row["df"] + weightless == record["df"]
    assert row["f"] == pytest.approx(tests["F"]["statistic"], rel=SAME)
    assert row["f_df"] == pytest.approx(tests["F"]["parameter"][0], rel=SAME)
    assert row["chi2_p"] == pytest.approx(tests["Chisq"]["p"], rel=SAME, abs=NEGLIGIBLE)
    if weightless:
        return
    assert row["f_below"] == pytest.approx(tests["F"]["parameter"][1], rel=SAME)
    assert row["p_value"] == pytest.approx(tests["F"]["p"], rel=SAME, abs=NEGLIGIBLE)
    assert row["wald_f"] == pytest.approx(tests["adjWald"]["statistic"], rel=SAME)
    assert row["wald_p"] == pytest.approx(tests["adjWald"]["p"], rel=SAME, abs=NEGLIGIBLE)
    place = table.index[0]
    for name, theirs in (("second-order", "F"), ("first-order", "Chisq"), ("wald", "adjWald"), ("unadjusted-wald", "Wald")):
        found = whole.test(name)
        assert found.p_value[place] == pytest.approx(tests[theirs]["p"], rel=SAME, abs=NEGLIGIBLE)
        if name != "first-order":  # R prints Pearson's statistic, not what it compares with the chi-square.
            assert found.value[place] == pytest.approx(tests[theirs]["statistic"], rel=SAME)
            assert [found.above[place], found.below[place]] == pytest.approx(tests[theirs]["parameter"], rel=SAME)


@pytest.mark.parametrize("record", DOCUMENT["t_tests"], ids=lambda r: f"{r['design']}:{r['variable']}:{r['group']}:{r['domain']}")
def test_t_statistics_of_means_and_of_their_differences(record: dict[str, Any]) -> None:
    domain = record["domain"] or {}
    by = [*([record["group"]] if record["group"] else []), *domain]
    found = pv.mean(survey(record["design"]), record["variable"], by=by or None)
    found = found.select(**domain)
    if record["group"]:
        found = found.difference(record["group"], 1, 0)
    tests = found.tests()
    assert tests.test.t[0] == pytest.approx(record["t"], rel=SAME)
    assert tests.test.df[0] == record["design_df"]
