"""Change between rounds against R on the stacked rows, worked numbers, and what records must give again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
import reference
from prevalence.baseline import change, create, read
from prevalence.baseline.effects import fieller
from prevalence.baseline.record import Cell, Figure, How, Record, What, When, Whom
from prevalence.errors import DefinitionError, DesignError, OptionError, PrevalenceWarning
from prevalence.provenance import Definition, Provenance

TAYLOR = 1e-10
"""Agreement with R that was asked for; most numbers agree to 1e-13."""
ROOT = 1e-9
"""R's uniroot stops there."""
SAME = 1e-9
"""Records hold 12 significant digits; a difference loses some of them."""

CONTENT: dict[str, Any] = json.loads((reference.FOLDER / "change.json").read_text(encoding="utf-8"))
CHANGES: list[dict[str, Any]] = CONTENT["changes"]
DESIGN = pv.Design(weight="w", stratum="stratum", psu="psu", df_rule="own")
PANEL = reference.data("pooled.csv")
SAID = {"definition": "sdg-8.7.1", "universe": "all children", "reference_period": "week"}


def rows_of(name: str) -> pd.DataFrame:
    return PANEL[PANEL["round"].astype(str) == name].drop(columns="round").reset_index(drop=True)


def survey(name: str, kept: set[int] | None = None) -> pv.Survey:
    rows = rows_of(name)
    return pv.Survey(rows if kept is None else rows[rows["psu"].isin(kept)], DESIGN)


def pair(record: dict[str, Any]) -> tuple[pv.Survey, pv.Survey]:
    names = record["earlier"], record["later"]
    if record["kind"] != "panel":
        return survey(names[0]), survey(names[1])
    both = set(rows_of(names[0])["psu"]) & set(rows_of(names[1])["psu"])
    return survey(names[0], both), survey(names[1], both)


def relation(record: dict[str, Any]) -> str:
    return "independent" if record["kind"] == "independent" else "shared"


def label(record: dict[str, Any]) -> str:
    return ":".join(str(record[key]) for key in ("kind", "earlier", "later", "sex"))


@pytest.fixture(scope="module")
def found() -> dict[str, pv.baseline.Change]:
    cells = [record for record in CHANGES if record["sex"] == "All"]
    return {label(r): change(*pair(r), "child_labour", by="sex", samples=relation(r)) for r in cells}


def of(found: dict[str, pv.baseline.Change], record: dict[str, Any]) -> dict[str, Any]:
    table = found[label({**record, "sex": "All"})].to_pandas()
    return dict(table[table["sex"] == record["sex"]].iloc[0])


@pytest.mark.parametrize("record", CHANGES, ids=label)
def test_rates_agree_with_the_stacked_design(found: dict[str, pv.baseline.Change], record: dict[str, Any]) -> None:
    row = of(found, record)
    for name in ("old", "new", "change", "se"):
        assert row[name] == pytest.approx(record[name], rel=TAYLOR)
    assert row["relative_se"] == pytest.approx(record["new"] / record["old"] * record["se_log_ratio"], rel=TAYLOR)
    if record["kind"] != "independent":
        assert row["df"] == record["df"]
    t = stats.t.ppf(0.975, row["df"])
    assert row["relative_low"] + 1 == pytest.approx(
        record["new"] / record["old"] * np.exp(-t * record["se_log_ratio"]), rel=TAYLOR
    )


@pytest.mark.parametrize("record", [r for r in CHANGES if "number_se" in r], ids=label)
def test_numbers_and_their_parts_agree_with_the_delta_method(
    found: dict[str, pv.baseline.Change], record: dict[str, Any]
) -> None:
    row = of(found, record)
    for name in ("number_old", "number_change", "number_se", "population_effect", "population_effect_se", "prevalence_effect"):
        assert row[name] == pytest.approx(record[name], rel=TAYLOR, abs=TAYLOR * record["number_old"])
    assert row["prevalence_effect_se"] == pytest.approx(record["prevalence_effect_se"], rel=TAYLOR)
    assert row["population_effect"] + row["prevalence_effect"] == pytest.approx(row["number_change"], rel=TAYLOR)


