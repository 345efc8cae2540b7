"""Bias and coverage under non-response, before and after each adjustment, in samples from a population whose truth is known.

    python benchmarks/nonresponse.py [draws] [file]

Two-stage samples of 40 areas with 30 people each. Response depends on what is known of all sampled (area, wealth): *at random*; or also on the
outcome itself: *informative*. Writes a Markdown table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import prevalence as pv
from prevalence import weighting

STRATA, AREAS, PEOPLE = 8, 60, 100
DRAWN_AREAS, DRAWN_PEOPLE = 5, 30
NAMES = {
    "full": "everyone answers",
    "none": "none: respondents with base weights",
    "classes": "classes of area and wealth group",
    "inverse": "inverse propensity",
    "fixed": "inverse propensity, taken as known",
    "strata": "propensity strata",
    "rake": "raking alone",
    "both": "inverse propensity, then raking",
}


def population(random: np.random.Generator) -> pd.DataFrame:
    areas = STRATA * AREAS
    area = np.repeat(np.arange(areas), PEOPLE)
    level = random.normal(0, 0.5, areas)
    urban = random.random(areas) < np.where(np.arange(areas) // AREAS % 2 == 0, 0.6, 0.2)
    size = len(area)
    wealth = random.normal(0, 1, size) + 0.7 * urban[area] + level[area]
    age = random.choice(["5-11", "12-14", "15-17"], size, p=[0.5, 0.25, 0.25])
    sex = random.choice(["Female", "Male"], size)
    odds = -1.6 - 0.8 * wealth + 0.5 * (age == "12-14") + 1.0 * (age == "15-17") + 0.3 * (sex == "Male") + level[area]
    y = (random.random(size) < 1 / (1 + np.exp(-odds))).astype(float)
    group = pd.cut(wealth, [-np.inf, -1, 0, 1, np.inf], labels=["poorest", "poor", "rich", "richest"]).astype(str)
    kind = np.where(urban[area], "Urban", "Rural")
    return pd.DataFrame(
        {"stratum": area // AREAS, "psu": area, "area": kind, "wealth": wealth, "group": group, "age": age, "sex": sex, "y": y}
    )


def respond(people: pd.DataFrame, random: np.random.Generator, *, informative: bool) -> np.ndarray:
    odds = 0.9 - 0.7 * people["wealth"] - 0.6 * (people["area"] == "Urban") + (1.0 * (people["y"] - 0.25) if informative else 0)
    return (random.random(len(people)) < 1 / (1 + np.exp(-odds))).to_numpy()


def draw(people: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    units = np.concatenate([stratum * AREAS + random.choice(AREAS, DRAWN_AREAS, replace=False) for stratum in range(STRATA)])
    parts = [unit * PEOPLE + random.choice(PEOPLE, DRAWN_PEOPLE, replace=False) for unit in units]
    weight = AREAS / DRAWN_AREAS * PEOPLE / DRAWN_PEOPLE
    return people.iloc[np.concatenate(parts)].assign(w=weight)


@dataclass(frozen=True)
class Margins:
    """Known counts of the population."""

    of: dict[str, dict[str, int]]

    @classmethod
    def count(cls, people: pd.DataFrame) -> Margins:
        return cls({name: people[name].value_counts().to_dict() for name in ("age", "sex", "area", "group")})


def methods(margins: Margins) -> dict[str, Callable[[pv.Survey], pv.Survey]]:
    rest = {"disposition": "answered"}
    plain = {"predictors": ["wealth", "area"]}
    known = margins.of

    def respondents(survey: pv.Survey) -> pv.Survey:
        return weighting.nonresponse(survey, **rest, max_factor=99)

    def inverse(survey: pv.Survey, **more: str) -> pv.Survey:
        return weighting.nonresponse(survey, **rest, form="inverse", **plain, **more)

    return {
        "none": respondents,
        "classes": lambda survey: weighting.nonresponse(survey, **rest, classes=["area", "group"]),
        "inverse": inverse,
        "fixed": lambda survey: inverse(survey, variance="fixed"),
        "strata": lambda survey: weighting.nonresponse(survey, **rest, form="strata", **plain),
        "rake": lambda survey: weighting.rake(respondents(survey), margins=known),
        "both": lambda survey: weighting.rake(inverse(survey), margins=known),
    }


def estimated(survey: pv.Survey, truth: dict[str, float]) -> list[tuple[float, float, bool]]:
    share = pv.prevalence(survey, "y").to_pandas().iloc[0]
    total = pv.total(survey, "y").to_pandas().iloc[0]
    return [
        (row["estimate"], row["se"], row["ci_low"] <= truth[name] <= row["ci_high"])
        for name, row in (("share", share), ("total", total))
    ]


def simulate(draws: int, *, informative: bool, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    people = population(random)
    truth = {"share": people["y"].mean(), "total": people["y"].sum()}
    take = methods(Margins.count(people))
    design = pv.Design(weight="w", stratum="stratum", psu="psu", df_rule="occupied")
    found: dict[str, list[list[tuple[float, float, bool]]]] = {name: [] for name in NAMES}
    for _ in range(draws):
        sample = draw(people, random)
        sample["answered"] = respond(sample, random, informative=informative).astype(float)
        found["full"].append(estimated(pv.Survey(sample, design), truth))
        survey = pv.Survey(sample.assign(y=sample["y"].where(sample["answered"] == 1)), design)
        for name, step in take.items():
            found[name].append(estimated(step(survey), truth))
    rows = []
    for name, values in found.items():
        numbers = np.array(values, dtype=float)
        spread = numbers[:, :, 0].std(axis=0, ddof=1)
        for place, target in enumerate(truth):
            estimate, se, inside = numbers[:, place].T
            scale = 100 if target == "share" else 100 / truth["total"]
            rows.append(
                {
                    "adjustment": NAMES[name],
                    "of": "prevalence (points)" if target == "share" else "total (%)",
                    "bias": scale * (estimate.mean() - truth[target]),
                    "sd": scale * spread[place],
                    "mean SE / sd": se.mean() / spread[place],
                    "coverage": 100 * inside.mean(),
                }
            )
    return pd.DataFrame(rows)


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    error = 100 * np.sqrt(0.95 * 0.05 / draws)
    parts = [f"{draws:,} draws; Monte Carlo error of a coverage of 95 %: {error:.1f} points.\n"]
    for informative in (False, True):
        table = simulate(draws, informative=informative, seed=11)
        title = "Response depends on the outcome, too" if informative else "Response depends on area and wealth alone"
        lines = ["| adjustment | of | bias | sd | mean SE / sd | coverage |", "|---|---|---:|---:|---:|---:|"]
        lines += [
            f"| {r[0]} | {r[1]} | {r[2]:+.2f} | {r[3]:.2f} | {r[4]:.3f} | {r[5]:.1f} % |" for r in table.itertuples(index=False)
        ]
        parts.append(f"{title}\n\n" + "\n".join(lines) + "\n")
    text = "\n".join(parts)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
