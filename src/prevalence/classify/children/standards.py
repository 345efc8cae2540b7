"""What a definition of child labour consists of: age bands with weekly hours, and what else counts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from prevalence.classify.answers import Operator
from prevalence.classify.children.hazards import Hazards, hazard_codes
from prevalence.classify.standards import ReadBeside, Standard
from prevalence.toml_files import TomlTable


class Band(TomlTable):
    """The weekly hours from which children of an age band count; a limb without threshold does not exist.

    Attributes
    ----------
    any_employment : bool
        Whether any employment counts, whatever its hours.
    special_chore_hours : {"unknown", "zero"}
        Whether the published syntax turns special codes of chore hours into 0 before it asks for "below the threshold".
    hazards : bool
        Whether hazardous work counts at these ages, where the definition counts it at all.
    light_work : bool
        Whether employment that does not count is called permitted light work.
    """

    label: str
    age_min: int
    age_max: int
    any_employment: bool = False
    economic_threshold: float | None = None
    economic_operator: Operator = ">="
    chores_threshold: float | None = None
    chores_operator: Operator = ">="
    special_chore_hours: Literal["unknown", "zero"] = "unknown"
    hazards: bool = True
    light_work: bool = False


class ChildLabourStandard(Standard):
    """Parameters of a child labour definition.

    Attributes
    ----------
    production_boundary : {"sna", "general"}
        Whether household chores can make child labour.
    use_hazards : bool
        Whether hazardous work makes child labour.
    special_hours : {"neither", "above"}
        Whether the published syntax counts special codes of hours above the threshold.
    chores : {"counted", "apart"}
        Whether chores above their threshold are child labour, or an indicator beside it.
    employment_hours : float, optional
        Weekly hours from which activity is employment; known hours below it make none.
    worst_forms : bool
        Whether worst forms other than hazardous work (``other_worst_forms``) count, where the data have them.
    """

    kind: Literal["child-labour"]
    production_boundary: Literal["sna", "general"]
    age_min: int
    age_max: int
    use_hazards: bool = False
    special_hours: Literal["neither", "above"] = "neither"
    chores: Literal["counted", "apart"] = "counted"
    employment_hours: float | None = None
    worst_forms: bool = False
    bands: tuple[Band, ...] = Field(min_length=1)
    hazards: Hazards = Hazards()

    @classmethod
    def completed(cls, content: dict[str, Any], beside: ReadBeside) -> dict[str, Any]:
        """Return the content with the rows of its list of hazards in place of the name of the list."""
        hazards = content.get("hazards")
        if not isinstance(hazards, dict) or not isinstance(hazards.get("list"), str):
            return content
        rest = {key: value for key, value in hazards.items() if key not in ("list", "schemes")}
        codes = [*rest.get("codes", ()), *hazard_codes(beside(hazards["list"]), tuple(hazards.get("schemes", ())))]
        return {**content, "hazards": {**rest, "codes": codes}}

    @model_validator(mode="after")
    def _bands_cover_the_ages(self) -> ChildLabourStandard:
        covered = [age for band in self.bands for age in range(band.age_min, band.age_max + 1)]
        if covered != list(range(self.age_min, self.age_max + 1)):
            raise ValueError(f"bands must cover the ages {self.age_min} to {self.age_max} once each, in order; found {covered}")
        if self.production_boundary == "sna" and self.uses_chores:
            raise ValueError(
                "production_boundary 'sna' has no chores; remove chores_threshold, say chores = 'apart' or choose 'general'"
            )
        return self

    @property
    def times_chores(self) -> bool:
        """Whether chores have a threshold at some age."""
        return any(band.chores_threshold is not None for band in self.bands)

    @property
    def uses_chores(self) -> bool:
        """Whether chores alone can make child labour at some age."""
        return self.times_chores and self.chores == "counted"
