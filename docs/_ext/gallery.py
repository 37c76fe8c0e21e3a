"""Pictures of the gallery: what notebooks show when the build runs them, and figures of studies that the build runs.

What was run lies beside what the notebooks have shown, under the state of the sources, so that a second build is
quick.
"""

import hashlib
import html
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from experiments import Arm, Results, Study
from experiments.figures import Figure
from simulation import Hashtag, Moderation, Parameters

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/gallery"
RIDGE = ROOT / "configs" / "studies" / "ridge.yaml"
ASKED = (Path(__file__), RIDGE)
"""Files that say what the studies of the gallery are."""
PAGES_OF_STUDIES = "docs/examples"
"""Folder of the site for whole pages that a study writes."""


# --- studies ----------------------------------------------------------------------------------------------------------

LIVELY = Parameters(agents=400, days=20).with_values({"adoption.first_exposure": 0.02})
"""A small world in which a tag is taken up within three weeks, so that there is something to see."""


def _small() -> Study:
    """A study with three arms in two worlds: enough for every figure of a comparison but one."""
    return Study(
        study="gallery",
        question="Do a tag and a desk help, where stigma is low and where it is high?",
        base=LIVELY,
        arms=[
            Arm("none"),
            Arm("tag", [Hashtag()]),
            Arm("tag, desk", [Hashtag(), Moderation(regime="automatic_review")]),
        ],
        factors={"beliefs.stigma_mean": (0.3, 0.6)},
        replicates=6,
        seed=8,
    )


def _ridge() -> Study:
    """The study of the riskiest assumptions that comes with the product, in the world of the small study."""
    return replace(Study.from_file(RIDGE), base=LIVELY)


SHOWN = ("normalization", "support_reach_7d", "struggle_posts", "harm_exposure")
PANELS: dict[str, tuple[Callable[[], Study], Callable[[Results], Figure]]] = {
    "trajectories": (_small, Results.plot),
    "differences": (_small, lambda results: results.compare(SHOWN).plot("differences")),
    "left out": (_small, lambda results: results.compare().plot("left out")),
    "trade-offs": (_small, lambda results: results.compare().plot("trade-offs")),
    "regret": (_small, lambda results: results.compare(SHOWN[:2]).plot("regret")),
    "ridge": (_ridge, lambda results: results.compare().plot("ridge")),
}
"""Figures by name, each with the study that it is drawn from."""
WHOLE: dict[str, Callable[[Results, Path], object]] = {
    "report": lambda results, file: results.report(file),
    "replay": lambda results, file: results.replay("none", "tag").write(file),
}
"""Pages by name that the small study writes."""


@cache
def _results(study: Callable[[], Study], folder: Path) -> Results:
    """The results of a study; runs that lie in the folder already are not done again."""
    asked = study()
    results = asked.run(folder / asked.study)
    if results.failures:
        raise ExtensionError(f"{len(results.failures)} runs of the study {asked.study} failed")
    return results


def _folder(env: BuildEnvironment) -> Path:
    """Where studies lie that the build runs: another place for other studies."""
    asked = hashlib.sha256(b"".join(path.read_bytes() for path in ASKED)).hexdigest()[:12]
    return Path(env.config.nb_execution_cache_path).parent / "studies" / asked


def _whole_page(env: BuildEnvironment, name: str) -> Path:
    """The file of a page that the small study writes; it is written when it is not there yet."""
    file = _folder(env) / f"{name}.html"
    if not file.exists():
        WHOLE[name](_results(_small, _folder(env)), file)
    return file


# --- notebooks --------------------------------------------------------------------------------------------------------


def _outputs(env: BuildEnvironment, name: str, cell_id: str) -> Iterator[str]:
    """The HTML that a cell of a notebook has shown.

    Raises:
        KeyError: the notebook was not run.
    """
    source = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    place = next((place for place, cell in enumerate(source.cells) if cell.id == cell_id), None)
    if place is None:
        raise ExtensionError(f"the gallery shows cell {cell_id} of the notebook {name}, which has no such cell")
    _, run = get_cache(env.config.nb_execution_cache_path).merge_match_into_notebook(source)
    for output in run.cells[place].outputs:
        yield from filter(None, [output.get("data", {}).get("text/html")])


# --- what stands on the page ------------------------------------------------------------------------------------------


class _Shown(SphinxDirective):
    """Something that is drawn by the build; where it executes nothing, a sentence stands in."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """The picture as a part of the page."""
        if self.env.config.nb_execution_mode == "off":
            return [nodes.paragraph(text="Not drawn: this site was built without running anything.")]
        return [nodes.raw("", self.html(), format="html")]

    def html(self) -> str:
        """The picture as HTML."""
        raise NotImplementedError

    def depend_on(self, *files: Path) -> None:
        """Read the page again when one of these files changes."""
        for file in files:
            self.env.note_dependency(str(file))


class NotebookPicture(_Shown):
    """A picture that a cell of a notebook shows: `{notebook-picture} NAME CELL`."""

    def html(self) -> str:
        """The one piece of HTML of the cell that holds a picture."""
        name, cell = self.arguments[0].split()
        self.depend_on(ROOT / "notebooks" / f"{name}.ipynb")
        pictures = [text for text in _outputs(self.env, name, cell) if "<svg " in text]
        if len(pictures) != 1:
            raise ExtensionError(f"cell {cell} of the notebook {name} shows {len(pictures)} pictures, not one")
        return pictures[0]


class StudyPicture(_Shown):
    """A figure of a study: `{study-picture} NAME`, a name in `PANELS`."""

    def html(self) -> str:
        """The figure on paper of its own."""
        self.depend_on(*ASKED)
        study, draw = PANELS[self.arguments[0]]
        return str(draw(_results(study, _folder(self.env)))._repr_html_())


class StudyPage(_Shown):
    """A link to a page that the small study writes: `{study-page} NAME`, a name in `WHOLE`; its content is the text."""

    has_content = True

    def html(self) -> str:
        """A link; the page is written when it is not there yet."""
        self.depend_on(*ASKED)
        name = self.arguments[0]
        _whole_page(self.env, name)
        text = html.escape(" ".join(self.content))
        return f'<p><a class="study-page" href="examples/{name}.html">{text}</a></p>'


def _last(_app: Sphinx, _env: BuildEnvironment, pages: list[str]) -> None:
    """Read the gallery after the notebooks that it takes pictures from."""
    if PAGE in pages:
        pages.remove(PAGE)
        pages.append(PAGE)


def _publish(app: Sphinx, exception: Exception | None) -> None:
    """Put the pages of studies into the site."""
    if exception is None and app.config.nb_execution_mode != "off":
        target = Path(app.outdir) / PAGES_OF_STUDIES
        target.mkdir(parents=True, exist_ok=True)
        for name in WHOLE:
            shutil.copyfile(_whole_page(app.env, name), target / f"{name}.html")


def _write_entrance(app: Sphinx, exception: Exception | None) -> None:
    """Let the top of the site lead to the landing page."""
    if exception is None:
        leads = f"{app.config.root_doc}.html"
        head = f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={leads}"><title>supportnet</title>'
        (Path(app.outdir) / "index.html").write_text(
            f'<!doctype html><html lang="en"><head>{head}</head><body><a href="{leads}">supportnet</a></body></html>\n'
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives and what happens before and after pages are read."""
    app.add_directive("notebook-picture", NotebookPicture)
    app.add_directive("study-picture", StudyPicture)
    app.add_directive("study-page", StudyPage)
    app.connect("env-before-read-docs", _last)
    app.connect("build-finished", _publish)
    app.connect("build-finished", _write_entrance)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
