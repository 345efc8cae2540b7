"""The children's file in MICS6 layout: questionnaire codes, skips, special codes, weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.simulate._answers import YES, asked, class_numbers, hours, mixed_in, yes_no
from prevalence.simulate._child_work import ACTIVITIES, CHORES, HAZARDS
from prevalence.simulate._draws import Booleans, Floats, chance, pick
from prevalence.simulate._layout import layout, region_codes
from prevalence.simulate._parameters import CHAINS, NOISE
from prevalence.simulate._sample import Sample

ACTIVITY_ITEMS = dict(zip(("CL1A", "CL1B", "CL1C", "CL1X"), ACTIVITIES, strict=True))
HAZARD_ITEMS = dict(zip(("CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X"), HAZARDS, strict=True))
CHORE_ITEMS = dict(zip(("CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X"), CHORES, strict=True))

RESULTS = {2: 0.45, 3: 0.30, 4: 0.10, 5: 0.10, 96: 0.05}
"""Results of interviews that were not completed, and their shares."""
YEAR = 2031
"""Year of the fictional fieldwork, from March to June."""
PRODUCT_DO_NOT_KNOW, PRODUCT_NO_RESPONSE = 98, 99

Answers = dict[str, npt.NDArray[np.generic]]


def mics_frame(sample: Sample, rng: np.random.Generator) -> pd.DataFrame:
    """Return the children's file: one row a selected child, complete or not, columns of the layout in its order.

    Children who were not interviewed have weight 0 and no answers; what the household questionnaire says of them stays.
    """
    chosen = sample.chosen_children
    person = sample.source.persons.take(chosen.row).reset_index(drop=True)
    done = chosen.responded
    answers: Answers = _household_part(sample, rng)
    answers |= _interview_part(rng, person, done)
    questionnaire = _schooling_part(rng, person) | _work_part(rng, person) | _chore_part(rng, person)
    answers |= {name: asked(values, done) for name, values in questionnaire.items()}
    answers |= _weights(sample, answers["COUNTRY"])
    return pd.DataFrame(answers)[[column.name for column in layout("children")]]


def _household_part(sample: Sample, rng: np.random.Generator) -> Answers:
    """Return what is known of every selected child: place, design, wealth, exposures."""
    source, chosen = sample.source, sample.chosen_children
    drawn = sample.households.take(chosen.household)
    home = source.households.take(drawn["household_index"].to_numpy())
    area = source.areas.take(home["area_index"].to_numpy())
    psu, number = drawn["psu"].to_numpy(), drawn["number"].to_numpy()
    line = source.persons["line"].to_numpy()[chosen.row]
    answers: Answers = {"HH1": psu, "FS1": psu, "PSU": psu, "HH2": number, "FS2": number, "LN": line, "FS3": line}
    answers["FS4"] = source.persons["mother_line"].to_numpy()[chosen.row]
    answers["stratum"] = drawn["stratum"].to_numpy()
    answers["HH6"] = np.where(area["area"] == "Urban", 1, 2)
    answers["HH7"] = area["region"].astype(str).map(region_codes()).to_numpy()
    answers["HH52"] = home["children"].to_numpy()
    answers["HL4"] = np.where(source.persons["sex"].to_numpy()[chosen.row] == "Male", 1, 2)
    answers["wscore"] = home["wealth_score"].to_numpy()
    answers["windex5"] = home["wealth"].cat.codes.to_numpy() + 1
    answers["melevel"] = _mothers_level(sample, rng)
    answers["COUNTRY"] = area["country"].astype(object).to_numpy()
    for chain in CHAINS:
        answers[f"HP_{chain.upper()}"] = yes_no(rng, home[f"household_product_{chain}"].to_numpy())
        answers[f"PA_{chain.upper()}"] = np.where(area[f"area_product_{chain}"] == 1, 1, 2)
    return answers


def _mothers_level(sample: Sample, rng: np.random.Generator) -> Floats:
    """Return the education of the mother or caretaker in five levels, some of them missing."""
    source, chosen = sample.source, sample.chosen_children
    home = source.persons["household_index"].to_numpy()[chosen.row]
    first = source.households["first_person"].to_numpy()[home]
    mother = source.persons.take(first + source.persons["mother_line"].to_numpy()[chosen.row] - 1)
    level, grade = mother["level"].to_numpy(), mother["grade"].to_numpy()
    reached = np.select([level == 0, level == 1, (level == 3) & (grade <= 3), level == 3], [0, 1, 2, 3], 4)
    return mixed_in(rng, np.where(mother["ever_school"] == 1, reached, 0), (9,), (NOISE.no_response,))


def _interview_part(rng: np.random.Generator, person: pd.DataFrame, done: Booleans) -> Answers:
    """Return result, consent and dates of the interview, and the date of birth that goes with the age."""
    count = len(person)
    age, month = person["age"].to_numpy(), rng.integers(3, 7, count)
    birth_month = rng.integers(1, 13, count)
    results = np.array(list(RESULTS))[pick(rng, list(RESULTS.values()), count)]
    born = YEAR - age - (birth_month > month)
    unknown = chance(rng, NOISE.do_not_know, count)
    return {
        "FS7D": rng.integers(1, 29, count),
        "FS7M": month,
        "FS7Y": np.full(count, YEAR),
        "FSDOI": np.full(count, (YEAR - 1900) * 12) + month,
        "FS9": np.where(rng.random(count) < 0.6, 1, 2),
        "FS10": asked(np.ones(count), done),
        "FS17": np.where(done, 1, results),
        "CB2M": asked(np.where(unknown, 98, birth_month), done),
        "CB2Y": asked(np.where(unknown, 9998, born), done),
        "CB3": asked(age, done),
        "FSAGE": asked(np.searchsorted((10, 15), age, side="right") + 1, done),
    }


def _schooling_part(rng: np.random.Generator, person: pd.DataFrame) -> dict[str, Floats]:
    """Return the schooling items; those who never attended skip to the next module."""
    attends = person["attends_school"].to_numpy() == 1
    ever = yes_no(rng, person["ever_school"].to_numpy())
    went = ever == YES
    level, grade = person["level"].to_numpy(), person["grade"].to_numpy()
    return {
        "CB4": ever,
        "CB5A": asked(mixed_in(rng, level, (8,), (NOISE.do_not_know,)), went),
        "CB5B": asked(mixed_in(rng, grade, (98,), (NOISE.do_not_know,)), went & (level > 0)),
        "CB6": asked(yes_no(rng, ~attends), went & (level > 0)),
        "CB7": asked(yes_no(rng, attends), went),
    }


def _work_part(rng: np.random.Generator, person: pd.DataFrame) -> dict[str, Floats]:
    """Return economic activity; hours, hazards and products are asked only after a yes."""
    answers = {item: yes_no(rng, person[name].to_numpy()) for item, name in ACTIVITY_ITEMS.items()}
    works = np.column_stack(list(answers.values())) == YES
    active = works.any(axis=1)
    answers["CL3"] = asked(hours(rng, person["economic_hours"].to_numpy()), active)
    for item, name in HAZARD_ITEMS.items():
        answers[item] = asked(yes_no(rng, person[f"hazard_{name}"].to_numpy()), active)
    for item, name in {"CP1": "product_code", "CP2": "product_2_code"}.items():
        code = person[name].to_numpy()
        noisy = mixed_in(rng, code, (PRODUCT_DO_NOT_KNOW, PRODUCT_NO_RESPONSE), (NOISE.do_not_know, NOISE.hours_no_response))
        answers[item] = asked(noisy, active & (code > 0))
    answers["CISIC"] = asked(class_numbers(rng, person["isic"].astype(object).to_numpy()), active)
    return answers


def _chore_part(rng: np.random.Generator, person: pd.DataFrame) -> dict[str, Floats]:
    """Return chores; hours are asked only after a yes."""
    water, wood = yes_no(rng, person["water"].to_numpy()), yes_no(rng, person["wood"].to_numpy())
    others = {item: yes_no(rng, person[f"chore_{name}"].to_numpy()) for item, name in CHORE_ITEMS.items()}
    any_other = (np.column_stack(list(others.values())) == YES).any(axis=1)
    return {
        "CL7": water,
        "CL8": asked(hours(rng, person["water_hours"].to_numpy()), water == YES),
        "CL9": wood,
        "CL10": asked(hours(rng, person["wood_hours"].to_numpy()), wood == YES),
        **others,
        "CL13": asked(hours(rng, person["other_chore_hours"].to_numpy()), any_other),
    }


def _weights(sample: Sample, country: npt.NDArray[np.generic]) -> Answers:
    """Return weights normalised to a mean of 1 within each country: over the completed interviews, over all households."""
    chosen = sample.chosen_children
    household = sample.households["weight"].to_numpy()[chosen.household]
    everyone = np.ones(len(household), np.bool_)
    return {
        "fsweight": np.round(_normalised(chosen.weight, country, chosen.responded), 6),
        "fshweight": np.round(_normalised(household, country, everyone), 6),
    }


def _normalised(weight: Floats, country: npt.NDArray[np.generic], counted: Booleans) -> Floats:
    frame = pd.DataFrame({"country": country, "weight": weight, "counted": counted})
    sums = frame.groupby("country").transform("sum")
    return np.asarray(weight * sums["counted"] / sums["weight"], dtype=np.float64)
