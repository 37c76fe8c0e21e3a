"""The dashboard in a real browser: it plays, resets, downloads, keeps to itself, and fits a telephone."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from experiments.app.setup import START
from experiments.app.visits import MOST_OF_ONE
from experiments.store import Store
from experiments.study import Study
from experiments.sweep import sweep
from tests import visits

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

READY = 300_000
"""Milliseconds: the first visitor of a fresh state of the sources waits for the compiler."""
JOINING = """
    url => new Promise(done => {
      const socket = new WebSocket(url), found = {opened: false, told: 0, closed: false};
      const ask = {header: {msg_id: "1", msg_type: "comm_info_request"}, parent_header: {}, metadata: {}, content: {},
                   channel: "shell", buffers: []};
      socket.onopen = () => { found.opened = true; socket.send(JSON.stringify(ask)); };
      socket.onclose = () => { found.closed = true; done(found); };
      socket.onmessage = () => {
        found.told += 1;
        if (found.told === 1) setTimeout(() => { socket.onclose = null; socket.close(); done(found); }, 5000);
      };
    })
"""
"""Opens a socket to a visit, asks it something, and tells what came of it: at its end, or some time after an answer."""
OPENING = """
    url => new Promise(done => {
      window.sockets = window.sockets || [];
      const socket = new WebSocket(url);
      socket.onopen = () => { sockets.push(socket); setTimeout(() => done("open"), 300); };
      socket.onerror = () => done("refused");
    })
