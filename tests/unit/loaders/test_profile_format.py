"""What a profile may say beyond single files: joins, columns prepared before rows are left out, one table for many items."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prevalence import loaders
from prevalence.errors import ConfigError, LoadError
from prevalence.loaders import schema
from prevalence.loaders.recipes import derive
from prevalence.provenance import Codebook

BASE = """
id = ["hh", "line"]
[design]
weight = "w"
psu = "ea"
[file]
role = "persons"
[join.household]
keys = { hh = "number" }
"""


def profile(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def files(folder: Path) -> dict[str, Path]:
    persons = pd.DataFrame({"hh": ["01", "02", "02", None], "line": [1, 1, 2, 1], "age": [10, 12, 50, 7]})
    persons.to_csv(folder / "persons.csv", index=False)
    pd.DataFrame({"number": [2, 1, 3], "w": [2.0, 1.0, 3.0], "ea": [5, 6, 7], "age": [1, 2, 3]}).to_parquet(folder / "hh.parquet")
    return {"persons": folder / "persons.csv", "household": folder / "hh.parquet"}


def derived(recipe: schema.Recipe, **columns: list[object]) -> list[float]:
    values: list[float] = derive(recipe, pd.DataFrame(columns), Codebook()).values.tolist()
    return values


# ---- join


def test_columns_that_the_profile_names_and_the_main_file_lacks_are_taken(tmp_path: Path) -> None:
    mine = profile(tmp_path, BASE + 'unmatched = "drop"\n[variables.age]\nop = "number"\ncolumn = "age"\n')
    survey = loaders.load(files(tmp_path), profile=mine)
    assert survey.data[["w", "ea", "age"]].to_numpy().tolist() == [
        [1, 6, 10],
        [2, 5, 12],
        [2, 5, 50],
    ]  # 01 = 1; age of the person
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("join household", 1), ("join household", 1)]


def test_columns_may_be_renamed_and_not_overwritten(tmp_path: Path) -> None:
    mine = profile(tmp_path, BASE + 'unmatched = "drop"\ncolumns = { w = "w", ea = "ea", age_of_house = "age" }\n')
    assert loaders.load(files(tmp_path), profile=mine).data["age_of_house"].tolist() == [2, 1, 1]
    mine = profile(tmp_path, BASE + 'columns = ["w", "ea", "age"]\n')
    with pytest.raises(ConfigError, match=r"\[join.household\] .* takes columns that the main file has already: 'age'"):
        loaders.load(files(tmp_path), profile=mine)


def test_optional_file_may_lack(tmp_path: Path) -> None:
    text = BASE.replace('weight = "w"\npsu = "ea"', 'weight = "line"') + "optional = true\n"
    survey = loaders.load(files(tmp_path)["persons"], profile=profile(tmp_path, text.replace('id = ["hh", "line"]', "")))
    assert "No file was given for 'household': columns that persons.csv lacks are missing." in survey.provenance.notes


def test_joined_files_stack_by_role(tmp_path: Path) -> None:
    given = files(tmp_path)
    pd.DataFrame({"hh": ["3"], "line": [1], "age": [9]}).to_csv(tmp_path / "more.csv", index=False)
    mine = profile(tmp_path, BASE + 'unmatched = "drop"\n')
    survey = loaders.load({"persons": [given["persons"], tmp_path / "more.csv"], "household": given["household"]}, profile=mine)
    assert survey.data["w"].tolist() == [1, 2, 2, 3]
    assert [source.name for source in survey.provenance.sources] == ["persons.csv", "more.csv", "hh.parquet"]


def test_misfit_names_both_files(tmp_path: Path) -> None:
    mine = profile(tmp_path, BASE + '[variables.sex]\nop = "text"\ncolumn = "sex"\n')
    with pytest.raises(LoadError, match=r"does not fit persons.csv with hh.parquet: 1 column that it needs is absent: 'sex'"):
        loaders.load(files(tmp_path), profile=mine)


def test_long_numbers_in_text_keep_all_their_digits(tmp_path: Path) -> None:
    long = ["90071992547409931", "90071992547409932"]  # one number as floats
    pd.DataFrame({"hh": long, "line": [1, 1]}).to_parquet(tmp_path / "p.parquet")
    pd.DataFrame({"number": long, "w": [1.0, 2.0], "ea": [1, 2]}).to_parquet(tmp_path / "h.parquet")
    survey = loaders.load(
        {"persons": tmp_path / "p.parquet", "household": tmp_path / "h.parquet"}, profile=profile(tmp_path, BASE)
    )
    assert survey.data["w"].tolist() == [1, 2]


# ---- prepare


def test_prepared_columns_are_made_of_all_rows_in_order(tmp_path: Path) -> None:
    text = """
