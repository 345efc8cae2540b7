"""The rules of disclosure control as data, from code and from TOML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prevalence.errors import ConfigError
from prevalence.report.disclosure.rules import PROTECTED, WEAK, Disclosure, disclosure_rules


def test_the_defaults_are_those_of_mics_and_the_ilo_and_round_nothing() -> None:
    rules = Disclosure()
    assert (rules.fewest_observations, rules.most_small_cases, rules.round_counts, rules.round_people) == (25, 4, 1, 1)
    assert rules.weak == WEAK
    assert rules.notes() == ()


def test_a_range_is_five_people_or_a_fifth_of_the_count() -> None:
    np.testing.assert_allclose(Disclosure().needed(np.array([0.0, 4.0, 25.0, 100.0])), [5, 5, 5, 20])


@pytest.mark.parametrize(("fewest", "text"), [(5, PROTECTED), (6, PROTECTED), (7, "withheld: fewer than 7 observations")])
def test_the_mark_of_weak_cells_is_told_only_if_it_leaves_a_wide_enough_range(fewest: int, text: str) -> None:
    """Fewer than 7 leaves 1 to 6, which is five wide; fewer than 6 leaves four."""
    assert Disclosure(fewest_observations=fewest).weak == text


def test_rules_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        'fewest_observations = 10\nsensitive = [["district", "supply_chain"]]\nround_people = 1000\n', encoding="utf-8"
    )
    assert disclosure_rules(path) == Disclosure(
        fewest_observations=10, sensitive=(("district", "supply_chain"),), round_people=1000
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fewest_observation = 10", "fewest_observations"),
        ("fewest_observations = 0", "fewest_observations"),
        ("round_counts = 10", "rounded percentages"),
        ("round_counts = 10\ndecimals = 1", "rounded numbers of people"),
        ("safe_share = 1.0", "safe_share"),
    ],
)
def test_faults_of_a_file_are_one_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        disclosure_rules(path)


def test_what_is_rounded_is_said() -> None:
    assert Disclosure(round_counts=5, round_people=1000, decimals=1).notes() == (
        "Unweighted counts are rounded to the nearest 5.",
        "Numbers of people are rounded to the nearest 1,000.",
        "Percentages are rounded to 1 decimal.",
        "Rounded figures need not add up to their totals.",
    )