"""
"""Opens a socket, and keeps it open."""


@pytest.fixture(scope="module")
def address():
    """Where a dashboard answers that the command has started."""
    command = [sys.executable, "-m", "experiments.cli", "app", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+/", _first_line(process))
        assert found
        _wait_for(found[0])
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=20)
        process.kill()


def _first_line(process, seconds=120):
    ready, _, _ = select.select([process.stderr], [], [], seconds)
    return process.stderr.readline() if ready else ""


def _wait_for(address, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status
        time.sleep(0.1)
    raise AssertionError("the server never answered")


class Visit(visits.Visit):
    """An open dashboard, and everything it complained about or asked for."""

    def __init__(self, browser, address, **context):
        super().__init__(browser, address, **context)
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _note(self, message):
        if message.type == "error":
            super()._note(message)

    def __enter__(self):
        super().__enter__()
        expect(self.at("phase")).to_have_text("Ready", timeout=READY)
        return self

    def at(self, name):
        return self.page.locator(f'[data-test="{name}"]')

    def day(self):
        return int(self.at("day").inner_text().removeprefix("Day "))

    def play_to(self, day):
        """Play slowly until at least this day, then pause."""
        self.at("pace").select_option("1")
        self.at("play").click()
        self.until(lambda: self.day() >= day)
        self.at("play").click()
        expect(self.at("phase")).to_have_text("Paused")

    def reset(self):
        """Reset, and wait until the new run stands at day 0."""
        run = self.at("network-0").get_attribute("data-run")
        self.at("reset").click()
        expect(self.at("network-0")).not_to_have_attribute("data-run", run)
        expect(self.at("phase")).to_have_text("Ready")

    def pictures(self):
        """Both networks as they are drawn, the curves and the numbers."""
        expect(self.at("numbers")).to_be_visible()
        return self.settled(
            lambda: self.page.evaluate(
                """() => [...document.querySelectorAll("canvas")].map(item => item.toDataURL())
                 .concat([...document.querySelectorAll(".sn-charts svg, table")].map(item => item.outerHTML))"""
            )
        )

    def numbers(self):
        """Rows of the table: title, left, right, difference."""
        return self.settled(
            lambda: self.page.evaluate(
                """() => [...document.querySelectorAll("[data-test=numbers] tbody tr")]
                 .map(row => [...row.cells].map(cell => cell.textContent.trim()))"""
            )
        )

    def download(self):
        with self.page.expect_download() as found:
            self.at("download").click()
        return found.value


def test_the_dashboard_loads_without_a_complaint_and_without_a_request_to_anybody_else(browser, address):
    with Visit(browser, address) as visit:
        visit.play_to(2)
        visit.wait_for_quiet()
        port = address.rsplit(":", 1)[1]
        own = (address, f"ws://127.0.0.1:{port}", "data:", "blob:")
        assert visit.complaints == []
        assert [url for url in visit.requests if not url.startswith(own)] == []
        assert any(url.startswith("ws://") for url in visit.requests)
        expect(visit.page).to_have_title("supportnet")


def test_playing_moves_the_days_on_and_pausing_stops_them(browser, address):
    with Visit(browser, address) as visit:
        assert visit.day() == 0
        visit.play_to(3)
        day = visit.day()
        visit.page.wait_for_timeout(1200)
        assert visit.day() == day >= 3
        visit.at("step").click()
        expect(visit.at("day")).to_have_text(f"Day {day + 1}")


def test_a_reset_gives_the_same_first_picture_as_before(browser, address):
    with Visit(browser, address) as visit:
        first = visit.pictures()
        visit.play_to(4)
        later = visit.pictures()
        visit.reset()
        again = visit.pictures()
    assert len(first) == 2 + 6 + 1
    assert again == first
    assert later != first


def test_a_reset_while_playing_stops_and_begins_anew(browser, address):
    with Visit(browser, address) as visit:
        visit.at("play").click()
        expect(visit.at("day")).not_to_have_text("Day 0")
        visit.reset()
        visit.page.wait_for_timeout(800)
        assert visit.day() == 0


def test_a_slider_changes_the_next_run_and_not_the_one_that_is_shown(browser, address):
    with Visit(browser, address) as visit:
        before = visit.pictures()
        slider = visit.at("slider-beliefs.prior_mean")
        slider.focus()
        slider.press("End")
        expect(visit.at("setting-beliefs.prior_mean")).to_have_value("0.3")
        expect(visit.at("changed")).to_be_visible()
        assert visit.pictures() == before
        visit.reset()
        expect(visit.at("changed")).to_have_count(0)
        believed = {row[0]: row[1] for row in visit.numbers()}["Believed prevalence of struggling"]
    assert 29.0 <= float(believed.removesuffix("%")) <= 31.0


def test_another_seed_is_another_draw_and_the_old_one_the_old_picture(browser, address):
    with Visit(browser, address) as visit:
        first = visit.pictures()
        for seed, same in (("2", False), (str(START.seed), True)):
            visit.at("seed").fill(seed)
            visit.at("seed").press("Enter")
            expect(visit.at("changed")).to_be_visible()
            visit.reset()
            assert (visit.pictures() == first) is same


def test_interventions_and_levers_are_chosen_for_each_arm(browser, address):
    with Visit(browser, address) as visit:
        visit.at("action-0-moderation").check()
        visit.at("lever-0-moderation-regime").select_option("automatic_review")
        visit.at("action-1-hashtag").uncheck()
        visit.reset()
        expect(visit.page.locator(".sn-networks figcaption")).to_have_text(["moderation", "none"])
        text = visit.download().path().read_text(encoding="utf-8")
    assert "regime: automatic_review" in text


def test_what_is_being_typed_stays_when_the_answer_to_an_earlier_change_comes(browser, address):
    with Visit(browser, address) as visit:
        visit.at("setting-days").fill("4")
        visit.at("setting-agents").evaluate(
            "field => { field.value = 150; field.dispatchEvent(new Event('change')); }"  # the focus stays where it is
        )
        expect(visit.at("changed")).to_be_visible()
        expect(visit.at("setting-agents")).to_have_value("150")
        expect(visit.at("setting-days")).to_have_value("4")
        visit.at("setting-days").press("Enter")
        visit.reset()
        expect(visit.page.locator(".sn-day")).to_contain_text("of 4")


def test_a_mistake_is_told_in_words_and_cannot_be_run(browser, address):
    with Visit(browser, address) as visit:
        visit.page.locator('[data-test="group-population"] > summary').click()
        visit.at("setting-population.roles.student").fill("0.9")
        visit.at("setting-population.roles.student").press("Enter")
        expect(visit.at("problems")).to_contain_text("add up to 1")
        expect(visit.at("reset")).to_be_disabled()
        assert visit.complaints == []


def test_the_study_that_is_downloaded_passes_the_check_and_gives_the_numbers_on_the_screen(browser, address, tmp_path):
    with Visit(browser, address) as visit:
        visit.at("setting-agents").fill("150")
        visit.at("setting-agents").press("Enter")
        visit.at("setting-days").fill("4")
        visit.at("setting-days").press("Enter")
        visit.reset()
        expect(visit.page.locator(".sn-day")).to_contain_text("of 4")
        visit.at("play").click()
        expect(visit.at("phase")).to_have_text("The last day is over")
        shown = visit.numbers()
        file = tmp_path / visit.download().suggested_filename
        visit.download().save_as(file)
    command = [sys.executable, "-m", "experiments.cli", "check", str(file)]
    assert subprocess.run(command, check=False, capture_output=True, env=os.environ).returncode == 0
    assert sweep(Study.from_file(file), tmp_path / "out").failed == 0
    rows = Store(tmp_path / "out").table("outcomes").filter(pl.col("group") == "all", pl.col("day") == 4)
    found = {(row["arm"], row["outcome"]): row["value"] for row in rows.to_dicts()}
    adopters = {arm: round(100 * found[arm, "adoption"], 1) for arm in ("none", "hashtag")}
    row = next(row for row in shown if row[0] == "People who ever adopted a support tag")
    assert [float(text.rstrip("%")) for text in row[1:3]] == [
        pytest.approx(adopters[arm], abs=0.06) for arm in ("none", "hashtag")
    ]
    posts = next(row for row in shown if row[0] == "Struggle posts")
    assert [float(text.split()[0]) for text in posts[1:3]] == [
        found[arm, "struggle_posts"] for arm in ("none", "hashtag")
    ]


def test_outcomes_can_be_chosen(browser, address):
    with Visit(browser, address) as visit:
        visit.page.locator('[data-test="choose"] > summary').click()
        visit.at("outcome-stigma").check()
        expect(visit.at("chart-stigma")).to_be_visible()
        visit.at("outcome-adoption").uncheck()
        expect(visit.at("chart-adoption")).to_have_count(0)


def test_a_large_world_is_drawn_as_a_sample_and_says_so(browser, address):
    with Visit(browser, address) as visit:
        visit.at("setting-agents").fill("2000")
        visit.at("setting-agents").press("Enter")
        visit.at("setting-agents").blur()
        expect(visit.at("changed")).to_be_visible()
        visit.reset()
        expect(visit.page.locator(".sn-caption")).to_contain_text("A sample of 500 of 2,000 people")
        visit.at("setting-agents").fill("1000000")
        visit.at("setting-agents").press("Enter")
        expect(visit.at("problems")).to_contain_text("out of range: 50 to 20,000")


def test_visitors_do_not_disturb_each_other(browser, address):
    with Visit(browser, address) as one, Visit(browser, address) as other:
        one.at("setting-agents").fill("100")
        one.at("setting-agents").press("Enter")
        one.reset()
        one.at("play").click()
        other.play_to(2)
        expect(one.page.locator(".sn-caption")).to_contain_text("All 100 people")
        expect(other.page.locator(".sn-caption")).to_contain_text("All 500 people")
        expect(other.at("setting-agents")).to_have_value("500")
        expect(one.at("phase")).to_have_text(re.compile("Playing|The last day is over"))


def test_a_visitor_cannot_take_part_in_the_visit_of_another(browser, address):
    with Visit(browser, address) as one, Visit(browser, address) as other:
        one.at("play").click()
        url = next(url for url in one.requests if url.startswith("ws:"))
        assert other.page.evaluate(JOINING, url) == {"opened": True, "told": 1, "closed": True}
        assert one.page.evaluate(JOINING, url)["closed"] is False
        expect(one.at("phase")).to_have_text(re.compile("Playing|The last day is over"))


def test_a_visitor_has_so_many_visits_at_once_and_a_page_that_is_gone_makes_room(browser, address):
    with Visit(browser, address) as one, Visit(browser, address) as other:
        url = next(url for url in one.requests if url.startswith("ws:"))
        visit = url.split("/kernels/")[1].split("/")[0]
        urls = [url.replace(visit, f"{visit}-{number}") for number in range(MOST_OF_ONE)]
        assert [one.page.evaluate(OPENING, each) for each in urls] == ["open"] * (MOST_OF_ONE - 1) + ["refused"]
        assert other.page.evaluate(OPENING, url.replace(visit, "of-another")) == "open"
        one.page.evaluate("sockets[0].close()")
        one.until(lambda: one.page.evaluate(OPENING, urls[-1]) == "open")
        expect(one.at("phase")).to_have_text("Ready")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}], ids=str
)
def test_requests_from_elsewhere_are_refused(address, headers):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30)
    refused.value.close()
    assert refused.value.code in {403, 421}


def test_a_page_of_somebody_else_cannot_open_a_socket(browser, address):
    with Visit(browser, address):
        stranger = browser.new_context().new_page()
        stranger.goto("data:text/html,<title>stranger</title>")
        url = f"ws://{address.removeprefix('http://')}jupyter/api/kernels/abc/channels?session_id=abc"
        outcome = stranger.evaluate(
            """url => new Promise(done => { const socket = new WebSocket(url);
                 socket.onopen = () => done("open"); socket.onerror = () => done("refused"); })""",
            url,
        )
        stranger.context.close()
    assert outcome == "refused"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_check_finds_nothing(browser, address, scheme):
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    with Visit(browser, address, color_scheme=scheme, bypass_csp=True) as visit:
        visit.play_to(1)
        found = Axe().run(visit.page, options=rules).response
    assert len(found["passes"]) > 15
    told = [(item["id"], node["html"][:200]) for item in found["violations"] for node in item["nodes"][:3]]
    assert told == [], json.dumps(told, indent=1)


def test_dark_pages_are_dark(browser, address):
    for scheme, dark in (("light", False), ("dark", True)):
        with Visit(browser, address, color_scheme=scheme) as visit:
            paper, ink = visit.page.evaluate(
                """() => [getComputedStyle(document.body).backgroundColor,
                          getComputedStyle(document.querySelector("[data-test=day]")).color]"""
            )
        assert (_brightness(paper) < _brightness(ink) - 150) is dark
        assert abs(_brightness(paper) - _brightness(ink)) > 150


def _brightness(colour):
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / 3


@pytest.mark.parametrize("width", [320, 390])
def test_a_telephone_need_not_be_scrolled_sideways_and_can_do_everything(browser, address, width):
    with Visit(browser, address, viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        visit.page.locator(".sn-summary").tap()
        visit.at("setting-days").fill("5")
        visit.at("setting-days").press("Enter")
        expect(visit.at("changed")).to_be_visible()
        visit.page.locator(".sn-summary").tap()
        visit.reset()
        visit.at("play").tap()
        expect(visit.at("phase")).to_have_text("The last day is over")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_content_note_and_the_limits_stand_on_the_page(browser, address):
    with Visit(browser, address) as visit:
        visit.page.locator(".sn-note > summary").click()
        text = visit.page.locator(".sn-note").inner_text()
    assert "nothing clinical" in text
    assert "Nobody in it is anybody" in text
    assert "anecdote" in text


def test_the_start_is_what_the_file_says(browser, address):
    with Visit(browser, address) as visit:
        assert visit.download().path().read_text(encoding="utf-8") == START.text()
