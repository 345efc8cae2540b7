"""Write the files of ``data/sample``: ``python scripts/write_sample.py``; the seed is the package's."""

from __future__ import annotations

from pathlib import Path

from prevalence.simulate import write_sample

if __name__ == "__main__":
    write_sample(Path(__file__).resolve().parent.parent / "data" / "sample")