@pytest.mark.parametrize("record", [r for r in CHANGES if "joint_f" in r], ids=label)
def test_joint_test_and_standardised_change(record: dict[str, Any]) -> None:
    rounds = pair(record)
    standardised = change(*rounds, "child_labour", samples=relation(record), standardise="sex")
    assert standardised.change[0] == pytest.approx(record["standardised_change"], rel=TAYLOR)
    assert standardised.se[0] == pytest.approx(record["standardised_se"], rel=TAYLOR)
    assert np.isnan(standardised.number_change).all()
    if record["kind"] != "independent":
        test = change(*rounds, "child_labour", by="sex", margins=False, samples="shared").test()
        assert (test.f, test.p_value) == pytest.approx((record["joint_f"], record["joint_p"]), rel=TAYLOR)


def test_degrees_of_freedom_of_independent_samples_are_those_of_welch() -> None:
    tables = [pv.prevalence(survey(name), "child_labour") for name in ("2022", "2023")]
    v, df = (np.array([getattr(table.numbers, part)[0] for table in tables]) for part in ("se", "df"))
    expected = (v**2).sum() ** 2 / (v**4 / df).sum()
    of_tables = change(*tables)
    assert of_tables.df[0] == pytest.approx(expected, rel=TAYLOR)
    assert of_tables.samples == "taken as independent samples: units are not known"
    assert change(survey("2022"), survey("2023"), "child_labour", samples="independent").df[0] == of_tables.df[0]


def test_a_joint_test_of_independent_rounds_does_not_depend_on_how_its_rows_are_written() -> None:
    found = change(survey("2022"), survey("2023"), "child_labour", by="sex", margins=False, samples="independent")
    joint, mixed = found.test(), found.difference.contrast([[1.0, 1.0], [3.0, -1.0]]).test()
    assert (mixed.f, mixed.df, mixed.p_value) == pytest.approx((joint.f, joint.df, joint.p_value), rel=SAME)


def test_every_row_has_the_numbers_of_its_own_cell() -> None:
    """Tables one below the other are in another order than the differences, which go by their labels."""
    by = [["stratum", "sex"], ["stratum"]]
    found = change(survey("2022"), survey("2023"), "child_labour", by=by, margins=False, samples="shared").to_pandas()
    for name, side in (("2022", "old"), ("2023", "new")):
        rates = pv.prevalence(survey(name), "child_labour", by=by).to_pandas().set_index(["stratum", "sex"])["estimate"]
        expected = [rates[row.stratum, row.sex] for row in found.itertuples()]
        assert found[side].tolist() == pytest.approx(expected, rel=TAYLOR)
        # Each child stands in two tables.
        assert found[f"n_{side}"].sum() == 2 * rows_of(name)["child_labour"].notna().sum()
    assert (found["new"] - found["old"]).tolist() == pytest.approx(found["change"].tolist(), rel=TAYLOR)


def test_all_limits_have_the_level_that_is_asked_for() -> None:
    found = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared", level=0.8)
    t = stats.t.ppf(0.9, found.df)
    assert found.level == 0.8
    for values, errors, low, high in (
        (found.change, found.se, found.low, found.high),
        (found.number_change, found.number_se, found.number_low, found.number_high),
    ):
        assert (high - values) / errors == pytest.approx((values - low) / errors, rel=SAME)
    assert (found.high - found.change) / found.se == pytest.approx(t, rel=SAME)
    wider = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared")
    of_95 = stats.t.ppf(0.975, found.df)
    ratio = np.log((found.relative_high + 1) / (found.relative_low + 1)) / np.log(
        (wider.relative_high + 1) / (wider.relative_low + 1)
    )
    assert ratio == pytest.approx(t / of_95, rel=SAME)
    for low, high, wide_low, wide_high in (
        (found.number_low, found.number_high, wider.number_low, wider.number_high),
        (
            np.log1p(found.number_relative_low),
            np.log1p(found.number_relative_high),
            np.log1p(wider.number_relative_low),
            np.log1p(wider.number_relative_high),
        ),
    ):
        assert ((high - low) / (wide_high - wide_low) < 0.75).all()


