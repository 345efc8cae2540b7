"""Answers to select_multiple questions, "maize cocoa" in one column, as one 0/1 column a choice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.loaders.answers import answers_of
from prevalence.loaders.fit import choices_in
from prevalence.loaders.schema import Profile
from prevalence.provenance import Codebook


def with_choices(rows: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return rows with the choice columns that the profile names and the file lacks: 1 chosen, 0 not, missing if not answered.

    Examples
    --------
    >>> from prevalence.loaders.schema import DesignTable, FileTable
    >>> profile = Profile(design=DesignTable(weight="w"), file=FileTable(choice_separator="/"), columns=("crops/cocoa",))
    >>> with_choices(pd.DataFrame({"crops": ["maize cocoa", "maize", None]}), profile)["crops/cocoa"].tolist()
    [1.0, 0.0, nan]
    """
    wanted = choices_in(profile, map(str, rows.columns))
    made = {}
    for name, (question, choice) in wanted.items():
        answers = answers_of(rows, question, {}, Codebook())
        chosen = [choice.casefold() in chosen for chosen in map(chosen_in, answers.values)]
        made[name] = answers.spread(np.array(chosen, dtype=np.float64))
    return rows.assign(**made)


def chosen_in(answer: object) -> frozenset[str]:
    """Return the choices of one answer, casefolded; a single numeric choice may have become a number."""
    text = str(int(answer)) if isinstance(answer, float) and answer.is_integer() else str(answer)
    return frozenset(text.casefold().split())
