"""Facts about the sampling design of a file, and what would stop or mislead an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from prevalence.checks import as_names
from prevalence.errors import counted
from prevalence.loaders.checks.gathered import Gathered, resolved
from prevalence.loaders.checks.rows import DesignFact, Finding
from prevalence.loaders.recipes import Derived
from prevalence.loaders.schema import DesignTable, Profile
from prevalence.rows import Floats

MEAN_TOLERANCE = 0.05
"""Normalised weights average 1 over the interviews of a country; selection of a part moves that by a few percent."""

WEIGHT_QUANTILES = (0.01, 0.5, 0.99)


def design_rows(
    gathered: Gathered, profile: Profile, derived: Mapping[str, Derived]
) -> tuple[tuple[DesignFact, ...], tuple[Finding, ...]]:
    """Return facts and findings about weights, strata, sampling units and keys of the rows that pass the filters."""
    frame = gathered.frame[gathered.kept].reset_index(drop=True)
    made = {name: pd.Series(result.values) for name, result in derived.items()}
    frame = frame.assign(**{name: column for name, column in made.items() if name not in frame.columns})
    filled = [str(name) for name in frame.columns if frame[name].notna().any()]
    design = profile.design
    strata = _columns(frame, resolved(as_names(design.stratum), profile, filled))
    units = _columns(frame, resolved(as_names(design.psu), profile, filled))
    key = _columns(frame, resolved(profile.id, profile, filled))
    weight = _columns(frame, resolved([design.weight], profile, filled))
    facts = {"rows in the file": f"{len(gathered.frame):,}", "rows that pass the filters": f"{len(frame):,}"}
    findings: list[Finding] = []
    if weight:
        values = pd.to_numeric(frame[weight[0]], errors="coerce").to_numpy(dtype=np.float64)
        facts |= _weights(values, weight[0], design)
        findings += _weight_findings(values, frame[weight[0]], design)
    facts |= _strata_and_units(frame, strata, units)
    findings += _unit_findings(frame, strata, units, profile)
    facts |= {"key": _crossed(key)} if key else {}
    findings += _key_findings(frame, key)
    return tuple(DesignFact(fact=fact, value=value) for fact, value in facts.items()), tuple(findings)


def _columns(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Return the names if the frame has them all, else none."""
    wanted = list(names)
    return wanted if all(name in frame.columns for name in wanted) else []


def _crossed(names: Iterable[str]) -> str:
    return " x ".join(names)


def _weights(values: Floats, name: str, design: DesignTable) -> dict[str, str]:
    usable = values[np.isfinite(values) & (values > 0)]
    if not len(usable):
        return {"weight": name}
    low, middle, high = np.quantile(usable, WEIGHT_QUANTILES)
    return {
        "weight": f"{name} ({design.weight_scale})",
        "sum of weights": f"{usable.sum():,.0f}",
        "mean weight": f"{usable.mean():,.4g}",
        "weights: 1 %, median, 99 %": f"{low:,.4g}, {middle:,.4g}, {high:,.4g}",
        "rows of weight zero": f"{int((values == 0).sum()):,}",
        # Kish (1965), Survey Sampling, section 11.7: 1 + cv^2 where weights have nothing to do with the outcome.
        "design effect of unequal weights": f"{len(usable) * (usable**2).sum() / usable.sum() ** 2:.2f}",
    }


