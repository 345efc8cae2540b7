"""The kinds of forced labour definitions beside that of the 20th ICLS, and how any of them is found by its name or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from prevalence.classify.standards import (
    ForcedLabourStandard,
    ReadBeside,
    Standard,
    any_standard,
    is_file,
    kind_of,
    shipped,
)
from prevalence.errors import DefinitionError, listed, suggestion
from prevalence.toml_files import TomlTable

ANY = "any"
REQUIRE_STRONG = ("either", "both", "involuntariness")
Strong = Literal["either", "both", "involuntariness"]


class GradedItem(TomlTable):
    """A strong or medium indicator of involuntariness or penalty in a dimension of forced labour."""

    item: str
    dimension: str
    element: Literal["involuntariness", "penalty"]
    strength: Literal["strong", "medium"]
    indicator: str
    status: str
    source: str


class GradedStandard(Standard):
    """Parameters of a definition by dimensions, each with strong and medium indicators (ILO 2012)."""

    kind: Literal["forced-labour-graded"]
    age_min: int
    require_strong: Strong = "either"
    items: tuple[GradedItem, ...] = Field(min_length=1)

    @property
    def dimensions(self) -> dict[str, str]:
        """Dimensions by the names of their columns, in order."""
        return {item.dimension.replace(" ", "_"): item.dimension for item in self.items}


class Input(TomlTable):
    """An answer that the rule of children reads.

    `parts` are finer questions that together say the same; a yes to one of `adds` counts as well.
    """

    name: str
    title: str
    parts: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()


class Route(TomlTable):
    """A way into forced labour of a child: all its inputs hold."""

    route: str
    inputs: tuple[str, ...] = Field(min_length=1)
    status: Literal["verified", "to be verified"]


class ChildrenStandard(Standard):
    """Parameters of a forced labour definition of children: any route holds."""

    kind: Literal["forced-labour-children"]
    age_min: int
    age_max: int
    inputs: tuple[Input, ...] = Field(min_length=1)
    routes: tuple[Route, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _routes_read_inputs(self) -> ChildrenStandard:
        given, read = {entry.name for entry in self.inputs}, {name for route in self.routes for name in route.inputs}
        if given != read:
            raise ValueError(
                f"the routes must read the inputs, each at least once; they differ in {listed(sorted(given ^ read))}"
            )
        return self


class RuleRow(TomlTable):
    """A condition of a rule: at least `minimum` indicators of a domain and a strength."""

    rule: int
    domain: str
    strength: Literal["strong", "medium", "any"]
    minimum: int = Field(ge=1)


class CountedItem(TomlTable):
    """An indicator of a rule table: the column, its domain and strength."""

    indicator: str
    domain: str
    strength: Literal["strong", "medium"]


class RuleTableStandard(Standard):
    """A rule table of the user: positive if all rows of one rule hold."""

    kind: Literal["forced-labour-rules"]
    age_min: int
    rules: tuple[RuleRow, ...] = Field(min_length=1)
    items: tuple[CountedItem, ...] = Field(min_length=1)

    @classmethod
    def completed(cls, content: dict[str, Any], beside: ReadBeside) -> dict[str, Any]:
        """Return the content with the rows of its two lists in place of their names."""
        lists = {key: beside(content[key]) for key in ("rules", "items") if isinstance(content.get(key), str)}
        return {**content, **lists}

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the rules, in order."""
        return tuple(dict.fromkeys(row.rule for row in self.rules))

    def chosen(self, row: RuleRow) -> tuple[str, ...]:
        """Return the indicators that a row counts."""
        return tuple(
            item.indicator for item in self.items if row.domain in (ANY, item.domain) and row.strength in (ANY, item.strength)
        )

    @model_validator(mode="after")
    def _rules_can_hold(self) -> RuleTableStandard:
        names = [item.indicator for item in self.items]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"each indicator must stand in one row of the indicators; repeated are {listed(repeated)}")
        domains = {item.domain for item in self.items}
        for row in self.rules:
            if row.domain not in (ANY, *domains):
                raise ValueError(
                    f"rule {row.rule} names the domain {row.domain!r}, which no indicator has.{suggestion(row.domain, domains)}"
                )
            if len(self.chosen(row)) < row.minimum:
                raise ValueError(
                    f"rule {row.rule} asks for {row.minimum} of domain {row.domain!r} and strength {row.strength!r}, "
                    f"of which there are {len(self.chosen(row))}; it could never hold"
                )
        return self


AnyForcedStandard = ForcedLabourStandard | GradedStandard | ChildrenStandard | RuleTableStandard
KINDS = (ForcedLabourStandard, GradedStandard, ChildrenStandard, RuleTableStandard)


def forced_standard(definition: str | Path | Standard) -> AnyForcedStandard:
    """Return a definition of forced labour of any kind by its name, the id of its standard, or from a TOML file.

    Raises
    ------
    DefinitionError
        If no definition has the name, or the file is absent, malformed or of no kind of forced labour definition.
    """
    if isinstance(definition, str) and not is_file(definition):
        names = _shipped_names()
        known = [name for each in names for name in each]
        if definition not in known:
            public = sorted({each[0] for each in names})
            raise DefinitionError(
                f"definition must be one of {listed(public, limit=len(public))} or the path of a TOML file; found {definition!r}."
                f"{suggestion(definition, known)}"
            )
    rule = any_standard(definition)
    if not isinstance(rule, KINDS):
        kinds = [kind_of(kind) for kind in KINDS]
        raise DefinitionError(
            f"A definition of forced labour must be of a kind among {listed(kinds, limit=len(kinds))}; {rule.name!r} is of {rule.kind!r}."
        )
    return rule


def _shipped_names() -> list[tuple[str, ...]]:
    """Return the names that each shipped definition of forced labour goes by, the public one first."""
    kinds = {kind_of(kind) for kind in KINDS}
    return [(d.content["name"], *d.content.get("ids", ())) for d in shipped() if d.content["kind"] in kinds]
