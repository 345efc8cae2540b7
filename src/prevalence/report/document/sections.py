"""The sections of a report from templates: the shipped ones of a language, and those of the user's own folder in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from prevalence.errors import ConfigError, listed, suggestion
from prevalence.report.document.markup import blocks_of, inert, place
from prevalence.report.document.tree import Block

FOLDER = Path(__file__).parent / "templates"
ENDING = ".md.j2"
SECTIONS = ("foreword", "summary", "results", "method", "sampling-errors", "quality", "software")
"""In the order of the report; each is a template ``<section>.md.j2``."""
BASE = "en"
ATTRIBUTE = re.compile(r"has no attribute '(\w+)'|^'(\w+)' is undefined")
Places = Mapping[str, Sequence[Block]]


@dataclass(frozen=True, slots=True)
class Sections:
    """Templates by language; `folder` holds the user's own, which go before the shipped ones of the same name."""

    language: str = BASE
    folder: Path | None = None

    def render(self, section: str, told: Mapping[str, Any], places: Places | None = None) -> tuple[Block, ...]:
        """Return a section.

        Parameters
        ----------
        section : str
            One of `SECTIONS`.
        told : mapping of name to value
            What the template may speak of: frozen records and texts. Texts are shown as they are, never read as Markdown.
        places : mapping of name to blocks
            What ``{{ place(name) }}`` stands for.

        Raises
        ------
        ConfigError
            If the template asks for a field that there is not, or is not well written; the message names template and field.
        """
        name = f"{section}{ENDING}"
        environment = _environment(self._folders())
        try:
            text = environment.get_template(name).render(**told, place=lambda key: Markup(place(str(key))))
        except TemplateNotFound as error:
            raise ConfigError(f"There is no template {error.name!r}. Templates are {listed(_known(), limit=9)}.") from error
        except TemplateSyntaxError as error:
            raise ConfigError(f"The template {name} is not well written: line {error.lineno}: {error.message}.") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ConfigError(f"The template {name} cannot be filled: {error}.{_near(str(error), told)}") from error
        return blocks_of(text, places, source=f"The template {name}")

    def _folders(self) -> list[Path]:
        own = [] if self.folder is None else [self.folder]
        return [*own, *(FOLDER / code for code in dict.fromkeys((self.language, self.language.split("-")[0], BASE)))]


def check_templates(folder: Path) -> None:
    """Raise `ConfigError` unless the folder holds templates of the report and no other ones: a misspelt name would do nothing."""
    found = sorted(path.name for path in folder.glob(f"*{ENDING}"))
    unknown = [name for name in found if name not in _known()]
    if unknown or not found:
        near = suggestion(unknown[0], _known()) if unknown else ""
        raise ConfigError(
            f"The folder of templates must hold one or more of {listed(_known(), limit=9)}; found {listed(unknown) or 'none'}.{near}"
        )


def _known() -> tuple[str, ...]:
    return tuple(f"{section}{ENDING}" for section in SECTIONS)


def _environment(folders: Sequence[Path]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        finalize=_final,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _final(value: Any) -> Markup:
    """Return a value of a template as Markdown: texts inert, what templates make as it is."""
    return value if isinstance(value, Markup) else Markup(inert(str(value)))


def _near(message: str, told: Mapping[str, Any]) -> str:
    """Return the known field that is nearest to the one that an error names."""
    found = ATTRIBUTE.search(message)
    if found is None:
        return ""
    known = dict.fromkeys([*told, *_names(told.values())])
    return suggestion(found.group(1) or found.group(2), known)


def _names(values: Any) -> list[str]:
    """Return the names of the fields of records, and of those within them."""
    found: list[str] = []
    for value in values:
        if is_dataclass(value):
            found += [field.name for field in fields(value)]
            found += _names(getattr(value, field.name) for field in fields(value))
        elif isinstance(value, tuple):
            found += _names(value)
    return found