def test_totals_of_a_rotating_panel_have_their_own_variance() -> None:
    tables = [pv.total(survey(name), "child_labour", by="sex", margins=True) for name in ("2022", "2023")]
    apart = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="independent")
    together = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared")
    alone = sum(table.numbers.se**2 for table in tables)
    assert apart.number_se**2 == pytest.approx(alone, rel=TAYLOR)
    # The shared areas are alike in both years: their covariance is above zero, and it cannot exceed what two standard errors allow.
    covariance = (alone - together.number_se**2) / 2
    assert (covariance > 0).all()
    assert (covariance < tables[0].numbers.se * tables[1].numbers.se).all()


def test_a_table_of_pooled_rounds_keeps_its_covariance() -> None:
    rounds = pv.weighting.pool([survey("2022"), survey("2023")], names=["2022", "2023"])
    table = pv.prevalence(rounds, "child_labour", by="round")
    parts = [table.select(round=name) for name in ("2022", "2023")]
    parts = [replace(part, keys=tuple(key for key in part.keys if key.name != "round")) for part in parts]
    expected = table.difference("round", "2023", "2022").numbers.se[0]
    assert change(*parts).se[0] == pytest.approx(expected, rel=TAYLOR)


@pytest.mark.parametrize("limit", CONTENT["fieller"])
def test_limits_of_fieller_are_the_roots(limit: dict[str, float]) -> None:
    names = ("old", "new", "v_old", "v_new", "covariance", "t")
    found = fieller(*(np.array([limit[name]]) for name in names))
    assert (found.low[0], found.high[0]) == pytest.approx((limit["low"], limit["high"]), rel=ROOT)


def test_fieller_has_no_limits_where_the_base_may_be_zero() -> None:
    found = fieller(*(np.array([value]) for value in (0.1, 0.05, 0.06**2, 0.01**2, 0.0, 2.0)))
    assert np.isnan([found.low[0], found.high[0]]).all()


# ---- records ------------------------------------------------------------------------------------------------------------------------------------


def record(rate: float, se: float, year: float, **parts: Any) -> pv.baseline.Baseline:
    """Return a public record of one cell, with so many degrees of freedom that t is normal."""
    figure = Figure(estimate=rate, se=se, ci_low=rate - 2 * se, ci_high=rate + 2 * se)
    whom = Whom(**{"universe": "all children", "reference_period": "week", **parts.get("whom", {})})
    what = What(**{"indicator_code": "child_labour", "definition_id": "sdg-8.7.1", **parts.get("what", {})})
    return pv.baseline.Baseline(
        Record(
            what=what,
            whom=whom,
            when=When(base_year=year, **parts.get("when", {})),
            how=How(ci_method="logit", ci_level=0.95),
            tables=((),),
            cells=(Cell(levels={}, rate=figure, n=5000, cases=900, n_psu=300, df=1e9, population=parts.get("people")),),
        )
    )


# Section 4 of the methods note on baselines: 22 % in 2014, 18 % in 2022.
@pytest.mark.parametrize(
    ("correlation", "se", "z", "p", "relative_se"),
    [(0.0, 0.01628, -2.457, 0.0140, 0.0670), (0.4, 0.01263, -3.168, 0.0015, 0.0520)],
)
def test_worked_numbers(correlation: float, se: float, z: float, p: float, relative_se: float) -> None:
    found = change(record(0.220, 0.012, 2014), record(0.180, 0.011, 2022), correlation=correlation)
    assert (round(found.change[0], 4), round(found.se[0], 5), round(found.t[0], 3), round(found.p_value[0], 4)) == (
        -0.04,
        se,
        z,
        p,
    )
    assert (round(found.relative[0], 4), round(found.relative_se[0], 4)) == (-0.1818, relative_se)
    assert found.rounds == "2014 to 2022"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("records")
    by = [["sex"], ["stratum"], ["sex", "stratum"]]
    first = create(survey("2022"), "child_labour", base_year=2022, by=by, **SAID)
    second = create(survey("2023"), "child_labour", base_year=2023, by=by, linked_to=first, **SAID)
    first.write(folder / "a.json", private=folder / "a.npz")
    second.write(folder / "b.json", private=folder / "b.npz")
    return {path.name: path for path in folder.iterdir()}


