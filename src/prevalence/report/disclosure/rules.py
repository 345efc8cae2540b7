"""The rules of disclosure control as data: which cells may not be published, how safe a withheld count must be, what is rounded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from prevalence.toml_files import TomlTable, read
from prevalence.totals import Floats

FEWEST_OBSERVATIONS = 25
"""MICS and DHS print no figure based on fewer unweighted observations (Iraq MICS 2018, table footnotes)."""
SMALL_CASES = (1, 4)
"""Counts of people with the indicator that point at persons; the ILO withholds cells with fewer than 5 observations."""
SAFE_WIDTH, SAFE_SHARE = 5.0, 0.2
"""What a reader can work out of a withheld count must leave a range at least so wide: people, and share of the count."""

WEAK = f"withheld: fewer than {FEWEST_OBSERVATIONS} observations"
PROTECTED = "withheld: to protect people"
SMALL = PROTECTED
"""Few cases and cells that would reveal them share one text: a text of its own would tell that the count lies between 1 and 4."""
REVEALING = PROTECTED

Names = tuple[Annotated[str, Field(min_length=1)], ...]


class Disclosure(TomlTable):
    """The rules of disclosure control. The defaults withhold fewer than 25 observations and 1 to 4 cases, and round nothing.

    Attributes
    ----------
    fewest_observations : int
        Cells with fewer unweighted observations are withheld; 1 withholds none.
    most_small_cases : int
        Cells with 1 to this many unweighted cases are withheld; 0 withholds none.
    whole_groups : bool
        Whether cells are withheld in which nobody, or at most `most_small_cases` people, is not a case.
    sensitive : tuple of tuples of str
        Crossings of dimensions whose cells are withheld even if reliable, such as ``[("district", "supply_chain")]``.
    nested : tuple of (str, str)
        Indicators of which one is part of another, such as ``[("hazardous_work", "child_labour")]``: what is between them is a cell too.
    safe_width, safe_share : float
        A reader's range of a withheld count must be at least `safe_width` people and `safe_share` of the count wide.
    round_counts : int
        Base to which observations, cases, unknown answers and sums of normalised weights are rounded, such as 5 or 10.
    round_people : int
        Base to which weighted numbers of people are rounded, such as 100 or 1000.
    decimals : int, optional
        Decimals of percentages and percentage points.

    Examples
    --------
    >>> import prevalence as pv
    >>> rules = pv.report.Disclosure(fewest_observations=10, sensitive=[("district", "supply_chain")])
    >>> rules.fewest_observations, rules.most_small_cases
    (10, 4)
    """

    fewest_observations: int = Field(default=FEWEST_OBSERVATIONS, ge=1)
    most_small_cases: int = Field(default=SMALL_CASES[1], ge=0)
    whole_groups: bool = True
    sensitive: tuple[Names, ...] = ()
    nested: tuple[tuple[str, str], ...] = ()
    safe_width: float = Field(default=SAFE_WIDTH, ge=1)
    safe_share: float = Field(default=SAFE_SHARE, ge=0, lt=1)
    round_counts: int = Field(default=1, ge=1)
    round_people: int = Field(default=1, ge=1)
    decimals: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _rounded_alike(self) -> Self:
        if self.round_counts > 1 and self.decimals is None:
            raise ValueError(
                "rounded counts need rounded percentages, such as decimals = 1: an exact share tells the counts behind it"
            )
        if self.round_counts > 1 and self.round_people == 1:
            raise ValueError("rounded counts need rounded numbers of people, such as round_people = 100")
        return self

    @property
    def weak_is_told(self) -> bool:
        """Whether a reader may know that a cell has too few observations: not if that alone tells their number too well."""
        return self.fewest_observations - 2 >= self.safe_width

    @property
    def weak(self) -> str:
        """The public text of cells with too few observations."""
        return f"withheld: fewer than {self.fewest_observations} observations" if self.weak_is_told else PROTECTED

    def needed(self, counts: Floats) -> Floats:
        """Return how wide a reader's range of each count must be."""
        return (self.safe_share * abs(counts)).clip(min=self.safe_width)

    def notes(self) -> tuple[str, ...]:
        """Return what is rounded, as sentences to print below a table; empty if nothing is."""
        said = []
        if self.round_counts > 1:
            said.append(f"Unweighted counts are rounded to the nearest {self.round_counts}.")
        if self.round_people > 1:
            said.append(f"Numbers of people are rounded to the nearest {self.round_people:,}.")
        if self.decimals is not None:
            said.append(f"Percentages are rounded to {self.decimals} decimal{'' if self.decimals == 1 else 's'}.")
        return (*said, "Rounded figures need not add up to their totals.") if said else ()


def disclosure_rules(path: str | Path) -> Disclosure:
    """Return the rules of a TOML file, whose keys are the attributes of `Disclosure`.

    Raises
    ------
    ConfigError
        If the file cannot be read or has faults; all of them are listed.
    """
    return read(Path(path), Disclosure, "file of disclosure rules")
