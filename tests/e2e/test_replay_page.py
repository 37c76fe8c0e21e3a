"""The replay in a real browser: it plays, tells stories, says what the tables say, asks nothing of anybody."""

import html
import re

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from experiments import REPLAY_LOG, replay_of
from simulation import Hashtag, Moderation, Parameters, SupportNetworkModel, Worlds, key_text
from tests.e2e.conftest import HOSTILE_ARMS, HOSTILE_QUESTION
from tests.visits import Visit

pytestmark = pytest.mark.browser

DAYS = 10
WORLD = Parameters().with_values(
    {
        "agents": 150, "days": DAYS, "warmup_days": 3, "adoption.first_exposure": 0.3, "disclosure.intercept": -1.0,
        "reactions.reply": 0.2, "reactions.retweet": 0.2, "reading.search_others": 0.3, "reactions.derogatory": 0.3,
    }
)  # fmt: skip
WIDE, TELEPHONE = {"width": 1300, "height": 900}, {"width": 360, "height": 740}


def models_named(*names):
    """A run left alone, and one with a tag and a desk."""
    worlds, found = Worlds(), {}
    for name, deeds in zip(
        names, [[], [Hashtag(seeds={"count": 8}), Moderation(regime="automatic_review")]], strict=False
    ):
        found[name] = SupportNetworkModel(WORLD, rng=7, interventions=deeds, events=REPLAY_LOG, worlds=worlds)
        found[name].run()
    return found


@pytest.fixture(scope="module")
def models():
    return models_named("none", "tag, desk")


@pytest.fixture(scope="module")
def shown(models):
    return replay_of(models, "Does a tag help?")


@pytest.fixture(scope="module")
def file(shown, tmp_path_factory):
    return shown.write(tmp_path_factory.mktemp("replay") / "replay.html")


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    model = models_named(HOSTILE_ARMS[1], HOSTILE_ARMS[2])
    return replay_of(model, HOSTILE_QUESTION).write(tmp_path_factory.mktemp("replay") / 'page "<i>" 🙂 #1?.html')


class Stage(Visit):
    """An open replay."""

    def __init__(self, browser, file, **context):
        super().__init__(browser, file, **({"viewport": WIDE} | context))

    def __enter__(self):
        super().__enter__()
        self.page.wait_for_selector("body[data-ready]")
        return self

    @property
    def day(self):
        return int(self.page.locator("#day").input_value())

    def go_to(self, day):
        self.page.locator("#day").fill(str(day))

    def play_to(self, day, speed="8"):
        """Play until at least this day; the policy of the page lets no text be run as a script, so we look again."""
        self.page.select_option("#speed", speed)
        self.page.click("#play")
        self.until(lambda: self.day >= day)

    def count(self, name):
        return self.page.locator(f'#counts tr[data-count="{name}"] td').all_inner_texts()

    def picture(self, arm=0):
        return self.page.evaluate(f"document.getElementById('map-{arm}').toDataURL()")

    def open_first(self, name):
        self.page.select_option("#list", name)
        self.page.locator("#posts button").first.click()


def test_it_opens_plays_and_tells_without_complaint_or_request(browser, file):
    with Stage(browser, file) as stage:
        stage.play_to(3, speed="2")
        stage.page.click("#play")
        stage.open_first("seen")
        stage.page.click("#play-story")
        stage.page.wait_for_timeout(400)
        stage.page.keyboard.press("Escape")
        assert stage.complaints == []
        assert [url for url in stage.requests if not url.startswith("data:")] == [file.as_uri()]


def test_the_scrubber_shows_the_numbers_of_its_day(browser, file, models):
    with Stage(browser, file) as stage:
        for day in (0, 4, DAYS):
            stage.go_to(day)
            step = WORLD.warmup_steps + day * WORLD.steps_per_day
            for arm, model in enumerate(models.values()):
                now = model.outcomes.filter(pl.col("step") == step, pl.col("group") == "all")
                adopters = now.filter(outcome="adopters")["value"][0]
                prevalence = now.filter(outcome="prevalence")["value"][0]
                assert stage.count("adopters")[arm] == f"{adopters:.0f}"
                assert stage.count("prevalence")[arm] == f"{100 * prevalence:.1f}%"
                assert f"{round(150 * prevalence)} struggle" in stage.page.inner_text(f"#told-{arm}")
        assert stage.page.inner_text("#day-now") == f"Day {DAYS} of {DAYS}"
        assert stage.count("adopters")[2].startswith("+")


