"""Finite populations with known truth, samples from them, and the files of ``data/sample``."""

from __future__ import annotations

from prevalence.simulate._files import SEED, SampleFrames, sample_frames, write_sample
from prevalence.simulate._population import Population, population
from prevalence.simulate._sample import Chosen, Sample, sample

__all__ = ["SEED", "Chosen", "Population", "Sample", "SampleFrames", "population", "sample", "sample_frames", "write_sample"]
