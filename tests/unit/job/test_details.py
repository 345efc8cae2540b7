"""Numbers, hazards, elements and definitions of a run: what they hold, whom they are about, what they must not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.job import Results, run, sample_config
from prevalence.report.disclosure.rules import PROTECTED

SAMPLE = sample_config().parent
TWELVE_DIGITS = 1e-11  # numbers are written to 12 significant digits
FEW = range(1, 5)
COUNTRIES = ("XAA", "XBB", "XCC")


@pytest.fixture(scope="module")
def rows(sample: Results) -> pd.DataFrame:
    return pd.read_csv(sample.folder / "estimates.csv", keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def page(sample: Results) -> str:
    return unescape((sample.folder / "report.html").read_text(encoding="utf-8"))


def test_hazards_are_shares_of_working_children(rows: pd.DataFrame) -> None:
    children = pv.load(SAMPLE / "children.sav", profile="sample-children")
    data = pv.classify.child_labour(children, definition="sdg-8.7.1").data
    working = data[(data["in_employment"] == 1) & (data["country"] == "XAA")].dropna(subset=["hazard_loads"])
    share = (working["hazard_loads"] * working["fsweight"]).sum() / working["fsweight"].sum()
    found = rows.query("table == 'hazards_by_age' and country == 'XAA' and indicator == 'hazard_loads' and age_group == 'All'")
    assert found["estimate"].item() == pytest.approx(share, rel=TWELVE_DIGITS)
    assert found["n"].item() == len(working)
    assert set(rows.query("table == 'hazards_by_age'")["denominator"]) == {"working children"}


def test_elements_hold_the_parts_of_forced_labour(rows: pd.DataFrame) -> None:
    """Forced labour is involuntary and under coercion: no more people can be in it than in either."""
    found = rows.query("table == 'elements_by_chain' and supply_chain == 'All'").set_index(["country", "indicator"])["cases"]
    whole = rows.query("table == 'chain_by_sex' and survey == 'workers' and supply_chain == 'All' and sex == 'All'")
    for country, cases in whole.set_index("country")["cases"].items():
        assert cases <= found[country, "involuntary_work"]
        assert cases <= found[country, "coercion"]


def test_numbers_are_shares_times_people(rows: pd.DataFrame) -> None:
    numbers = rows.query("table == 'numbers_by_age'").set_index(["country", "sex", "age_group"])
    shares = rows.query("table == 'sex_by_age' and survey == 'workers'").set_index(["country", "sex", "age_group"])
    assert set(numbers.index) == set(shares.index)
    product = shares["estimate"] * shares["population"]
    pd.testing.assert_series_equal(numbers["estimate"], product[numbers.index], check_names=False, rtol=TWELVE_DIGITS)
    assert "children" not in set(rows.query("table == 'numbers_by_age'")["survey"])


def test_definitions_stand_beside_the_configured_one(rows: pd.DataFrame) -> None:
    found = rows.query("table == 'definitions_by_age'")
    assert set(found["indicator"]) == {"child_labour", "child_labour_mics6", "child_labour_ilo_global_estimates"}
    own = found.query("indicator == 'child_labour'").set_index(["country", "age_group"])["estimate"]
    table = rows.query("table == 'sex_by_age' and survey == 'children' and sex == 'All'")
    pd.testing.assert_series_equal(own, table.set_index(["country", "age_group"])["estimate"][own.index])


def test_what_lies_between_two_definitions_is_never_few_children(sample: Results) -> None:
    """Child labour of SDG 8.7.1 is in child labour of either other definition: their difference counts people."""
    shown = sample.tables["children", "definitions_by_age"]
    keys = {key.name: np.array(key.texts()) for key in shown.estimates.keys}
    cases = pd.Series(
        shown.estimates.numbers.cases, index=pd.MultiIndex.from_arrays([keys["indicator"], keys["country"], keys["age_group"]])
    )
    open_cells = cases[~shown.hidden]
    assert set(shown.reasons) == {"", PROTECTED}
    assert any(
        cases[other, country, age] - cases["child_labour", country, age] in FEW
        for other, country, age in cases.index[shown.hidden]
    )
    for other, country, age in open_cells.index:
        if ("child_labour", country, age) in open_cells.index:
            assert open_cells[other, country, age] - open_cells["child_labour", country, age] not in FEW


def test_records_hold_prevalence_alone(sample: Results) -> None:
    """The cells of a record are those of its indicator: neither hazards nor other definitions."""
    cells = pv.baseline.read(sample.folder / "records" / "XAA-children.json").to_pandas()
    assert not {"indicator", "in_employment"} & set(cells.columns)
    tables = [sample.tables["children", name].estimates for name in ("chain_by_sex", "sex_by_age", "area_by_sex")]
    assert len(cells) < sum(len(table.select(country="XAA")) for table in tables)


def test_page_has_topics_in_order_and_says_of_whom_shares_are(page: str) -> None:
    topics = re.findall(r"<h4>([^<]+)</h4>", page.partition('id="making"')[0])
    children = ["Prevalence", "Comparisons", "Hazards", "Other definitions"]
    assert topics == 3 * [*children, "Prevalence", "Comparisons", "Numbers of people", "Elements of forced labour"]
    assert page.count("Percent of working children;") == len(COUNTRIES)


def test_page_names_hazards_items_and_definitions_in_words(page: str) -> None:
    for told in ("Carrying heavy loads", "Different job than agreed", "MICS6", "ILO Global Estimates", "SDG indicator 8.7.1"):
        assert page.count(f">{told}<") + page.count(f"{told}</") >= len(COUNTRIES)
    assert "No definition is recorded" not in page
    assert "Hazard loads" not in page


def test_withheld_cells_are_said_in_words_for_those_who_cannot_see_figures(sample: Results, page: str) -> None:
    hidden = sample.tables["children", "definitions_by_age"].select(country="XAA").hidden.sum()
    words = next(text for text in re.findall(r'aria-label="([^"]+)"', page) if text.startswith("XAA: child labour by definition"))
    assert words.count("withheld") == hidden == 3


def test_population_weights_give_numbers_and_a_pyramid_of_them(small: Callable[..., Path], tmp_path: Path) -> None:
    results = run(small(), out=tmp_path / "out", quiet=True)
    table = results.tables["small", "numbers_by_age"]
    assert table.estimates.numbers.estimate.max() > 1
    assert {"figures/small-pyramid.svg", "figures/small-pyramid.png"} <= set(results.files)
    text = (results.folder / "report.html").read_text(encoding="utf-8")
    assert "Number of people in child labour, by age and sex. " in unescape(text)


@pytest.mark.parametrize(
    ("asked", "method", "said"), [("", "log", "t on the log scale"), ("number_interval = 'wald'\n", "wald", "t")]
)
def test_numbers_have_the_interval_of_the_configuration_and_say_so(
    small: Callable[..., Path], tmp_path: Path, asked: str, method: str, said: str
) -> None:
    record = '[surveys.record]\nuniverse = "all children"\nreference_period = "week"\nbase_year = 2024\n'
    config = small()
    config.write_text(f"{asked}level = 0.9\n{config.read_text(encoding='utf-8')}{record}", encoding="utf-8")
    results = run(config, out=tmp_path / "out", quiet=True)
    numbers = results.tables["small", "numbers_by_age"].estimates
    assert (numbers.interval.method, numbers.interval.level) == (method, 0.9)
    document = json.loads((results.folder / "baseline.json").read_text(encoding="utf-8"))
    assert document["interval"] == {"method": "korn-graubard", "number_method": method, "level": 0.9}
    text = unescape((results.folder / "report.html").read_text(encoding="utf-8"))
    assert f"Numbers of people carry a 90% interval ({said}), an exact one where no case was found." in text
    baseline = pv.baseline.read(results.folder / "records" / "small.json")
    assert (baseline.record.how.number_ci_method, baseline.record.how.ci_level) == (method, 0.9)
    page = unescape((results.folder / "records" / "small.html").read_text(encoding="utf-8"))
    assert f"90% intervals (korn-graubard; numbers of people: {method})." in page
    whole = baseline.to_pandas().iloc[-1]
    everyone = numbers.select(sex="All", age_group="All")
    assert whole["number_ci_low"] == pytest.approx(everyone.limits.low[0], rel=TWELVE_DIGITS)


def test_what_data_do_not_tell_of_details_is_left_out_in_words(small: Callable[..., Path], tmp_path: Path) -> None:
    results = run(small(), out=tmp_path / "out", quiet=True)
    log = (results.folder / "log.txt").read_text(encoding="utf-8")
    assert "left out: Hazards: the data do not say which hazards working children face." in log
    assert "left out: Child labour by the definition 'mics6': the data do not allow it" in log
    assert "left out: Child labour by the definition 'ilo-global-estimates': the data do not allow it" in log


def test_pyramids_need_two_sexes(small: Callable[..., Path], tmp_path: Path) -> None:
    results = run(small(columns=("area",)), out=tmp_path / "out", quiet=True)
    assert not [name for name in results.files if "pyramid" in name]
    assert results.tables["small", "numbers_by_age"].estimates.dimensions == ("age_group",)