[design]
weight = "scaled"
[prepare.raw]
op = "product"
columns = ["a", "b"]
[prepare.scaled]
op = "normalised"
column = "raw"
to = "b"
[keep.k]
codes = [1]
reason = "not selected"
"""
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1, 2, 1], "k": [1, 1, 2]})
    data = loaders.apply_profile(rows, profile(tmp_path, text)).data
    assert data["scaled"].tolist() == [0.5, 2.0]  # raw 1, 4, 3 sums to 8, b to 4


def test_missing_sources_of_a_prepared_column_are_named(tmp_path: Path) -> None:
    text = '[design]\nweight = "p"\n[prepare.p]\nop = "product"\ncolumns = ["a", "b"]\n'
    with pytest.raises(LoadError, match=r"2 columns that it needs are absent: 'b', 'a'|1 column that it needs is absent: 'b'"):
        loaders.apply_profile(pd.DataFrame({"a": [1]}), profile(tmp_path, text))


def test_column_of_the_file_does_not_hide_a_prepared_one(tmp_path: Path) -> None:
    text = '[design]\nweight = "p"\n[prepare.p]\nop = "product"\ncolumns = ["a", "a"]\n'
    assert loaders.apply_profile(pd.DataFrame({"a": [3.0], "p": [1.0]}), profile(tmp_path, text)).data["p"].tolist() == [9.0]


# ---- operations


def test_product_is_missing_where_a_factor_or_the_given_column_is() -> None:
    recipe = schema.Product(op="product", columns=("a", "b"), given="g", missing={"99": "unknown"})
    np.testing.assert_array_equal(
        derived(recipe, a=[2, 2, None, 2], b=[3, 99, 1, 5], g=[1, 1, 1, None]), [6, np.nan, np.nan, np.nan]
    )


def test_normalised_leaves_out_rows_where_either_is_missing() -> None:
    recipe = schema.Normalised(op="normalised", column="w", to="n")
    np.testing.assert_array_equal(derived(recipe, w=[1, 3, 5, None], n=[2, 6, None, 7]), [2, 6, np.nan, np.nan])
    np.testing.assert_array_equal(derived(recipe, w=[0, 0], n=[1, 1]), [np.nan, np.nan])


def test_first_known_goes_on_where_a_number_is_missing_or_out_of_range() -> None:
    recipe = schema.FirstKnown(op="first_known", columns=("a", "b"), valid=(0, 168), missing={"98": "do not know"})
    result = derive(recipe, pd.DataFrame({"a": [1, None, 98, 200, None], "b": [9, 2, 3, 4, None]}), Codebook())
    np.testing.assert_array_equal(result.values, [1, 2, 3, 4, np.nan])
    assert (dict(result.stood_in), dict(result.unknown)) == ({"b": 3}, {"200": 1})


def test_sum_leaves_out_numbers_out_of_range() -> None:
    recipe = schema.Sum(op="sum", columns=("a",), optional_columns=("b",), valid=(0, 168))
    result = derive(recipe, pd.DataFrame({"a": [10, 200], "b": [5, 6]}), Codebook())
    np.testing.assert_array_equal(result.values, [15, 6])
    assert dict(result.unknown) == {"200": 1}


def test_code_that_was_written_as_a_decimal_number_gets_its_zero_back() -> None:
    result = derive(schema.Code(op="code", column="x"), pd.DataFrame({"x": ["127.0", "1010.00", "1.5", "0127"]}), Codebook())
    assert result.values.tolist() == ["0127", "1010", None, "0127"]


# ---- each, notes, and the rest of the file


def test_each_writes_one_variable_an_item_and_explicit_ones_go_first(tmp_path: Path) -> None:
    text = """
