"""What a configuration says of the statistical report: the table ``[report]``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from prevalence.errors import PrevalenceError
from prevalence.report.document.sections import check_templates
from prevalence.report.reliability._rules import rule
from prevalence.report.tables.language import language
from prevalence.report.tables.standard._standard import layouts_of
from prevalence.toml_files import TomlTable

Format = Literal["docx", "html", "pdf"]
FORMATS: tuple[Format, ...] = ("docx", "html", "pdf")
TEXTS = (".md", ".txt")


class ReportPlan(TomlTable):
    """How the statistical report looks.

    Attributes
    ----------
    title, subtitle : str
        By default the title of the configuration.
    authors : tuple of str
    language : str
        Code of a shipped language, or path of one's own TOML file.
    formats : tuple of {"docx", "html", "pdf"}
    rule : str
        Reliability rule by its name, or path of one's own TOML file.
    tables : tuple of str
        Standard tables beside those of the baseline, by their names.
    foreword, summary : str
        Plain text, Markdown, or the path of a file that ends in ``.md`` or ``.txt``.
    templates : str
        Folder of templates that go before the shipped ones.
    """

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    language: str = "en"
    formats: Annotated[tuple[Format, ...], Field(min_length=1)] = FORMATS
    rule: str = "mics"
    tables: tuple[str, ...] = ()
    foreword: str = ""
    summary: str = ""
    templates: str = ""

    @field_validator("language")
    @classmethod
    def _language_exists(cls, name: str, info: ValidationInfo) -> str:
        return _found(name, info, language)

    @field_validator("rule")
    @classmethod
    def _rule_exists(cls, name: str, info: ValidationInfo) -> str:
        return _found(name, info, rule)

    @field_validator("tables")
    @classmethod
    def _tables_exist(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for name in names:
            _found(name, info, layouts_of)
        return names

    @field_validator("foreword", "summary")
    @classmethod
    def _text_exists(cls, text: str, info: ValidationInfo) -> str:
        if is_file_name(text) and not (_folder(info) / text).is_file():
            raise ValueError(f"{info.field_name}: no such file: {text!r}; paths start from the folder of the configuration.")
        return text

    @field_validator("templates")
    @classmethod
    def _templates_exist(cls, name: str, info: ValidationInfo) -> str:
        if name and not (_folder(info) / name).is_dir():
            raise ValueError(f"templates: no such folder: {name!r}; paths start from the folder of the configuration.")
        if name:
            try:
                check_templates(_folder(info) / name)
            except PrevalenceError as error:
                raise ValueError(str(error)) from error
        return name


def is_file_name(text: str) -> bool:
    """Return whether a text of the plan names a file rather than being the text."""
    return text.endswith(TEXTS) and "\n" not in text and " " not in text.strip()


def _folder(info: ValidationInfo) -> Path:
    return Path(info.context or ".")


def _found(name: str, info: ValidationInfo, read: Callable[[Any], object]) -> str:
    try:
        read(_folder(info) / name if name.endswith(".toml") else name)
    except PrevalenceError as error:
        raise ValueError(str(error)) from error
    return name
