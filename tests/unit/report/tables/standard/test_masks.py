"""What standard tables withhold: their measures are looked at together."""

from __future__ import annotations

import numpy as np
import pandas as pd

import prevalence as pv
from prevalence.report.tables.standard.answers import Answered
from prevalence.report.tables.standard.asking import Answer
from prevalence.report.tables.standard.masks import reasons_of
from prevalence.report.tables.standard.shells import Measure, shells

PROTECTED = "withheld: to protect people"


def test_what_lies_between_two_definitions_is_protected() -> None:
    """Of 60 children 40 are in child labour, by a narrower definition 38: the two between them are few, so that one number goes."""
    child = np.arange(60)
    rows = pd.DataFrame({"w": 1.0, "wide": child < 40, "narrow": child < 38}).astype(float)
    survey = pv.Survey(rows, pv.Design(weight="w"))

    def reasons(*nested: tuple[str, str]) -> list[str]:
        answers = tuple(
            Answer(measure=Measure(variable=name, head=name), estimates=pv.prevalence(survey, name))
            for name in ("wide", "narrow")
        )
        table = Answered(
            shell=next(iter(shells().values())),
            chain="",
            survey=survey,
            rows=(),
            across="",
            answers=answers,
            absent=(),
            refused={},
            nested=nested,
        )
        (found,) = reasons_of([table], {})
        return sorted(reason for of_measure in found for reason in of_measure)

    assert reasons() == ["", ""]
    assert reasons(("narrow", "wide")) == ["", PROTECTED]
