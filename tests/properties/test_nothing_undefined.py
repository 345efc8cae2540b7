"""Whatever the design: a cell with people in it has an interval with width, or words that say why not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.design import Replicates
from prevalence.estimates import Estimates

from .asked import EVERY_METHOD, TABLES, ask, associated
from .designs import REPLICATES, SEEDS, declared, drawn, people, survey_of, surveys

MANY = settings(max_examples=40)
SOME = settings(max_examples=20)
NAMES = st.sampled_from(sorted(TABLES))

SAID = ("not estimable", "every unit was sampled: no sampling error")


def faults(table: Estimates) -> Iterator[str]:
    """Yield what is undefined without a word, or said where nothing is amiss."""
    columns = table.to_pandas()
    log = table.kind == "log" or table.interval.method == "log"
    for number, (row, census) in enumerate(zip(columns.itertuples(index=False), table.numbers.census, strict=True)):
        told = f"row {number}: {row.flag!r}"
        if row.n == 0:
            if not np.isnan(row.estimate) or "no observations" not in row.flag:
                yield f"nobody, but {row.estimate}; {told}"
        elif np.isnan(row.estimate):
            if "not estimable: nothing to divide by" not in row.flag:
                yield f"no estimate; {told}"
        else:
            yield from _unsaid(row, told, census=bool(census), log=log)


def _unsaid(row: object, told: str, *, census: bool, log: bool) -> Iterator[str]:
    low, high, se, df, flag = (getattr(row, name) for name in ("ci_low", "ci_high", "se", "df", "flag"))
    if not high > low and not any(words in flag for words in SAID):
        yield f"no interval, {low} to {high}; {told}"
    if high == low and not (census or "width of the interval" in flag):
        yield f"an interval without width; {told}"
    if np.isnan(se) and "standard error not estimable" not in flag:
        yield f"no standard error; {told}"
    if high > low and se > 0 and any(words in flag for words in SAID):
        yield f"said, but there; {told}"
    if np.isnan(df) or np.isinf(se) or np.isinf(low) or (np.isinf(high) and not log):
        yield f"se {se}, df {df}, {low} to {high}; {told}"


def comparisons(table: Estimates) -> Iterator[Estimates]:
    """Yield what can be taken of a table by region."""
    for level in ("S", "C", "islands"):
        yield table.difference("region", "N", level)
        yield table.relative("region", level, "N")
    yield table.excess("region")


@MANY
@given(surveys(), NAMES)
def test_every_row_of_a_table(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    assert list(faults(table)) == []
    if table.kind == "proportion":
        for method in EVERY_METHOD:
            assert list(faults(table.ci(0.99, method=method))) == [], method


@MANY
@given(surveys(), NAMES)
def test_every_comparison(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    if "region" in table.dimensions:
        for found in comparisons(table):
            assert list(faults(found)) == []


@MANY
@given(surveys(), st.sampled_from(["hf3", "hf7", "school", "shahvaish"]), st.sampled_from(EVERY_METHOD[:7]))
def test_every_definition_of_a_quantile(survey: pv.Survey, rule: str, interval: str) -> None:
    table = pv.quantile(survey, "z", [0.02, 0.5, 0.8], by=["region"], margins=True, rule=rule, interval=interval)
    assert list(faults(table)) == []
    for found in comparisons(table):
        assert list(faults(found)) == []


@SOME
@given(SEEDS, st.sampled_from(["bootstrap", "BRR"]))
def test_quantiles_under_replicates(seed: int, method: str) -> None:
    size = {"n": 8, "seed": 3} if method == "bootstrap" else {}
    design = pv.Design(weight="w", stratum="stratum", psu="ea", replicates=Replicates(method=method, **size))
    table = pv.quantile(survey_of(people(seed, most=2), design), "z", 0.5, by="region", margins=True, interval="replicates")
    for found in (table, *comparisons(table)):
        assert list(faults(found)) == []


@SOME
@given(surveys(), NAMES)
def test_nobody_at_all(survey: pv.Survey, name: str) -> None:
    rows = survey.data.assign(y=np.nan, v=np.nan, z=np.nan, x=np.nan, filled_1=np.nan, filled_2=np.nan, filled_3=np.nan)
    table = ask(name, survey_of(rows, survey.design))
    assert list(faults(table)) == []
    if name in ("prevalence", "total", "mean", "quantile", "imputed"):
        assert all(flag.startswith("no observations") for flag in table.flags)


@SOME
@given(surveys(), st.sampled_from(["observed", "independence"]))
def test_every_test_of_association(survey: pv.Survey, under: str) -> None:
    found = pv.association(survey, "sex", "status", by="region", margins=True, under=under)
    for row in found.to_pandas().itertuples(index=False):
        if row.n == 0:
            assert row.flag == "no observations"
        elif np.isnan(row.p_value) or np.isnan(row.chi2_p):
            assert "not testable: " in row.flag
        elif np.isnan(row.wald_p):
            assert "Wald test not testable: " in row.flag
        else:
            assert "not testable" not in row.flag
        assert not row.p_value < 0
        assert not row.p_value > 1


@SOME
@given(SEEDS)
def test_replicates_without_the_domain_are_counted(seed: int) -> None:
    survey = drawn("file", seed)
    replicates = survey.design.replicates
    assert replicates is not None
    table = pv.prevalence(survey, "y", by="region", margins=True)
    factor = 1 if replicates.combined else survey.data["w"].to_numpy()[:, None]
    weights = survey.data[list(survey.replicate_columns)] * factor
    for level, n, flag in zip(table.keys[-1].texts(), table.numbers.n, table.flags, strict=True):
        inside = survey.data["y"].notna() & (survey.data["w"] > 0) & ((survey.data["region"] == level) | (level == "All"))
        lost = int((weights[inside].sum() == 0).sum())
        assert (f"{lost} of {REPLICATES} replicates have no member" in flag) == (lost > 0) or n == 0


@SOME
@given(SEEDS)
def test_a_domain_in_one_unit_is_lost_by_one_replicate(seed: int) -> None:
    survey = declared(drawn("one-stage", seed), psu="ea", stratum=None, fpc=None, lonely_psu="fail", lonely_domains=False)
    rows = survey.data.assign(here=(survey.data["ea"] == 0) & (survey.data["w"] > 0))
    jackknife = survey_of(rows, pv.Design(weight="w", psu="ea", replicates=Replicates(method="JK1")))
    units = rows["ea"].nunique()
    if units < 3:
        return
    flag = pv.mean(jackknife, "module", among="here").flags[0]
    assert f"1 of {units} replicates have no member" in flag
    assert pd.Series(pv.mean(jackknife, "module").flags).str.contains("no member").sum() == 0


@SOME
@given(surveys())
def test_tests_of_association_of_every_design(survey: pv.Survey) -> None:
    found = associated(survey)
    known = ~np.isnan(found.p_value)
    assert ((found.rao_scott.f_df > 0) & (found.rao_scott.f >= 0))[known].all()
    assert (found.rao_scott.f_df[known] <= found.rao_scott.contrasts[known] + 1e-9).all()
