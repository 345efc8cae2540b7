"""A draft as TOML: what is likely enough as lines, the rest as comments for a person to decide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from prevalence.loaders.checks.safety import shown_codes
from prevalence.loaders.draft.guesses import Guess, codes_of, levels_found, missing_found
from prevalence.loaders.draft.roles import named, no_answer, phrases
from prevalence.provenance import Codebook
from prevalence.rows import plain

BLANK = "FILL IN"
DESIGN = ("weight", "stratum", "psu")
SPECIAL = (97, 98, 99, 997, 998, 999, 9997, 9998, 9999)
"""Numbers that questionnaires use for no answer."""

KEY = ("psu", "household", "person")
CHILD_BANDS = '{ "5-11" = [5, 11], "12-14" = [12, 14], "15-17" = [15, 17] }'
ADULT_BANDS = CHILD_BANDS[:-2] + ', "18-24" = [18, 24], "25-54" = [25, 54], "55+" = [55] }'
NORMALISED = 0.05
"""Weights whose mean is this close to 1 are taken for normalised."""

HEAD = """\
# First draft of a profile for {file}, from the names and labels of its columns.
# A guess is a guess: compare every line with the questionnaire and the sampling report, then remove the comments.
#   CHECK    guessed; the number, from 0 to 1, ranks candidates and is no probability
#   FILL IN  not found: a person must say
# Then: prevalence check {file} --profile THIS-FILE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a draft is written from: guesses by role, the candidate columns and their codebook."""

    guesses: Mapping[str, Guess]
    frame: pd.DataFrame
    codebook: Codebook

    def levels(self, column: str) -> Mapping[Any, str]:
        """Return the value labels of a column, without codes that the file declares missing."""
        variable = self.codebook.variables.get(column)
        return {} if variable is None else {**variable.levels, **variable.missing}


def written(file: str, content: Content) -> str:
    """Return the text of the draft; it is a valid profile, whatever was found."""
    parts = [HEAD.format(file=file), _title(file), _key(content), _design(content), _keep(content)]
    variables = [guess for guess in content.guesses.values() if guess.role.op not in ("design", "id", "keep")]
    parts += [_variable(content, guess) for guess in variables if guess.columns]
    parts += [
        f"# [variables.{guess.role.name}] # {_remark(content, guess)}\n"
        for guess in variables
        if not guess.columns and guess.others
    ]
    absent = [guess.role.name for guess in variables if not (guess.columns or guess.others)]
    parts.append(f"# {BLANK}, if the file has them: {', '.join(absent)}\n" if absent else "")
    return "\n".join(part for part in parts if part)


def _title(file: str) -> str:
    return f'title = {_text(file)} # {BLANK}: country, survey, year\nsource = "" # {BLANK}: questionnaire and sampling report'


def _key(content: Content) -> str:
    names = list(dict.fromkeys(name for role in KEY for name in content.guesses[role].columns))
    lines = [_remark(content, content.guesses[role]) for role in KEY if role != "psu"]
    asked = f"# id = [] # {BLANK}: columns that together name a person" if not names else f"id = {_list(names)} # CHECK"
    return "\n".join([asked, *(f"#   {role}: {line}" for role, line in zip(KEY[1:], lines, strict=True)), ""])


def _design(content: Content) -> str:
    lines = ["[design]"]
    for role in DESIGN:
        guess = content.guesses[role]
        remark = _remark(content, guess)
        if guess.columns:
            lines.append(f"{role} = {_text(guess.columns[0])} # {remark}")
        else:
            lines.append(f"{'' if role == 'weight' else '# '}{role} = {_text(BLANK)} # {remark}")
    weight = content.guesses["weight"].columns
    if weight and _has_mean_one(content.frame[weight[0]]):
        lines.append('weight_scale = "normalised" # CHECK: the mean weight is close to 1')
    return "\n".join([*lines, ""])


def _has_mean_one(weights: pd.Series[Any]) -> bool:
    numbers = pd.to_numeric(weights, errors="coerce")
    return bool(abs(numbers[numbers > 0].mean() - 1) <= NORMALISED)


def _keep(content: Content) -> str:
    guess = content.guesses["result"]
    if not guess.columns:
        return f'# [keep.{BLANK.replace(" ", "_")}] # if there is a column with the result of the interview\n# codes = [1]\n# reason = "interview not completed"\n'
    column = guess.columns[0]
    known, _ = levels_found(guess.role, content.frame[column], content.levels(column))
    codes = [code for code, level in known.items() if level == "completed"][:1]
    lines = [
        f"[keep.{_text(column)}] # {_remark(content, guess)}",
        f"codes = {_list(codes)}" if codes else f"codes = [1] # {BLANK}: the code of completed interviews",
        'reason = "interview not completed"',
    ]
    return _block(lines, active=bool(codes))


