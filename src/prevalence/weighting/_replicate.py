"""Variance by replicates made of the sampling units, every step of the plan taken again in each."""

from __future__ import annotations

from dataclasses import replace

from prevalence.adjustments import PlanStep
from prevalence.design import ReplicateMethod, Replicates
from prevalence.errors import DesignError
from prevalence.survey import Survey


def replicate(
    survey: Survey,
    *,
    method: ReplicateMethod,
    n: int | None = None,
    seed: int | None = None,
    fay_rho: float | None = None,
    mse: bool = True,
) -> Survey:
    """Choose variance by replicates: adjustment for non-response and calibration are then redone in each.

    No column of replicate weights is stored: replicates are made of strata and units whenever an estimate is asked for, and every step of the plan,
    before or after this one, is taken again in each. The bounds of trimming and the strata of propensities stay as they are.

    Parameters
    ----------
    survey : Survey
    method : {"JK1", "JKn", "BRR", "Fay", "bootstrap"}
    n, seed : int, optional
        Number of bootstrap replicates, and what makes them repeatable.
    fay_rho : float, optional
    mse : bool
        Whether squares are taken about the full-sample estimate.

    Returns
    -------
    Survey

    Raises
    ------
    DesignError, OptionError
        If the parts do not fit each other, or the design has replicates already. A cell that a replicate loses is named when an estimate is
        asked for.

    Notes
    -----
    Wolter (2007), Introduction to Variance Estimation, chapters 3-5; Rao & Wu (1988) for the bootstrap.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3], "w": 1.0, "sex": ["f", "m"] * 3, "y": [0, 1, 1, 1, 0, 0]})
    >>> survey = pv.weighting.replicate(pv.Survey(rows, pv.Design(weight="w", psu="ea")), method="JK1")
    >>> survey = pv.weighting.post_stratify(survey, margins={"sex": {"f": 60, "m": 40}})
    >>> pv.prevalence(survey, "y").to_pandas()[["estimate", "se"]].round(3).values.tolist()
    [[0.467, 0.291]]
    """
    if survey.design.replicates is not None:
        raise DesignError("The design has replicates already. Leave them out of it, or leave this step out.")
    made = Replicates(method=method, n=n, seed=seed, fay_rho=fay_rho, mse=mse)
    given = {"method": method, "n": n, "seed": seed, "fay_rho": fay_rho, "mse": mse}
    step = PlanStep(
        name="replicate",
        weight=survey.design.weight,
        parameters={key: value for key, value in given.items() if value is not None},
    )
    design = replace(survey.design, replicates=made, plan=(*survey.design.plan, step))
    return replace(survey, design=design)
