"""Pages of the documentation in a real browser: quiet, in light and dark, on a telephone, without asking anybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.site import built
from tests.visits import Visit

pytestmark = pytest.mark.browser

PAGES = ("docs/index", "docs/model", "docs/gallery", "notebooks/02-silence")
WIDE, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class SitePage(Visit):
    """An open page of the site, and what it complained about; its theme also says which colours it took."""

    def _note(self, message):
        if message.type in ("error", "warning"):
            super()._note(message)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site without what notebooks and studies draw, which takes minutes."""
    return built(tmp_path_factory.mktemp("site"), "-D", "nb_execution_mode=off")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_the_accessibility_check(browser, site, scheme):
    for name in PAGES:
        with SitePage(browser, site / f"{name}.html", color_scheme=scheme) as visit:
            visit.wait_for_quiet()
            found = Axe().run(visit.page).response["violations"]
        assert [(item["id"], node["html"]) for item in found for node in item["nodes"]] == [], name


@pytest.mark.parametrize("viewport", [WIDE, TELEPHONE], ids=["wide", "telephone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_nothing_of_anybody_complains_of_nothing_and_fits(browser, site, scheme, viewport):
    for name in PAGES:
        with SitePage(browser, site / f"{name}.html", viewport=viewport, color_scheme=scheme) as visit:
            visit.wait_for_quiet()
            assert visit.page.evaluate("document.documentElement.dataset.theme") == scheme
            assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []
        assert visit.complaints == []


def test_the_top_of_the_site_leads_to_the_landing_page_and_formulas_are_drawn_by_the_browser(browser, site):
    with SitePage(browser, site / "index.html") as visit:
        visit.page.wait_for_url("**/docs/index.html")
        visit.page.locator("nav.site-pages a", has_text="Why silence looks like health").first.click()
        formula = visit.page.locator("div.formula math")
        expect(formula).to_have_count(1)
        assert formula.bounding_box()["height"] > 20
