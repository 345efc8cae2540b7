"""How the documentation is built: offline, examples executed, every warning an error (see run.py)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import prevalence

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # for checks.py


def copy_notebooks() -> None:
    """Copy the notebooks below docs, one folder deeper, with their paths adjusted; the copies are executed and not committed."""
    source, target = DOCS.parent / "notebooks", DOCS / "notebooks"
    wanted = {file.relative_to(source): file for file in source.rglob("*.ipynb") if ".ipynb_checkpoints" not in file.parts}
    for name, file in wanted.items():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8").replace('\\"../', '\\"../../'), encoding="utf-8")
    for copy in set(target.rglob("*.ipynb")) - {target / name for name in wanted}:
        copy.unlink()


copy_notebooks()

project = "prevalence"
author = "The prevalence developers"
project_copyright = author
release = version = prevalence.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_nb",
    "checks",
]
nitpicky = True  # a reference that leads nowhere is a warning
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]

# Nothing is fetched: MathJax lies in _static, and its menu, which could load more, is off.
html_static_path = ["_static"]
html_css_files = ["style.css"]
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "pydata_sphinx_theme"
html_title = "prevalence"
html_show_sourcelink = False
html_sidebars = {"index": [], "changelog": []}
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False, "secondary_sidebar_items": ["page-toc"]}

myst_enable_extensions = ["colon_fence", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = False  # a page that fails is a warning, so that one build names all of them
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables in outputs
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a debugger's remark, else in every output

autosummary_generate = False  # one page a room, in docs/reference; the tables link there
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the numpydoc sections say the types
numpydoc_show_class_members = False  # the pages show members in full
