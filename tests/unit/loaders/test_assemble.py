"""Files of one survey brought together: who matched, who did not, and quintiles of people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from prevalence.errors import ColumnError, DataError, OptionError
from prevalence.loaders import Assembled, assemble
from prevalence.loaders.households.quintiles import weighted_quintiles

KEYS = ["HH1", "HH2"]
NAMES = {"line": "LN", "mother_line": "FS4", "relationship": "HL3", "education": "helevel", "informal": "informal"}


@pytest.fixture
def children() -> pd.DataFrame:
    return pd.DataFrame(
        {"HH1": [1, 1, 2, 9, 3], "HH2": [1, 1, 1, 1, 1], "LN": [3, 4, 2, 2, 3], "FS4": [2, 98, 1, 1, 7]},
        index=[10, 11, 12, 13, 14],
    )


@pytest.fixture
def members() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "HH1": [1, 1, 1, 1, 2, 2, 3, 3, 3, 4],
            "HH2": 1,
            "LN": [1, 2, 3, 4, 1, 2, 1, 2, 3, 1],
            "HL3": [1, 2, 3, 3, 1, 3, 2, 3, 3, 1],
            "helevel": ["Secondary", "Primary", None, None, "Higher", None, "Primary", "None", None, "None"],
            "informal": [1, 0, None, None, 0, None, 1, None, None, 1],
        }
    )


@pytest.fixture
def households() -> pd.DataFrame:
    return pd.DataFrame({"HH1": [1, 2, 3, 4], "HH2": 1, "wealth": [1, 5, 3, 2], "HC1": ["mud", "brick", "mud", "brick"]})


def rows_of(done: Assembled, step: str) -> dict[str, int]:
    return {count.reason: count.rows for count in done.counts if count.step == step}


def test_household_lends_its_columns(children: pd.DataFrame, households: pd.DataFrame) -> None:
    done = assemble(persons=children, households=households, keys=KEYS, household_columns=["HC1"])
    assert done.data.index.tolist() == children.index.tolist()
    assert done.data["wealth_quintile"].fillna(0).tolist() == [1, 1, 5, 0, 3]
    assert done.data["HC1"].fillna("").tolist() == ["mud", "mud", "brick", "", "mud"]
    assert list(rows_of(done, "households").values()) == [4, 1, 1]
    assert "children without a household" in next(reason for reason, rows in rows_of(done, "households").items() if rows == 1)


def test_head_lends_education_and_informality(children: pd.DataFrame, members: pd.DataFrame) -> None:
    done = assemble(persons=children, members=members, keys=KEYS, names=NAMES)
    assert done.data["head_education"].fillna("").tolist() == ["Secondary", "Secondary", "Higher", "", ""]
    assert done.data["household_informality"].fillna(-1).tolist() == [1, 1, 0, -1, -1]
    found = rows_of(done, "members")
    assert found["children without a household in members: their new columns are missing"] == 1
    assert found["children whose household has no head"] == 1
    assert found["households without any of these children"] == 1


def test_household_with_two_heads_lends_nothing(children: pd.DataFrame, members: pd.DataFrame) -> None:
    members.loc[1, "HL3"] = 1
    done = assemble(persons=children, members=members, keys=KEYS, names=NAMES)
    assert done.data["head_education"].fillna("").tolist() == ["", "", "Higher", "", ""]
    assert rows_of(done, "members")["children whose household has several heads: nothing taken"] == 2


def test_mother_is_found_by_line(children: pd.DataFrame, members: pd.DataFrame) -> None:
    done = assemble(persons=children, mothers=members, keys=KEYS, names=NAMES)
    assert done.data["mother_education"].fillna("").tolist() == ["Primary", "", "Higher", "", ""]
    assert list(rows_of(done, "mothers").values()) == [2, 1, 2, 8]


def test_keys_are_compared_as_a_reader_would(members: pd.DataFrame) -> None:
    children = pd.DataFrame({"cluster": ["01", "2 ", None], "number": [1.0, 1.0, 1.0], "FS4": ["02", "1", "1"]})
    done = assemble(persons=children, mothers=members, keys={"persons": ["cluster", "number"], "mothers": KEYS}, names=NAMES)
    assert done.data["mother_education"].fillna("").tolist() == ["Primary", "Higher", ""]


def test_missing_keys_match_nothing() -> None:
    done = assemble(
        persons=pd.DataFrame({"hh": [None, 1.0]}), households=pd.DataFrame({"hh": [None, 1.0], "wealth": [4, 2]}), keys=["hh"]
    )
    assert done.data["wealth_quintile"].fillna(0).tolist() == [0, 2]


def test_long_numbers_are_not_rounded_together() -> None:
    keys = ["201710000123456781", "201710000123456782"]
    done = assemble(
        persons=pd.DataFrame({"hh": keys}), households=pd.DataFrame({"hh": [int(k) for k in keys], "wealth": [1, 5]}), keys=["hh"]
    )
    assert done.data["wealth_quintile"].tolist() == [1, 5]


def test_duplicates_in_a_lending_file_are_errors_that_name_no_key(children: pd.DataFrame, households: pd.DataFrame) -> None:
    twice = pd.concat([households, households.iloc[[1]]])
    with pytest.raises(DataError, match=r"one row of households; 2 rows share theirs \(the first: rows 2, 5"):
        assemble(persons=children, households=twice, keys=KEYS)


@pytest.mark.parametrize("kind", ["polars", "lazy", "arrow", "duckdb"])
def test_any_frame_goes_in_and_its_kind_comes_out(kind: str, children: pd.DataFrame, members: pd.DataFrame) -> None:
    def of_kind(frame: pd.DataFrame) -> Any:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if kind == "duckdb":
            return duckdb.from_arrow(table)
        return table if kind == "arrow" else pl.from_arrow(table) if kind == "polars" else pl.from_arrow(table).lazy()

    done = assemble(persons=of_kind(children), members=of_kind(members), mothers=of_kind(members), keys=KEYS, names=NAMES)
    assert isinstance(done.data, pl.DataFrame if kind in ("polars", "lazy") else pa.Table)
    got = nw.from_native(done.data, eager_only=True)
    assert got["mother_education"].to_list() == ["Primary", None, "Higher", None, None]
    assert got["household_informality"].to_list()[:3] == [1, 1, 0]


def test_quintiles_are_fifths_of_people() -> None:
    # Ten households of one person and one of ten: half of the people live in the richest household.
    score = np.arange(11.0)
    people = np.array([1.0] * 10 + [10.0])
    assert weighted_quintiles(score, people).tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4]


def test_quintiles_of_many_hold_a_fifth_each_and_keep_ties_together() -> None:
    rng = np.random.default_rng(3)
    score, people = rng.normal(size=5000).round(2), rng.uniform(0.5, 9, 5000)
    quintile = weighted_quintiles(score, people)
    shares = np.array([people[quintile == q].sum() for q in range(1, 6)]) / people.sum()
    assert np.abs(shares - 0.2).max() < 0.005  # no tie holds more than half a percent of the people
    assert all(len(set(quintile[score == value])) == 1 for value in np.unique(score))
    assert (np.diff(quintile[np.argsort(score, kind="stable")]) >= 0).all()


def test_quintiles_leave_out_what_is_unknown_and_stay_within_groups() -> None:
    score = np.array([1.0, 2, 3, 4, 5, 101, 102, 103, 104, 105, np.nan])
    groups = np.array([0] * 5 + [1] * 5 + [0])
    assert weighted_quintiles(score, np.ones(11), groups)[:10].tolist() == [1, 2, 3, 4, 5] * 2
    assert np.isnan(weighted_quintiles(score, np.ones(11))[10])
    with pytest.raises(DataError, match="zero or more"):
        weighted_quintiles(score, -np.ones(11))


def test_wealth_is_recomputed_on_request_with_members_as_size(children: pd.DataFrame, members: pd.DataFrame) -> None:
    homes = pd.DataFrame(
        {"HH1": [1, 2, 3, 4], "HH2": 1, "wscore": [-1.0, 0.0, 1.0, 2.0], "hhweight": 1.0, "wealth": [1, 2, 4, 5]}
    )
    names = {**NAMES, "wealth_score": "wscore", "weight": "hhweight"}
    done = assemble(persons=children, households=homes, members=members, keys=KEYS, names=names, recompute_wealth=True)
    # 4, 2, 3 and 1 members: the middles are at 2, 5, 7.5 and 9.5 of 10 people.
    assert done.data["wealth_quintile"].fillna(0).tolist() == [2, 2, 3, 0, 4]
    assert "2 households of 4 have another quintile" in done.provenance.notes[0]


def test_requests_that_cannot_be_met_are_told(children: pd.DataFrame, households: pd.DataFrame, members: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="to attach something"):
        assemble(persons=children, keys=KEYS)
    with pytest.raises(OptionError, match="need households"):
        assemble(persons=children, members=members, keys=KEYS, recompute_wealth=True)
    with pytest.raises(ColumnError, match="wealth score"):
        assemble(persons=children, households=households, keys=KEYS, recompute_wealth=True)
    with pytest.raises(ColumnError, match="relationship to the head"):
        assemble(persons=children, members=members, keys=KEYS)
    with pytest.raises(OptionError, match="Did you mean 'mother_line'"):
        assemble(persons=children, mothers=members, keys=KEYS, names={"mother_lin": "FS4"})
    with pytest.raises(OptionError, match="as many in every file"):
        assemble(persons=children, members=members, keys={"persons": KEYS, "members": ["HH1"]})
    with pytest.raises(ColumnError, match="'HH3' is not in the data"):
        assemble(persons=children, members=members, keys=["HH1", "HH3"])
    with pytest.raises(ColumnError, match="must not take the name"):
        assemble(persons=children.assign(wealth_quintile=1), households=households, keys=KEYS)


def test_callers_data_stay_as_they_are(children: pd.DataFrame, members: pd.DataFrame) -> None:
    before = children.copy()
    assemble(persons=children, members=members, mothers=members, keys=KEYS, names=NAMES)
    pd.testing.assert_frame_equal(children, before)


def test_how_to_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[3]
    monkeypatch.chdir(root)
    text = (root / "docs" / "how-to" / "assemble-households.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, names)
    assert names["done"].data["mother_education"].fillna("").tolist() == ["Primary", "", "Higher", ""]
    assert names["again"].data["wealth_quintile"].fillna(0).tolist() == [2, 2, 5, 0]