def test_private_records_give_what_the_rows_give(files: dict[str, Path]) -> None:
    rounds = [read(files[f"{name}.json"], private=files[f"{name}.npz"]) for name in "ab"]
    of_rows = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared")
    for rest in (rounds, (rounds[0], survey("2023"))):
        of_records = change(*rest, samples="shared", cells={"stratum": "All"})
        for name in ("change", "se", "df", "low", "number_se", "population_effect_se", "prevalence_effect_se", "relative_high"):
            assert getattr(of_records, name) == pytest.approx(getattr(of_rows, name), rel=SAME)
    wanted = {"sex": ["Female", "Male"], "stratum": "All"}
    assert change(*rounds, samples="shared", cells=wanted).test().f == pytest.approx(
        change(survey("2022"), survey("2023"), "child_labour", by="sex", margins=False, samples="shared").test().f, rel=SAME
    )
    standardised = change(*rounds, samples="shared", standardise="sex", cells={"stratum": "All"})
    assert standardised.se[0] == pytest.approx(
        change(survey("2022"), survey("2023"), "child_labour", samples="shared", standardise="sex").se[0], rel=SAME
    )


def test_public_records_give_independent_samples(files: dict[str, Path]) -> None:
    of_rows = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="independent")
    of_records = change(files["a.json"], files["b.json"], cells={"stratum": "All"})
    for name in ("change", "se", "df", "number_se", "population_effect", "prevalence_effect"):
        assert getattr(of_records, name) == pytest.approx(getattr(of_rows, name), rel=SAME)
    assert np.isnan(of_records.population_effect_se).all()
    # Standard errors alone do not tell how the cells of one round go together.
    with pytest.raises(OptionError, match="A joint test needs the covariances"):
        of_records.test()
    with pytest.raises(OptionError, match="Standardised rates need the covariances"):
        change(files["a.json"], files["b.json"], standardise="sex", cells={"stratum": "All"})
    assert "units are not known" in of_records.samples


def test_published_correlations_give_the_joint_test() -> None:
    made = [
        create(survey(name), "child_labour", base_year=int(name), by="sex", correlations=True, **SAID)
        for name in ("2022", "2023")
    ]
    public = [replace(each, private=None) for each in made]
    expected = change(survey("2022"), survey("2023"), "child_labour", by="sex", margins=False, samples="independent")
    found = change(*public, cells={"sex": ["Female", "Male"]})
    assert found.test().f == pytest.approx(expected.test().f, rel=1e-6)
    assert found.difference.covariance() == pytest.approx(expected.difference.covariance(), rel=1e-6, abs=1e-12)


def test_cells_of_one_round_alone_are_left_out_and_named() -> None:
    rows = survey("2022").data
    fewer = pv.Survey(rows[rows["stratum"] != "S5"], DESIGN)
    found = change(fewer, survey("2023"), "child_labour", by="stratum", samples="shared")
    assert len(found.change) == 5
    assert found.notes == ("1 cell of the new round alone, left out: 'S5'",)


def test_adjusted_p_values() -> None:
    found = change(survey("2022"), survey("2024"), "child_labour", by="stratum", margins=False, samples="shared", adjust="holm")
    order = np.argsort(found.p_value)
    expected = np.maximum.accumulate(found.p_value[order] * np.arange(5, 0, -1))
    assert found.p_adjusted[order] == pytest.approx(np.minimum(expected, 1))


