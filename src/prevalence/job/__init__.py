"""The main job: from raw files and a configuration to a baseline."""

from __future__ import annotations

from prevalence.job._run import Results, run
from prevalence.job.config import Config, SurveyPlan, read_config
from prevalence.job.sample import sample_config

__all__ = ["Config", "Results", "SurveyPlan", "read_config", "run", "sample_config"]
