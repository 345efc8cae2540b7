"""What `prevalence check` tells of a file."""

from __future__ import annotations

from prevalence.job import sample_config
from prevalence.job.inspection import inspection
from prevalence.loaders import load


def test_the_sample_is_told_as_it_is() -> None:
    """18 strata and 16 areas a stratum: the design of data/sample/README.md."""
    survey = load(sample_config().parent / "children.sav", profile="sample-children")
    told = "\n".join(inspection(survey, ["sex", "age", "isic", "elsewhere"]))
    assert "children.sav: 6,517 rows, SHA-256" in told
    assert "6,308 rows kept" in told
    assert "209 rows: dropped" in told
    assert "288 sampling units (PSU) in 18 strata (stratum); smallest stratum: 16 sampling units" in told
    assert "normalised" in told
    assert "sex: Female 3,147, Male 3,161" in told
    assert "age: 13 values from 5 to 17" in told
    assert "for example" in told
    assert "not in this file: elsewhere" in told
