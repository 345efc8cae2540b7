"""One population and one set of frames for all tests of this room."""

from __future__ import annotations

import pytest

from prevalence.simulate import SEED, Population, SampleFrames, population, sample_frames


@pytest.fixture(scope="session")
def people() -> Population:
    return population(seed=SEED)


@pytest.fixture(scope="session")
def village() -> Population:
    return population(countries=("XBB",), households=1500, seed=5)


@pytest.fixture(scope="session")
def frames(people: Population) -> SampleFrames:
    return sample_frames(people, seed=SEED)