def _variable(content: Content, guess: Guess) -> str:
    role = guess.role
    head = [f"[variables.{role.name}] # {_remark(content, guess)}"]
    column = guess.columns[0]
    labels, values = content.levels(column), content.frame[column]
    lines = [*head, f"op = {_text(role.op)}"]
    lines.append(f"columns = {_list(guess.columns)}" if role.op in ("any_yes", "sum") else f"column = {_text(column)}")
    ready = True
    if role.op == "recode":
        known, unknown = levels_found(role, values, labels)
        ready = bool(known)
        lines += _codes(known, unknown, values, labels)
    elif role.op == "any_yes":
        yes, no = _yes_and_no(content, guess.columns)
        ready = bool(yes and no)
        lines += [f"yes = {_list(yes or [1])}", f"no = {_list(no or [2])}"]
        sizes = {str(plain(code)): int((values == code).sum()) for code in codes_of(values, labels)}
        lines += [] if ready else [f"# {BLANK}: nothing says what these codes mean: {_comment(shown_codes(sizes))}"]
    elif role.op == "code":
        lines += ["digits = 4", "pad_text = true # only if every code once had four digits"]
    lines.append(f"label = {_text(role.label)}")
    missing = {
        code: reason
        for name in guess.columns
        for code, reason in missing_found(content.frame[name], content.levels(name)).items()
    }
    lines += [f"missing = {_table(missing)}"] if missing and role.op != "text" else []
    lines += _suspects(content, guess, missing) if role.op in ("number", "sum") else []
    block = _block([*lines, "optional = true"] if role.op != "number" or role.name != "age" else lines, active=ready)
    return block + (_age_group(content, column, missing) if role.name == "age" else "")


def _codes(known: Mapping[Any, str], unknown: Sequence[Any], values: pd.Series[Any], labels: Mapping[Any, str]) -> list[str]:
    shown = [f"{plain(code)} = {labels[code]}" for code in unknown if code in labels]
    unlabelled = {str(plain(code)): int((values == code).sum()) for code in unknown if code not in labels}
    shown += [shown_codes(unlabelled)] if unlabelled else []
    remark = f" # {BLANK}: {_comment('; '.join(shown))}" if unknown else ""
    return [f"codes = {_table(known)}{remark}"] if known else [f"codes = {{ }}{remark or f' # {BLANK}'}"]


def _yes_and_no(content: Content, columns: Iterable[str]) -> tuple[list[Any], list[Any]]:
    """Return the codes that mean yes and no in all of the columns together."""
    yes: dict[Any, None] = {}
    no: dict[Any, None] = {}
    patterns = {"yes": phrases().yes, "no": phrases().no}
    for column in columns:
        labels = content.levels(column)
        for code in codes_of(content.frame[column], labels):
            text = str(labels.get(code, code))
            if no_answer(text) is None:
                found = named(text, patterns)
                (yes if found == "yes" else no if found == "no" else {}).setdefault(code)
    if not (yes or no) and {plain(v) for name in columns for v in content.frame[name].dropna().unique()} <= {0, 1}:
        return [1], [0]
    return list(yes), list(no)


def _suspects(content: Content, guess: Guess, missing: Mapping[Any, str]) -> list[str]:
    """Return a remark on values that usually mean no answer and that the file gives no label."""
    occurring = {plain(value) for name in guess.columns for value in content.frame[name].dropna().unique()}
    suspects = sorted(code for code in SPECIAL if code in occurring and code not in missing)
    return (
        [f"# CHECK: {_list(suspects)} occur without a label; if they mean no answer, put them under missing"] if suspects else []
    )


def _age_group(content: Content, column: str, missing: Mapping[Any, str]) -> str:
    ages = pd.to_numeric(content.frame[column], errors="coerce")
    ages = ages[~ages.isin([code for code in missing if isinstance(code, int | float)])]
    bands = ADULT_BANDS if (ages > 17).mean() > 0 else CHILD_BANDS
    lines = ["[variables.age_group]", 'op = "bands"', f"column = {_text(column)}", f"bands = {bands}", 'label = "Age group"']
    return "\n" + _block([*lines, *([f"missing = {_table(missing)}"] if missing else [])], active=True)


def _remark(content: Content, guess: Guess) -> str:
    """Return what is said beside a guess: how sure, the label, and other candidates."""
    others = ", ".join(f"{c.column} ({c.confidence:g}{_labelled(content, c.column)})" for c in guess.others)
    also = f" Or: {others}." if others else ""
    if not guess.columns:
        return f"{BLANK}: no column was likely enough.{also}"
    return f"CHECK {guess.confidence:g}{_labelled(content, guess.columns[0])}.{also}"


def _labelled(content: Content, column: str) -> str:
    variable = content.codebook.variables.get(column)
    return f", {_comment(variable.label)}" if variable is not None and variable.label else ""


def _block(lines: Sequence[str], *, active: bool) -> str:
    return "\n".join([*(lines if active else [f"# {line}" for line in lines]), ""])


def _comment(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _text(value: object) -> str:
    """Return a value as TOML: JSON's strings and numbers are TOML's, but for one control character."""
    return json.dumps(plain(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[Any]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _table(values: Mapping[Any, str]) -> str:
    return f"{{ {', '.join(f'{_text(str(plain(key)))} = {_text(value)}' for key, value in values.items())} }}"
