"""The quality part of a check as tables: heaping, proxy answers, interviewers, and who was interviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from prevalence.errors import ColumnError
from prevalence.loaders.answers import answers_of, as_code, by_answer, code_text
from prevalence.loaders.checks import quality
from prevalence.loaders.checks.gathered import Gathered
from prevalence.loaders.checks.matching import Variables, canonical_numbers
from prevalence.loaders.checks.rows import AgeRatio, AgeTest, GroupShare, GroupSpread, Heap, Interviewed, ProxyShare, Result
from prevalence.loaders.recipes import derive
from prevalence.loaders.schema import AnyYes, Profile
from prevalence.provenance import Codebook
from prevalence.rows import Codes, Floats

ENOUGH_AGES = 100
"""Fewer rows say nothing about digits."""

HOURS = ("economic_hours", "chore_hours")
THRESHOLDS = (14, 21, 28, 43)
"""Hours at which a definition of child labour turns; see `prevalence.classify.child_labour`."""

MULTIPLES = (7, 5)
BACKGROUND = ("area", "sex", "age_group")
NOT_INDICATORS = ("household_product_", "area_product_")
RARE = "fewer than ten each"
MOST_LISTED = 4
MOSTLY_KNOWN = 0.5
"""Part of those not interviewed of whom a characteristic must be known to compare by it."""


def age_tests(ages: Floats) -> tuple[AgeTest, ...]:
    """Return the indices that the ages in the file allow."""
    known = ages[~np.isnan(ages)]
    if len(known) < ENOUGH_AGES:
        return ()
    rows = []
    low, high = quality.WHIPPLE_AGES
    adults = int(((known >= low) & (known <= high)).sum())
    if adults >= ENOUGH_AGES and known.min() <= low and known.max() >= high:
        value = quality.whipple(known)
        reading = f"{quality.whipple_reading(value)} (United Nations 1955)"
        rows.append(_age_test("Whipple", low, high, adults, value, 100.0, np.nan, reading))
    start = max(10, 10 * int(np.ceil(known.min() / 10)))
    blended = quality.myers(known, start)
    if blended.rows >= ENOUGH_AGES:
        digit = int(np.argmax(blended.shares))
        reading = f"0 to 90; most preferred digit {digit}, {blended.shares[digit]:.1f} %"
        rows.append(_age_test("Myers", blended.low, blended.high, blended.rows, blended.index, 0.0, np.nan, reading))
    line = quality.straight_line(known)
    low, high = quality.CHILD_AGES
    if line.rows >= ENOUGH_AGES and (quality.age_counts(known, low, high) > 0).all():
        reading = "percent who would have to change age; the package's own index"
        rows.append(_age_test("straight line", low, high, line.rows, line.dissimilarity, 0.0, line.p_value, reading))
    return tuple(rows)


def _age_test(index: str, low: int, high: int, rows: int, value: float, neutral: float, p_value: float, reading: str) -> AgeTest:
    return AgeTest(
        index=index, ages=f"{low}-{high}", rows=rows, value=value, without_preference=neutral, p_value=p_value, reading=reading
    )


def ratio_rows(ages: Floats) -> tuple[AgeRatio, ...]:
    """Return the age ratios of 6 to 16."""
    ratios = quality.age_ratios(ages)
    if ratios.rows.sum() < ENOUGH_AGES:
        return ()
    columns = (ratios.ages, ratios.rows, ratios.ratio, ratios.low, ratios.high)
    return tuple(
        AgeRatio(age=int(age), rows=int(rows), ratio=float(ratio), low=float(low), high=float(high))
        for age, rows, ratio, low, high in zip(*columns, strict=True)
    )


def heap_rows(variables: Variables) -> tuple[Heap, ...]:
    """Return how often hours are multiples of 7 and 5, and exactly at a threshold, for each kind of hours."""
    rows: list[Heap] = []
    for name in HOURS:
        hours = canonical_numbers(variables, name)
        if hours is None or (hours > 0).sum() < ENOUGH_AGES:
            continue
        worked = hours[hours > 0]
        whole = worked[worked == np.floor(worked)]
        for multiple in MULTIPLES:
            at = int((whole % multiple == 0).sum())
            rows.append(_heap(name, f"multiples of {multiple}", len(worked), at, 1 / multiple))
        for threshold in THRESHOLDS:
            at, below, above = (int((worked == value).sum()) for value in (threshold, threshold - 1, threshold + 1))
            neighbours = (below / len(worked), above / len(worked))
            rows.append(_heap(name, f"exactly {threshold}", len(worked), at, sum(neighbours) / 2, *neighbours))
    return tuple(rows)


def _heap(
    variable: str, hours: str, with_hours: int, rows: int, neutral: float, below: float = np.nan, above: float = np.nan
) -> Heap:
    return Heap(
        variable=variable,
        hours=hours,
        with_hours=with_hours,
        rows=rows,
        share=rows / with_hours,
        share_without_preference=neutral,
        one_below=below,
        one_above=above,
    )


def indicators_of(variables: Variables, wanted: Sequence[str]) -> dict[str, Floats]:
    """Return the 0/1 variables to compare: those asked for, or all yes-or-no answers but those about household and area."""
    found = {}
    for name, recipe in variables.recipes.items():
        asked = name in wanted if wanted else isinstance(recipe, AnyYes) and not name.startswith(NOT_INDICATORS)
        values = canonical_numbers(variables, name)
        if asked and values is not None and set(np.unique(values[~np.isnan(values)])) <= {0.0, 1.0}:
            found[name] = values
    return found


def proxy_rows(indicators: Mapping[str, Floats], respondents: pd.Series[Any]) -> tuple[ProxyShare, ...]:
    """Return the share with each indicator by who answered."""
    sizes = respondents.value_counts()
    rare = sizes.index[sizes < quality.SMALLEST_GROUP]
    codes, levels = pd.factorize(respondents.mask(respondents.isin(rare), RARE), sort=True)
    rows = []
    for name, values in indicators.items():
        p_value = quality.spread(values, codes.astype(np.int64), smallest=1).p_value
        for code, level in enumerate(levels):
            answers = values[(codes == code) & ~np.isnan(values)]
            share = float(answers.mean()) if len(answers) else np.nan
            rows.append(ProxyShare(indicator=name, respondent=str(level), rows=len(answers), share=share, p_value=p_value))
    return tuple(rows)


def spread_rows(indicators: Mapping[str, Floats], groups: Mapping[str, pd.Series[Any]]) -> tuple[GroupSpread, ...]:
    """Return how much each indicator differs between interviewers, teams or other groups."""
    rows = []
    for between, labels in groups.items():
        codes = pd.factorize(labels)[0].astype(np.int64)
        for name, values in indicators.items():
            found = quality.spread(values, codes)
            rows.append(
                GroupSpread(
                    indicator=name,
                    between=between,
                    groups=found.groups,
                    pooled=found.pooled,
                    rows=found.rows,
                    share=found.share,
                    share_lowest=found.lowest,
                    share_highest=found.highest,
                    chi_square=found.chi_square,
                    df=found.df,
                    p_value=found.p_value,
                    icc=found.icc,
                    design_effect=found.design_effect,
                )
            )
    return tuple(rows)


def group_rows(indicators: Mapping[str, Floats], groups: Mapping[str, pd.Series[Any]]) -> tuple[GroupShare, ...]:
    """Return the share with each indicator in each group; groups of fewer than ten rows are one."""
    rows = []
    for between, labels in groups.items():
        codes, names = pd.factorize(labels, sort=True)
        for name, values in indicators.items():
            known = ~np.isnan(values)
            sizes = np.bincount(codes[known & (codes >= 0)], minlength=len(names))
            large = sizes >= quality.SMALLEST_GROUP
            chosen = [(code_text(label), codes == i) for i, label in enumerate(names) if large[i]]
            if ((sizes > 0) & ~large).any():
                chosen.append((RARE, _is_in(codes, np.flatnonzero(~large))))
            for label, inside in chosen:
                answers = values[inside & known]
                rows.append(
                    GroupShare(indicator=name, between=between, group=label, rows=len(answers), share=float(answers.mean()))
                )
    return tuple(rows)


def _is_in(codes: Codes, wanted: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.isin(codes, list(wanted))


def result_rows(gathered: Gathered, profile: Profile) -> tuple[Result, ...]:
    """Return the codes of each column that filters rows, with their labels, before the filter."""
    rows = []
    for column, rule in profile.keep.items():
        if column not in gathered.frame.columns:
            continue
        answers = answers_of(gathered.frame, column, {}, Codebook())
        labels = {code_text(code): label for code, label in gathered.codebook.levels(column).items()}
        wanted = set(map(code_text, rule.codes))
        sizes = {**answers.rows(answers.texts), "": int((answers.positions < 0).sum())}
        for text, size in sorted(sizes.items(), key=lambda item: -item[1]):
            if size:
                shown = str(as_code(text)) if text else "empty"
                share = size / len(gathered.frame)
                kept = text in wanted
                rows.append(Result(column=column, code=shown, label=labels.get(text, ""), rows=size, share=share, kept=kept))
    return tuple(rows)


def interviewed_rows(gathered: Gathered, profile: Profile, eligible: str) -> tuple[Interviewed, ...]:
    """Return eligible children listed, rows, and completed interviews: overall, by background, and by number listed."""
    frame, kept = gathered.frame, gathered.kept
    if not profile.keep or kept.all():
        return ()
    there = eligible in frame.columns
    listed = pd.to_numeric(frame[eligible], errors="coerce") if there else pd.Series(np.nan, index=frame.index)
    groups: dict[str, pd.Series[Any]] = {"all": pd.Series("All", index=frame.index), **_background(gathered, profile)}
    if there:
        groups["children listed"] = by_answer(listed, _number_listed)
    rows = []
    for group, levels in groups.items():
        for level, members in levels.groupby(levels, sort=group == "children listed"):
            inside = members.index
            done, children = int(kept[inside].sum()), float(listed[inside].sum(min_count=1))
            share = done / len(inside)
            row = Interviewed(
                group=group, level=str(level), listed=children, rows=len(inside), interviewed=done, share_interviewed=share
            )
            rows.append(row)
    return tuple(rows)


def _background(gathered: Gathered, profile: Profile) -> dict[str, pd.Series[Any]]:
    """Return the characteristics that are known of those not interviewed too: what the household questionnaire says of them."""
    frame = gathered.frame
    groups = {}
    for name in BACKGROUND:
        recipe = profile.variables.get(name)
        fitting = recipe.fitting(set(map(str, frame.columns))) if recipe is not None else None
        if fitting is None:
            continue
        try:
            derived = derive(fitting, frame, gathered.codebook)
        except ColumnError:  # already a finding of the variable
            continue
        levels = pd.Series(derived.values, index=frame.index)
        if levels[~gathered.kept].notna().mean() >= MOSTLY_KNOWN:
            order = {level: position for position, level in enumerate(derived.levels)}
            groups[name] = levels.iloc[levels.map(order).argsort(kind="stable")]
    return groups


def _number_listed(number: float) -> str:
    return f"{int(number)}" if number < MOST_LISTED else f"{MOST_LISTED} or more"
