"""``pv.baseline.schema``: the published JSON schema of a baseline record."""

from __future__ import annotations

from importlib.resources import files

FILE = "baseline-schema.json"


def schema() -> str:
    """Return the JSON schema of a baseline record, as it is published.

    Examples
    --------
    >>> import json, prevalence as pv
    >>> json.loads(pv.baseline.schema())["required"]
    ['what', 'whom', 'when', 'how', 'tables', 'cells']
    """
    return files("prevalence.baseline").joinpath(FILE).read_text(encoding="utf-8")
