"""Which industry and occupation a job in a product has: ISIC Rev.4 classes and ISCO-08 unit groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Booleans, Integers, labelled, pick
from prevalence.simulate._parameters import AREAS, OTHER, PRODUCTS


@dataclass(frozen=True, slots=True)
class Job:
    """An industry and occupation, and their shares of the jobs of a product by area and sex of the worker.

    Farm and small-scale jobs are open to children; `farm` marks work on plots and with animals.
    """

    isic: str
    isco: str
    urban: float
    rural: float
    women: float = 1.0
    child: bool = True
    farm: bool = False


JOBS: dict[str, tuple[Job, ...]] = {
    "cocoa": (
        Job("0127", "6112", 0.4, 0.55, farm=True),
        Job("0127", "9211", 0.3, 0.3, farm=True),
        Job("0163", "9211", 0.1, 0.06, farm=True),
        Job("0150", "6130", 0.1, 0.09, farm=True),
        Job("1073", "8160", 0.1, 0.0, child=False),
    ),
    "coffee": (
        Job("0127", "6112", 0.5, 0.55, farm=True),
        Job("0127", "9211", 0.3, 0.3, farm=True),
        Job("0150", "6130", 0.1, 0.1, farm=True),
        Job("0163", "9211", 0.1, 0.05, farm=True),
    ),
    "cotton": (
        Job("0116", "6111", 0.4, 0.45, farm=True),
        Job("0116", "9211", 0.4, 0.45, farm=True),
        Job("0163", "9211", 0.2, 0.1, farm=True),
    ),
    "garment": (
        Job("1410", "8153", 0.45, 0.2, 1.5, child=False),
        Job("1410", "7531", 0.25, 0.4),
        Job("1410", "7533", 0.15, 0.3, 1.8),
        Job("1430", "8152", 0.15, 0.1),
    ),
    "mining": (
        Job("0729", "8111", 0.4, 0.35, 0.4),
        Job("0729", "9311", 0.3, 0.35),
        Job("0810", "9311", 0.2, 0.2),
        Job("0899", "8111", 0.1, 0.1, 0.6),
    ),
    "fishing": (
        Job("0311", "6223", 0.25, 0.15, 0.2, child=False),
        Job("0311", "9216", 0.2, 0.2),
        Job("0312", "6222", 0.4, 0.5),
        Job("0312", "9216", 0.15, 0.15),
    ),
    "other": (
        Job("0111", "6111", 0.04, 0.30, farm=True),
        Job("0113", "6111", 0.03, 0.14, 1.4, farm=True),
        Job("0150", "6130", 0.03, 0.22, farm=True),
        Job("0141", "6121", 0.02, 0.10, 0.6, farm=True),
        Job("4781", "5211", 0.18, 0.08, 1.6),
        Job("4711", "5221", 0.16, 0.05),
        Job("5610", "5120", 0.10, 0.03, 1.5),
        Job("9700", "9111", 0.10, 0.02, 4.0),
        Job("4100", "9313", 0.12, 0.04, 0.1),
        Job("4922", "8322", 0.10, 0.02, 0.05, child=False),
        Job("8510", "2341", 0.07, 0.02, 1.4, child=False),
        Job("8411", "4110", 0.05, 0.01, child=False),
    ),
}

CLASSES = tuple(sorted({job.isic for jobs in JOBS.values() for job in jobs}))
GROUPS = tuple(sorted({job.isco for jobs in JOBS.values() for job in jobs}))
FARM_CLASSES = tuple(sorted({job.isic for jobs in JOBS.values() for job in jobs if job.farm}))


def job_codes(
    rng: np.random.Generator, product: Integers, urban: Booleans, female: Booleans, child: Booleans
) -> tuple[pd.Categorical[str], pd.Categorical[str]]:
    """Return ISIC Rev.4 classes and ISCO-08 unit groups of jobs; missing where `product` is 0."""
    isic, isco = np.zeros(len(product), np.int64), np.zeros(len(product), np.int64)
    for code in range(1, OTHER + 1):
        jobs = JOBS[PRODUCTS[code]]
        for area in AREAS:
            for woman in (False, True):
                for young in (False, True):
                    mine = (product == code) & (urban == (area == "Urban")) & (female == woman) & (child == young)
                    drawn = pick(rng, _shares(jobs, area, woman, young), int(mine.sum()))
                    isic[mine] = np.array([CLASSES.index(job.isic) + 1 for job in jobs])[drawn]
                    isco[mine] = np.array([GROUPS.index(job.isco) + 1 for job in jobs])[drawn]
    return labelled(isic - 1, CLASSES), labelled(isco - 1, GROUPS)


def _shares(jobs: tuple[Job, ...], area: str, woman: bool, young: bool) -> list[float]:
    return [
        (job.urban if area == "Urban" else job.rural) * (job.women if woman else 1.0) * (job.child or not young) for job in jobs
    ]