def test_another_day_is_another_picture_and_the_same_day_the_same(browser, file):
    with Stage(browser, file) as stage:
        first = stage.picture()
        stage.page.click("#step")
        second = stage.picture()
        stage.page.click("#back")
        assert stage.day == 0
        assert stage.picture() == first != second


def test_playing_goes_on_to_the_last_day_and_can_be_halted(browser, file):
    with Stage(browser, file) as stage:
        stage.play_to(1, speed="1")
        expect(stage.page.locator("#play")).to_have_attribute("aria-pressed", "true")
        stage.page.select_option("#speed", "8")
        stage.until(lambda: stage.day == DAYS)
        expect(stage.page.locator("#play")).to_have_attribute("aria-pressed", "false")
        assert stage.page.is_disabled("#step")
        stage.play_to(1, speed="1")
        stage.page.click("#play")
        halted = stage.day
        stage.page.wait_for_timeout(1500)
        assert stage.day == halted < DAYS


def test_the_keyboard_moves_plays_and_leaves_a_story(browser, file):
    with Stage(browser, file) as stage:
        press = stage.page.keyboard.press
        press("ArrowRight")
        press("ArrowRight")
        press("ArrowLeft")
        assert stage.day == 1
        press("End")
        assert stage.day == DAYS
        press("Home")
        assert stage.day == 0
        stage.page.select_option("#speed", "1")
        stage.page.locator("#speed").blur()
        press("Space")
        stage.until(lambda: stage.day >= 1)
        press("Space")
        assert stage.page.get_attribute("#play", "aria-pressed") == "false"
        stage.page.locator("#posts button").first.focus()
        press("Enter")
        assert stage.page.evaluate("document.activeElement.id") == "story-title"
        press("Escape")
        assert stage.page.is_hidden("#story")
        assert stage.page.evaluate("document.activeElement.dataset.entry") is not None


def test_the_day_is_told_to_those_who_do_not_see_it(browser, file):
    with Stage(browser, file) as stage:
        stage.page.click("#step")
        told = stage.page.inner_text("#status")
        assert told.startswith(f"Day 1 of {DAYS}.")
        assert "none:" in told
        assert "tag, desk:" in told
        assert stage.page.get_attribute("#status", "aria-live") == "polite"
        assert stage.page.get_attribute("#day", "aria-valuetext") == f"day 1 of {DAYS}"
        assert stage.page.inner_text("#told-0") in str(stage.page.get_attribute("#map-0", "aria-label"))


def test_the_story_of_a_post_says_what_the_log_says(browser, file, models):
    with Stage(browser, file) as stage:
        stage.open_first("helped")
        name = re.search(r"\d+-\d+-\d+", stage.page.inner_text("#story-title"))
        assert name is not None
        for arm, model in enumerate(models.values()):
            posts = model.tables["posts"]
            mine = [key for key in posts["key"].to_list() if key_text(key) == name[0]]
            views = model.events["views"].filter(pl.col("post") == mine[0])
            family = posts.filter(pl.col("root") == mine[0])
            supportive = family.filter(kind="reply_supportive").height
            text = stage.page.inner_text(f'.in-arm[data-arm="{arm}"]')
            if "Everything happens as in" in text:
                continue
            people = views["agent"].n_unique()
            assert re.search(rf"\b{people} (person|people) saw it", text) or people == 0
            assert f"{supportive} supportive" in text or not supportive
            retweets = family.filter(kind="retweet").height
            assert (f"{retweets} p" in text) == (retweets > 0)
            assert f"seen by {people}," in stage.page.inner_text(f"#told-{arm}")


def test_a_story_names_through_whom_a_post_came_and_when(browser, file, models):
    with Stage(browser, file) as stage:
        stage.open_first("passed")
        name = re.search(r"\d+-\d+-\d+", stage.page.inner_text("#story-title"))
        assert name is not None
        model = models["tag, desk"]
        chains = stage.page.locator('.in-arm[data-arm="1"] .chain li').all_inner_texts()
        retweets = model.tables["posts"].filter(
            pl.col("kind") == "retweet", pl.col("root").map_elements(key_text, return_dtype=pl.String) == name[0]
        )
        same = "Everything happens as in" in stage.page.inner_text('.in-arm[data-arm="1"]')
        where = stage.page.locator(f'.in-arm[data-arm="{0 if same else 1}"]')
        chains = where.locator(".chain li").all_inner_texts()
        assert retweets.height > 0
        assert len(chains) == 1 + retweets.height
        for author in retweets["author"]:
            assert any(text.startswith(f"person {author} (") and "passed it on after" in text for text in chains)
        where.locator(".events summary").click()
        rows = where.locator(".events tbody tr").all_inner_texts()
        assert any("passed on by person" in row for row in rows)


