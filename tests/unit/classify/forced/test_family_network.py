"""Family reports: multiplicity counted and used, weighted estimates with the variance of the respondents' sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence import classify
from prevalence.classify.forced.roster import RELATIONS, Roster, multiplicities
from prevalence.design import Design
from prevalence.errors import DataError, DesignError
from prevalence.survey import Survey

NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
EXACT = 1e-12  # sums of fractions in floating point
DESIGN = Design(weight="w", stratum="h", psu="ea")
PEOPLE = pd.DataFrame({"id": [1, 2, 3, 4], "w": [10.0, 20.0, 30.0, 40.0], "h": [1, 1, 1, 1], "ea": [1, 1, 2, 3]})
REPORTS = pd.DataFrame(
    [
        (1, 0, 2, "XAA"),
        (1, 1, 2, "XBB"),
        (2, 1, 4, None),
        (2, 0, 4, None),
        (2, 1, 1, "XAA"),
        (3, 0, 1, None),
        (4, 1, 5, "XBB"),
    ],
    columns=["id", "forced_labour", "M", "place"],
)
CASES, PERSONS = [1 / 2, 5 / 4, 0, 1 / 5], [1, 3 / 2, 1, 1 / 5]


def respondents(engine, reports=REPORTS, **options):
    survey = Survey(engine(PEOPLE), DESIGN, id="id")
    return classify.family_network(survey, reports=engine(reports), **{"multiplicity": "M", **options})


def test_each_report_is_divided_by_its_multiplicity(engine, to_pandas):
    found = to_pandas(respondents(engine).data).sort_values("id")
    assert found["network_cases"].tolist() == pytest.approx(CASES, abs=EXACT)
    assert found["network_persons"].tolist() == pytest.approx(PERSONS, abs=EXACT)
    assert found["network_cases_unknown"].tolist() == [0, 0, 0, 0]


def test_the_estimates_are_weighted_and_their_variance_is_that_of_the_sample(engine):
    survey = respondents(engine)
    total = pv.total(survey, "network_cases").to_pandas().iloc[0]
    # By hand: sum w z = 10/2 + 20 x 5/4 + 40/5 = 38; unit totals 30, 0, 8; variance 3/2 x sum of squares about their mean 38/3.
    assert total["estimate"] == pytest.approx(38, abs=38 * EXACT)
    spread = sum((unit - 38 / 3) ** 2 for unit in (30, 0, 8))
    assert total["se"] == pytest.approx((1.5 * spread) ** 0.5, abs=38 * EXACT)
    ratio = pv.ratio(survey, "network_cases", "network_persons").to_pandas()["estimate"].item()
    assert ratio == pytest.approx(38 / (10 + 30 + 30 + 8), abs=EXACT)


def test_counting_reports_without_dividing_or_by_family_size_is_another_number():
    # Trap 8: a case whom three respondents could report, of a family of five of whom two live abroad; all three answer.
    people = pd.DataFrame({"id": [1, 2, 3], "w": 1.0})
    estimates = {}
    for name, divisor in (("eligible reporters", 3), ("nothing", 1), ("family size", 5)):
        reports = pd.DataFrame({"id": [1, 2, 3], "forced_labour": 1, "M": divisor})
        survey = classify.family_network(Survey(people, Design(weight="w"), id="id"), reports=reports, multiplicity="M")
        estimates[name] = pv.total(survey, "network_cases").to_pandas()["estimate"].item()
    assert estimates["eligible reporters"] == pytest.approx(1, abs=EXACT)
    assert estimates["nothing"] > 1 > estimates["family size"]


def test_cases_are_those_of_the_country_of_exploitation(engine, to_pandas):
    survey = respondents(engine, country="place")
    found = to_pandas(survey.data).sort_values("id")
    assert found["network_cases_in_XAA"].tolist() == pytest.approx([0, 1, 0, 0], abs=EXACT)
    assert found["network_cases_in_XBB"].tolist() == pytest.approx([1 / 2, 0, 0, 1 / 5], abs=EXACT)
    assert found["network_cases_in_not_stated"].tolist() == pytest.approx([0, 1 / 4, 0, 0], abs=EXACT)
    split = [f"network_cases_in_{place}" for place in ("XAA", "XBB", "not_stated")]
    assert pv.total(survey, split).to_pandas()["estimate"].sum() == pytest.approx(38, abs=38 * EXACT)
    reasons = {count.reason: count.rows for count in survey.provenance.counts}
    assert reasons == {"case of unknown country of exploitation: in a column of its own": 1}


def test_unknown_outcomes_and_multiplicities(engine, to_pandas):
    reports = pd.DataFrame(
        [(1, None, 2), (1, 1, 2), (2, 1, None), (2, 0, 4), (3, 0, None)], columns=["id", "forced_labour", "M"], dtype=float
    )
    found = {
        unknown: to_pandas(respondents(engine, reports, unknown=unknown).data).sort_values("id").fillna(NULL)
        for unknown in ("exclude", "as_no", "bounds")
    }
    assert found["exclude"]["network_cases"].tolist() == [NULL, NULL, 0, NULL]  # the fourth did not report
    assert found["exclude"]["network_cases_unknown"].tolist() == [1, 1, 0, NULL]
    assert found["exclude"]["network_persons"].tolist() == [1, NULL, NULL, NULL]
    assert found["as_no"]["network_cases"].tolist() == [0.5, 0, 0, NULL]
    assert found["bounds"]["network_cases_low"].tolist() == [0.5, 0, 0, NULL]
    assert found["bounds"]["network_cases_high"].tolist() == [1, 1, 0, NULL]  # a case is at most one person
    counts = respondents(engine, reports).provenance.counts
    assert [(count.rows, count.reason.split(":")[0]) for count in counts] == [
        (1, "person reported with unknown outcome"),
        (1, "case of unknown multiplicity"),
        (2, "person reported of unknown multiplicity"),
        (1, "respondent without a report"),
    ]


def roster(*rows: tuple[str, float, float | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["relation", "eligible", "other_reporters"])
    return table.assign(id=1, forced_labour=0.0).astype({"other_reporters": float})


FAMILY = roster(
    ("self", 1, 0),
    ("parent", 1, 2),  # two living siblings of its own
    ("parent", 0, 1),  # abroad
    ("sibling", 1, 0),
    ("sibling", 0, 3),
    ("child", 0, 0),  # a minor
    ("child", 1, 1),
    ("spouse", 1, 4),
)


@pytest.mark.parametrize(
    ("spouses", "expected"),
    [
        # self: i, 1 parent, 1 sibling, 1 child; parent: itself, i, 1 sibling and others; sibling: i, 1 parent, 1 sibling and others;
        # child: i, the other parent, 1 child and others.
        (False, [4, 5, 3, 3, 6, 3, 4]),
        # In addition: self + spouse; each parent + the other; the spouse itself, i and 1 child and others.
        (True, [5, 5, 4, 3, 6, 3, 4, 7]),
    ],
)
def test_multiplicity_from_the_roster_by_hand(spouses, expected, engine, to_pandas):
    survey = Survey(engine(PEOPLE.head(1)), Design(weight="w"), id="id")
    found = to_pandas(classify.family_network(survey, reports=engine(FAMILY), spouses=spouses).data)
    assert found["network_persons"].item() == pytest.approx(sum(1 / count for count in expected), abs=EXACT)


def test_refusals():
    survey = Survey(PEOPLE.head(1), Design(weight="w"), id="id")

    def fails(match, reports, **options):
        with pytest.raises(DataError, match=match):
            classify.family_network(survey, reports=reports, **options)

    fails("Multiplicity must be 1 or more, .* 2 reports have less, .* 0.5, 0.5", REPORTS.head(2).assign(M=0.5), multiplicity="M")
    fails("must hold the respondent once .* 1 roster do not", FAMILY.drop(index=0))
    fails("must hold the respondent once", pd.concat([FAMILY, FAMILY.head(1)]))
    fails("1 respondent are not eligible", FAMILY.assign(eligible=0.0))
    fails("relation must be one of .* found 'cousin'", FAMILY.replace({"relation": {"sibling": "cousin"}}))
    fails("1 row with no 'eligible'", FAMILY.assign(eligible=[1, None, *[1] * 6]))
    with pytest.raises(DesignError, match="A table of reports is joined by the person"):
        classify.family_network(Survey(PEOPLE, DESIGN), reports=REPORTS, multiplicity="M")


# ---------------------------------------------------------------- reciprocity in simulated families


def families(seed: int, couples: int = 6) -> pd.DataFrame:
    """Return three generations: each person's parents, spouse, whether living and whether frame-eligible."""
    rng = np.random.default_rng(seed)
    people: list[list[object]] = []  # mother, father, spouse

    def born(mother: int, father: int) -> int:
        people.append([mother, father, -1])
        return len(people) - 1

    def married(first: list[int]) -> list[tuple[int, int]]:
        shuffled = [int(person) for person in rng.permutation(first)]
        pairs = [
            (a, b)
            for a, b in zip(shuffled[::2], shuffled[1::2], strict=False)
            if people[a][0] != people[b][0] or people[a][0] == -1
        ]
        for a, b in pairs:
            people[a][2], people[b][2] = b, a
        return pairs

    generation = [born(-1, -1) for _ in range(2 * couples)]
    for _ in range(2):
        generation = [born(a, b) for a, b in married(generation) for _ in range(int(rng.integers(0, 4)))]
    table = pd.DataFrame(people, columns=["mother", "father", "spouse"])
    living = rng.random(len(table)) < 0.8
    return table.assign(living=living, eligible=living & (rng.random(len(table)) < 0.7))


