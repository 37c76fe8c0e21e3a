"""The page of a study in a real browser: quiet, self-contained, accessible, true to its tables, printable."""

import csv
import io
import re

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from matplotlib.image import imread
from pypdf import PdfReader

from experiments.comparison import compare
from experiments.outcome_words import measure
from experiments.report.page import Page
from experiments.spreadsheets import csv_content
from tests.e2e.conftest import HOSTILE_ARMS, HOSTILE_QUESTION
from tests.visits import Visit

pytestmark = pytest.mark.browser

A4 = (595.3, 841.9)
TELEPHONE = {"width": 320, "height": 640}


class Report(Visit):
    """An open report."""

    def download(self, name):
        with self.page.expect_download() as found:
            self.page.locator(f'a[download="{name}"]').click()
        return found.value.path().read_bytes()

    def table(self, name):
        """Rows of a table: for each the texts of its cells, under the heading of its group."""
        return self.page.evaluate(
            """name => [...document.querySelectorAll(`table[data-table="${name}"] tbody`)].flatMap(body =>
                 [...body.rows].filter(row => !row.classList.contains("group")).map(row => ({
                   group: body.querySelector("tr.group")?.textContent.trim() ?? "",
                   texts: [...row.cells].map(cell => cell.textContent.trim()),
                   values: [...row.cells].map(cell => cell.querySelector("data")?.value ?? null)})))""",
            name,
        )


def test_the_page_complains_of_nothing_and_asks_nothing_of_anybody(browser, page_file):
    with Report(browser, page_file) as visit:
        visit.page.mouse.wheel(0, 20_000)
        visit.wait_for_quiet()
        assert visit.complaints == []
        assert [url for url in visit.requests if not url.startswith("data:")] == [page_file.as_uri()]


def test_the_page_refers_to_nothing_outside_itself(page_file):
    text = page_file.read_text(encoding="utf-8")
    references = re.findall(r'(?:src|href|action|srcset)\s*=\s*"([^"]*)"', text)
    assert references
    assert all(item.startswith(("#", "data:")) for item in references)
    assert not re.findall(r"@import|url\((?!#)", text)


def test_every_figure_has_a_title_and_a_description_of_its_own(browser, page_file):
    with Report(browser, page_file) as visit:
        figures = visit.page.evaluate(
            """() => [...document.querySelectorAll("figure svg")].map(svg => {
                 const of = name => document.getElementById(svg.getAttribute(name))?.textContent.trim() ?? "";
                 return [svg.getAttribute("role"), of("aria-labelledby"), of("aria-describedby")]})"""
        )
        naked = visit.page.locator("svg:not([role=img]):not([aria-hidden=true]), img:not([alt])").count()
    assert len(figures) >= 10
    assert naked == 0
    assert all(role == "img" and title and len(text) > len(title) for role, title, text in figures)
    assert len({text for _, _, text in figures}) == len(figures)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_check_finds_nothing(browser, page_file, scheme):
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
    with Report(browser, page_file, color_scheme=scheme) as visit:
        found = Axe().run(visit.page, options=rules).response
    assert len(found["passes"]) > 15
    told = [(item["id"], node["html"][:200]) for item in found["violations"] for node in item["nodes"][:3]]
    assert told == []


def test_differences_on_the_page_are_those_of_the_comparison(browser, plain):
    found = compare(plain.parent, list(Page(plain.parent).comparison.outcomes))
    rows = found.table.filter(pl.col("scenario") == "(pooled)").to_dicts()
    with Report(browser, plain) as visit:
        shown = visit.table("differences")
    assert len(shown) == len(rows) > 10
    for on_page, row in zip(shown, rows, strict=True):
        words = measure(row["outcome"])
        assert on_page["group"].startswith(words.title)
        assert on_page["texts"][0] == row["arm"]
        assert on_page["texts"][3] == words.difference(row["difference"], unit=False)
        numbers = [row[name] for name in ("mean_baseline", "mean_arm", "difference")]
        assert [None if text is None else float(text) for text in on_page["values"][1:4]] == numbers
        assert on_page["texts"][-1] == row["verdict"]


