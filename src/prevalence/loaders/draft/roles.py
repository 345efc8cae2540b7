"""The data file of names and labels of columns, and how well a column matches a role in it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from importlib import resources

EXACT_NAME, EXACT_LABEL, PHRASE, SIMILAR = 0.9, 0.9, 0.6, 0.5
"""Scores rank candidates; they are no probabilities."""

WHOLE_PHRASE = 0.25
"""What a phrase gains the more of the label it covers."""

ALIKE = 0.86
"""Similarity of two texts (0 to 1) that passes for a misspelling."""

SHORTEST_SIMILAR = 5
"""Shorter names are too alike by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a column may be, and how such columns are called.

    Attributes
    ----------
    name, op, label : str
    names, labels, excluded : tuple of str
        Normalised.
    several : bool
    levels : mapping of level to labels
    limits : (low, high), optional
        Of plausible numbers.
    """

    name: str
    op: str
    label: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    several: bool = False
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: tuple[float, float] | None = None

    def preference(self, column: str) -> int:
        """Return the place of a name in the list of names, which begins with the usual ones."""
        bare = bare_name(column)
        return self.names.index(bare) if bare in self.names else len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All roles, labels of answers that mean no answer, and those that mean yes and no."""

    roles: tuple[Role, ...]
    missing: Mapping[str, tuple[str, ...]]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def phrases() -> Phrases:
    """Return the data file, read once."""
    text = (resources.files("prevalence.loaders") / "draft" / "roles.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    roles = tuple(
        Role(
            name=name,
            op=table["op"],
            label=table.get("label", ""),
            names=tuple(table["names"]),
            labels=tuple(table["labels"]),
            excluded=tuple(table.get("not", ())),
            several=table.get("several", False),
            levels={level: tuple(labels) for level, labels in table.get("levels", {}).items()},
            limits=(float(table["range"][0]), float(table["range"][1])) if "range" in table else None,
        )
        for name, table in content["role"].items()
    )
    missing = {reason: tuple(labels) for reason, labels in content["missing"].items()}
    answers = content["answers"]
    return Phrases(roles=roles, missing=missing, yes=tuple(answers["yes"]), no=tuple(answers["no"]))


def plain_words(text: str) -> str:
    """Return a text in lower case without accents and signs, one blank between words.

    Examples
    --------
    >>> plain_words("Numéro d'ordre  (HL1)")
    'numero d ordre hl1'
    """
    without_accents = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", without_accents.casefold()))


def bare_name(name: str) -> str:
    """Return a name of a column without case, accents and signs."""
    return plain_words(name).replace(" ", "")


def match(role: Role, name: str, label: str) -> tuple[float, str]:
    """Return how well a column matches a role, from 0 to 1, and why.

    Examples
    --------
    >>> sex = next(role for role in phrases().roles if role.name == "sex")
    >>> match(sex, "Q103", "Sexe de l'enfant")[0] > match(sex, "Q104", "Âge de l'enfant")[0]
    True
    """
    words = plain_words(label)
    if set(words.split()) & set(role.excluded):
        return 0.0, ""
    by_name, by_label = _name_score(role, name), _label_score(role, words)
    score = 1 - (1 - by_name) * (1 - by_label)
    reasons = [reason for reason, found in (("name", by_name), ("label", by_label)) if found]
    return round(score, 2), " and ".join(reasons)


def _name_score(role: Role, name: str) -> float:
    bare = bare_name(name)
    if bare in role.names:
        return EXACT_NAME
    alike = [other for other in role.names if min(len(other), len(bare)) >= SHORTEST_SIMILAR and _ratio(bare, other) >= ALIKE]
    return SIMILAR if alike else 0.0


def _label_score(role: Role, words: str) -> float:
    if not words:
        return 0.0
    if words in role.labels:
        return EXACT_LABEL
    found = [phrase for phrase in role.labels if f" {phrase} " in f" {words} "]
    if found:
        return PHRASE + WHOLE_PHRASE * max(map(len, found)) / len(words)
    return SIMILAR if any(_ratio(words, phrase) >= ALIKE for phrase in role.labels) else 0.0


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def named(label: str, patterns: Mapping[str, Iterable[str]]) -> str | None:
    """Return the name whose patterns a value label equals, or, failing that, begins with; None without one.

    A label that says "no answer" is never the beginning of something else: "no response" is not "no".

    Examples
    --------
    >>> sexes = {"Female": ["femme", "female"], "Male": ["homme", "male"]}
    >>> named("Femme", sexes), named("No response", {"No": ["no"]})
    ('Female', None)
    """
    words = plain_words(label)
    exact = next((name for name, texts in patterns.items() if words in texts), None)
    if exact is not None or no_answer(label) is not None:
        return exact
    return _beginning(words, patterns)


def no_answer(label: str) -> str | None:
    """Return why there is no answer, if that is what a value label says.

    Examples
    --------
    >>> no_answer("NSP"), no_answer("Missing/DK"), no_answer("No")
    ('do not know', 'no response', None)
    """
    return _beginning(plain_words(label), phrases().missing)


def _beginning(words: str, patterns: Mapping[str, Iterable[str]]) -> str | None:
    """Return the name with the longest pattern that the words begin with."""
    found = [(len(text), name) for name, texts in patterns.items() for text in texts if f"{words} ".startswith(f"{text} ")]
    return max(found)[1] if found else None