def test_replicates_of_one_structure() -> None:
    design = pv.Design(weight="w", stratum="stratum", psu="psu", replicates=pv.Replicates(method="JKn"), df_rule="own")
    both = set(rows_of("2022")["psu"]) & set(rows_of("2023")["psu"])
    made = [pv.Survey(rows_of(name)[rows_of(name)["psu"].isin(both)], design) for name in ("2022", "2023")]
    linear = change(*pair({"kind": "panel", "earlier": "2022", "later": "2023"}), "child_labour", samples="shared")
    found = change(*made, "child_labour", samples="replicates")
    # Jackknife and linearisation differ by terms of the second order; covariance left out would be 30 % off.
    assert found.se == pytest.approx(linear.se, rel=0.02)


@pytest.mark.parametrize(("later", "mse"), [([3, 3], False), ([2, 4], True)], ids=["other scales", "about another centre"])
def test_replicates_of_another_structure_are_refused(later: list[int], mse: bool) -> None:
    """Six replicates in both rounds: strata of 2 and 4 units have scales 1/2 and 3/4, strata of 3 and 3 have 2/3."""

    def round_of(units: list[int], mse: bool) -> pv.Survey:
        rows = pd.DataFrame({"h": np.repeat(["a", "b"], units), "ea": range(6), "w": 1.0, "child_labour": [0, 1, 1, 0, 0, 1]})
        return pv.Survey(rows, pv.Design(weight="w", stratum="h", psu="ea", replicates=pv.Replicates(method="JKn", mse=mse)))

    with pytest.raises(DesignError, match="found 6 and 6, or other scales"):
        change(round_of([2, 4], False), round_of(later, mse), "child_labour", samples="replicates")


def test_standardised_to_everyone_of_the_old_round_also_without_margins() -> None:
    """Girls are 6 of 16 in both areas together, 4 of 6 in the one and 2 of 10 in the other: every area takes 6 of 16."""

    def round_of(cases: list[int]) -> pv.Survey:
        cells = [("a", "F", 4), ("a", "M", 2), ("b", "F", 2), ("b", "M", 8)]
        rows = [
            {"area": area, "sex": sex, "w": 1.0, "y": float(child < some)}
            for (area, sex, size), some in zip(cells, cases, strict=True)
            for child in range(size)
        ]
        return pv.Survey(pd.DataFrame(rows), pv.Design(weight="w"))

    found = change(
        round_of([2, 1, 1, 2]), round_of([1, 2, 1, 4]), "y", by="area", margins=False, standardise="sex", samples="independent"
    )
    girls = 6 / 16
    assert found.change == pytest.approx([girls * (1 / 4 - 2 / 4) + (1 - girls) * (2 / 2 - 1 / 2), (1 - girls) * (4 / 8 - 2 / 8)])


def test_strata_of_another_size_take_the_larger_one() -> None:
    """Five areas in both rounds, of 20 and of 25: the smaller part of the variance is taken away, 5/25."""

    def round_of(cases: list[int], size: float) -> pv.Survey:
        rows = pd.DataFrame({"ea": np.repeat(range(5), 4), "w": 5.0, "size": size})
        rows["y"] = (rows.groupby("ea").cumcount() < np.repeat(cases, 4)).astype(float)
        return pv.Survey(rows, pv.Design(weight="w", psu="ea", fpc="size"))

    for sizes in ((20.0, 25.0), (25.0, 20.0)):
        with pytest.warns(PrevalenceWarning, match="another size in one of the rounds.* the larger size is used"):
            found = change(round_of([4, 0, 2, 1, 3], sizes[0]), round_of([1, 0, 2, 2, 1], sizes[1]), "y", samples="shared")
        effects = (np.array([1, 0, 2, 2, 1]) - 6 / 5 - np.array([4, 0, 2, 1, 3]) + 10 / 5) / 20
        assert found.se[0] ** 2 == pytest.approx((1 - 5 / 25) * 5 / 4 * (effects**2).sum())


# ---- what may be compared -----------------------------------------------------------------------------------------------------------------------


