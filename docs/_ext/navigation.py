"""Which pages there are, in which order, under which heads.

The landing page is a table where it is read in the repository; as a page of the site it gets the lists of contents,
which would stand there as blocks of code.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).resolve().parents[2]
LANDING = "docs/index"
SECTIONS = {
    "Start": ["/README", "what-it-tells", "gallery", "teaching"],
    "Notebooks": [f"/notebooks/{path.stem}" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))],
    "Using it": [
        "studies", "results", "comparing", "reports", "events", "replay", "dashboard", "scale", "interchange",
        "command-line", "reference", "/results/README",
    ],
    "The model": ["model", "parameters", "networks", "glossary", "ethics"],
    "Evidence": [
        "main-study", "reference-results", "limits", "evidence-map", "evidence-register", "calibration", "sensitivity",
        "validation", "how-many-people", "convergence",
    ],
    "Engines": ["engine-agents", "engine-kernels", "benchmarks", "robustness"],
    "Decisions": [
        "decisions/README",
        *(f"decisions/{path.stem}" for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))),
    ],
    "Project": ["/CONTRIBUTING", "mutation-testing", "/CHANGELOG", "releasing", "licences"],
}  # fmt: skip
"""Heads and pages; one that is missing here, or here and nowhere else, fails the build."""
TITLES = {
    "/README": "About supportnet",
    "/results/README": "A folder of results",
    "decisions/README": "About decisions",
}
"""What a page is called in the list, where its own title would not tell."""


def _contents(head: str, pages: list[str]) -> str:
    """A list of contents in MyST."""
    lines = "\n".join(f"{TITLES[page]} <{page}>" if page in TITLES else page for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {head}\n\n{lines}\n```\n"


def _add(_app: Sphinx, page: str, source: list[str]) -> None:
    """Put the lists under the landing page."""
    if page == LANDING:
        source[0] += "".join(_contents(head, pages) for head, pages in SECTIONS.items())


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the lists whenever the landing page is read."""
    app.connect("source-read", _add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
