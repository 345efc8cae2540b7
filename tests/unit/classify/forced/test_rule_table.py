"""Rule tables of the user: counts by domain and strength, rules joined, unknown answers as bounds."""

from __future__ import annotations

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DefinitionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
INDICATORS = pd.DataFrame(
    [
        ("papers", "movement", "strong"),
        ("locked", "movement", "medium"),
        ("beaten", "violence", "strong"),
        ("shouted", "violence", "medium"),
        ("owes", "debt", "medium"),
    ],
    columns=["indicator", "domain", "strength"],
)
NAMES = list(INDICATORS["indicator"])
RULES = pd.DataFrame(
    [(1, "movement", "strong", 1), (1, "violence", "any", 1), (2, "any", "medium", 3), (3, "any", "any", 4)],
    columns=["rule", "domain", "strength", "minimum"],
)


def person(*yes: str, **answers: float | None) -> dict[str, float | None]:
    return {"w": 1.0, "age": 30.0, **dict.fromkeys(NAMES, 0.0), **dict.fromkeys(yes, 1.0), **answers}


def classified(rows, engine, to_pandas, rules=RULES, **options):
    survey = Survey(engine(pd.DataFrame(rows).astype(float)), DESIGN)
    given = {"rules": rules, "indicators": INDICATORS, "name": "trafficking", **options}
    return to_pandas(classify.rule_table(survey, **given).data).fillna(NULL)


def test_any_rule_suffices_and_all_rows_of_a_rule_must_hold(engine, to_pandas):
    rows = [
        person("papers"),  # half of rule 1
        person("papers", "shouted"),  # rule 1
        person("locked", "shouted", "owes"),  # rule 2
        person("papers", "beaten", "locked", "owes"),  # rules 1 and 3
        person("locked", "beaten", "owes"),  # two medium ones: no rule, though three in all
    ]
    found = classified(rows, engine, to_pandas)
    assert found["trafficking"].tolist() == [0, 1, 1, 1, 0]
    assert found["trafficking_rule_1"].tolist() == [0, 1, 0, 1, 0]
    assert found["trafficking_rule_2"].tolist() == [0, 0, 1, 0, 0]
    assert found["trafficking_rule_3"].tolist() == [0, 0, 0, 1, 0]


def test_unknown_indicators_count_where_they_could_reach_the_minimum(engine, to_pandas):
    rows = [
        person("locked", "shouted", owes=None),  # 2 or 3 medium ones
        person("locked", owes=None),  # at most 2
        person("papers", "shouted", beaten=None, owes=None),  # rule 1 holds already
        person("papers", beaten=None, shouted=None),
    ]
    found = classified(rows, engine, to_pandas, unknown="bounds")
    assert found["trafficking"].tolist() == [NULL, 0, 1, NULL]
    assert found["trafficking_low"].tolist() == [0, 0, 1, 0]
    assert found["trafficking_high"].tolist() == [1, 0, 1, 1]


def test_tables_may_be_frames_of_any_kind_or_csv_files(engine, to_pandas, tmp_path):
    rows = [person("papers", "shouted"), person()]
    for table in (engine(RULES), tmp_path / "rules.csv"):
        RULES.to_csv(tmp_path / "rules.csv", index=False)
        assert classified(rows, engine, to_pandas, rules=table)["trafficking"].tolist() == [1, 0]


def test_a_file_with_rules_is_a_definition_of_forced_labour(tmp_path):
    RULES.to_csv(tmp_path / "rules.csv", index=False)
    INDICATORS.to_csv(tmp_path / "indicators.csv", index=False)
    path = tmp_path / "prif.toml"
    path.write_text(
        """
kind = "forced-labour-rules"
name = "prif-own"
version = "1"
title = "persons for whom a rule holds"
source = "own cut-offs"
status = "to be verified"
age_min = 18
rules = "rules.csv"
items = "indicators.csv"
""",
        encoding="utf-8",
    )
    survey = Survey(pd.DataFrame([person("papers", "shouted"), person("papers")]), DESIGN)
    found = classify.forced_labour(survey, definition=path).data
    assert found[["forced_labour", "forced_labour_rule_1"]].to_numpy().tolist() == [[1, 1], [0, 0]]


def test_it_is_never_called_verified():
    survey = classify.rule_table(Survey(pd.DataFrame([person()]), DESIGN), rules=RULES, indicators=INDICATORS, name="trafficking")
    assert survey.provenance.definitions["trafficking"].status == "to be verified"


def test_refusals(tmp_path):
    survey = Survey(pd.DataFrame([person()]), DESIGN)

    def fails(error, match, rules=RULES, indicators=INDICATORS, of=survey):
        with pytest.raises(error, match=match):
            classify.rule_table(of, rules=rules, indicators=indicators, name="trafficking")

    fails(DefinitionError, r"names the domain 'movment', .* Did you mean 'movement'\?", RULES.replace("movement", "movment"))
    fails(DefinitionError, "asks for 4 of domain 'movement' and strength 'strong', of which there are 1", RULES.assign(minimum=4))
    fails(DefinitionError, "each indicator must stand in one row", indicators=pd.concat([INDICATORS, INDICATORS.head(1)]))
    fails(DefinitionError, "strength", RULES.assign(strength="weak"))
    fails(DefinitionError, "the table is empty", RULES.head(0))
    fails(DefinitionError, "the data lack 'owes'", of=Survey(pd.DataFrame([person()]).drop(columns="owes"), DESIGN))
    fails(ColumnError, "'minimum' is not in the data", RULES.drop(columns="minimum"))
    fails(DefinitionError, "'no.csv' is not", tmp_path / "no.csv")
    RULES.drop(columns="rule").to_csv(tmp_path / "rules.csv", index=False)
    fails(DefinitionError, "'rules.csv' lacks rule", tmp_path / "rules.csv")
