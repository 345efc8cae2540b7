"""The pass: survey rows become sums by sampling unit and cell, once.

It reads the columns that are asked for and no others, lists the units from all rows, and knows neither variance nor definitions.
"""

from prevalence.aggregate._aggregate import Dimension, Outcome, Pass, Table, aggregate
from prevalence.aggregate._units import sampling_units

__all__ = ["Dimension", "Outcome", "Pass", "Table", "aggregate", "sampling_units"]
