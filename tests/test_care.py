"""Every page says what it is about, what it is not, and that it speaks of nobody in particular."""

import re
from pathlib import Path

import pytest

from experiments.report import render
from tests.made_up import made_up

ROOT = Path(__file__).resolve().parents[1]
NOTES = {
    "replay": "experiments/replay/assets/replay.html.j2",
    "dashboard": "experiments/app/page/heading.vue",
    "site": "docs/_templates/care.html",
    "report": "experiments/report/templates/page.html.j2",
}


@pytest.mark.parametrize("page", NOTES)
def test_a_page_says_that_it_is_not_clinical_and_about_nobody_in_particular(page):
    text = " ".join((ROOT / NOTES[page]).read_text(encoding="utf-8").split())
    assert re.search(r"distress|struggle", text)
    assert re.search(r"[Nn]othing (on this page is |here is )?clinical", text)
    assert re.search(r"nobody in particular|Nobody in it is anybody|nothing about anybody in particular", text)


def test_every_page_of_the_site_has_the_note_at_its_foot():
    assert '"footer_start": ["care",' in (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")


def test_the_note_of_the_site_leads_to_the_limits_and_to_what_the_tool_is_for():
    text = (ROOT / NOTES["site"]).read_text(encoding="utf-8")
    for page in re.findall(r"pathto\('([^']+)'\)", text):
        assert (ROOT / f"{page}.md").is_file()
    assert {"docs/ethics", "docs/limits"} <= set(re.findall(r"pathto\('([^']+)'\)", text))


def test_the_report_begins_with_the_note_and_leads_to_what_it_does_not_say(tmp_path):
    page = render(made_up(tmp_path / "out", lambda *_: 0.5, replicates=3, outcomes=["normalization", "harm_exposure"]))
    note = page.index('class="care"')
    assert note < page.index("<main")
    assert "nobody in particular" in page[note : note + 600]
    assert 'href="#silent"' in page[note : note + 600]
    assert 'id="silent"' in page


def test_a_notebook_begins_with_the_note():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert "Content note" in path.read_text(encoding="utf-8")[:6000], path.name
