"""Event logs of studies: written as they happen, kept with the other tables of a run."""

import json
from typing import Any

import polars as pl
import pytest

from experiments import Arm, Store, Study
from experiments.estimates import MB_ON_DISK_PER_AGENT_DAY, MB_ON_DISK_PER_STATE, estimate
from experiments.event_files import ParquetSink
from experiments.run import KEYS, attempt, run_experiment
from experiments.sweep import plan
from experiments.verify import verify
from simulation import EVENT_TABLES, EventLog, Hashtag, InputError, Parameters, SupportNetworkModel
from tests.test_study import study_of

WORLD = Parameters().with_values({"agents": 60, "days": 4, "warmup_days": 1, "adoption.first_exposure": 0.5})
TAG = Hashtag(start_day=1.0, seeds={"count": 6})


def study(**changes):
    """A small study with two arms and a log."""
    given: dict[str, Any] = {
        "base": WORLD,
        "arms": [Arm("none"), Arm("tag", [TAG])],
        "replicates": 2,
        "seed": 3,
        "events": EVENT_TABLES,
    }
    return Study(study="logged", **(given | changes))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of that study."""
    return study().run(tmp_path_factory.mktemp("logged"))


def test_every_table_of_the_log_lies_beside_the_others(results):
    assert set(EVENT_TABLES) <= set(results.tables)
    for name in EVENT_TABLES:
        assert results.table(name).columns[:5] == list(KEYS)
    assert results.table("views").group_by("arm", "replicate").len().height == 4


def test_the_log_on_the_disk_is_the_log_in_memory(results):
    for experiment in study().experiments():
        model = SupportNetworkModel(
            WORLD, rng=experiment.seed, interventions=experiment.interventions, events=EventLog()
        )  # fmt: skip
        model.run()
        for name, table in model.events.items():
            mine = results.table(name).filter(arm=experiment.arm, replicate=experiment.replicate)
            assert mine.drop(KEYS).equals(table), name


def test_a_run_that_is_not_kept_returns_its_log(results):
    tables = run_experiment(next(iter(study().experiments())))
    first = results.table("views").filter(arm="none", replicate=1)
    assert tables["views"].equals(first)


def test_nothing_is_left_of_the_parts(results):
    assert not list(results.folder.rglob("*.part"))
    assert not list(Store(results.folder).working.glob("events-*"))


def test_the_same_study_gives_the_same_log(results, tmp_path):
    again = study().run(tmp_path, workers=2)
    for name in EVENT_TABLES:
        assert again.table(name).equals(results.table(name)), name
    content = [table.runs.select("run", "content").sort("run") for table in (results, again)]
    assert content[0].equals(content[1])


def test_the_log_of_a_run_that_is_repeated_has_the_same_hash(results):
    """What is written to files as it happens is hashed like what is held in memory."""
    assert verify(results.folder, sample=4).is_same
    stored = json.loads(results.runs["content"][0])
    assert set(EVENT_TABLES) <= set(stored)


def test_a_damaged_log_is_written_again(tmp_path):
    done = study(replicates=1).run(tmp_path)
    before = done.table("views")
    path = next(tmp_path.glob("shards/*/views.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    assert plan(study(replicates=1), tmp_path).damaged
    assert study(replicates=1).run(tmp_path).table("views").equals(before)


def test_only_the_tables_that_are_wanted_are_kept(tmp_path):
    done = study(replicates=1).run(tmp_path, keep=("outcomes", "reactions"))
    assert set(done.tables) == {"outcomes", "reactions", "runs"}


def test_parts_of_a_run_that_was_killed_do_not_get_into_its_log(tmp_path):
    experiment = next(iter(study().experiments()))
    (tmp_path / "views-000000.part").write_bytes(b"half a")
    result = attempt(experiment, spool=tmp_path)
    assert result.error == ""
    assert pl.read_parquet(result.files["views"]).equals(run_experiment(experiment)["views"])


def test_parts_are_joined_in_the_order_of_writing(tmp_path):
    sink = ParquetSink(tmp_path / "run", lambda rows: rows)
    for day in range(12):
        sink.write("views", pl.DataFrame({"day": [day] * (day % 3)}, schema={"day": pl.Int64}))
    joined = pl.read_parquet(sink.joined()["views"])
    assert joined["day"].to_list() == [day for day in range(12) for _ in range(day % 3)]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["views.parquet"]


def test_a_table_in_which_nothing_happened_still_has_its_columns(tmp_path):
    sink = ParquetSink(tmp_path / "run", lambda rows: rows)
    for _ in range(3):
        sink.write("ties", pl.DataFrame(schema={"step": pl.Int64}))
    assert pl.read_parquet(sink.joined()["ties"]).schema == {"step": pl.Int64}


def test_a_log_changes_the_key_of_a_run_and_nothing_else_does(tmp_path):
    one, other = study(events=None), study()
    assert "events" not in one.resolve()
    assert one.content_hash() != other.content_hash()
    keys = [next(iter(each.experiments())).key("code") for each in (one, other)]
    assert keys[0] != keys[1]
    assert not set(EVENT_TABLES) - {"adoptions"} & set(study(events=None, replicates=1).run(tmp_path).tables)


# --- study files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "log"),
    [
        ("events: [views, reactions]", EventLog(tables=("views", "reactions"))),
        ("events: {sample: 7}", EventLog(sample=7)),
        ("events: {tables: [people], sample: 7}", EventLog(tables=("people",), sample=7)),
        ("events: []", None),
        ("events:", None),
        ("seed: 2", None),
    ],
)
def test_a_study_file_says_what_to_write_down(text, log, tmp_path):
    read = study_of(text, tmp_path)
    assert next(iter(read.experiments())).events == log


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("events: [views, reaction]", ["events[1]: \"reaction\" is not a table", "tables: views", "mean 'reactions'"]),
        ("events: {table: [views]}", ["events.table: unknown key", "takes: tables, sample", "mean 'tables'"]),
        ("events: {sample: 0}", ["events.sample: 0 is out of range", "1 or more people"]),
        ("events: views", ["events: 'views' is neither a list", "for example events: [views, reactions]"]),
    ],
)  # fmt: skip
def test_mistakes_in_events_are_told_with_their_place(text, said, tmp_path):
    with pytest.raises(InputError) as error:
        study_of(text, tmp_path)
    for part in said:
        assert part.replace('"', "'") in str(error.value).replace('"', "'")


def test_a_python_call_is_told_the_same(tmp_path):
    with pytest.raises(InputError, match=r"events\[0\]: 'view' is not a table"):
        study(events=["view"])


def test_the_resolved_study_has_the_log_and_asks_for_the_same(results, tmp_path):
    again = study_of((results.folder / "study.yaml").read_text(), tmp_path)
    assert again.content_hash() == study().content_hash()
    assert Store(results.folder).manifest()["hash"] == study().content_hash()


def test_the_estimate_knows_what_a_log_takes_on_the_disk():
    asked = study(events=["views"])
    more = estimate(asked).disk_mb - estimate(study(events=None)).disk_mb
    assert more == pytest.approx(4 * 60 * 5 * MB_ON_DISK_PER_AGENT_DAY["views"])
    states = estimate(study(events=EventLog(tables=("people",), sample=1000))).disk_mb
    assert states - estimate(study(events=None)).disk_mb == pytest.approx(4 * 60 * 5 * MB_ON_DISK_PER_STATE)
