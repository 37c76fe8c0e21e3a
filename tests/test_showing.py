"""Things show themselves: models, graphs, studies, results and comparisons as a table and a picture in a notebook."""

import atexit
import re
import resource
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from experiments import Arm, demo
from experiments.drawers import GRAPH, MODEL, daily_table
from experiments.figures import Drawing, Figure, card, html_table, paragraph, sheet
from experiments.figures.networks import MOST_PEOPLE, layout
from simulation import FollowerGraph, Hashtag, InputError, Moderation, Parameters, SupportNetworkModel, showing
from tests.sweeps import tiny

ALLOWED = {
    "style", "div", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "iframe",
    "svg", "g", "defs", "path", "use", "clippath", "rect", "title", "desc",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'thing' <img src=x onerror=alert(2)>"


class Page(HTMLParser):
    """The elements of a piece of HTML, what they refer to, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def page_of(thing):
    """What a notebook gets of a thing; held to what every such page has to be."""
    text = thing._repr_html_()
    page = Page(text)
    assert set(page.tags) <= ALLOWED
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    references = [value for name, value in page.attributes if name in {"href", "src", "xlink:href"}]
    assert all(value.startswith("#") for value in references)
    assert "://" not in re.sub(r"http://www\.w3\.org/\S+", "", text)
    return page


def small(**more):
    return SupportNetworkModel(Parameters(agents=60, days=3, warmup_days=1, step_minutes=120), rng=1, **more)


@pytest.fixture(autouse=True)
def _drawers(monkeypatch):
    """The drawers of this tree, whatever is installed beside it."""
    monkeypatch.setattr(showing, "drawer", {"model": MODEL, "graph": GRAPH}.get)


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_model_tells_what_it_is_before_it_has_run_and_what_happened_afterwards():
    model = small(interventions=[Hashtag()])
    before = page_of(model)
    assert "Nothing has happened yet" in before.text
    assert "svg" not in before.tags
    model.run()
    after = page_of(model)
    assert "3 of 3, seed 1" in after.text
    assert "Hashtag" in after.text
    assert after.tags.count("svg") == 1


def test_the_picture_of_a_run_shows_what_the_collector_took_day_by_day():
    model = small()
    model.run()
    figure = model.plot()
    believed = figure.axes[0].lines[1]
    collected = model.datacollector.get_model_vars_dataframe()
    assert list(believed.get_xdata()) == list(collected["day"])
    assert np.allclose(believed.get_ydata(), 100 * collected["normalization"])
    assert daily_table(model).height == len(collected)
    assert "warm-up" in figure.axes[0].texts[0].get_text()


def test_the_network_of_a_run_marks_those_who_struggle():
    model = small()
    figure = model.plot("network")
    strugglers = int(model.engine.column("struggler").sum())
    assert strugglers
    assert len(figure.axes[0].collections[1].get_offsets()) == strugglers
    assert f"{strugglers} struggling" in figure.description


def test_a_figure_of_a_model_that_does_not_exist_is_refused_with_the_names_of_those_that_do():
    with pytest.raises(InputError, match="days"):
        small().plot("dayz")


def test_the_package_names_its_drawers_as_entry_points():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["entry-points"][showing.GROUP]
    found = {kind: EntryPoint(kind, value, showing.GROUP).load() for kind, value in named.items()}
    assert found == {"graph": GRAPH, "model": MODEL}


def test_where_nobody_draws_a_model_shows_its_text_and_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(showing, "drawer", lambda kind: None)
    assert small()._repr_html_() is None
    with pytest.raises(InputError, match="nothing is installed that draws it"):
        small().plot()


# --- graphs -----------------------------------------------------------------------------------------------------------


def ring(n_agents):
    people = np.arange(n_agents)
    return FollowerGraph.from_arcs(n_agents, people, (people + 1) % n_agents)


def test_a_graph_shows_its_size_and_how_followers_are_shared_out():
    page = page_of(ring(12))
    assert "arcs that are returned" in page.text
    assert "svg" in page.tags
    bars = [patch.get_height() for patch in ring(12).plot().axes[1].patches]
    assert sum(bars) == 12


def test_people_can_be_marked_on_the_map_and_flags_of_another_length_are_refused():
    graph = ring(12)
    flags = np.arange(12) < 4
    figure = graph.plot(marked=flags, label="of the first row")
    assert len(figure.axes[0].collections[1].get_offsets()) == 4
    assert "of the first row" in figure.axes[0].get_legend().get_texts()[0].get_text()
    with pytest.raises(InputError, match="one flag for each"):
        graph.plot(marked=flags[:5])


def test_a_large_graph_shows_its_most_followed_people_and_says_so():
    people = np.arange(MOST_PEOPLE + 50)
    graph = FollowerGraph.from_arcs(len(people), people[1:], np.zeros(len(people) - 1, dtype=int))
    figure = graph.plot()
    assert f"{MOST_PEOPLE} most followed" in figure.axes[0].texts[0].get_text()
    assert len(figure.axes[0].collections[0].get_offsets()) == MOST_PEOPLE


def test_a_graph_without_people_or_arcs_can_be_shown_too():
    nobody = FollowerGraph.from_arcs(0, [], [])
    strangers = FollowerGraph.from_arcs(3, [], [])
    assert page_of(nobody)
    assert page_of(strangers)


def test_people_stand_at_the_same_place_every_time_and_parts_do_not_overlap():
    ends = np.array([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3]])
    one, two = layout(6, ends), layout(6, ends)
    assert np.array_equal(one, two)
    apart = np.hypot(*(one[:3].mean(axis=0) - one[3:].mean(axis=0)))
    assert apart > np.hypot(*(one[:3] - one[:3].mean(axis=0)).T).max()


# --- studies, results, comparisons ------------------------------------------------------------------------------------


def test_a_study_tells_its_question_its_arms_and_how_many_runs_it_is():
    study = tiny(question="Does it help?", factors={"beliefs.stigma_mean": (0.3, 0.6)})
    page = page_of(study)
    assert "Does it help?" in page.text
    assert "8, seed 3" in page.text
    assert "beliefs.stigma_mean" in page.text
    assert "moderation (regime automatic review)" in page.text


def test_a_study_on_a_network_that_is_not_here_can_be_shown_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("SUPPORTNET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    base = Parameters(network={"type": "dataset", "name": "physicians"})
    assert "the people of a network that is not here" in page_of(tiny(base=base)).text


def test_names_with_markup_are_shown_as_text_wherever_they_stand(tmp_path):
    arms = [Arm("none"), Arm(HOSTILE, [Hashtag(), Moderation()])]
    study = tiny(question=HOSTILE, arms=arms)
    results = study.run(out=tmp_path)
    for thing in (study, results, results.compare("normalization"), results.plot()):
        assert HOSTILE in page_of(thing).text


# --- figures ----------------------------------------------------------------------------------------------------------


def a_figure(title="A title"):
    def draw(axes):
        axes.plot([1, 2])

    drawing = Drawing("Two points", "a note", "From one to two.", draw)
    return sheet([drawing], title)


def test_a_figure_shows_itself_with_its_words_and_takes_the_colours_of_the_page():
    figure = a_figure()
    text = figure._repr_html_()
    assert isinstance(figure, Figure)
    assert "From one to two." in Page(text).text
    assert "var(--fig-paper" in text
    for place in ("body[data-jp-theme-light=false]", "html[theme=dark]", "body.vscode-dark", "html[data-theme=dark]"):
        assert place in text


def test_the_same_figure_has_the_same_bytes_and_another_one_another_name():
    names = [re.findall(r'id="(figure-[0-9a-f]{10})-title"', a_figure(title).svg()) for title in ("one", "one", "two")]
    assert a_figure("one").svg() == a_figure("one").svg()
    assert names[0] == names[1] != names[2]
    assert names[0] != ["figure-0000000000"]


def test_a_table_says_how_many_rows_it_leaves_out_and_escapes_what_it_shows():
    text = card(html_table(["<a>"], [["<b>"]], more=1200), paragraph("<c>"), title="<d>")
    assert "1,200 more rows" in text
    assert {"<a>", "<b>", "<c>", "<d>"}.isdisjoint(re.findall(r"<\w>", text))


# --- the demonstration ------------------------------------------------------------------------------------------------


def test_the_demonstration_shows_a_table_a_curve_and_a_replay_and_leaves_nothing_behind(monkeypatch):
    promised = []
    monkeypatch.setattr(atexit, "register", lambda do, *given, **named: promised.append((do, given, named)))
    shown = demo(agents=60, days=3, replicates=2)
    page = page_of(shown)
    assert {"table", "svg", "iframe"} <= set(page.tags)
    assert ("sandbox", "allow-scripts") in page.attributes
    assert "nobody real" in page.text
    assert "hashtag" in str(shown)
    assert shown.compare().table.height
    assert shown.results.folder.is_dir()
    for do, given, named in promised:
        do(*given, **named)
    assert not shown.results.folder.exists()


@pytest.mark.slow
def test_in_the_demonstration_the_tag_is_taken_up_and_more_strugglers_are_reached():
    found = demo().compare().table.filter(arm="hashtag")
    better = dict(found.select("outcome", "difference").iter_rows())
    assert better["adopters"] > 50
    assert better["support_reach_7d"] > 0.05


@pytest.mark.slow
def test_the_demonstration_takes_less_than_ten_seconds_of_a_processor_from_a_cold_start():
    program = [sys.executable, "-c", "from experiments import demo; demo()._repr_html_()"]
    spent = []
    for _ in range(2):  # the first compiles the model where nobody has done so before
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(program, cwd=Path(__file__).parents[1], check=True, timeout=600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 10.0