def relatives(table: pd.DataFrame, person: int) -> dict[str, list[int]]:
    """Return the living immediate family of a person by relation."""
    row = table.loc[person]
    alive = table["living"]
    same = (table["mother"] == row["mother"]) & (row["mother"] >= 0) & (table.index != person)
    groups = {
        "parent": [p for p in (row["mother"], row["father"]) if p >= 0],
        "sibling": list(table.index[same]),
        "child": list(table.index[(table["mother"] == person) | (table["father"] == person)]),
        "spouse": [p for p in (row["spouse"],) if p >= 0],
    }
    return {relation: [int(p) for p in members if alive[p]] for relation, members in groups.items()}


def reporters(table: pd.DataFrame, person: int, *, spouses: bool) -> set[int]:
    """Return who could report a person: by reciprocity the eligible ones among the person and its own immediate family."""
    family = relatives(table, person)
    circle = {person, *family["parent"], *family["sibling"], *family["child"], *(family["spouse"] if spouses else [])}
    return {p for p in circle if table["eligible"][p]}


def rosters(table: pd.DataFrame, *, spouses: bool) -> pd.DataFrame:
    """Return what every eligible person reports, with the reporters whom the roster does not hold."""
    rows = []
    for respondent in table.index[table["eligible"]]:
        family = relatives(table, respondent)
        inside = {
            "self": {respondent, *(p for members in family.values() for p in members)},
            "parent": {respondent, *family["parent"], *family["sibling"]},
            "sibling": {respondent, *family["parent"], *family["sibling"]},
            "child": {respondent, *family["spouse"], *family["child"]},
            "spouse": {respondent, *family["spouse"], *family["child"]},
        }
        for relation, members in {"self": [respondent], **family}.items():
            for person in members:
                outside = reporters(table, person, spouses=spouses) - inside[relation]
                rows.append((respondent, person, relation, float(table["eligible"][person]), float(len(outside))))
    return pd.DataFrame(rows, columns=["id", "person", "relation", "eligible", "other_reporters"])


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.booleans())
def test_reciprocity_every_reportable_person_is_counted_once(seed, spouses):
    table = families(seed)
    reports = rosters(table, spouses=spouses)
    counts = multiplicities(
        Roster(
            pd.factorize(reports["id"])[0].astype(np.int64),
            reports["relation"].map(RELATIONS.index).to_numpy(np.int64),
            reports["eligible"].to_numpy(),
            reports["other_reporters"].to_numpy(),
        ),
        spouses=spouses,
    )
    reported = (reports["relation"] != "spouse") | spouses
    true = reports["person"].map(lambda person: len(reporters(table, person, spouses=spouses)))
    assert (counts[reported] == true[reported]).all()
    case = table.index.to_numpy() % 3 == 0
    reports["forced_labour"] = case[reports["person"]].astype(float)
    survey = Survey(reports[["id"]].drop_duplicates().assign(w=1.0), Design(weight="w"), id="id")
    found = classify.family_network(survey, reports=reports, spouses=spouses).data
    reachable = np.array([bool(reporters(table, person, spouses=spouses)) & table["living"][person] for person in table.index])
    assert found["network_persons"].sum() == pytest.approx(reachable.sum(), rel=EXACT)
    assert found["network_cases"].sum() == pytest.approx((reachable & case).sum(), rel=EXACT)