def test_a_removed_post_tells_what_the_desk_did_and_when(browser, file, models):
    with Stage(browser, file) as stage:
        stage.open_first("removed")
        name = re.search(r"\d+-\d+-\d+", stage.page.inner_text("#story-title"))
        assert name is not None
        arm = stage.page.locator('.in-arm[data-arm="1"]')
        arm.locator(".events summary").click()
        rows = arm.locator(".events tbody tr").all_inner_texts()
        desk = models["tag, desk"].events["desk_events"]
        mine = desk.filter(pl.col("post").map_elements(key_text, return_dtype=pl.String) == name[0])
        decision = mine.filter(event="decision").row(0, named=True)
        word = "rightly" if decision["correct"] else "wrongly"
        assert "The desk removed it after" in arm.inner_text()
        assert any(row.endswith(f"It is removed by the desk, {word}") for row in rows)
        assert sum("by the desk" in row or "before the desk" in row or "detector" in row for row in rows) >= 3


def test_moving_in_a_story_moves_the_day_and_back(browser, file):
    with Stage(browser, file) as stage:
        stage.open_first("seen")
        whole = stage.picture()
        stage.page.locator("#hours").fill("0")
        begun = stage.picture()
        assert begun != whole
        assert stage.page.inner_text("#hours-now") == "after 0 h"
        stage.go_to(DAYS)
        assert stage.page.inner_text("#hours-now") != "after 0 h"
        stage.go_to(0)
        assert stage.page.inner_text("#told-0") == "Not yet written."
        stage.page.click("#close")
        assert stage.page.is_visible("#posts")


def test_somebody_is_found_by_number_and_by_a_click_on_the_map(browser, file):
    with Stage(browser, file) as stage:
        stage.page.fill("#person-number", "17")
        stage.page.keyboard.press("Enter")
        assert stage.page.inner_text("#person-card").startswith("Person 17:")
        stage.page.fill("#person-number", "4000")
        stage.page.click("#person-show")
        assert "is not on the map" in stage.page.inner_text("#person-card")
        box = stage.page.locator("#map-1").bounding_box()
        assert box is not None
        for share in (0.3, 0.4, 0.5, 0.6, 0.7):
            stage.page.mouse.click(box["x"] + share * box["width"], box["y"] + share * box["height"])
            if stage.page.inner_text("#person-card").startswith("Person "):
                break
        assert stage.page.inner_text("#person-card").startswith("Person ")


def test_it_works_in_a_frame_that_may_run_scripts_and_nothing_else(browser, shown, tmp_path):
    page = tmp_path / "course.html"
    frame = html.escape(shown.html())
    page.write_text(f'<!DOCTYPE html><title>course</title><iframe sandbox="allow-scripts" width="900" height="800" '
                    f'srcdoc="{frame}"></iframe>{shown.frame()}', encoding="utf-8")  # fmt: skip
    context = browser.new_context(viewport=WIDE)
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(page.as_uri())
    for inner in tab.frames[1:]:
        inner.wait_for_selector("body[data-ready]")
        inner.click("#step")
        assert inner.inner_text("#day-now").startswith("Day 1")
        inner.fill("#person-number", "3")
        inner.click("#person-show")
        assert inner.inner_text("#person-card").startswith("Person 3:")
        inner.locator("#posts button").first.click()
        assert inner.is_visible("#story-title")
    assert len(tab.frames) == 3
    assert complaints == []
    context.close()


def test_names_with_markup_are_shown_as_text_and_do_nothing(browser, hostile_file):
    with Stage(browser, hostile_file) as stage:
        stage.page.click("#step")
        stage.open_first("seen")
        assert stage.page.evaluate("window.hit") is None
        assert stage.page.locator("img, iframe, h1 i, figcaption b").count() == 0
        assert stage.page.locator("h1").inner_text() == HOSTILE_QUESTION
        assert stage.page.locator(".pair figcaption").all_inner_texts() == list(HOSTILE_ARMS[1:3])
        heads = stage.page.locator("#counts thead th").all_inner_texts()
        assert heads == [*HOSTILE_ARMS[1:3], "difference"]
        assert stage.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_check_finds_nothing(browser, file, scheme):
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
    with Stage(browser, file, color_scheme=scheme) as stage:
        for state in ("day", "story"):
            if state == "story":
                stage.open_first("passed")
                stage.page.locator(".events summary").first.click()
            found = Axe().run(stage.page, options=rules).response
            assert len(found["passes"]) > 15
            told = [(item["id"], node["html"][:200]) for item in found["violations"] for node in item["nodes"][:3]]
            assert told == []


