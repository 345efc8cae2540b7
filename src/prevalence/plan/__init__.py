"""Planning the next round: sample sizes, design effects, allocation, selection and power."""

from __future__ import annotations

from prevalence.plan._allocate import Allocation, allocate
from prevalence.plan._design_effect import DesignEffect, design_effect, weighting_effect
from prevalence.plan._detectable_change import DetectableChange, detectable_change
from prevalence.plan._households import ChildrenPerHousehold, Households, children_per_household, households, households_one_child
from prevalence.plan._icc import VarianceComponents, icc
from prevalence.plan._oversample import Oversample, oversample
from prevalence.plan._power import Power, power
from prevalence.plan._rare import InverseSampling, RareSize, bound_size, inverse_sampling, rare_size
from prevalence.plan._run import PlanResults, run
from prevalence.plan._sample_plan import PrecisionPlan, SamplePlan, StrataPlan, sample_plan
from prevalence.plan._sample_size import ChangeSize, SampleSize, change_size, sample_size
from prevalence.plan._select import Selection, select, select_child, select_households
from prevalence.plan._two_phase import TwoPhase, two_phase
from prevalence.plan.config import PlanConfig, read_plan
from prevalence.plan.fieldwork import Fieldwork
from prevalence.plan.targets import Target

__all__ = [
    "Allocation",
    "ChangeSize",
    "ChildrenPerHousehold",
    "DesignEffect",
    "DetectableChange",
    "Fieldwork",
    "Households",
    "InverseSampling",
    "Oversample",
    "PlanConfig",
    "PlanResults",
    "Power",
    "PrecisionPlan",
    "RareSize",
    "SamplePlan",
    "SampleSize",
    "Selection",
    "StrataPlan",
    "Target",
    "TwoPhase",
    "VarianceComponents",
    "allocate",
    "bound_size",
    "change_size",
    "children_per_household",
    "design_effect",
    "detectable_change",
    "households",
    "households_one_child",
    "icc",
    "inverse_sampling",
    "oversample",
    "power",
    "rare_size",
    "read_plan",
    "run",
    "sample_plan",
    "sample_size",
    "select",
    "select_child",
    "select_households",
    "two_phase",
    "weighting_effect",
]
