"""What notebooks show, in a real browser: readable in light and dark, on a wide page and on a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from experiments.drawers import GRAPH, MODEL
from simulation import Hashtag, Parameters, SupportNetworkModel
from tests.visits import Visit

pytestmark = pytest.mark.browser

THEMES = {"light": "<html lang='en'><body>", "dark": "<html lang='en' data-theme='dark'><body style='background:#111'>"}


@pytest.fixture(scope="module")
def cards():
    model = SupportNetworkModel(Parameters(agents=80, days=4, warmup_days=2), rng=1, interventions=[Hashtag()])
    model.run()
    return [MODEL.html(model), MODEL.plot(model, "network")._repr_html_(), GRAPH.html(model.world.graph)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1000, 320])
def test_cards_can_be_read_in_light_and_dark_wide_and_narrow(browser, cards, tmp_path, theme, width):
    file = tmp_path / "page.html"
    text = f"<!doctype html>{THEMES[theme]}<title>cards</title><main>{''.join(cards)}</main></body></html>"
    file.write_text(text, encoding="utf-8")
    with Visit(browser, file, viewport={"width": width, "height": 800}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        rules = {"rules": {"page-has-heading-one": {"enabled": False}}}
        found = Axe().run(visit.page, options=rules).response["violations"]
        assert [item["id"] for item in found if item["id"] != "heading-order"] == []
        papers = visit.page.eval_on_selector_all(
            ".supportnet-card", "cards => cards.map(card => getComputedStyle(card).backgroundColor)"
        )
    assert set(papers) == {"rgb(255, 255, 255)" if theme == "light" else "rgb(20, 24, 28)"}
    assert visit.complaints == []
