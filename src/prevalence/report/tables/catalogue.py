"""The file of a language: what it may say, and the check of one that a user wrote."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Literal

from pydantic import Field

from prevalence.errors import ConfigError, counted, listed, suggestion
from prevalence.toml_files import TomlTable

Direction = Literal["ltr", "rtl"]


class Catalogue(TomlTable):
    """What a file of a language says; a file of the user's own may leave out all that it takes over.

    Attributes
    ----------
    code : str
        Code of the language (BCP 47), such as ``"fr"`` or ``"pt-BR"``.
    name : str
        Its name in itself.
    extends : str
        Shipped language that it takes over: all that the file does not say.
    direction : {"ltr", "rtl"}
    decimal, thousands : str
        Marks of numbers.
    between : str
        What stands between the limits of an interval.
    words : mapping of key to text
        Fixed words and sentences of tables, with the fields of the English ones in braces.
    labels : mapping of text to text
        Labels of data: indicators, dimensions, levels; ``_`` and a space, small and capital letters are the same. Levels have the labels of
        one's own file; those of the package only where they are common words, such as ``"Female"``.
    sentences : mapping of text to text
        What reliability rules, disclosure control and flags say in English, and how to say it; numbers are fields in braces.
    """

    code: str = Field(default="", pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?$")
    name: str = ""
    extends: str = ""
    direction: Direction | None = None
    decimal: str | None = None
    thousands: str | None = None
    between: str | None = None
    words: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    sentences: dict[str, str] = Field(default_factory=dict)


def fields_of(text: str) -> tuple[str, ...]:
    """Return the names of the fields of a text, in their order.

    Raises
    ------
    ValueError
        If the braces do not match.
    """
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def check_words(catalogue: Catalogue, english: Mapping[str, str], file: str) -> None:
    """Raise `ConfigError` where a word is unknown or has other fields than the English one; all faults are listed."""
    faults = []
    for section, texts in (("words", catalogue.words), ("sentences", catalogue.sentences)):
        for key, text in texts.items():
            pattern = english.get(key) if section == "words" else key
            if pattern is None:
                faults.append(f"words.{key}: unknown key.{suggestion(key, english)}")
            elif (fault := _fault_of(text, pattern)) is not None:
                faults.append(f"{section}.{key}: {fault}")
    if faults:
        raise ConfigError(
            "\n".join([f"The catalogue of a language {file!r} has {counted(len(faults), 'fault')}:", *(f"  {f}" for f in faults)])
        )


def _fault_of(text: str, pattern: str) -> str | None:
    try:
        known = fields_of(pattern)
        unknown = [name for name in fields_of(text) if name not in known]
        styled = [name for _, name, style, conversion in Formatter().parse(text) if style or conversion]
    except ValueError as error:
        return f"braces must hold a field; {error}."
    if unknown:
        return f"unknown field {unknown[0]!r}; known are {listed(known, limit=9) or 'none'}."
    return f"the field {styled[0]!r} must stand alone in its braces." if styled else None
