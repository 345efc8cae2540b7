"""SDMX-ML by pysdmx, an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prevalence.errors import OutputError

if TYPE_CHECKING:
    from prevalence.report.exchange._observations import Observations


def as_xml(observations: Observations) -> str:
    """Return observations as SDMX-ML 3.0, structure-specific.

    Raises
    ------
    OutputError
        If pysdmx is not installed.
    """
    try:
        from pysdmx.io import write_sdmx
        from pysdmx.io.format import Format
    except ImportError as error:
        raise OutputError("SDMX-ML needs pysdmx: pip install 'prevalence[sdmx]'. SDMX-CSV needs nothing.") from error
    text = write_sdmx(dataset(observations), Format.DATA_SDMX_ML_3_0, prettyprint=True)
    if text is None:
        raise OutputError("pysdmx wrote no SDMX-ML. Write SDMX-CSV with to_csv.")
    return text


def dataset(observations: Observations) -> Any:
    """Return the rows as a pysdmx data set with the components of the layout."""
    from pysdmx.io.pd import PandasDataset
    from pysdmx.model import Component, Components, Concept, DataType, Role, Schema

    layout = observations.layout
    numeric = (layout.measure, layout.numbers.low, layout.numbers.high)

    def component(name: str) -> Component:
        role = Role.DIMENSION if name in layout.dimensions else Role.MEASURE if name == layout.measure else Role.ATTRIBUTE
        return Component(
            id=name,
            required=role == Role.DIMENSION,
            role=role,
            concept=Concept(id=name),
            local_dtype=DataType.DOUBLE if name in numeric else DataType.PERIOD if name == "TIME_PERIOD" else DataType.STRING,
            attachment_level="O" if role == Role.ATTRIBUTE else None,
        )

    schema = Schema(
        context="dataflow",
        agency=layout.agency,
        id=observations.dataflow.partition(":")[2].partition("(")[0],
        version=layout.version,
        components=Components([component(name) for name in observations.columns]),
    )
    return PandasDataset(structure=schema, data=observations.to_pandas().drop(columns="DATAFLOW"))