def test_tables_to_take_away_are_those_of_the_page(browser, plain):
    comparison = Page(plain.parent).comparison
    with Report(browser, plain) as visit:
        content = visit.download("small-differences.csv")
        assert content == csv_content(comparison.table)
        found = list(csv.DictReader(io.StringIO(content.decode())))
        pooled = [row for row in found if row["scenario"] == "(pooled)"]
        shown = visit.table("differences")
        numbers = [None if row["values"][3] is None else float(row["values"][3]) for row in shown]
        assert [float(row["difference"]) if row["difference"] else None for row in pooled] == numbers
        book = pl.read_excel(io.BytesIO(visit.download("small.xlsx")), sheet_id=0)
        assert visit.download("small.yaml") == (plain.parent / "study.yaml").read_bytes()
    assert {"differences", "means", "left-out", "tradeoffs", "regret"} <= set(book)
    assert book["differences"]["arm"].to_list() == comparison.table["arm"].to_list()
    assert book["differences"]["difference"].to_list() == pytest.approx(
        comparison.table["difference"].to_list(), nan_ok=True
    )


def test_shares_never_reached_on_the_page_are_those_of_the_comparison(browser, plain):
    rows = Page(plain.parent).comparison.reached_by_group.filter(pl.col("scenario") == "(pooled)").to_dicts()
    arms = ["none", "general tag", "general tag, desk"]
    with Report(browser, plain) as visit:
        shown = visit.table("left-out")
    cells = {(row["texts"][0].rpartition(": ")[2], arm): row["texts"][1 + place] for row in shown
             for place, arm in enumerate(arms)}  # fmt: skip
    visible = [row for row in rows if not row["hidden"] and row["division"] == "role"]
    assert visible
    for row in visible:
        assert cells[row["group"].partition("=")[2], row["arm"]] == measure(row["outcome"]).value(row["mean"])
    assert len(shown) * len(arms) == len(rows)


def test_names_with_markup_quotes_and_pictures_are_shown_as_text_and_do_nothing(browser, hostile):
    with Report(browser, hostile) as visit:
        assert visit.page.evaluate("window.hit") is None
        assert visit.page.locator("img, script, iframe, object, embed, h1 i, dt b").count() == 0
        assert visit.page.locator("h1").inner_text() == HOSTILE_QUESTION
        text = visit.page.locator("body").inner_text()
        names = visit.page.locator("dt").all_inner_texts()
        legend = visit.page.locator(".legend").first.locator("li").all_inner_texts()
        assert visit.complaints == []
    assert [name.removesuffix(" (the baseline)") for name in names] == list(HOSTILE_ARMS)
    assert [name.strip() for name in legend] == list(HOSTILE_ARMS)
    assert "<script>window.hit=4</script>.yaml" in text
    assert "49" not in names[-1]


def test_names_of_arms_stand_in_figures_as_they_are(browser, hostile):
    with Report(browser, hostile) as visit:
        labels = visit.page.locator("#differences ~ .plates svg text").all_text_contents()
    joined = "".join("".join(labels).split())
    for name in HOSTILE_ARMS[1:]:
        assert "".join(name.split()) in joined


