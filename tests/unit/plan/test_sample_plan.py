"""Plans for several targets: every promise is kept in the formulas, in an independent optimiser and in repeated samples."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import prevalence as pv
from prevalence.errors import ColumnError, OptionError
from prevalence.plan import ChildrenPerHousehold, Target, sample_plan
from prevalence.plan._sample_plan import fewest
from prevalence.plan.domains import domains_of
from prevalence.plan.simulated import drawn_areas, drawn_people, frame_of
from prevalence.simulate import Population

CLOSED_FORM = 1e-9
OPTIMISER = 1e-6
"""Where scipy's SLSQP stops."""
STRATA = pd.DataFrame(
    {
        "stratum": ["N urban", "N rural", "S urban", "S rural"],
        "households": [90_000, 210_000, 60_000, 40_000],
        "region": ["N", "N", "S", "S"],
        "area": ["Urban", "Rural", "Urban", "Rural"],
        "rate": [0.08, 0.22, 0.05, 0.30],
    }
)
CHILD_LABOUR = {"indicator": "child_labour", "rate": "rate"}


def planned(targets: Any, homes: ChildrenPerHousehold, **options: Any) -> pv.plan.SamplePlan:
    return sample_plan(
        STRATA, targets, **{"households_per_cluster": 20, "children": homes, "icc": 0.08, "response": 0.9, **options}
    )


def test_one_stratum_is_the_sample_size_with_its_design_effect(homes: ChildrenPerHousehold) -> None:
    one = STRATA.head(1).assign(rate=0.2)
    plan = sample_plan(one, Target(**CHILD_LABOUR, cv=0.08), households_per_cluster=20, children=homes, icc=0.08, response=0.9)
    # Others of the cluster who answer: 19 homes of which 62 % have a child and 90 % answer.
    deff = pv.plan.design_effect(
        icc=0.08, per_cluster=1 + 19 * 0.62 * 0.9, weighting=homes.deff_weighting, weights_vary="within"
    ).total
    children = pv.plan.sample_size(0.2, cv=0.08, deff=deff).exact
    assert plan.strata.clusters[0] == int(np.ceil(children / (20 * 0.62 * 0.9)))
    assert plan.precision.deff[0] == pytest.approx(deff, rel=CLOSED_FORM)
    assert plan.households == plan.clusters * 20


def test_all_children_share_household_and_cluster(homes: ChildrenPerHousehold) -> None:
    one = STRATA.head(1).assign(rate=0.2)
    options = {"households_per_cluster": 10, "children": homes, "icc": 0.08, "household_icc": 0.2, "who": "all"}
    plan = sample_plan(one, Target(**CHILD_LABOUR, cv=0.08), **options)
    # Children of nine other homes, and brothers and sisters, who share the area too.
    expected = 1 + 9 * 1.3 * 0.08 + homes.siblings * (0.08 + 0.2)
    assert plan.precision.deff[0] == pytest.approx(expected, rel=CLOSED_FORM)
    assert plan.strata.people[0] == pytest.approx(plan.clusters * 10 * 1.3)


@pytest.mark.parametrize("allocation", ["proportional", "square-root", "power", "equal", "neyman"])
def test_every_target_is_reached(allocation: str, homes: ChildrenPerHousehold) -> None:
    targets = [
        Target(**CHILD_LABOUR, cv=0.06),
        Target(**CHILD_LABOUR, by="region", relative_margin=0.2),
        Target(**CHILD_LABOUR, by="area", margin=0.02),
        Target(**CHILD_LABOUR, change=0.04, share=0.5, group="girls"),
    ]
    plan = planned(targets, homes, allocation=allocation)
    assert plan.precision.reached.all()
    assert plan.precision.decisive.any()
    assert plan.precision.domain == ("All", "N", "S", "Urban", "Rural", "All")
    assert (plan.precision.cv[0] <= 0.06) and (plan.precision.margin[3:5] <= 0.02).all()
    # Weighted rates of the domains.
    assert plan.precision.rate[1] == pytest.approx((0.08 * 9 + 0.22 * 21) / 30)


def test_neyman_takes_the_fewest_clusters(homes: ChildrenPerHousehold) -> None:
    targets = [
        Target(**CHILD_LABOUR, cv=0.06),
        Target(**CHILD_LABOUR, by="region", cv=0.09),
        Target(**CHILD_LABOUR, by="area", margin=0.02),
    ]
    interviews = planned(targets, homes).interviews
    domains = domains_of(STRATA, targets, STRATA["households"].to_numpy(float), interviews)
    found = fewest(domains, 4)
    constraints = [{"type": "ineq", "fun": lambda x, d=domain: 1 - d.excess(np.exp(x))} for domain in domains]
    other = minimize(
        lambda x: np.exp(x).sum(), np.log(np.full(4, 200.0)), constraints=constraints, method="SLSQP", options={"ftol": 1e-12}
    )
    assert found.sum() == pytest.approx(other.fun, rel=OPTIMISER)
    clusters = {
        allocation: planned(targets, homes, allocation=allocation).clusters for allocation in ("proportional", "equal", "neyman")
    }
    assert clusters["neyman"] <= min(clusters.values())


def test_variance_adds_up_over_strata(homes: ChildrenPerHousehold) -> None:
    plan = planned(Target(**CHILD_LABOUR, cv=0.06), homes)
    share = STRATA["households"] / STRATA["households"].sum()
    spread = STRATA["rate"] * (1 - STRATA["rate"])
    deff = homes.deff_weighting + 19 * 0.62 * 0.9 * 0.08
    variance = float((share**2 * spread * deff / plan.strata.people).sum())
    assert plan.precision.se[0] == pytest.approx(np.sqrt(variance), rel=CLOSED_FORM)


