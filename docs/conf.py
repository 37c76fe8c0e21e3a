"""How the pages of the documentation become a site: offline, with warnings as errors (`make docs`).

The folder of sources is the repository itself, so that pages may point at each other, at notebooks and at files
wherever these lie; which of them are pages is listed below.
"""

import hashlib
import os
import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS / "_ext")]
# Notebooks run in processes of their own, which import this tree and draw without a window.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
os.environ["MPLBACKEND"] = "agg"


def state() -> str:
    """12 hexadecimal digits of all sources and of where data lie: what notebooks show depends on them."""
    digest = hashlib.sha256(os.environ.get("SUPPORTNET_DATA", "").encode())
    for path in sorted(path for package in ("simulation", "experiments") for path in (ROOT / package).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


# --- the project ------------------------------------------------------------------------------------------------------

_DESCRIBED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project = _DESCRIBED["name"]
release = version = _DESCRIBED["version"]
author = _DESCRIBED["authors"][0]["name"]
copyright = author

# --- pages ------------------------------------------------------------------------------------------------------------

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb", "mathml", "reference", "navigation", "gallery"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/decisions/*.md", "results/README.md", "notebooks/*.ipynb"]
exclude_patterns = [
    ".*",
    "data",
    "build",
    "dist",
    "docs/_*",
    "results/[!R]*",
    "notebooks/solutions",
    "simulation",
    "tests",
]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nitpicky = True
html_math_renderer = "mathml"

# --- reference --------------------------------------------------------------------------------------------------------

autodoc_typehints = "none"  # what they name has pages elsewhere, which the build does not ask
autodoc_member_order = "groupwise"
default_role = "literal"  # single backquotes in docstrings are code
napoleon_numpy_docstring = False
nitpick_ignore_regex = [("py:exc", r"(pydantic\.)?ValidationError")]

# --- notebooks --------------------------------------------------------------------------------------------------------

nb_execution_mode = "cache"
nb_execution_cache_path = str(DOCS / "_build" / "executed" / state() / "notebooks")
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_output_stderr = "error"  # a notebook that complains fails the build
nb_execution_timeout = 1200  # seconds for a cell: on a busy machine, with the model to be compiled
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # would be fetched from a content network

# --- looks ------------------------------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"**": ["pages.html"]}
html_theme_options = {
    "navbar_center": [],
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["care", "copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
}