@pytest.mark.parametrize("state", ["day", "story"])
def test_a_telephone_need_not_be_scrolled_sideways(browser, file, state):
    with Stage(browser, file, viewport=TELEPHONE, is_mobile=True, has_touch=True) as stage:
        if state == "story":
            stage.open_first("seen")
            bar = stage.page.locator("#story-bar").bounding_box()
            assert bar is not None
            assert 0 <= bar["y"] < 250
        assert stage.page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
        small = stage.page.evaluate(
            """() => [...document.querySelectorAll("button, select, input")].filter(item => item.offsetParent)
                 .map(item => item.getBoundingClientRect()).filter(box => box.height && box.height < 17).length"""
        )
        assert small == 0


def test_dark_and_light_pages_have_pictures_of_their_own(browser, file):
    pictures = {}
    for scheme in ("light", "dark"):
        with Stage(browser, file, color_scheme=scheme) as stage:
            pictures[scheme] = stage.picture()
            background = stage.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (background == "rgb(255, 255, 255)") == (scheme == "light")
            if scheme == "light":
                stage.page.emulate_media(color_scheme="dark")
                stage.until(lambda: stage.picture() != pictures["light"])
                pictures["turned"] = stage.picture()
    assert pictures["light"] != pictures["dark"] == pictures["turned"]


def test_nothing_moves_by_itself(browser, file):
    with Stage(browser, file, reduced_motion="reduce") as stage:
        first = stage.picture()
        stage.page.wait_for_timeout(700)
        assert (stage.day, stage.picture()) == (0, first)
        assert stage.page.evaluate("document.getAnimations().length") == 0


def test_a_browser_that_cannot_open_it_says_so(browser, file):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(file.as_uri())
    expect(page.locator("#opening")).to_contain_text("cannot be opened")
    expect(page.locator("#opening")).to_contain_text("2023 or later")
    assert page.is_hidden("#player")
    context.close()


def test_a_single_run_stands_alone(browser, models, tmp_path):
    file = replay_of(models["none"]).write(tmp_path / "one.html")
    with Stage(browser, file) as stage:
        stage.go_to(3)
        assert stage.page.locator("canvas[role=img]").count() == 1
        assert stage.page.locator("#counts thead th").count() == 1
        stage.open_first("all")
        assert stage.page.locator(".in-arm").count() == 1
        assert stage.complaints == []


@pytest.mark.parametrize(("people", "days"), [(5, 0), (60, 2)])
def test_very_short_runs_of_few_people_open_too(browser, tmp_path, people, days):
    model = SupportNetworkModel(Parameters(agents=people, days=days, warmup_days=0), rng=1, events=REPLAY_LOG)
    model.run()
    with Stage(browser, replay_of(model).write(tmp_path / "short.html")) as stage:
        stage.page.keyboard.press("End")
        begun = stage.page.evaluate(
            "() => { document.getElementById('play').click(); return document.getElementById('day-now').innerText; }"
        )
        assert begun == f"Day {0 if days else days} of {days}"
        assert stage.complaints == []


def test_ties_that_come_and_go_are_drawn_as_they_are(browser, tmp_path):
    settings = WORLD.with_values({"ties.follow": 0.5, "ties.unfollow": 0.3})
    model = SupportNetworkModel(settings, rng=7, events=REPLAY_LOG)
    model.run()
    with Stage(browser, replay_of(model).write(tmp_path / "ties.html")) as stage:
        for name in ("answers", "ties"):
            stage.page.uncheck(f"#{name}")
        without = [stage.picture(), stage.go_to(DAYS), stage.picture()]
        stage.page.check("#ties")
        with_ties = stage.picture()
        stage.go_to(0)
        assert len({without[0], without[2], with_ties, stage.picture()}) == 4
        stage.page.fill("#person-number", "3")
        stage.page.click("#person-show")
        assert stage.complaints == []


def test_a_click_on_a_curve_goes_to_its_day(browser, file):
    with Stage(browser, file) as stage:
        box = stage.page.locator("#curves svg").first.bounding_box()
        assert box is not None
        stage.page.locator("#curves svg").first.click(position={"x": 0.55 * box["width"], "y": 0.5 * box["height"]})
        assert 3 <= stage.day <= 7
