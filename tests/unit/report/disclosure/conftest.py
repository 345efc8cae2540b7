"""The random runs of the benchmark, a few of which are attacked in tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="package")
def study() -> ModuleType:
    path = Path(__file__).resolve().parents[4] / "benchmarks" / "disclosure.py"
    spec = importlib.util.spec_from_file_location("disclosure_study", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["disclosure_study"] = module
    spec.loader.exec_module(module)
    return module
