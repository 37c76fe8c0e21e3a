"""The page of a replay, without a browser: its numbers are those of the tables; it is small, quiet and repeatable."""

import json
import re

import numpy as np
import polars as pl
import pytest

from experiments import REPLAY_LOG, Arm, Store, Study, replay_html, replay_of, replay_of_results
from experiments.replay import replay
from experiments.replay.choosing import told_posts
from experiments.replay.packing import packed, unpacked
from experiments.replay.page import contents
from experiments.replay.people import Mark
from experiments.sweep import How, sweep
from simulation import EventLog, Hashtag, InputError, Moderation, Parameters, RunError, SupportNetworkModel, Worlds
from tests.sweeps import tiny
from tests.test_cli import call as supportnet

WORLD = Parameters().with_values(
    {
        "agents": 120, "days": 9, "warmup_days": 3, "adoption.first_exposure": 0.3, "disclosure.intercept": -1.0,
        "reactions.reply": 0.2, "reactions.retweet": 0.2, "reading.search_others": 0.3, "reactions.derogatory": 0.3,
    }
)  # fmt: skip
"""A lively little world."""
ARMS = {"none": [], "tag & desk": [Hashtag(seeds={"count": 8}), Moderation(regime="automatic_review")]}


def ran(interventions, parameters=WORLD, log=REPLAY_LOG, seed=6, worlds=None):
    model = SupportNetworkModel(parameters, rng=seed, interventions=interventions, events=log, worlds=worlds)
    model.run()
    return model


@pytest.fixture(scope="module")
def models():
    worlds = Worlds()
    return {name: ran(interventions, worlds=worlds) for name, interventions in ARMS.items()}


@pytest.fixture(scope="module")
def page(models):
    found = replay_of(models, "Does it help?")
    return contents(found.arms, found.told)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("replay")
    done = sweep(tiny(question="Is <it> so?", outcomes=["normalization"]), path)
    assert done.failed == 0
    return path


def outcome(model, name):
    rows = model.outcomes.filter(pl.col("outcome") == name, pl.col("group") == "all").sort("step")
    return rows["value"].to_list()


def count(page, arm, name):
    about, arrays = page
    place = next(place for place, each in enumerate(about["counts"]) if each["name"] == name)
    return arrays[f"{arm}.counts"].reshape(-1, about["days"] + 1)[place].tolist()


@pytest.mark.parametrize("name", ["prevalence", "normalization", "adopters", "supported_within_24h", "harm_exposure"])
def test_outcomes_on_the_page_are_those_of_the_run_day_by_day(models, page, name):
    for arm, model in enumerate(models.values()):
        assert count(page, arm, name) == pytest.approx([np.nan if v is None else v for v in outcome(model, name)],
                                                       nan_ok=True, abs=0)  # fmt: skip


def test_posts_counted_on_the_page_are_those_of_the_table(models, page):
    begin, per_day = WORLD.warmup_steps, WORLD.steps_per_day
    for arm, model in enumerate(models.values()):
        posts = model.tables["posts"].filter(pl.col("step") >= begin)
        own = posts.filter(pl.col("parent").is_null())
        roots = model.tables["posts"].select(pl.col("key").alias("root"), pl.col("kind").alias("of"))
        support = posts.filter(pl.col("kind") == "reply_supportive").join(roots, on="root").filter(of="struggle")
        assert count(page, arm, "own_posts")[-1] == own.height
        assert count(page, arm, "own_posts")[3] == own.filter(pl.col("step") < begin + 3 * per_day).height
        assert count(page, arm, "support_given")[-1] == support.height > 0
        assert count(page, arm, "disclosers")[-1] == own.filter(kind="struggle")["author"].n_unique()
        assert count(page, arm, "removed")[-1] == outcome(model, "removals")[-1]


def test_marks_of_people_add_up_to_the_outcomes_of_the_day(models, page):
    about, arrays = page
    for arm, model in enumerate(models.values()):
        states = arrays[f"{arm}.states"].reshape(about["days"] + 1, about["shown"])
        struggling = (states & Mark.STRUGGLING > 0).sum(axis=1)
        reached = ((states & Mark.STRUGGLING > 0) & (states & Mark.REACHED > 0)).sum(axis=1)
        assert (struggling / about["agents"]).tolist() == pytest.approx(outcome(model, "prevalence"))
        assert (reached / struggling).tolist() == pytest.approx(outcome(model, "support_reach_7d"))
        online = (states & Mark.ONLINE > 0).sum(axis=1)
        days = (pl.col("step") - WORLD.warmup_steps) // WORLD.steps_per_day + 1
        seen = model.events["views"].group_by(days.alias("day")).agg(pl.col("agent").n_unique()).sort("day")
        assert online[1:].tolist() == seen.filter(pl.col("day") >= 1)["agent"].to_list()


