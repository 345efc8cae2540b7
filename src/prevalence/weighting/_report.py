"""The documentation of a weighting plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prevalence.adjustments import PlanStep
from prevalence.errors import counted
from prevalence.rows import Floats, collect, numbers
from prevalence.survey import Survey
from prevalence.weighting.steps import kish_effect
from prevalence.weighting.tables import html_table

if TYPE_CHECKING:
    import pandas as pd

CARRIED = {
    "totals": "residuals",
    "sample": "residuals",
    "propensity": "response model",
    "given": "taken as given",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedStep:
    """One step as a reader sees it.

    Attributes
    ----------
    number : int
        0 for the weights that the survey came with.
    step, weight, parameters, variance : str
        Name, column of the weights, parameters in words, and how standard errors follow the step.
    rows : int
        Rows with a weight above zero.
    total, mean, smallest, largest, kish_effect, effective_n : float
        Of the weights above zero.
    counts, notes : tuples of str
    """

    number: int
    step: str
    weight: str
    parameters: str
    variance: str
    rows: int
    total: float
    mean: float
    smallest: float
    largest: float
    kish_effect: float
    effective_n: float
    counts: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class WeightReport:
    """All steps of a plan, in their order."""

    steps: tuple[ReportedStep, ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a step."""
        import pandas as pd

        names = [name for name in ReportedStep.__slots__ if name not in ("counts", "notes")]
        frame = pd.DataFrame([[getattr(step, name) for name in names] for step in self.steps], columns=names)
        frame["counts"] = ["; ".join(step.counts) for step in self.steps]
        frame["notes"] = [" ".join(step.notes) for step in self.steps]
        return frame

    def __repr__(self) -> str:
        parts = ["Weighting plan"]
        for step in self.steps:
            parts.append(
                f"\n{step.number}. {step.step} -> {step.weight}" + (f"   [variance: {step.variance}]" if step.variance else "")
            )
            if step.parameters:
                parts.append(f"   {step.parameters}")
            parts.append(
                f"   {counted(step.rows, 'row')}, sum {step.total:,.6g}, weights {step.smallest:,.4g} to {step.largest:,.4g}, "
                f"Kish effect {step.kish_effect:.3f}, effective n {step.effective_n:,.0f}"
            )
            parts += [f"   - {text}" for text in (*step.counts, *step.notes)]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        return html_table(
            self.to_pandas().drop(columns=["mean", "notes"]),
            "Weighting plan",
            tuple(dict.fromkeys(note for step in self.steps for note in step.notes)),
        )


def report(survey: Survey) -> WeightReport:
    """Return the weighting plan step by step: parameters, counts, effect on the weights, and how standard errors follow.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    WeightReport
        Prints, shows as a table in a notebook, and ``to_pandas``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.weighting.trim(pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w")), upper=6)
    >>> pv.weighting.report(survey).to_pandas()[["step", "largest", "kish_effect"]].round(3).values.tolist()
    [['start', 9.0, 1.792], ['trim', 6.0, 1.167]]
    """
    plan = survey.design.plan
    first = _first_weight(survey)
    wanted = [column for column in (first, *(step.weight for step in plan)) if column is not None]
    frame = collect(survey.data, wanted)
    steps = [] if first is None else [_described(0, "start", first, "", "", (), (), numbers(frame, first))]
    for number, step in enumerate(plan, start=1):
        counts = tuple(f"{counted(count.rows, 'row')}: {count.reason}" for count in step.counts)
        steps.append(
            _described(
                number,
                step.name,
                step.weight,
                _words(step.parameters),
                _variance(step),
                counts,
                step.notes,
                numbers(frame, step.weight),
            )
        )
    return WeightReport(tuple(steps))


def _first_weight(survey: Survey) -> str | None:
    """Return the column of the weights before the first step; None where the first step made them."""
    plan = survey.design.plan
    if not plan:
        return survey.design.weight
    if plan[0].name == "base":
        return None
    before = [adjustment.before for step in plan for adjustment in step.adjustments]
    return before[0] if before else plan[0].weight


def _variance(step: PlanStep) -> str:
    return ", ".join(dict.fromkeys(CARRIED[adjustment.effect] for adjustment in step.adjustments))


def _described(
    number: int,
    name: str,
    column: str,
    parameters: str,
    variance: str,
    counts: Sequence[str],
    notes: Sequence[str],
    weight: Floats,
) -> ReportedStep:
    used = weight[weight > 0]
    effect = kish_effect(weight)
    return ReportedStep(
        number=number,
        step=name,
        weight=column,
        parameters=parameters,
        variance=variance,
        rows=len(used),
        total=float(used.sum()),
        mean=float(used.mean()),
        smallest=float(used.min()),
        largest=float(used.max()),
        kish_effect=effect,
        effective_n=len(used) / effect,
        counts=tuple(counts),
        notes=tuple(notes),
    )


def _words(parameters: Mapping[str, Any]) -> str:
    return "; ".join(f"{key}: {_text(key, value)}" for key, value in parameters.items())


def _text(key: str, value: Any) -> str:
    if key in ("margins", "household_margins"):
        return ", ".join(f"{' x '.join(one['columns'])} ({len(one['cells'])} cells)" for one in value)
    if key == "covariance":
        return f"of {len(value)} totals"
    if key == "draws":
        return ", ".join(" ".join(f"{name}={part}" for name, part in draw.items()) for draw in value)
    if key == "codes":
        return ", ".join(f"{code}={name}" for code, name in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part:,.6g}" if isinstance(part, float) else f"{name} {part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join("none" if part is None else str(part) for part in value)
    return str(value)
