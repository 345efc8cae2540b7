"""Supply chains: facts of ISIC Rev.4 classes and of the three exposures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError
from prevalence.provenance import Codebook, Variable
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves


def own(engine, chains=None, codebook=None, revision="isic4", **columns):
    data = pd.DataFrame({"w": 1.0, **{name: pd.Series(values) for name, values in columns.items()}})
    survey = Survey(engine(data), DESIGN, codebook=codebook or Codebook())
    return classify.supply_chain(survey, exposure="own", chains=chains, revision=revision)


def rows(survey, to_pandas, *columns):
    found = to_pandas(survey.data)
    return {column: found[column].astype(object).where(found[column].notna(), NULL).tolist() for column in columns}


def chain(survey, to_pandas, name):
    return rows(survey, to_pandas, f"chain_{name}")[f"chain_{name}"]


# ---------------------------------------------------------------- own work


def test_class_0127_pools_cocoa_coffee_and_tea(engine, to_pandas):
    survey = own(engine, chains=["cocoa", "coffee", "tea", "garment"], isic=["0127", "1410"])
    assert [chain(survey, to_pandas, name) for name in ("cocoa", "coffee", "tea")] == [[NULL, 0]] * 3
    assert chain(survey, to_pandas, "garment") == [0, 1]
    assert rows(survey, to_pandas, "supply_chain")["supply_chain"] == ["not identifiable", "garment"]


@pytest.mark.parametrize(
    ("code", "yes", "unknown"),
    [
        ("1410", {"garment"}, set()),
        ("0510", {"coal", "mining"}, set()),
        ("0311", {"fishing"}, set()),
        ("0115", {"tobacco"}, set()),
        ("0116", {"cotton"}, set()),  # partial: flagged by its method
        ("0729", {"mining"}, {"gold", "cobalt", "3tg"}),
        ("0899", {"mining"}, {"mica", "diamonds_gems"}),
        ("0126", set(), {"palm_oil"}),
        ("1020", {"fish_seafood_processing"}, set()),
        ("8510", set(), set()),  # a school
    ],
)
def test_what_a_class_says(code, yes, unknown):
    names = (
        "cotton",
        "garment",
        "mining",
        "gold",
        "cobalt",
        "3tg",
        "mica",
        "diamonds_gems",
        "coal",
        "fishing",
        "tobacco",
        "palm_oil",
    )
    names += ("fish_seafood_processing",)
    survey = own(lambda data: data, chains=names, isic=[code])
    found = {name: survey.data[f"chain_{name}"][0] for name in names}
    assert {name for name, value in found.items() if value == 1} == yes
    assert {name for name, value in found.items() if np.isnan(value)} == unknown


@pytest.mark.parametrize("code", ["0150", "0111"])
def test_mixed_farming_leaves_the_farm_chains_open_and_no_other(code):
    survey = own(lambda data: data, chains=["cocoa", "rice", "cattle", "garment", "mining", "fishing"], isic=[code])
    found = survey.data.loc[0, [f"chain_{name}" for name in ("cocoa", "rice", "cattle", "garment", "mining", "fishing")]]
    assert found.isna().tolist() == [True, True, True, False, False, False]


def test_two_digits_are_never_stretched_to_a_chain(engine, to_pandas):
    survey = own(engine, chains=["cocoa", "garment", "gold", "mining"], isic=["01", "14", "07"])
    assert chain(survey, to_pandas, "cocoa") == [NULL, 0, 0]
    assert chain(survey, to_pandas, "garment") == [0, NULL, 0]
    assert chain(survey, to_pandas, "gold") == [0, 0, NULL]
    assert chain(survey, to_pandas, "mining") == [0, 0, 1]  # section B is divisions 05-09


def test_numbers_that_lost_their_zero_are_read(engine, to_pandas):
    survey = own(engine, chains=["rice", "garment", "mining", "cocoa"], isic=[112.0, 1410.0, 7.0, np.nan])
    assert chain(survey, to_pandas, "rice") == [1, 0, 0, NULL]
    assert chain(survey, to_pandas, "garment") == [0, 1, 0, NULL]
    assert chain(survey, to_pandas, "mining") == [0, 0, 1, NULL]


@pytest.mark.parametrize("code", ["127", "0027", "cocoa", "01.27", ""])
def test_what_cannot_be_a_class_is_refused(code):
    with pytest.raises(DataError, match=r"ISIC Rev.4 classes of 4 digits"):
        own(lambda data: data, isic=["1410", code])


def test_the_product_comes_before_the_industry(engine, to_pandas):
    survey = own(
        engine,
        product=["coffee", None, "garment", "other"],
        isic=["1410", "1410", "0127", "1410"],
    )
    assert chain(survey, to_pandas, "coffee") == [1, 0, 0, 0]
    assert chain(survey, to_pandas, "garment") == [0, 1, 1, 0]
    found = rows(survey, to_pandas, "supply_chain", "supply_chain_method")
    assert found["supply_chain"] == ["coffee", "garment", "garment", "none"]
    assert found["supply_chain_method"] == ["product", "isic", "product", "product"]


def test_industry_decides_where_the_product_question_did_not_offer_the_chain(engine, to_pandas):
    survey = own(engine, product=["other", "cocoa"], isic=["1410", "0127"], chains=["cocoa", "garment"])
    found = rows(survey, to_pandas, "supply_chain", "supply_chain_method")
    assert found["supply_chain"] == ["garment", "cocoa"]
    assert found["supply_chain_method"] == ["isic", "product"]


def test_a_product_settles_the_pooled_class(engine, to_pandas):
    survey = own(engine, product=["cocoa", "coffee", "maize", None], isic=["0127"] * 4)
    assert chain(survey, to_pandas, "cocoa") == [1, 0, 0, NULL]
    assert chain(survey, to_pandas, "coffee") == [0, 1, 0, NULL]
    assert any("'maize'" in note for note in survey.provenance.notes)


def test_one_person_may_work_in_several_chains(engine, to_pandas):
    survey = own(engine, product=["cocoa", "cocoa", None], product_2=["coffee", None, "cocoa"])
    assert chain(survey, to_pandas, "cocoa") == [1, 1, 1]
    assert chain(survey, to_pandas, "coffee") == [1, 0, NULL]
    found = rows(survey, to_pandas, "supply_chain", "chain_any")
    assert found == {"supply_chain": ["several", "cocoa", "cocoa"], "chain_any": [1, 1, 1]}


def test_mining_holds_its_minerals_and_says_nothing_of_them(engine, to_pandas):
    survey = own(engine, product=["gold", "mining", "cocoa"])
    assert chain(survey, to_pandas, "mining") == [1, 1, 0]
    assert chain(survey, to_pandas, "gold") == [1, NULL, 0]
    assert rows(survey, to_pandas, "supply_chain")["supply_chain"] == ["gold", "mining", "cocoa"]


def test_an_unspecified_second_product_keeps_the_minerals_open(engine, to_pandas):
    survey = own(engine, chains=["gold", "mining", "garment"], product=["cocoa", "cocoa"], product_2=["mining", "gold"])
    assert chain(survey, to_pandas, "gold") == [NULL, 1]
    assert chain(survey, to_pandas, "mining") == [1, 1]
    assert chain(survey, to_pandas, "garment") == [0, 0]


def test_other_answers_the_products_that_were_offered(engine, to_pandas):
    data = {"product": ["cocoa", "other", "other"], "isic": [None, "0115", None]}
    survey = own(engine, **data)
    assert chain(survey, to_pandas, "cocoa") == [1, 0, 0]
    assert chain(survey, to_pandas, "tobacco") == [0, 1, NULL]
    offered = Codebook({"product": Variable(levels={"cocoa": "cocoa", "tobacco": "tobacco", "other": "other"})})
    assert chain(own(engine, codebook=offered, **data), to_pandas, "tobacco") == [0, 0, 0]


def test_brick_kilns_are_narrowed_by_occupation(engine, to_pandas):
    survey = own(engine, isic=["2392", "2392", "2392", "1410"], isco=["7314", "8181", None, "8181"])
    assert chain(survey, to_pandas, "brick_kilns") == [1, NULL, 1, 0]
    assert rows(survey, to_pandas, "supply_chain_method")["supply_chain_method"][0] == "isic_partial"


def test_persons_without_work_are_in_no_chain(engine, to_pandas):
    survey = own(engine, product=["cocoa", None, "cocoa", None], economic_activity=[1.0, 0.0, 0.0, np.nan])
    assert chain(survey, to_pandas, "cocoa") == [1, 0, 0, NULL]
    assert rows(survey, to_pandas, "supply_chain")["supply_chain"] == ["cocoa", "none", "none", "not identifiable"]
    counts = {count.reason.split(":")[0]: count.rows for count in survey.provenance.counts}
    assert counts == {"not identifiable": 1, "a product is named but the person does not work": 1}


def test_stage_is_that_of_the_class_of_those_in_a_chain(engine, to_pandas):
    survey = own(engine, isic=["0311", "1020", "1410", "8510"])
    assert rows(survey, to_pandas, "supply_chain_stage")["supply_chain_stage"] == [
        "1-production",
        "2-primary-processing",
        "3-manufacturing",
        NULL,
    ]


def test_default_chains_are_those_the_data_can_speak_of():
    survey = own(lambda data: data, product=["cocoa", None, None], isic=["0127", "0729", "0311"])
    assert list(survey.families["supply_chain"].members) == ["cocoa", "mining", "fishing"]
    with pytest.raises(DataError, match="No product and no industry class in the data identifies a supply chain"):
        own(lambda data: data, isic=["0127", "01"])


# ---------------------------------------------------------------- household and area


def linked(engine, exposure, **columns):
    data = pd.DataFrame({"w": 1.0, **columns})
    return classify.supply_chain(Survey(engine(data), DESIGN), exposure=exposure)


@pytest.mark.parametrize(("exposure", "method"), [("household", "household_linked"), ("area", "area")])
def test_what_the_household_or_the_area_produces(exposure, method, engine, to_pandas):
    columns = {
        f"{exposure}_product_cocoa": [1.0, 0.0, 1.0, np.nan, 0.0],
        f"{exposure}_product_mining": [0.0, 0.0, 1.0, np.nan, np.nan],
    }
    survey = linked(engine, exposure, **columns)
    assert chain(survey, to_pandas, "cocoa") == [1, 0, 1, NULL, 0]
    found = rows(survey, to_pandas, "supply_chain", "supply_chain_method")
    assert found["supply_chain"] == ["cocoa", "none", "several", "not identifiable", "not identifiable"]
    assert found["supply_chain_method"] == [method, method, method, NULL, method]
    family = survey.families["supply_chain"]
    assert (family.exposure, family.comparable) == (exposure, True)
    assert (
        family.denominator
        == {
            "household": "persons living in households that produce for the chain",
            "area": "persons living in areas that produce for the chain",
        }[exposure]
    )


def test_a_second_call_replaces_the_first(engine):
    data = pd.DataFrame({"w": 1.0, "household_product_cocoa": [1.0, 0.0], "product": ["garment", "garment"]})
    survey = classify.supply_chain(Survey(engine(data), DESIGN), exposure="household")
    survey = classify.supply_chain(survey, exposure="own")
    assert survey.families["supply_chain"].members == {"garment": "chain_garment"}
    assert "chain_cocoa" not in survey.columns


def test_surveys_without_the_columns_are_refused_in_words():
    survey = Survey(pd.DataFrame({"w": [1.0]}), DESIGN)
    with pytest.raises(ColumnError, match=r"exposure='own' needs the product or crop .* nobody's chain can be told"):
        classify.supply_chain(survey, exposure="own")
    with pytest.raises(ColumnError, match="needs columns household_product_<chain>"):
        classify.supply_chain(survey)
    with pytest.raises(OptionError, match=r"exposure must be one of"):
        classify.supply_chain(survey, exposure="home")
    with pytest.raises(OptionError, match=r"found 'coco'. Did you mean 'cocoa'\?"):
        classify.supply_chain(survey, chains=["coco"])
    with pytest.raises(ColumnError, match="'area_product_tea' is not in the data"):
        classify.supply_chain(
            Survey(pd.DataFrame({"w": [1.0], "area_product_cocoa": 1}), DESIGN), exposure="area", chains=["tea"]
        )
    with pytest.raises(ColumnError, match="'product' must hold names of products"):
        own(lambda data: data, product=[1, 2])


# ---------------------------------------------------------------- an indicator in a chain


def children(engine):
    data = pd.DataFrame(
        {
            "w": 1.0,
            "age": [7.0, 7.0, 7.0, 13.0, 13.0, 30.0],
            "economic_activity": [1.0, 1.0, 0.0, 1.0, 1.0, 1.0],
            "economic_hours": [5.0, 5.0, np.nan, 2.0, np.nan, 60.0],
            "product": ["cocoa", None, None, "cocoa", "cocoa", "garment"],
        }
    )
    return classify.child_labour(Survey(engine(data), DESIGN), unknown="exclude")


def test_child_labour_in_a_chain_is_over_all_children(engine, to_pandas):
    survey = classify.in_chain(classify.supply_chain(children(engine), exposure="own"), "child_labour")
    assert classify.in_chain_columns(survey, "child_labour") == ("child_labour_in_cocoa", "child_labour_in_garment")
    found = rows(survey, to_pandas, "child_labour_in_cocoa", "child_labour_in_garment")
    assert found["child_labour_in_cocoa"] == [1, NULL, 0, 0, NULL, NULL]
    assert found["child_labour_in_garment"] == [0, NULL, 0, 0, 0, NULL]  # the adult is out of scope, not 0
    definition = survey.provenance.definitions["child_labour_in_cocoa"]
    assert definition.name == "sdg-8.7.1"
    assert definition.title.endswith("in the cocoa supply chain")


def test_childrens_own_chains_say_whom_they_count_and_are_not_set_against_all(engine):
    family = classify.supply_chain(children(engine), exposure="own").families["supply_chain"]
    assert (family.denominator, family.comparable) == ("children working in the chain", False)


def test_workers_own_chains_are_comparable():
    survey = own(lambda data: data, product=["cocoa"], age=[30])
    family = survey.families["supply_chain"]
    assert (family.denominator, family.comparable) == ("persons working in the chain", True)
    young = own(lambda data: data, product=["cocoa"], age=[12]).families["supply_chain"]
    assert (young.denominator, young.comparable) == ("children working in the chain", False)


def test_an_indicator_in_a_chain_needs_own_work():
    survey = Survey(pd.DataFrame({"w": [1.0], "child_labour": [1.0], "household_product_cocoa": [1.0]}), DESIGN)
    with pytest.raises(DefinitionError, match="no chains were classified"):
        classify.in_chain(survey, "child_labour")
    with pytest.raises(DefinitionError, match="exposure 'household'"):
        classify.in_chain(classify.supply_chain(survey), "child_labour")
    with pytest.raises(ColumnError, match="'child_labour_in_cocoa' is not in the data"):
        classify.in_chain_columns(own(lambda data: data, product=["cocoa"]), "child_labour")
