"""The site of the documentation builds without a warning, runs all lessons, and needs nothing from anywhere else."""

import re

import pytest

from experiments.comparison.plotting import PLOTS
from tests.site import ROOT, References, built, target

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
GALLERY = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
DRAWN = re.findall(r"^```\{(?:notebook|study)-picture\} ", GALLERY, re.MULTILINE)
REPLAYS_AND_REPORTS = "docs/examples"


def test_the_gallery_shows_something_of_every_lesson_and_every_figure_of_a_comparison():
    for lesson in LESSONS:
        assert f"{{notebook-picture}} {lesson} " in GALLERY
        assert f"(../notebooks/{lesson}.ipynb)" in GALLERY
    for kind in PLOTS:
        assert f"```{{study-picture}} {kind}\n" in GALLERY


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_site_is_built_without_a_warning_shows_every_picture_and_refers_to_nothing_outside(tmp_path):
    site = built(tmp_path)
    _every_lesson_has_pictures(site)
    _the_gallery_has_every_picture_in_words_too(site)
    pages = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)  # there lie templates
    assert len(pages) > 50
    for page in pages:
        _nothing_comes_from_outside(page)
        if page != site / "index.html" and REPLAYS_AND_REPORTS not in page.as_posix():  # the first only leads on
            assert "Content note." in page.read_text(encoding="utf-8"), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import\s*|url\(\s*)['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def _every_lesson_has_pictures(site):
    for lesson in LESSONS:
        assert "<svg " in (site / "notebooks" / f"{lesson}.html").read_text(encoding="utf-8"), lesson


def _the_gallery_has_every_picture_in_words_too(site):
    text = (site / "docs" / "gallery.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<svg [^>]*role="img".*?</svg>', text, re.DOTALL)
    assert len(pictures) == len(DRAWN)
    assert [picture[:200] for picture in pictures if not re.search(r"<desc [^>]*>[^<]{20,}</desc>", picture)] == []
    assert "Not drawn" not in text
    assert re.search(r'<img [^>]*alt="[^"]{40,}"[^>]*main-small', text) or re.search(
        r'<img [^>]*main-small[^>]*alt="[^"]{40,}"', text
    )
    for name in ("report", "replay"):
        assert (site / REPLAYS_AND_REPORTS / f"{name}.html").stat().st_size > 10_000


def _nothing_comes_from_outside(page):
    found = References(page)
    assert [item for item in found.fetched if (file := target(page, item)) is None or not file.exists()] == [], page
    assert [link for link in found.links if (file := target(page, link)) is not None and not file.exists()] == [], page
