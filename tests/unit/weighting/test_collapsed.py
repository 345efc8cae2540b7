"""Which classes are merged, with which neighbour, and in which order: worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.weighting.classes import Classes, collapsed


def merged(levels: list[tuple[str, ...]], respondents: list[int], sizes: list[int], **limits: float) -> list[str]:
    """Return the labels of the classes that are left; each case weighs 1."""
    code = np.repeat(np.arange(len(levels)), sizes)
    answered = np.concatenate([np.arange(size) < number for size, number in zip(sizes, respondents, strict=True)]).astype(float)
    options = {"min_respondents": 1, "max_factor": 100.0} | limits
    found = collapsed(Classes(code, tuple(levels)), np.ones(len(code)), answered, **options)
    return [level[0] for level in found.classes.levels]


@pytest.mark.parametrize(("answered", "left"), [(10, 2), (9, 1)])
def test_a_factor_at_the_limit_is_allowed(answered: int, left: int) -> None:
    """30 cases over 10 respondents is 3, over 9 more than 3."""
    assert len(merged([("a",), ("b",)], [answered, 20], [30, 30], max_factor=3.0)) == left


@pytest.mark.parametrize(("respondents", "left"), [(20, 2), (19, 1)])
def test_just_enough_respondents_are_enough(respondents: int, left: int) -> None:
    assert len(merged([("a",), ("b",)], [respondents, 30], [40, 40], min_respondents=20)) == left


def test_the_neighbour_that_shares_the_first_level_is_taken_though_its_rate_is_farther() -> None:
    levels = [("n", "1"), ("n", "2"), ("s", "1")]
    assert merged(levels, [30, 5, 6], [30, 50, 50], min_respondents=6) == ["n x 1 + n x 2", "s x 1"]


def test_of_two_alike_the_one_with_the_nearer_response_rate_is_taken() -> None:
    """The middle class answers at 10 %, those beside it at 90 % and 20 %."""
    assert merged([("a",), ("b",), ("c",)], [45, 5, 10], [50, 50, 50], min_respondents=10) == ["a", "b + c"]


def test_the_class_with_fewest_respondents_goes_first() -> None:
    """c, with 2, joins b, with 8, and both have enough; were b first, it would join a and leave c alone."""
    levels, sizes = [("a",), ("b",), ("c",), ("d",)], [20, 20, 20, 20]
    assert merged(levels, [10, 8, 2, 18], sizes, min_respondents=10) == ["a", "b + c", "d"]