def _weight_findings(values: Floats, raw: pd.Series[Any], design: DesignTable) -> list[Finding]:
    name = str(raw.name)
    faults = {
        "missing": int(raw.isna().sum()),
        "text": int(np.isnan(values).sum()) - int(raw.isna().sum()),
        "negative": int((values < 0).sum()),
        "infinite": int(np.isinf(values).sum()),
    }
    findings = []
    if any(faults.values()):
        findings.append(
            Finding(
                severity="error",
                place=name,
                must_hold="weights must be numbers of zero or more",
                found=" and ".join(f"{size:,} {fault}" for fault, size in faults.items() if size),
                to_do="Correct them, or give rows that were not interviewed weight 0.",
            )
        )
    positive = values[np.isfinite(values) & (values > 0)]
    mean = float(positive.mean()) if len(positive) else np.nan
    looks_normalised = abs(mean - 1) <= MEAN_TOLERANCE
    if len(positive) and looks_normalised != (design.weight_scale == "normalised"):
        scale = "1, as normalised weights have" if looks_normalised else f"{mean:,.4g}, where normalised weights have 1"
        findings.append(
            Finding(
                severity="warning",
                place=name,
                must_hold=f"weights must have the scale that the profile states ({design.weight_scale})",
                found=f"a mean of {scale}",
                to_do="Check design.weight_scale: totals and counts depend on it, rates do not.",
            )
        )
    return findings


def _strata_and_units(frame: pd.DataFrame, strata: list[str], units: list[str]) -> dict[str, str]:
    facts: dict[str, str] = {}
    if strata:
        facts["strata"] = f"{frame.groupby(strata).ngroups:,} ({_crossed(strata)})"
    if units:
        sizes = frame.groupby(units).size()
        facts["sampling units"] = f"{len(sizes):,} ({_crossed(units)})"
        facts["rows a unit: smallest, median, largest"] = f"{sizes.min():,}, {sizes.median():,.0f}, {sizes.max():,}"
    if strata and units:
        each = _units_by_stratum(frame, strata, units)
        facts["units a stratum: smallest, median, largest"] = f"{each.min():,}, {each.median():,.0f}, {each.max():,}"
        facts["degrees of freedom of the design"] = f"{int(each.sum()) - len(each):,}"
    return facts


def _units_by_stratum(frame: pd.DataFrame, strata: list[str], units: list[str]) -> pd.Series[int]:
    both = list(dict.fromkeys((*strata, *units)))
    return frame[both].dropna().drop_duplicates().groupby(strata).size()


def _unit_findings(frame: pd.DataFrame, strata: list[str], units: list[str], profile: Profile) -> list[Finding]:
    findings = []
    for name in (*strata, *units):
        absent = int(frame[name].isna().sum())
        if absent:
            part = "stratum" if name in strata else "sampling unit"
            findings.append(
                Finding(
                    severity="error",
                    place=name,
                    must_hold=f"every row must have a {part}",
                    found=f"{counted(absent, 'row')} without one",
                    to_do="Complete it from the sample list.",
                )
            )
    if not (strata and units):
        return findings
    each = _units_by_stratum(frame, strata, units)
    lonely = int((each == 1).sum())
    if lonely:
        stops = profile.design.lonely_psu == "fail"
        findings.append(
            Finding(
                severity="warning" if stops else "note",
                place=_crossed(strata),
                must_hold="a stratum should have two sampling units or more",
                found=f"{counted(lonely, 'stratum', 'strata')} with one",
                to_do='Merge strata, or choose lonely_psu="adjust" in the profile: "fail" stops every estimate.'
                if stops
                else f"The profile's lonely_psu={profile.design.lonely_psu!r} deals with them.",
            )
        )
    several = int((frame[list(dict.fromkeys((*strata, *units)))].dropna().drop_duplicates().groupby(units).size() > 1).sum())
    if several:
        findings.append(
            Finding(
                severity="warning",
                place=_crossed(units),
                must_hold="a sampling unit must lie in one stratum",
                found=f"{counted(several, 'unit')} in several",
                to_do="If units are numbered within strata, name both in design.psu; otherwise correct the labels.",
            )
        )
    return findings


def _key_findings(frame: pd.DataFrame, key: list[str]) -> list[Finding]:
    repeated = int(frame.duplicated(key, keep=False).sum()) if key else 0
    if not repeated:
        return []
    return [
        Finding(
            severity="error",
            place=_crossed(key),
            must_hold="each person must have one row",
            found=f"{counted(repeated, 'row')} that share a key",
            to_do="Remove the duplicates, or name the columns that tell the persons apart.",
        )
    ]
