"""The signs by which the work of a child is hazardous: lists of industries and occupations, conditions, long hours, night."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from prevalence.classify.answers import Operator
from prevalence.toml_files import TomlTable

CONDITIONS = tuple(
    f"hazard_{kind}" for kind in ("loads", "tools", "dust", "temperature", "noise", "heights", "chemicals", "other")
)
NIGHT = "night_work"
ADULT = 18

Classification = Literal["ISIC4", "ISIC3.1", "ISCO08", "ISCO88"]
IsicRevision = Literal["4", "3.1"]
IscoRevision = Literal["08", "88"]


class HazardCode(TomlTable):
    """Codes of industry or occupation that make work hazardous: ``"0729"``, ``"07"`` or ``"05-09"``."""

    classification: Classification
    code: str = Field(pattern=r"^\d{1,4}$|^\d{2}-\d{2}$")
    label: str = ""
    age_min: int = 0
    age_max: int = ADULT - 1
    status: str = "to be verified"
    source: str = ""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """First digits of the codes that are meant."""
        first, _, last = self.code.partition("-")
        return tuple(str(number).zfill(2) for number in range(int(first), int(last) + 1)) if last else (first,)


class Hazards(TomlTable):
    """The signs by which work is hazardous; any of them suffices.

    Attributes
    ----------
    employed_only : bool
        Whether a sign counts for children in employment alone. The MICS syntax asks for no employment: the questionnaire's skips do.
    conditions : tuple of str
        0/1/null columns; those that the data have are read.
    hours_threshold, hours_operator
        Long hours, at every age.
    night : bool
        Whether work at night (``night_work``) counts, where the data have it.
    isic, isco : str
        Revisions of the classifications in which the data are coded.
    codes : tuple of HazardCode
        Hazardous industries and occupations, of any revision; a file may name a CSV list and the schemes to take from it.
    requires : tuple of {"industry", "occupation", "conditions"}
        Evidence without which the definition is not computed.
    """

    employed_only: bool = False
    conditions: tuple[str, ...] = CONDITIONS
    hours_threshold: float | None = None
    hours_operator: Operator = ">="
    night: bool = False
    isic: IsicRevision = "4"
    isco: IscoRevision = "08"
    codes: tuple[HazardCode, ...] = ()
    requires: tuple[Literal["industry", "occupation", "conditions"], ...] = ()

    def codes_in(self, column: Literal["isic", "isco"]) -> tuple[HazardCode, ...]:
        """Return the codes of the revision in which the column is coded."""
        wanted = f"ISIC{self.isic}" if column == "isic" else f"ISCO{self.isco}"
        return tuple(code for code in self.codes if code.classification == wanted)

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Columns that the signs are read from, by kind of evidence; long hours need none of their own."""
        found = {
            "industry": ("isic",) if self.codes_in("isic") else (),
            "occupation": ("isco",) if self.codes_in("isco") else (),
            "conditions": self.conditions,
            "night work": (NIGHT,) if self.night else (),
        }
        return {kind: columns for kind, columns in found.items() if columns}


def hazard_codes(rows: list[dict[str, str]], schemes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the industries and occupations of a list of hazards (columns as in ``hazardous.csv``) as codes of a definition.

    Parameters
    ----------
    rows : list of mappings
        With ``criterion``, ``classification``, ``code``, ``rule``, ``age_min``, ``age_max``, ``label``, ``status``, ``source``.
    schemes : tuple of str
        Values of the column ``scheme`` to take; all, if none is named.
    """
    kept = [row for row in rows if row.get("criterion") in ("industry", "occupation")]
    return [_hazard_code(row) for row in kept if not schemes or row.get("scheme") in schemes]


def _hazard_code(row: dict[str, str]) -> dict[str, Any]:
    code, rule = row.get("code", ""), row.get("rule", "")
    # A section has a letter; its divisions stand in the rule: "divisions 05-09", "division 45 (...)".
    words = rule.split() if code.isalpha() else []
    return {
        "classification": row.get("classification", ""),
        "code": words[1] if len(words) > 1 and words[0].startswith("division") else code,
        **{key: row[key] for key in ("label", "age_min", "age_max", "status", "source") if row.get(key)},
    }