def test_rounds_that_measured_different_things_are_refused_or_flagged() -> None:
    first = record(0.22, 0.012, 2014)
    other = record(0.18, 0.011, 2022, whom={"universe": "cocoa households", "reference_period": "12 months"})
    with pytest.raises(DefinitionError, match=r"differ in 2 things:\n  universe: 'all children' and 'cocoa households'"):
        change(first, other)
    found = change(first, other, force=["universe", "reference_period"])
    assert (found.comparability, found.flag) == ("B", ("break in series",))
    another = record(0.18, 0.011, 2022, what={"definition_id": "mics6"})
    assert change(first, another, force=["definition_id"]).comparability == "D"
    with pytest.raises(DefinitionError, match="definition_id"):
        change(first, another, force=["universe"])
    with pytest.raises(OptionError, match="Did you mean 'universe'"):
        change(first, another, force=["univers"])


@pytest.mark.parametrize("name", ["production_boundary", "hazard_rule", "missing_rule"])
def test_every_part_of_a_definition_counts(name: str) -> None:
    with pytest.raises(DefinitionError, match=name):
        change(record(0.2, 0.01, 2014, what={name: "one"}), record(0.2, 0.01, 2022, what={name: "other"}))


@pytest.mark.parametrize("name", ["age_range", "respondent"])
def test_people_and_respondents_count(name: str) -> None:
    with pytest.raises(DefinitionError, match=name):
        change(record(0.2, 0.01, 2014, whom={name: "one"}), record(0.2, 0.01, 2022, whom={name: "other"}))


def test_surveys_know_their_definition() -> None:
    def defined(name: str, unknown: str) -> pv.Survey:
        rule = Definition(
            indicator="child_labour", name=name, version="", title="", source="", status="verified", options={"unknown": unknown}
        )
        return replace(survey("2022"), provenance=Provenance(definitions={"child_labour": rule}))

    with pytest.raises(DefinitionError, match="missing_rule: 'official' and 'exclude'"):
        change(defined("sdg-8.7.1", "official"), defined("sdg-8.7.1", "exclude"), "child_labour", samples="shared")
    with pytest.raises(DefinitionError, match=r"12-14: work >= 14; chores >= 21"):
        change(defined("sdg-8.7.1", "official"), defined("mics6", "official"), "child_labour", samples="shared")


def test_other_season_is_a_warning() -> None:
    spring = {"fieldwork_start": "2014-02-01", "fieldwork_end": "2014-04-15"}
    autumn = {"fieldwork_start": "2021-10-01", "fieldwork_end": "2022-01-20"}
    with pytest.warns(PrevalenceWarning, match="different seasons"):
        found = change(record(0.22, 0.012, 2014, when=spring), record(0.18, 0.011, 2022, when=autumn))
    assert "different seasons" in found.notes[0]


