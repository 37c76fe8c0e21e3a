"""A real browser, and the pages of two small studies: a plain one, and one whose names try to be more than names."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from experiments.arms import Arm
from experiments.report import report
from experiments.study import Study
from experiments.sweep import How, sweep
from simulation import Hashtag, Intervention, Moderation, Parameters

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "SUPPORTNET_BROWSER_REQUIRED"

HOSTILE_ARMS = (
    "no <b>bold</b> & \"quoted\" 'thing'",
    '<img src=x onerror="window.hit=1">',
    "</title></svg><script>window.hit=2</script>",
    "_tag 🙂 {{ 7*7 }} $x^2$ ]]> =1+1 <!--",
)
HOSTILE_QUESTION = '<script>window.hit=3</script> Does "quoting" & <i>escaping</i> work 🙂?'


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; where there is none, tests are skipped, unless a browser is required."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None and os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, but none of {', '.join(BROWSERS)} is installed")
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        with playwright.chromium.launch(executable_path=path, args=options) as found:
            yield found


def _page_of(study: Study, folder: Path, name: str, how: How | None = None) -> Path:
    done = sweep(study, folder, how)
    assert done.failed == 0
    return report(folder, folder / name)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a study with three arms in two worlds."""
    study = Study(
        study="small",
        question="Do a tag and a desk help, where stigma is low and where it is high?",
        base=Parameters(agents=250, days=8, warmup_days=4),
        arms=[
            Arm("none"),
            Arm("general tag", [Hashtag()]),
            Arm("general tag, desk", [Hashtag(), Moderation(regime="automatic_review")]),
        ],
        factors={"beliefs.stigma_mean": (0.3, 0.6)},
        replicates=6,
        seed=3,
    )
    return _page_of(study, tmp_path_factory.mktemp("plain"), "report.html")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a study whose question, arms and files have names with markup, quotes and pictures in them."""
    both: list[Intervention] = [Hashtag(), Moderation(regime="automatic_review")]
    deeds: list[list[Intervention]] = [[], [Hashtag()], [Moderation()], both]
    study = Study(
        study="hostile",
        question=HOSTILE_QUESTION,
        base=Parameters(agents=200, days=6, warmup_days=3),
        arms=[Arm(name, done) for name, done in zip(HOSTILE_ARMS, deeds, strict=True)],
        replicates=4,
        seed=4,
    )
    folder = tmp_path_factory.mktemp("results") / "<b>dir</b> & 🙂 'x'"
    how = How(command=("supportnet", "run", "<script>window.hit=4</script>.yaml"))
    return _page_of(study, folder, 'page "<i>" 🙂 #1?.html', how)


@pytest.fixture(params=["plain", "hostile"])
def page_file(request: pytest.FixtureRequest) -> Path:
    """Either page."""
    found: Path = request.getfixturevalue(request.param)
    return found
