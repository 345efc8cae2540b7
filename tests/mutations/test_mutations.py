"""The lists of mutations fit the source: a fault that cannot be planted proves nothing."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutation_runner", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RUNNER = _runner()
MUTATIONS = [mutation for path in RUNNER.lists() for mutation in RUNNER.mutations(path)]


def _meaning(file: str, text: str) -> object:
    """Return what a text says, layout and comments aside; an error if it says nothing."""
    return ast.dump(ast.parse(text)) if file.endswith(".py") else tomllib.loads(text)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.file}: {mutation.name}")
def test_the_fault_can_be_planted(mutation: Any) -> None:
    text = (RUNNER.SOURCE / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1, "Write the mutation anew for the code of today, or strike it from its list."
    faulty = text.replace(mutation.old, mutation.new)
    assert _meaning(mutation.file, faulty) != _meaning(mutation.file, text)


def test_no_two_faults_of_a_file_share_a_name() -> None:
    names = [(mutation.file, mutation.name) for mutation in MUTATIONS]
    assert len(set(names)) == len(names)


def test_the_tests_that_should_notice_are_there() -> None:
    named = {test for mutation in MUTATIONS for tests in mutation.tests.values() for test in tests}
    assert {test for test in named if not (RUNNER.ROOT / test).exists()} == set()
    assert all(mutation.tests for mutation in MUTATIONS)
