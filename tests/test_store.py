"""The results store: what is there is whole, and the same study gives the same bytes."""

import json

import polars as pl
import pytest

from experiments import Store
from experiments.run import KEYS
from experiments.store import DONE, FAILED, SCHEMA_VERSION, write_whole
from simulation import InputError

ROW = {
    "study": "s", "scenario": "-", "arm": "none", "replicate": 1, "seed": 5, "status": DONE, "error": "",
    "seconds": 0.5, "peak_memory_mb": 100.0,
}  # fmt: skip


def table(arm="none", replicate=1, scenario="-", value=0.5):
    keys = {"study": ["s"], "scenario": [scenario], "arm": [arm], "replicate": [replicate], "seed": [5]}
    return pl.DataFrame(keys | {"value": [value]}, schema_overrides={"replicate": pl.Int32})


def kept(store, run="a", **row):
    changed = ROW | row
    key = {name: changed[name] for name in ("arm", "replicate", "scenario")}
    store.append(run, {"outcomes": table(**key)}, changed)
    return store


def test_a_run_that_was_kept_is_done_and_can_be_read(tmp_path):
    store = kept(Store(tmp_path))
    assert store.is_done("a")
    assert store.names() == ["outcomes", "runs"]
    assert store.table("outcomes").equals(table())
    assert store.runs().row(0, named=True)["seconds"] == 0.5


def test_a_run_that_is_not_there_or_failed_is_not_done(tmp_path):
    store = kept(Store(tmp_path), status=FAILED, error="ValueError: x")
    assert not store.is_done("a")
    assert not store.is_done("b")


@pytest.mark.parametrize("name", ["outcomes", "runs"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_shard_is_noticed(name, damage, tmp_path):
    store = kept(Store(tmp_path))
    path = tmp_path / name / "a.parquet"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif name == "outcomes" and damage == "flipped":
        path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    else:
        path.write_bytes(content[: len(content) // 2])
    assert not store.is_done("a")


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.store.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "x" / "file", b"content")
    assert list((tmp_path / "x").iterdir()) == []


def test_a_run_without_its_row_does_not_count(tmp_path, monkeypatch):
    store = Store(tmp_path)
    real = Store._write_table

    def stopped_before_the_row(self, name, run, content):
        if name == "runs":
            raise KeyboardInterrupt
        return real(self, name, run, content)

    monkeypatch.setattr(Store, "_write_table", stopped_before_the_row)
    with pytest.raises(KeyboardInterrupt):
        kept(store)
    assert "outcomes" in store.names()
    assert not store.is_done("a")


def test_the_same_run_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        kept(Store(tmp_path / name))
    one, two = (tmp_path / name / "outcomes" / "a.parquet" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_tables_come_in_the_order_of_the_study_and_not_of_the_alphabet(tmp_path):
    store = Store(tmp_path)
    order = [(r, s, a) for r in (1, 2) for s in ("x=9", "x=10") for a in ("zero", "arm")]
    for place, (replicate, scenario, arm) in enumerate(reversed(order)):
        kept(store, f"run{place}", replicate=replicate, scenario=scenario, arm=arm)
    store.describe({"study": "s"}, {"study": "s", "scenarios": ["x=9", "x=10"], "arms": ["zero", "arm"]})
    assert store.table("outcomes").select("replicate", "scenario", "arm").rows() == order


def test_runs_that_are_not_wanted_are_set_aside_and_not_deleted(tmp_path):
    store = kept(kept(Store(tmp_path), "old"), "new")
    assert store.set_aside({"new"}) == 1
    assert store.runs().height == 1
    assert (tmp_path / "superseded" / "outcomes" / "old.parquet").is_file()
    assert store.names() == ["outcomes", "runs"]


def test_results_of_a_later_version_are_refused(tmp_path):
    store = Store(tmp_path)
    store.describe({"study": "s"}, {"study": "s"})
    assert store.manifest()["schema_version"] == SCHEMA_VERSION
    later = {"schema_version": SCHEMA_VERSION + 1}
    (tmp_path / "manifest.json").write_text(json.dumps(later))
    with pytest.raises(InputError, match="newer supportnet"):
        store.manifest()


def test_a_table_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with pytest.raises(InputError, match="tables: outcomes, runs"):
        kept(Store(tmp_path)).scan("views")


def test_keys_stand_first_in_the_table_of_runs(tmp_path):
    assert Store(tmp_path).runs().columns[:5] == list(KEYS)