def test_the_story_of_every_post_holds_every_view_like_and_decision_of_the_log(models, page):
    _, arrays = page
    begin = WORLD.warmup_steps
    for arm, model in enumerate(models.values()):
        posts = model.tables["posts"]
        roots = posts.filter(pl.col("parent").is_null(), pl.col("step") >= begin)["key"].implode()
        told = posts.filter(pl.col("root").is_in(roots))
        views = model.events["views"].filter(pl.col("root").is_in(roots))
        signs = model.events["reactions"].filter(
            pl.col("root").is_in(roots), pl.col("reaction").is_in(["like", "report"])
        )
        desk = model.events["desk_events"].join(told, left_on="post", right_on="key", how="semi")
        sizes = {name: int(arrays[f"{arm}.{name}.size"].sum()) for name in ("threads", "views", "signs", "desk")}
        assert sizes == {"threads": told.height, "views": views.height, "signs": signs.height, "desk": desk.height}
        assert arrays[f"{arm}.thread.likes"].sum() == told["likes"].sum()
        assert sorted(arrays[f"{arm}.views.agent"].tolist()) == views["agent"].sort().to_list()
    assert desk.height > 0


def test_a_view_on_the_page_names_the_retweet_that_carried_it(models, page):
    _, arrays = page
    model = models["tag & desk"]
    carried = model.events["views"].filter(pl.col("through").is_not_null(), pl.col("step") >= WORLD.warmup_steps)
    through, sizes = arrays["1.views.through"], arrays["1.views.size"]
    offsets, starts = (
        np.cumsum(arrays["1.threads.size"]) - arrays["1.threads.size"],
        np.repeat(np.arange(len(sizes)), sizes),
    )
    authors = arrays["people.id"][arrays["1.thread.author"]]
    found = authors[offsets[starts] + through - 1][through > 0]
    told = carried.filter(pl.col("root") % 2**32 // 256 >= WORLD.warmup_steps)
    assert sorted(found.tolist()) == sorted((told["through"] // 2**32).to_list())
    assert len(found) > 0


def test_the_same_runs_give_the_same_bytes(models):
    again = {name: ran(interventions) for name, interventions in ARMS.items()}
    assert replay_html(again, "x") == replay_html(models, "x")


def test_what_is_packed_comes_out_again():
    about = {"name": "</script><b>🙂", "none": None}
    arrays: dict[str, list[float]] = {"small": [0, 255], "below": [-1, 3], "wide": [0, 70_000], "real": [0.1, np.nan]}
    arrays["empty"] = []
    found = unpacked(packed(about, arrays))
    assert found.about == about
    assert [found.arrays[name].dtype.str[1:] for name in arrays] == ["u1", "i1", "u4", "f8", "f8"]
    for name, values in arrays.items():
        assert found.arrays[name].tolist() == pytest.approx(values, nan_ok=True, abs=0)


def test_numbers_that_need_more_than_32_bits_are_refused():
    with pytest.raises(ValueError, match="32 bits"):
        packed({}, {"wide": [2**33]})


def test_the_page_refers_to_nothing_outside_and_allows_only_its_own_script(models):
    text = replay_html(models, "x")
    assert not re.findall(r"@import|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)", text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]


def test_names_never_become_markup_in_the_page(models):
    evil = '</title><script>window.hit=1</script>"><img src=x onerror=alert(1)>'
    text = replay_html({evil: models["none"], "b": models["tag & desk"]}, title=evil)
    assert evil not in text
    assert text.count("<script") == 2
    assert "<img" not in text
    frame = replay_of(models["none"], evil).frame()
    assert frame.count("<") == 2
    assert 'sandbox="allow-scripts"' in frame


def test_a_model_without_a_log_is_refused_and_told_the_cure():
    with pytest.raises(InputError, match=r"events=experiments\.REPLAY_LOG"):
        replay_html(ran([], log=None))
    with pytest.raises(InputError, match="lacks reactions"):
        replay_html(ran([], log=EventLog(tables=("views", "desk_events", "ties", "people"))))


def test_a_model_may_stop_on_the_way_but_not_in_its_warm_up():
    model = SupportNetworkModel(WORLD, rng=5, events=REPLAY_LOG)
    model.run(days=2)
    with pytest.raises(InputError, match="has come to day -1"):
        replay_of(model)
    model.run(days=3)
    about, arrays = _page(model)
    assert about["days"] == 2
    assert len(arrays["0.states"]) == 3 * 120


def test_ties_on_the_page_after_the_last_change_are_those_of_the_graph():
    settings = WORLD.with_values({"ties.follow": 0.5, "ties.unfollow": 0.3})
    model = ran([], settings)
    _, arrays = _page(model)
    ties = set(zip(arrays["ties.author"].tolist(), arrays["ties.follower"].tolist(), strict=True))
    columns = [arrays[f"0.changes.{name}"].tolist() for name in ("day", "added", "author", "follower")]
    assert columns[0] == sorted(columns[0])
    for _, added, author, follower in zip(*columns, strict=True):
        (ties.add if added else ties.remove)((author, follower))
    graph = model.engine.graph
    assert ties == set(zip(graph.authors.tolist(), graph.followers.tolist(), strict=True))
    assert len(set(columns[1])) == 2


def test_arms_of_different_people_do_not_stand_side_by_side(models):
    with pytest.raises(InputError, match="not the same people"):
        replay_of({"one": models["none"], "other": ran([], seed=7)})
    with pytest.raises(InputError, match="one arm, or two"):
        replay_of({str(number): models["none"] for number in range(3)})


def test_a_large_run_shows_a_sample_of_people_and_says_so(models):
    model = ran([], log=EventLog(sample=30))
    found = replay_of(model)
    about, arrays = contents(found.arms, found.told)
    assert (about["shown"], about["agents"]) == (30, 120)
    assert "sample of 30 of 120 people" in found.html()
    assert arrays["people.id"][:30].tolist() == model.events["people"]["agent"].unique().sort().to_list()
    assert count((about, arrays), 0, "own_posts") == count(_page(models["none"]), 0, "own_posts")


def _page(model):
    found = replay_of(model)
    return contents(found.arms, found.told)


def test_a_small_page_tells_struggles_first_and_says_how_many_posts_it_tells(models):
    posts = models["none"].tables["posts"]
    struggles = posts.filter(pl.col("kind") == "struggle", pl.col("step") >= WORLD.warmup_steps)["key"]
    told = told_posts([posts], WORLD.warmup_steps, room=1)
    assert told.roots.to_list() == struggles.sort().to_list()
    assert not told.is_whole
    found = replay_of(models["none"], room=1)
    assert f"{len(struggles):,} of {told.number:,} posts can be told" in found.html()


def test_lists_name_what_they_promise(models, page):
    _, arrays = page
    posts = [model.tables["posts"] for model in models.values()]
    keys = (
        arrays["people.id"][arrays["posts.author"]].astype(np.int64) << 32 | arrays["posts.step"].astype(np.int64) << 8
    )
    keys |= arrays["posts.slot"]
    removed = keys[arrays["lists.removed"]].tolist()
    there = {key for each in posts for key in each.filter(pl.col("removed_step") >= 0)["key"]}
    assert removed
    assert set(removed) <= there
    alone = keys[arrays["lists.alone"]].tolist()
    answered = [set(each.filter(pl.col("kind").str.starts_with("reply"))["root"]) for each in posts]
    assert alone
    assert all(key not in answered[0] or key not in answered[1] for key in alone)
    differ = keys[arrays["lists.differ"]].tolist()
    struggles = [set(each.filter(kind="struggle")["key"]) for each in posts]
    assert set(differ) == {key for key in struggles[0] ^ struggles[1] if key % 2**32 // 256 >= WORLD.warmup_steps}
    assert differ
    views = [
        max(each.filter(key=key, kind="struggle")["views"].sum() for each in posts)
        for key in keys[arrays["lists.seen"]].tolist()
    ]
    assert views == sorted(views, reverse=True)


def test_a_stored_run_is_done_again_and_found_to_be_the_same(folder):
    found = replay_of_results(folder)
    assert [arm.name for arm in found.arms] == ["none", "tag"]
    assert all("found the same as the stored run in outcomes, posts" in arm.source for arm in found.arms)
    stored = Store(folder).table("posts").filter(arm="tag", replicate=1)
    assert found.arms[1].posts.equals(stored.drop("study", "scenario", "arm", "replicate", "seed"))


def test_a_stored_run_gives_the_page_that_its_model_gives(folder):
    found = replay_of_results(folder, arms=["none"])
    study = tiny()
    seed = Store(folder).runs().filter(arm="none", replicate=1)["seed"][0]
    direct = replay_of({"none": ran([], study.base, seed=seed)})
    (about, arrays), (about_model, arrays_model) = (contents(each.arms, each.told) for each in (found, direct))
    assert about == about_model
    assert arrays.keys() == arrays_model.keys()
    assert all(np.array_equal(arrays[name], arrays_model[name], equal_nan=name == "0.counts") for name in arrays)


def test_a_run_that_comes_out_otherwise_is_refused(folder, monkeypatch):
    whole = Store.scan

    def altered(self, name):
        rows = whole(self, name)
        if name != "runs":
            return rows
        wrong = json.dumps({"posts": "0" * 64, "outcomes": "0" * 64})
        return rows.with_columns(pl.lit(wrong).alias("content"), pl.lit("old").alias("code"))

    monkeypatch.setattr(Store, "scan", altered)
    with pytest.raises(RunError, match="other rows came out: outcomes, posts; it was stored by another version"):
        replay_of_results(folder, arms=["none"])


def test_a_run_can_be_named_by_its_key(folder):
    row = Store(folder).runs().filter(arm="tag", replicate=2).row(0, named=True)
    found = replay_of_results(folder, run=row["run"])
    assert [arm.name for arm in found.arms] == ["tag"]
    assert str(row["seed"]) in found.arms[0].source
    with pytest.raises(InputError, match="no finished run has this key"):
        replay_of_results(folder, run="zz")
    with pytest.raises(InputError, match="names one run by itself"):
        replay_of_results(folder, run=row["run"], arms=["tag"])


def test_the_command_writes_the_page_and_says_where_its_runs_come_from(folder, tmp_path):
    done = supportnet(
        "replay", str(folder), "--arms", "none", "tag", "--replicate", "2", "-o", str(tmp_path / "x.html")
    )
    assert done.exit_code == 0
    assert done.stdout.strip() == str(tmp_path / "x.html")
    assert done.stderr.count("run again from the study and the seed") == 2
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "Is &lt;it&gt; so?" in text
    assert replay(folder, tmp_path / "y.html", arms=["none", "tag"], replicate=2).read_text(encoding="utf-8") == text
    wrong = supportnet("replay", str(folder), "--arms", "none", "tga")
    assert wrong.exit_code == 2
    assert "did you mean 'tag'" in wrong.stderr


@pytest.mark.parametrize("words", [("--run", "zzz"), ("--arm", "nobody"), ("--arms", "none", "none")])
def test_what_is_not_there_is_refused_before_anything_is_said_to_begin(words, folder):
    done = supportnet("replay", str(folder), *words)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{words[0]} {words[1]}")
    assert "done again" not in done.stderr


def test_results_without_posts_can_be_replayed_all_the_same(tmp_path):
    sweep(tiny(replicates=1), tmp_path, How(keep=("outcomes",)))
    found = replay_of_results(tmp_path, arms=["tag"])
    assert found.arms[0].source.endswith("found the same as the stored run in outcomes")
    assert found.told.is_whole


def test_results_in_a_notebook_show_a_replay_in_a_frame(tmp_path):
    study = Study(base=tiny().base, arms=[Arm("a"), Arm("b", [Hashtag(seeds={"count": 3})])], replicates=1, seed=2)
    shown = study.run(out=tmp_path).replay("a", "b")._repr_html_()
    assert shown.startswith("<iframe")
    assert "Replay of a and b" in shown


@pytest.mark.slow
def test_two_arms_of_500_people_over_60_days_stay_below_5_megabytes():
    parameters = Parameters(agents=500, days=60)
    page = replay_html({name: ran(arm, parameters) for name, arm in ARMS.items()})
    assert len(page.encode()) < 5_000_000
    about = unpacked(re.search(r'id="data">([^<]*)<', page)[1]).about  # type: ignore[index]
    assert about["told"] == about["ownPosts"]
    assert about["shown"] == 500


@pytest.mark.slow
def test_a_large_run_stays_below_5_megabytes_by_telling_fewer_posts():
    model = ran(ARMS["tag & desk"], Parameters(agents=5_000, days=30))
    found = replay_of(model)
    assert len(found.html().encode()) < 5_000_000
    assert not found.told.is_whole
