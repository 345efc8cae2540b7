"""The pass: survey rows become sums by sampling unit and cell, once.

It reads the columns that are asked for and no others, lists the units from all rows, and knows neither variance nor definitions.
"""

from prevalence.aggregate._aggregate import aggregate
from prevalence.aggregate._auxiliaries import cells_of, households_of, margins_of, text_of
from prevalence.aggregate._domains import Contrast
from prevalence.aggregate._members import Entries, Members, members
from prevalence.aggregate._records import Dimension, Outcome, Pass, Table
from prevalence.aggregate._refitted import factors_of
from prevalence.aggregate._stream import stream
from prevalence.aggregate._streamed import StreamedPass, combined
from prevalence.aggregate._units import sampling_units

__all__ = [
    "Contrast",
    "Dimension",
    "Entries",
    "Members",
    "Outcome",
    "Pass",
    "StreamedPass",
    "Table",
    "aggregate",
    "cells_of",
    "combined",
    "factors_of",
    "households_of",
    "margins_of",
    "members",
    "sampling_units",
    "stream",
    "text_of",
]