def test_change_target_is_the_detectable_change(homes: ChildrenPerHousehold) -> None:
    one = STRATA.head(1).assign(rate=0.2)
    plan = sample_plan(one, Target(**CHILD_LABOUR, change=0.05), households_per_cluster=20, children=homes, icc=0.08)
    assert plan.precision.reached[0]
    # The last cluster that is rounded up leaves little room.
    assert 0.049 < plan.precision.detectable[0] <= 0.05


def test_promise_is_kept_by_repeated_samples(people: Population, homes: ChildrenPerHousehold) -> None:
    frame = frame_of(people, "child_labour")
    home = np.repeat(np.arange(len(frame.count)), frame.count)
    area = people.households["area_index"].to_numpy()[home]
    rows = pd.DataFrame({"y": frame.y, "w": 1.0, "area": area, "stratum": frame.stratum[area]})
    found = pv.plan.icc(pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="area")), "y")
    code = frame.stratum[area]
    strata = pd.DataFrame({"stratum": frame.strata, "rate": np.bincount(code, weights=frame.y) / np.bincount(code)})
    strata["households"] = np.bincount(frame.stratum, weights=frame.size)
    plan = sample_plan(
        strata,
        Target(**CHILD_LABOUR, cv=0.14),
        households_per_cluster=15,
        children=pv.plan.children_per_household(np.bincount(frame.count).tolist()),
        icc=float(found.icc[0]),
    )
    draws = []
    for seed in range(600):
        rng = np.random.default_rng(seed)
        draws.append(drawn_people(frame, *drawn_areas(frame, plan.strata.clusters, rng), 15, rng, one=True).estimate)
    ratio = float(np.std(draws, ddof=1)) / float(plan.precision.se[0])
    # Within three Monte Carlo errors of 5 %: the error of a standard deviation over 600 draws is 2.9 %.
    assert abs(ratio - 1) < 0.05 + 3 / np.sqrt(2 * 600)
    # The mean of systematic samples is the truth.
    assert abs(np.mean(draws) - frame.rate) < 3 * np.std(draws) / np.sqrt(600) + 0.002


def test_list_of_field_work(homes: ChildrenPerHousehold) -> None:
    plan = planned(Target(**CHILD_LABOUR, cv=0.08), homes)
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"ea": range(4_000), "stratum": np.repeat(STRATA["stratum"].to_numpy(), 1_000), "hh": rng.integers(12, 200, 4_000)}
    )
    field = plan.fieldwork(frame, seed=5, unit="ea", stratum="stratum", size="hh")
    assert pd.Series(field.stratum).value_counts().to_dict() == dict(
        zip(plan.strata.stratum, plan.strata.clusters.tolist(), strict=True)
    )
    assert ((field.start > 0) & (field.start <= field.interval)).all()
    last = np.ceil(field.start + (field.households - 1) * field.interval)
    assert (last <= field.size).all()
    assert (field.households == np.minimum(20, field.size)).all()
    # Probability proportional to size and a fixed take: one weight in each stratum.
    large = field.size >= 20
    assert pd.Series(field.weight[large]).round(6).groupby(np.array(field.stratum)[large]).nunique().max() == 1
    again = plan.fieldwork(frame, seed=5, unit="ea", stratum="stratum", size="hh")
    assert again.area == field.area
    assert again.start.tolist() == field.start.tolist()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"targets": []}, OptionError, "at least one Target"),
        ({"icc": -0.02}, OptionError, "icc must be 0 or more"),
        ({"response": 1.2}, OptionError, "response must be above 0"),
        ({"minimum_clusters": 1}, OptionError, "at least 2"),
        ({"allocation": "optimal"}, OptionError, "allocation must be one of"),
        ({"who": "some"}, OptionError, "who must be one of"),
        ({"strata": STRATA.assign(clusters=10)}, OptionError, "4 strata would need more clusters than there are: 'N urban"),
        ({"strata": STRATA.assign(rate=0.0)}, OptionError, "rates above 0 and below 1"),
        ({"strata": STRATA.drop(columns="rate")}, ColumnError, "column 'rate' is not in the data"),
        ({"strata": STRATA.assign(households=0)}, OptionError, "above 0 in every stratum"),
    ],
)
def test_bad_plans(changes: dict[str, Any], error: type[Exception], said: str, homes: ChildrenPerHousehold) -> None:
    arguments = {
        "strata": STRATA,
        "targets": Target(**CHILD_LABOUR, cv=0.05),
        "households_per_cluster": 20,
        "children": homes,
        "icc": 0.08,
    }
    with pytest.raises(error, match=said):
        sample_plan(**{**arguments, **changes})


def test_bad_targets() -> None:
    with pytest.raises(OptionError, match="Target 'x' needs exactly one of"):
        Target(indicator="x", rate=0.1)
    with pytest.raises(OptionError, match="must be below its rate"):
        Target(indicator="x", rate=0.1, change=0.2)
    with pytest.raises(OptionError, match="cv of 'x' must be a number above 0"):
        Target(indicator="x", rate=0.1, cv=-1)


def test_plan_prints_both_tables(homes: ChildrenPerHousehold) -> None:
    plan = planned(Target(**CHILD_LABOUR, cv=0.08), homes)
    assert repr(plan).startswith(f"SamplePlan: {plan.clusters} clusters")
    assert "N rural" in plan._repr_html_()
    assert plan.to_pandas()["clusters"].sum() == plan.clusters
