"""Forms of KoboToolbox and ODK (XLSForm workbooks): labels and choices of questions, and what answers they allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from prevalence.errors import LoadError, counted, listed
from prevalence.loaders.answers import as_code, by_answer, code_text
from prevalence.loaders.choices import chosen_in
from prevalence.loaders.opened import Raw, Request
from prevalence.loaders.schema import FileTable
from prevalence.loaders.tabular import read_sheet
from prevalence.provenance import Codebook, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of a form.

    Attributes
    ----------
    label : str
    multiple : bool
        Whether several choices may be given.
    choices : mapping of name to label
        Empty for a question without choices.
    """

    label: str
    multiple: bool
    choices: Mapping[str, str]


def read_form(path: Path, language: str = "") -> dict[str, Question]:
    """Return the questions of an XLSForm workbook by name.

    Parameters
    ----------
    path : Path
        Workbook with the sheets ``survey`` and ``choices``.
    language : str
        Part of the name of the label column to use, such as ``"English"``; the first label column if empty.

    Raises
    ------
    LoadError
        If the workbook cannot be read, or is no XLSForm, or has no labels of that language.
    """
    if not path.is_file():
        raise LoadError(f"There is no form {path.name!r} where form= or file.xlsform says. Check the path.")
    survey = _sheet(path, "survey", ("type", "name"))
    lists: dict[str, dict[str, str]] = {}
    if survey["type"].astype(str).str.startswith("select").any():
        choices = _sheet(path, "choices", ("list_name", "name"))
        labels = _labels(choices, language, path)
        for group, name, label in zip(choices["list_name"], choices["name"], labels, strict=True):
            if isinstance(group, str) and isinstance(name, str):
                lists.setdefault(group.strip(), {})[name.strip()] = label or name.strip()
    return _questions(survey, _labels(survey, language, path), lists)


def _questions(survey: pd.DataFrame, labels: list[str], lists: Mapping[str, Mapping[str, str]]) -> dict[str, Question]:
    found = {}
    for kind, name, label in zip(survey["type"], survey["name"], labels, strict=True):
        words = str(kind).split()
        if not isinstance(name, str) or not words:
            continue
        is_select = words[0].startswith("select") and len(words) > 1
        found[name.strip()] = Question(
            label=label, multiple=words[0] == "select_multiple", choices=lists.get(words[1], {}) if is_select else {}
        )
    return found


def _sheet(path: Path, sheet: str, needed: tuple[str, ...]) -> pd.DataFrame:
    frame = read_sheet(Request(path=path, table=FileTable(sheet=sheet)), dtype="str")
    frame.columns = pd.Index([str(name).strip().casefold().replace("list name", "list_name") for name in frame.columns])
    if absent := [name for name in needed if name not in frame.columns]:
        raise LoadError(
            f"{path.name} is no XLSForm: sheet {sheet!r} has no column {listed(absent)}. Pass the form, not the data."
        )
    return frame


def _labels(frame: pd.DataFrame, language: str, path: Path) -> list[str]:
    columns = [str(name) for name in frame.columns if str(name).startswith("label")]
    chosen = [name for name in columns if language.casefold() in name]
    if language and not chosen:
        raise LoadError(f"{path.name} has no labels in {language!r}; its label columns are {listed(columns, limit=9)}.")
    if not chosen:
        return [""] * len(frame)
    return [value.strip() if isinstance(value, str) else "" for value in frame[chosen[0]]]


def with_form(raw: Raw, form: Mapping[str, Question], table: FileTable) -> Raw:
    """Return rows whose answers are names of choices (labels are turned into names), with the form's labels in the codebook.

    What the form does not know is told in a note: it stays as it is, and becomes missing where a profile does not know it either.
    """
    frame, variables, notes = raw.frame, dict(raw.codebook.variables), list(raw.notes)
    for column in map(str, frame.columns):
        question = form.get(column.rpartition(table.group_separator)[2] if table.group_separator else column)
        question = question or form.get(column)
        if question is None:
            if choice := _choice(column, form, table):
                variables[column] = Variable(label=choice)
            continue
        values, said = _named(frame[column], question, column)
        frame = frame.assign(**{column: values}) if values is not frame[column] else frame
        notes.extend(said)
        levels = {} if question.multiple else {as_code(name): label for name, label in question.choices.items()}
        variables[column] = Variable(label=question.label, levels=levels)
        for choice, label in question.choices.items() if question.multiple and table.choice_separator else ():
            variables.setdefault(f"{column}{table.choice_separator}{choice}", Variable(label=f"{question.label}: {label}"))
    return replace(raw, frame=frame, codebook=Codebook(variables), notes=tuple(notes))


def _choice(column: str, form: Mapping[str, Question], table: FileTable) -> str:
    """Return the label of a choice column such as ``crops/cocoa``."""
    if not table.choice_separator:
        return ""
    name, _, choice = column.rpartition(table.choice_separator)
    question = form.get(name.rpartition(table.group_separator)[2] if table.group_separator else name)
    return f"{question.label}: {question.choices[choice]}" if question and choice in question.choices else ""


def _named(column: pd.Series[Any], question: Question, name: str) -> tuple[pd.Series[Any], list[str]]:
    """Return a column with labels turned into names of choices, and notes on that and on answers that the form does not know."""
    if not question.choices:
        return column, []
    names = {code_text(choice) for choice in question.choices}
    by_label = {label.casefold(): choice for choice, label in question.choices.items()}
    distinct = column.dropna().unique()
    strange = [value for value in distinct if code_text(value) not in names]
    labelled = {value: by_label[str(value).strip().casefold()] for value in strange if str(value).strip().casefold() in by_label}
    notes = [f"{name}: labels were turned into the names of the form's choices."] if labelled else []
    unknown = [value for value in strange if value not in labelled]
    if question.multiple:
        known = {choice.casefold() for choice in question.choices}
        unknown = [value for value in unknown if not chosen_in(value) <= known]
    if unknown:
        rows = int(column.isin(unknown).sum())
        notes.append(f"{name}: {counted(rows, 'answer')} not among the choices of the form, for example {listed(unknown)}.")
    return (by_answer(column, lambda value: labelled.get(value, value)) if labelled else column), notes
