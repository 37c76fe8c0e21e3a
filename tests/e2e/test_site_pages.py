"""Pages of the documentation in a real browser: quiet, in light and dark, on a telephone, without asking anybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site import built

pytestmark = pytest.mark.browser

PAGES = ("docs/index", "docs/model", "docs/gallery", "notebooks/02-silence")
PATIENCE = 180_000
"""Milliseconds for a page of many pictures, on a machine that has other things to do."""
WIDE, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site without what notebooks and studies draw, which takes minutes."""
    return built(tmp_path_factory.mktemp("site"), "-D", "nb_execution_mode=off")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_the_accessibility_check(browser, site, scheme):
    page = browser.new_page(color_scheme=scheme)
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        page.wait_for_load_state("networkidle", timeout=PATIENCE)
        found = Axe().run(page).response["violations"]
        assert [(item["id"], node["html"]) for item in found for node in item["nodes"]] == [], name
    page.close()


@pytest.mark.parametrize("viewport", [WIDE, TELEPHONE], ids=["wide", "telephone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_nothing_of_anybody_complains_of_nothing_and_fits(browser, site, scheme, viewport):
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        page.wait_for_load_state("networkidle", timeout=PATIENCE)
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []


def test_the_top_of_the_site_leads_to_the_landing_page_and_formulas_are_drawn_by_the_browser(browser, site):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/docs/index.html")
    page.locator("nav.site-pages a", has_text="Why silence looks like health").first.click()
    formula = page.locator("div.formula math")
    assert formula.count() == 1
    assert formula.bounding_box()["height"] > 20
    page.close()
