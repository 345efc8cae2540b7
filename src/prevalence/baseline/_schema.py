"""``pv.baseline.schema``: the published JSON schema of a baseline record."""

from __future__ import annotations

import json
from importlib.resources import files

from prevalence.baseline.record import Record

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


def schema_of_model() -> str:
    """Return the schema that the model of a record has; what is published must be this."""
    return json.dumps(Record.model_json_schema(by_alias=True), indent=1) + "\n"