[design]
weight = "w"
[each.items]
op = "any_yes"
no = [0]
from = { one = "a", two = "b" }
labels = { one = "The first" }
[variables.two]
op = "constant"
value = 5
"""
    survey = loaders.apply_profile(pd.DataFrame({"w": [1.0, 1.0], "a": [1, 0], "b": [1, 1]}), profile(tmp_path, text))
    assert survey.data[["one", "two"]].to_numpy().tolist() == [[1, 5], [0, 5]]
    assert survey.codebook.label("one") == "The first"
    child = profile(tmp_path, 'extends = "mine.toml"\n[each.items]\nop = "number"\nfrom = { one = "b" }\n', "child.toml")
    assert loaders.read_profile(child).variables["one"].op == "number"


@pytest.mark.parametrize("table", ['op = "number"', 'op = "number"\nfrom = 3', 'op = "number"\nfrom = { a = 1 }'])
def test_each_without_columns_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError, match=r"Profile 'mine', each.items needs the key 'from'"):
        loaders.read_profile(profile(tmp_path, f'[design]\nweight = "w"\n[each.items]\n{table}\n'))


def test_faults_in_the_new_tables_have_lines_and_suggestions(tmp_path: Path) -> None:
    text = (
        '[design]\nweight = "w"\n[join.hl]\nkeys = { a = "b" }\nunmatched = "dropp"\ncolumn = ["x"]\n[prepare.p]\nop = "prodct"\n'
    )
    with pytest.raises(ConfigError) as caught:
        loaders.read_profile(profile(tmp_path, text))
    message = str(caught.value)
    assert "line 5, join.hl.unmatched:" in message and "Did you mean 'drop'?" in message
    assert "line 7, prepare.p: unknown op 'prodct'. Did you mean 'product'?" in message


def test_notes_of_a_profile_and_of_what_it_extends_travel_together(tmp_path: Path) -> None:
    profile(tmp_path, 'notes = ["Base."]\n[design]\nweight = "w"\n', "base.toml")
    mine = profile(tmp_path, 'extends = "base.toml"\nnotes = ["Mine."]\n')
    assert loaders.apply_profile(pd.DataFrame({"w": [1.0]}), mine).provenance.notes == ("Base.", "Mine.")


def test_shipped_profiles_that_rest_on_unverified_facts_say_so() -> None:
    for name in ("mics5", "mics4", "dhs-household", "dhs-persons", "dhs-women", "dhs-men", "cocoa"):
        assert any("to be verified" in note for note in loaders.read_profile(name).notes), name


PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "profiles-shipped.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL))
def test_example_of_the_page_on_shipped_profiles_is_valid(example: str, tmp_path: Path) -> None:
    assert loaders.read_profile(profile(tmp_path, example)).design.weight


def test_page_names_every_shipped_profile() -> None:
    assert [shipped.name for shipped in loaders.profiles() if f"`{shipped.name}`" not in PAGE] == []


def test_page_names_every_column_of_the_layout_for_child_labour_surveys() -> None:
    named = loaders.read_profile("simpoc").mentioned
    assert [column for column in named if f"`{column}`" not in PAGE] == []


def test_every_option_of_the_design_reaches_the_survey(tmp_path: Path) -> None:
    options = {
        "lonely_psu": "average",
        "lonely_domains": True,
        "df_rule": "own",
        "weight_scale": "normalised",
        "population": 1e6,
    }
    said = {True: "true"}
    lines = [f"{name} = {said.get(value, repr(value))}" for name, value in options.items()]
    rules = profile(tmp_path, '[design]\nweight = "w"\nstratum = "s"\npsu = "ea"\nfpc = "f"\n' + "\n".join(lines))
    rows = pd.DataFrame({"w": [1.0, 1.0], "s": [1, 1], "ea": [1, 2], "f": [0.5, 0.5]})
    design = loaders.apply_profile(rows, rules).design
    assert {name: getattr(design, name) for name in options} == options
    assert (design.weight, design.strata, design.units, design.fpc) == ("w", ("s",), ("ea",), "f")
