"""The command `prevalence` for pages that show what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
FOLDER = Path(tempfile.mkdtemp())
"""Where the commands of a page run."""


def prevalence(*words: object, last: int | None = None) -> None:
    """Run the command and print its output, up to a number of lines; an error is printed as in a terminal."""
    code = "from prevalence.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, *map(str, words)]
    answer = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False)
    lines = (answer.stdout + (answer.stderr if answer.returncode else "")).splitlines()
    print("\n".join(lines if last is None else [*lines[:last], f"... and {len(lines) - last} more lines"]))