@pytest.mark.parametrize(
    ("old", "new", "options", "error", "told"),
    [
        ("2022", "2023", {}, OptionError, "25 sampling units have the same label in both rounds"),
        ("2022", "2023", {"samples": "panel"}, OptionError, "samples must be one of"),
        ("2022", "2023", {"samples": "replicates"}, DesignError, "designs have replicates"),
        ("2022", "2023", {"samples": "shared", "correlation": 0.3}, OptionError, "leave it out"),
        ("2022", "2023", {"correlation": 1.0}, OptionError, "between -1 and 1"),
        ("2022", "2023", {"samples": "shared", "cells": {"area": "Rural"}}, OptionError, "no dimension 'area'"),
        ("2022", "2023", {"samples": "shared", "adjust": "bonferroni"}, OptionError, "adjust must be one of"),
        ("2022", "2023", {"samples": "shared", "names": ("a", "a")}, OptionError, "two different names"),
    ],
)
def test_bad_options(old: str, new: str, options: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        change(survey(old), survey(new), "child_labour", **options)


def test_rounds_without_a_common_cell_or_unit() -> None:
    def only(name: str, sex: str) -> pv.Estimates:
        return pv.prevalence(survey(name), "child_labour", by="sex").select(sex=sex)

    with pytest.raises(OptionError, match="no cell in common"):
        change(only("2022", "Female"), only("2023", "Male"))
    with pytest.raises(OptionError, match="by the same dimensions"):
        change(pv.prevalence(survey("2022"), "child_labour", by="sex"), pv.prevalence(survey("2023"), "child_labour"))
    first = survey("2022")
    other = pv.Survey(first.data.assign(psu=first.data["psu"] + 1000), DESIGN)
    with pytest.raises(DesignError, match="no sampling unit has the same label"):
        change(first, other, "child_labour", samples="shared")
    assert change(first, other, "child_labour").samples == "independent samples"
    moved = first.data.assign(stratum=first.data["stratum"].map({f"S{k}": f"S{k % 5 + 1}" for k in range(1, 6)}))
    with pytest.raises(DesignError, match="same stratum in both rounds"):
        change(first, pv.Survey(moved, DESIGN), "child_labour", samples="shared")


def test_public_records_cannot_be_stacked() -> None:
    with pytest.raises(DesignError, match="needs the labels of the sampling units"):
        change(record(0.2, 0.01, 2014), record(0.2, 0.01, 2022), samples="shared")
    with pytest.raises(OptionError, match="must not be after"):
        change(record(0.2, 0.01, 2022), record(0.2, 0.01, 2014))


def test_results_print_and_are_written(tmp_path: Path) -> None:
    found = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared")
    assert repr(found).startswith("Change: rounds old to new; samples 25 sampling units in both rounds")
    content = json.loads(found.to_json(tmp_path / "change.json").read_text(encoding="utf-8"))
    assert content["cells"][0]["sex"] == "Female"
    assert (
        found.to_csv(tmp_path / "change.csv")
        .read_text(encoding="utf-8")
        .startswith("indicator,sex,n_old,n_new,old,new,change,se")
    )
    assert "<table>" in found._repr_html_()


def test_every_engine_gives_the_same_change(engine: Any) -> None:
    expected = change(survey("2022"), survey("2023"), "child_labour", by="sex", samples="shared")
    rounds = [pv.Survey(engine(rows_of(name)), DESIGN) for name in ("2022", "2023")]
    found = change(*rounds, "child_labour", by="sex", samples="shared")
    for name in ("change", "se", "df", "number_se", "population_effect_se"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=TAYLOR)
    assert found.samples == expected.samples


def test_multistage_rounds_share_their_areas_and_nothing_below() -> None:
    rng = np.random.default_rng(5)

    def round_of(seed: int) -> pv.Survey:
        rows = pd.DataFrame({"ea": np.repeat(np.arange(10), 12), "home": np.tile(np.repeat(np.arange(4), 3), 10) + 100 * seed})
        rows = rows.assign(w=5.0, areas=40.0, homes=20.0, child_labour=rng.binomial(1, 0.2 + 0.04 * (rows["ea"] % 5)))
        return pv.Survey(rows, pv.Design(weight="w", psu="ea", fpc="areas", later_stages=[pv.Stage(unit="home", fpc="homes")]))

    rounds = [round_of(1), round_of(2)]
    # Areas add their scores of both rounds; homes were drawn anew, so what they add is the sum of both.
    found = change(*rounds, "child_labour", samples="shared")
    z = []
    for each in rounds:
        rows = each.data
        z.append((rows["child_labour"] - rows["child_labour"].mean()).to_numpy() / len(rows))
    areas = (z[1] - z[0]).reshape(10, 12).sum(axis=1)
    between = 10 / 9 * (1 - 10 / 40) * ((areas - areas.mean()) ** 2).sum()
    homes = [part.reshape(10, 4, 3).sum(axis=2) for part in z]
    within = sum(10 / 40 * 4 / 3 * (1 - 4 / 20) * ((part - part.mean(axis=1, keepdims=True)) ** 2).sum() for part in homes)
    assert found.se[0] ** 2 == pytest.approx(between + within, rel=TAYLOR)


def test_one_sampling_unit_is_a_clear_error() -> None:
    rows = rows_of("2022").assign(psu=1, stratum="S1")
    with pytest.raises(DesignError, match="1 stratum has a single PSU"):
        change(pv.Survey(rows, DESIGN), survey("2023"), "child_labour", samples="independent")