@pytest.mark.parametrize("width", [320, 390])
def test_a_telephone_need_not_be_scrolled_sideways(browser, page_file, width):
    with Report(browser, page_file, viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        outside = visit.page.evaluate(
            """() => [...document.querySelectorAll("figure, p, h1, h2, li, caption span")]
                 .filter(item => item.getBoundingClientRect().right > innerWidth + 1).map(item => item.outerHTML)"""
        )
        assert outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shadow_shows_on_a_telephone_that_a_table_goes_on(browser, plain, scheme):
    with Report(browser, plain, viewport={"width": 390, "height": 700}, color_scheme=scheme) as visit:
        table = visit.page.locator('.scroll:has(table[data-table="differences"])')
        assert table.evaluate("item => item.scrollWidth > item.clientWidth + 40")
        edges = []
        for place in (0, 40, 9999):
            table.evaluate("(item, place) => item.scrollLeft = place", place)
            edges.append(_edges(table.screenshot()))
        paper = edges[0][0]
        assert [[colour != paper for colour in pair] for pair in edges] == [[False, True], [True, True], [True, False]]
        visit.page.emulate_media(media="print")
        assert table.evaluate("item => getComputedStyle(item).backgroundImage") == "none"


def _edges(picture):
    """The colours at the left and the right edge of a picture, above its letters."""
    pixels = imread(io.BytesIO(picture))
    return [tuple(pixels[1, place]) for place in (1, -2)]


def test_letters_in_figures_can_be_read_on_a_telephone(browser, plain):
    with Report(browser, plain, viewport={"width": 360, "height": 700}) as visit:
        smallest = visit.page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("figure svg text")].map(text => {
                 const place = text.getScreenCTM();
                 return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(place.a, place.b) }))"""
        )
    assert smallest >= 8.5


def test_printing_on_a4_keeps_every_figure_whole(browser, page_file):
    with Report(browser, page_file) as visit:
        captions = [text.splitlines()[0] for text in visit.page.locator("figcaption").all_inner_texts()]
        pdf = PdfReader(io.BytesIO(visit.page.pdf(prefer_css_page_size=True)))
        visit.page.emulate_media(media="print")
        visit.page.set_viewport_size({"width": 680, "height": 1000})  # the width of the text of an A4 page at 96 dpi
        heights = visit.page.evaluate("() => [...document.querySelectorAll('figure')].map(item => item.offsetHeight)")
        rules = visit.page.evaluate(
            "() => [...document.querySelectorAll('figure')].map(item => getComputedStyle(item).breakInside)"
        )
    assert all(abs(float(side) - wanted) < 1.5 for page in pdf.pages
               for side, wanted in zip((page.mediabox.width, page.mediabox.height), A4, strict=True))  # fmt: skip
    assert max(heights) < 980
    assert set(rules) == {"avoid"}
    printed = "".join("".join(page.extract_text() for page in pdf.pages).split())
    missing = [caption for caption in captions if "".join(caption.split()) not in printed]
    assert captions
    assert missing == []


def test_the_keyboard_reaches_the_answer_first(browser, plain):
    with Report(browser, plain) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.className") == "skip"
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "answer"
        landmarks = visit.page.evaluate(
            "['header','nav','main','footer'].map(name => document.querySelectorAll(name).length)"
        )
    assert landmarks == [1, 1, 1, 1]


def test_dark_pages_have_light_letters_in_their_figures(browser, plain):
    look = """() => [getComputedStyle(document.body).backgroundColor,
                     getComputedStyle(document.querySelector("figure svg text")).fill]"""
    colours = {}
    for scheme in ("light", "dark"):
        with Report(browser, plain, color_scheme=scheme) as visit:
            colours[scheme] = [_brightness(colour) for colour in visit.page.evaluate(look)]
    assert colours["light"][0] - colours["light"][1] > 150
    assert colours["dark"][1] - colours["dark"][0] > 150


def _brightness(colour):
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / 3


def test_every_anchor_of_the_page_leads_somewhere(browser, plain):
    with Report(browser, plain) as visit:
        lost = visit.page.evaluate(
            """() => [...document.querySelectorAll('a[href^="#"]')]
                 .filter(link => !document.getElementById(link.hash.slice(1))).map(link => link.hash)"""
        )
        twice = visit.page.evaluate(
            """() => { const seen = [...document.querySelectorAll("[id]")].map(item => item.id);
                 return seen.filter((id, place) => seen.indexOf(id) !== place) }"""
        )
    assert lost == []
    assert twice == []
