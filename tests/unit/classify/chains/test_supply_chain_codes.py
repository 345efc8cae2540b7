"""Reading codes: revisions of ISIC and ISCO, lost zeros, national classifications, second jobs, sectors, and the table itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import classify
from prevalence.classify.chains.table import chain_table
from prevalence.classify.revision import evidence_of, exists
from prevalence.classify.standards import data_file
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, LoadError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves


def survey_of(engine, **columns):
    return Survey(engine(pd.DataFrame({"w": 1.0, **{name: pd.Series(values) for name, values in columns.items()}})), DESIGN)


def same(data):
    return data


def column(survey, to_pandas, name):
    found = to_pandas(survey.data)[name]
    return found.astype(object).where(found.notna(), NULL).tolist()


def own(survey, **options):
    return classify.supply_chain(survey, exposure="own", **options)


# ---------------------------------------------------------------- the table


def test_table_holds_all_rows_with_a_stage_and_classes_of_isic_rev4():
    table = chain_table()
    assert len(table.rows) == 62
    assert len({row.chain for row in table.rows}) == 32
    assert {row.stage for row in table.rows} == {"1-production", "2-primary-processing", "3-manufacturing"}
    assert [row.isic for row in table.rows if not exists(row.isic, "isic4")] == []
    stages = {}
    for row in table.rows:
        stages.setdefault(row.isic, set()).add(row.stage)
    assert [isic for isic, found in stages.items() if len(found) > 1] == []


@pytest.mark.parametrize(("revision", "classes"), [("isic4", 419), ("isic3", 301), ("isco08", 436), ("isco88", 390)])
def test_revisions_have_their_published_number_of_classes(revision, classes):
    # ISIC Rev.3.1 has 298 classes; three more (0500, 5150, 7220) are of Rev.3, which has 292.
    digits = (f"{number:04d}" for number in range(10_000))
    assert sum(exists(code, revision) for code in digits) == classes


# ---------------------------------------------------------------- revisions


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        (["0127", "1410"], "isic4"),
        (["03", "14"], "isic4"),  # fishing and aquaculture; Rev.3.1 has no division 03
        (["0501", "1410"], "isic3"),
        (["40", "14"], "isic3"),  # electricity in Rev.3.1; Rev.4 has no division 40
        (["0127", "0501"], "mixed"),
        (["0111", "1410"], "undecided"),
        (["01", "05", "14"], "undecided"),
        (["01", "02"], "isic4"),  # the same in both
        (["0100"], "isic4"),  # exists in neither
    ],
)
def test_the_revision_is_told_from_codes_of_one_alone(codes, verdict):
    assert evidence_of(codes, "isic").verdict == verdict


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        (["711"], "undecided"),  # miners in ISCO-88, building frame workers in ISCO-08
        (["7111", "7113"], "undecided"),
        (["7115"], "isco08"),  # carpenters and joiners
        (["7121", "7124"], "undecided"),  # carpenters in ISCO-88, insulation workers in ISCO-08
        (["7129"], "isco88"),
        (["7314"], "isco08"),
        (["7111", "9211", "8290"], "isco88"),
    ],
)
def test_isco_likewise(codes, verdict):
    assert evidence_of(codes, "isco").verdict == verdict


def test_revision_of_a_column(engine):
    survey = survey_of(engine, isic=[127.0, 1410.0, np.nan], isco=["7111", "7129", None])
    assert classify.revision_of(survey).nowhere == ("127",)
    assert classify.revision_of(survey, "isco").only == {"isco08": (), "isco88": ("7129",)}
    assert classify.revision_of(survey, "isco").verdict == "isco88"


def test_two_digits_that_cannot_tell_are_refused(engine):
    survey = survey_of(engine, isic=["01", "05", "14"])
    with pytest.raises(
        DataError, match=r"column 'isic' must show its revision; all its codes exist in both .* say revision='isic4'"
    ):
        own(survey, chains=["mining"])


def test_the_user_may_vouch_for_the_revision(engine, to_pandas):
    survey = own(survey_of(engine, isic=["01", "05", "14"]), chains=["mining", "garment"], revision="isic4")
    assert column(survey, to_pandas, "chain_mining") == [0, 1, 0]  # 05 is coal in Rev.4, fishing in Rev.3.1
    assert column(survey, to_pandas, "chain_garment") == [0, 0, NULL]


def test_an_older_revision_is_refused_and_says_how_to_convert():
    survey = survey_of(same, isic=["0501", "1410", "0113"])
    for revision in ("detect", "isic4"):
        with pytest.raises(DataError, match=r"1 code of ISIC Rev.3 or Rev.3.1 alone, for example '0501'.*isic_from_national"):
            own(survey, revision=revision)


def test_a_mixture_of_revisions_is_an_error_with_examples(engine):
    survey = survey_of(engine, isic=["0127", "0501", "1410"])
    with pytest.raises(DataError, match=r"mixes two: '0127' of ISIC Rev.4 alone and '0501' of ISIC Rev.3 or Rev.3.1 alone"):
        own(survey)


def test_a_stray_of_a_vouched_file_says_no_more_than_its_division(engine, to_pandas):
    survey = own(
        survey_of(engine, isic=["1410", "1430", "1421", "1400"]), chains=["garment", "cocoa"], revision="isic4"
    )  # 1421: mining of chemical minerals in Rev.3.1
    assert column(survey, to_pandas, "chain_garment") == [1, 1, NULL, NULL]
    assert column(survey, to_pandas, "chain_cocoa") == [0, 0, 0, 0]
    reasons = {count.reason: count.rows for count in survey.provenance.counts}
    assert reasons["isic: no class of ISIC Rev.4, read as its division (1400 as 14, 1421 as 14)"] == 2


def test_occupations_of_another_revision_are_refused_where_they_are_read():
    data = {"isic": ["2392", "1410"], "isco": ["7129", "9211"]}
    with pytest.raises(DataError, match=r"column 'isco' must hold ISCO-08; it has 1 code of ISCO-88 alone"):
        own(survey_of(same, **data), chains=["brick_kilns"])
    assert own(survey_of(same, **data), chains=["garment"]).data["chain_garment"].tolist() == [0.0, 1.0]
    undecided = {"isic": ["2392"], "isco": ["7111"]}
    with pytest.raises(DataError, match="isco_revision='isco08'"):
        own(survey_of(same, **undecided), chains=["brick_kilns"])
    assert (
        own(survey_of(same, **undecided), chains=["brick_kilns"], isco_revision="isco08").data["chain_brick_kilns"].isna().all()
    )


def test_lost_zeros_are_restored_and_counted(engine, to_pandas):
    survey = own(survey_of(engine, isic=[112.0, 127.0, 112.0, 1410.0, 7.0, np.nan]), chains=["rice", "mining"])
    assert column(survey, to_pandas, "chain_rice") == [1, 0, 1, 0, 0, NULL]
    reasons = {count.reason: count.rows for count in survey.provenance.counts}
    assert reasons["isic: leading zeros restored, which numbers lose (112 as 0112, 127 as 0127, 7 as 07)"] == 4


# ---------------------------------------------------------------- national classifications


NATIONAL = {"A-12": "0127", "M-07": "0729", "G-1": "1410", "M-08": "0729"}


def test_a_national_classification_goes_through_the_users_table(engine, to_pandas):
    survey = classify.isic_from_national(survey_of(engine, isic_national=["A-12", "G-1", "Z", None, "M-08"]), NATIONAL)
    assert column(survey, to_pandas, "isic") == ["0127", "1410", NULL, NULL, "0729"]
    assert [(count.rows, "'Z'" in count.reason) for count in survey.provenance.counts] == [(1, True)]
    assert column(own(survey, chains=["garment"]), to_pandas, "chain_garment") == [0, 1, NULL, NULL, 0]


def test_the_table_may_be_a_frame_or_a_file_and_its_zeros_are_restored(tmp_path):
    survey = survey_of(same, isic_national=[1.0, 2.0])
    frame = pd.DataFrame({"national_code": [1, 2], "isic_rev4": [127, 1410]})
    assert classify.isic_from_national(survey, frame).data["isic"].tolist() == ["0127", "1410"]
    path = tmp_path / "table.csv"
    frame.astype({"isic_rev4": str}).replace("127", "0127").to_csv(path, index=False)
    assert classify.isic_from_national(survey, path).data["isic"].tolist() == ["0127", "1410"]


def test_faulty_tables_are_refused(tmp_path):
    survey = survey_of(same, isic_national=["A"])
    twice = pd.DataFrame({"national_code": ["A", "A"], "isic_rev4": ["0127", "1410"]})
    with pytest.raises(DataError, match=r"found 1 code with several: 'A'"):
        classify.isic_from_national(survey, twice)
    with pytest.raises(DataError, match="it holds none of 1 code"):
        classify.isic_from_national(survey, {"B": "0127"})
    with pytest.raises(DataError, match=r"'isic_rev4' must hold ISIC Rev\.4"):
        classify.isic_from_national(survey, {"A": "4010"})
    with pytest.raises(ColumnError, match="'isic_rev4' is not in the data"):
        classify.isic_from_national(survey, pd.DataFrame({"national_code": ["A"]}))
    with pytest.raises(LoadError, match=r"must be a readable UTF-8 CSV file; 'none\.csv' is not"):
        classify.isic_from_national(survey, tmp_path / "none.csv")


# ---------------------------------------------------------------- second jobs


def two_jobs(engine):
    return survey_of(
        engine,
        product=["cocoa", "other", None, "other"],
        product_2=[None, "coffee", None, None],
        isic=["0127", "4711", "1410", "4711"],
        isic_2=[None, "0127", "0311", "0127"],
    )


def test_a_second_job_counts_or_not_and_the_job_is_recorded(engine, to_pandas):
    both = own(two_jobs(engine), chains=["cocoa", "coffee", "fishing", "garment"])
    assert column(both, to_pandas, "chain_coffee") == [0, 1, 0, NULL]  # the last works second in a class that pools
    assert column(both, to_pandas, "chain_fishing") == [0, 0, 1, 0]
    assert column(both, to_pandas, "supply_chain_job") == ["main", "second", "both", NULL]
    assert both.provenance.definitions["chain_cocoa"].options == {"exposure": "own", "jobs": "all"}
    main = own(two_jobs(engine), chains=["cocoa", "coffee", "fishing", "garment"], jobs="main")
    assert column(main, to_pandas, "chain_coffee") == [0, 0, 0, 0]
    assert column(main, to_pandas, "chain_fishing") == [0, 0, 0, 0]
    assert "supply_chain_job" not in main.columns


def test_a_second_job_in_a_pooled_class_leaves_its_chains_open(engine, to_pandas):
    survey = own(survey_of(engine, isic=["1410", "1410"], isic_2=["0127", "4711"]), chains=["cocoa", "garment"])
    assert column(survey, to_pandas, "chain_cocoa") == [NULL, 0]
    assert column(survey, to_pandas, "chain_garment") == [1, 1]


def test_stage_is_that_of_the_job_in_the_chain(engine, to_pandas):
    survey = own(survey_of(engine, isic=["8510", "1410"], isic_2=["0311", "0311"]), chains=["fishing", "garment"])
    assert column(survey, to_pandas, "supply_chain_stage") == ["1-production", "3-manufacturing"]


def test_shares_of_chains_are_multiple_response():
    data = {
        "child_labour": [1.0, 1.0, 1.0, 0.0],
        "product": ["cocoa", "cocoa", "garment", "cocoa"],
        "product_2": ["coffee", None, None, None],
    }
    survey = own(survey_of(same, **data))
    table = pv.prevalence(survey, [*classify.chain_columns(survey), "chain_any"], among="child_labour").to_pandas()
    shares = dict(zip(table["indicator"], table["estimate"], strict=True))
    assert shares == pytest.approx({"chain_cocoa": 2 / 3, "chain_coffee": 1 / 3, "chain_garment": 1 / 3, "chain_any": 1.0})
    with pytest.raises(DefinitionError, match="there are none"):
        classify.chain_columns(survey_of(same, product=["cocoa"]))


# ---------------------------------------------------------------- sectors


@pytest.mark.parametrize(
    ("code", "sector", "section"),
    [
        ("0127", "Agriculture", "A"),
        ("03", "Agriculture", "A"),
        ("0510", "Industry", "B"),
        ("1410", "Industry", "C"),
        ("3900", "Industry", "E"),
        ("4390", "Industry", "F"),
        ("4510", "Services", "G"),
        ("9900", "Services", "U"),
    ],
)
def test_sections_of_isic_rev4(code, sector, section):
    survey = classify.sector(survey_of(same, isic=[code]), revision="isic4")
    assert survey.data[["sector", "isic_section"]].values.tolist() == [[sector, section]]


def test_every_division_has_a_section():
    divisions = [f"{number:02d}" for number in range(100) if exists(f"{number:02d}", "isic4")]
    assert len(divisions) == 88
    survey = classify.sector(survey_of(same, isic=divisions))
    assert survey.data["isic_section"].notna().all()
    assert "".join(dict.fromkeys(survey.data["isic_section"])) == "ABCDEFGHIJKLMNOPQRSTU"


def test_sector_of_the_main_job_and_of_all(engine, to_pandas):
    data = {"isic": ["0127", "14", None], "isic_2": [None, "0127", "4711"]}
    main = classify.sector(survey_of(engine, **data))
    assert column(main, to_pandas, "sector") == ["Agriculture", "Industry", NULL]
    assert column(main, to_pandas, "sector_agriculture") == [1, 0, NULL]
    every = classify.sector(survey_of(engine, **data), jobs="all")
    assert column(every, to_pandas, "sector") == ["Agriculture", "Industry", NULL]
    assert column(every, to_pandas, "sector_agriculture") == [1, 1, NULL]
    assert column(every, to_pandas, "sector_services") == [0, 0, 1]
    with pytest.raises(ColumnError, match="'isic_2' is not in the data"):
        classify.sector(survey_of(engine, isic=["0127"]), jobs="all")


# ---------------------------------------------------------------- goods listed by the US Department of Labor


def listed_for(chain, kind):
    every = [row["iso3"] for row in _all_listed(chain) if row[kind]]
    return sorted(every)


def _all_listed(chain):
    codes = pd.read_csv(str(data_file("data", "dol_goods_2022.csv")))["iso3"].unique()
    return classify.goods_listed(codes.tolist(), chain).to_pandas().to_dict("records")


def test_goods_of_the_2022_edition():
    assert listed_for("cocoa", "child_labour") == ["BRA", "CIV", "CMR", "GHA", "GIN", "NGA", "SLE"]
    assert listed_for("cocoa", "forced_labour") == ["CIV", "NGA"]
    assert listed_for("mica", "child_labour") == ["IND", "MDG"]
    assert len(listed_for("gold", "child_labour")) == 24
    assert len(listed_for("gold", "forced_labour")) == 5
    assert len(listed_for("cotton", "forced_labour")) >= 7  # 7 for cotton, further ones for hybrid cottonseed


def test_goods_of_a_survey_are_those_of_its_countries_and_chains(engine):
    survey = own(survey_of(engine, country=["GHA", "CIV", None], product=["cocoa", "fishing", "cocoa"]))
    found = classify.goods_listed(survey).to_pandas()
    assert set(found["supply_chain"]) <= {"cocoa", "fishing"}
    assert found.loc[found["iso3"] == "CIV", ["supply_chain", "goods", "forced_labour"]].values.tolist() == [
        ["cocoa", "Cocoa", True]
    ]
    assert "our own mapping, to be verified" in found["status"][0]


def test_a_group_holds_the_goods_of_its_members():
    row = classify.goods_listed("COD", ["mining", "cobalt"]).to_pandas().set_index("supply_chain")
    assert "Cobalt ore (heterogenite)" in row.loc["mining", "goods"]
    assert "Cobalt ore (heterogenite)" in row.loc["cobalt", "goods"]


def test_a_country_without_listed_goods_has_no_row_and_a_sentence():
    found = classify.goods_listed(["XAA", "GHA"], "cocoa")
    assert found.to_pandas()["iso3"].tolist() == ["GHA"]
    assert found.notes[-1] == "No good of 'XAA' is on the list for these chains. That is no evidence of absence."
    assert classify.goods_listed("XAA").to_pandas().empty


def test_goods_need_codes_of_countries():
    with pytest.raises(OptionError, match=r"three capital letters, such as 'GHA'; found 'Ghana'"):
        classify.goods_listed("Ghana")
    with pytest.raises(ColumnError, match="'country' is not in the data"):
        classify.goods_listed(survey_of(same, product=["cocoa"]))
    with pytest.raises(OptionError, match=r"Did you mean 'cocoa'\?"):
        classify.goods_listed("GHA", "coco")
