"""The results store: what is there is whole, what is damaged is noticed, and a run that is there twice counts once."""

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from experiments import Store
from experiments import store as stores
from experiments.run import KEYS
from experiments.shards import DONE, FAILED, SCHEMA_VERSION, columns_in, content_hash, write_whole
from experiments.store import DAMAGED, SUPERSEDED, Damage, among, as_key, as_numbers, default_folder, is_small
from simulation import InputError

A, B, C = "000000000000000a", "000000000000000b", "fffffffffffffffc"
ROW = {
    "study": "s", "scenario": "-", "arm": "none", "replicate": 1, "seed": 5, "status": DONE, "error": "",
    "seconds": 0.5, "peak_memory_mb": 100.0,
}  # fmt: skip


def table(arm="none", replicate=1, scenario="-", value=0.5):
    keys = {"study": ["s"], "scenario": [scenario], "arm": [arm], "replicate": [replicate], "seed": [5]}
    return pl.DataFrame(keys | {"value": [value]}, schema_overrides={"replicate": pl.Int32})


def kept(store, run=A, value=0.5, **row):
    changed = ROW | row
    key = {name: changed[name] for name in ("arm", "replicate", "scenario")}
    tables = {"outcomes": table(**key, value=value)} if changed["status"] == DONE else {}
    store.append(run, tables, changed)
    return store


def shard_of(store):
    return store.shards()[0]


def test_a_run_that_was_kept_is_done_and_can_be_read(tmp_path):
    store = kept(Store(tmp_path))
    assert store.is_done(A)
    assert store.names() == ["outcomes", "runs"]
    assert store.table("outcomes").equals(table())
    assert store.runs().row(0, named=True)["seconds"] == 0.5


def test_a_run_that_is_not_there_or_failed_is_not_done(tmp_path):
    store = kept(Store(tmp_path), status=FAILED, error="ValueError: x")
    assert not store.is_done(A)
    assert not store.is_done(B)
    assert store.inventory().failed.tolist() == [10]


@pytest.mark.parametrize("name", ["outcomes", "runs"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_file_is_noticed_and_named(name, damage, tmp_path):
    store = kept(Store(tmp_path))
    path = shard_of(store).folder / f"{name}.parquet"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "flipped":
        path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    else:
        path.write_bytes(content[: len(content) // 2])
    inventory = store.inventory()
    assert not store.is_done(A)
    assert f"{name}.parquet" in inventory.damaged[0].words


def test_a_file_that_rotted_without_being_written_is_found_by_hashing_it(tmp_path):
    store = kept(Store(tmp_path))
    path, sealed = (shard_of(store).folder / f"{name}.parquet" for name in ("outcomes", "runs"))
    content, long_ago = path.read_bytes(), sealed.stat().st_mtime_ns - 10**10
    path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    os.utime(path, ns=(long_ago, long_ago))
    assert not shard_of(store).damage()
    assert shard_of(store).damage(thorough=True) == "outcomes.parquet is not what was written"


def test_a_damaged_shard_is_set_aside_and_nothing_else(tmp_path):
    store = kept(kept(Store(tmp_path)), B, arm="tag")
    first = shard_of(store)
    store.set_damaged_aside([Damage(first.name, "is cut"), Damage("gone", "was moved by somebody else")])
    assert (tmp_path / DAMAGED / first.name / "runs.parquet").is_file()
    assert len(store.shards()) == 1


def test_a_reader_is_told_what_to_do_about_a_damaged_file(tmp_path):
    store = kept(Store(tmp_path))
    (shard_of(store).folder / "outcomes.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="sets damaged files aside"):
        store.table("outcomes")


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.shards.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "x" / "file", b"content")
    assert list((tmp_path / "x").iterdir()) == []
    with pytest.raises(OSError, match="No space"):
        kept(Store(tmp_path / "store"))
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("call", range(1, 6))
def test_a_shard_whose_writing_was_stopped_anywhere_does_not_count(call, tmp_path, monkeypatch):
    store, calls, real = Store(tmp_path), iter(range(1, 100)), os.fsync

    def stopped(handle):
        if next(calls) == call:
            raise KeyboardInterrupt
        real(handle)

    monkeypatch.setattr("experiments.shards.os.fsync", stopped)
    with pytest.raises(KeyboardInterrupt):
        kept(kept(store), B)
    assert store.names() in ([], ["outcomes", "runs"])
    assert [shard.damage(thorough=True) for shard in store.shards()] in ([], [""])


def test_the_same_run_gives_the_same_bytes_under_the_same_name(tmp_path):
    one, two = (shard_of(kept(Store(tmp_path / name))) for name in ("one", "two"))
    assert one.name == two.name
    for name in ("outcomes", "runs"):
        assert (one.folder / f"{name}.parquet").read_bytes() == (two.folder / f"{name}.parquet").read_bytes()


def test_tables_come_in_the_order_of_the_study_and_not_of_the_alphabet(tmp_path):
    store = Store(tmp_path)
    order = [(r, s, a) for r in (1, 2) for s in ("x=9", "x=10") for a in ("zero", "arm")]
    for place, (replicate, scenario, arm) in enumerate(reversed(order)):
        kept(store, f"{place:016x}", replicate=replicate, scenario=scenario, arm=arm)
    store.describe({"study": "s"}, {"study": "s", "scenarios": ["x=9", "x=10"], "arms": ["zero", "arm"]})
    assert store.table("outcomes").select("replicate", "scenario", "arm").rows() == order


def test_runs_that_are_not_wanted_are_set_aside_and_not_deleted(tmp_path):
    store = kept(kept(Store(tmp_path), A), B, arm="tag")
    assert store.set_aside(as_numbers([B])) == 1
    assert store.runs()["run"].to_list() == [B]
    aside = pl.read_parquet(tmp_path / SUPERSEDED / "*" / "runs.parquet")
    assert aside["run"].to_list() == [A]


def test_a_shard_is_taken_apart_where_only_some_of_its_runs_are_wanted(tmp_path):
    store = kept(kept(kept(Store(tmp_path), A), B, arm="tag"), C, arm="both")
    store.merge([shard.name for shard in store.shards()])
    assert store.set_aside(as_numbers([A, C])) == 1
    assert store.table("outcomes")["arm"].to_list() == ["both", "none"]
    assert pl.read_parquet(tmp_path / SUPERSEDED / "*" / "outcomes.parquet")["arm"].to_list() == ["tag"]
    assert store.inventory().damaged == ()


def test_merging_shards_changes_no_row(tmp_path):
    store = Store(tmp_path)
    for place in range(12):
        kept(store, f"{place:016x}", arm=f"arm {place % 3}", replicate=place // 3, value=place / 7)
    before, runs = store.table("outcomes"), store.runs()
    merged = store.merge([shard.name for shard in store.shards()])
    assert merged is not None
    assert [shard.name for shard in store.shards()] == [merged.name]
    assert store.table("outcomes").equals(before)
    assert store.runs().equals(runs)
    assert merged.damage(thorough=True) == ""


def test_a_damaged_shard_is_not_merged(tmp_path):
    store = kept(kept(Store(tmp_path), A), B, arm="tag")
    (shard_of(store).folder / "outcomes.parquet").write_bytes(b"")
    assert store.merge([shard.name for shard in store.shards()]) is None
    assert len(store.shards()) == 2


def test_a_run_that_is_there_twice_is_read_once_and_tidied(tmp_path):
    store = kept(kept(kept(Store(tmp_path), A, seconds=1.0), A, seconds=2.0), B, arm="tag")
    assert len(store.shards()) == 3
    assert store.inventory().repeated
    assert store.table("outcomes")["arm"].to_list() == ["none", "tag"]
    assert store.runs().height == 2
    before = store.runs()
    store.tidy()
    assert not store.inventory().repeated
    assert store.runs().equals(before)
    assert pl.read_parquet(tmp_path / "shards" / "*" / "outcomes.parquet").height == 2


def overlapping():
    """Every two and three of the seven choices among three runs."""
    choices = [some for size in (1, 2, 3) for some in combinations((A, B, C), size)]
    return [shards for number in (2, 3) for shards in combinations(choices, number)]


@pytest.mark.parametrize("shards", overlapping())
def test_however_shards_overlap_each_run_is_there_once_when_they_are_tidied(shards, tmp_path):
    store, arms = Store(tmp_path), {A: "none", B: "tag", C: "desk"}
    for runs in shards:
        tables = {"outcomes": pl.concat([table(arms[run]) for run in runs])}
        store.write(tables, [ROW | {"run": run, "arm": arms[run]} for run in runs])
    before, rows = store.runs(), store.table("outcomes")
    store.tidy()
    assert sorted(pl.read_parquet(tmp_path / "shards" / "*" / "runs.parquet")["run"]) == sorted(set(sum(shards, ())))
    assert store.runs().equals(before)
    assert store.table("outcomes").equals(rows)


def test_of_a_run_that_failed_and_came_to_an_end_another_time_the_end_counts(tmp_path):
    store = kept(kept(Store(tmp_path), A, status=FAILED, error="x"), A)
    assert store.is_done(A)
    assert store.inventory().failed.tolist() == []
    assert store.runs()["status"].to_list() == [DONE]
    store.tidy()
    assert pl.read_parquet(tmp_path / "shards" / "*" / "runs.parquet")["status"].to_list() == [DONE]


def test_a_reader_finds_every_run_while_shards_are_merged(tmp_path, monkeypatch):
    store = kept(kept(Store(tmp_path), A), B, arm="tag")
    real = Store._pieces

    def merged_meanwhile(self, name, shards):
        found = real(self, name, shards)
        self.merge([shard.name for shard in self.shards()])
        return found

    monkeypatch.setattr(Store, "_pieces", merged_meanwhile)
    assert store.table("outcomes")["arm"].to_list() == ["none", "tag"]


def test_what_is_there_is_counted_anew_when_a_shard_is_merged_away_meanwhile(tmp_path, monkeypatch):
    store = kept(kept(Store(tmp_path), A), B, arm="tag")
    real = Store.shards

    def merged_meanwhile(self):
        found = real(self)
        monkeypatch.setattr(Store, "shards", real)
        self.merge([shard.name for shard in found])
        return found

    monkeypatch.setattr(Store, "shards", merged_meanwhile)
    inventory = store.inventory()
    assert inventory.done.tolist() == as_numbers([A, B]).tolist()
    assert inventory.damaged == ()


def old_store(folder):
    """A folder of the first version of the layout: a folder per table, in it a file per run."""
    for run, arm in ((A, "none"), (B, "tag")):
        row = ROW | {"arm": arm, "run": run, "files": "{}"}
        for name, content in (("outcomes", table(arm=arm)), ("runs", pl.DataFrame([row]))):
            (folder / name).mkdir(parents=True, exist_ok=True)
            content.with_columns(pl.col("replicate").cast(pl.Int32)).write_parquet(folder / name / f"{run}.parquet")
    (folder / "manifest.json").write_text(json.dumps({"schema_version": 1, "study": "s", "arms": ["tag", "none"]}))
    return Store(folder)


def test_results_of_the_first_version_can_be_read(tmp_path):
    store = old_store(tmp_path)
    assert store.names() == ["outcomes", "runs"]
    assert store.table("outcomes")["arm"].to_list() == ["tag", "none"]
    assert store.runs().columns == Store(tmp_path / "new").runs().columns
    assert store.runs()["seconds"].to_list() == [0.5, 0.5]


def test_results_of_the_first_version_are_set_aside_by_new_ones(tmp_path):
    store = old_store(tmp_path)
    assert store.old_runs() == 2
    assert store.set_aside(np.zeros(0, dtype=np.uint64)) == 2
    assert (tmp_path / SUPERSEDED / "outcomes" / f"{A}.parquet").is_file()
    assert store.names() == []


def test_results_of_a_later_version_are_refused(tmp_path):
    store = Store(tmp_path)
    store.describe({"study": "s"}, {"study": "s"})
    assert store.manifest()["schema_version"] == SCHEMA_VERSION
    later = {"schema_version": SCHEMA_VERSION + 1}
    (tmp_path / "manifest.json").write_text(json.dumps(later))
    with pytest.raises(InputError, match="newer supportnet"):
        store.manifest()


def test_a_manifest_that_is_cut_is_told_and_not_guessed(tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema_ver')
    with pytest.raises(InputError, match="is not what was written"):
        Store(tmp_path).manifest()


def test_every_file_of_a_shard_says_which_version_wrote_it(tmp_path):
    shard = shard_of(kept(Store(tmp_path)))
    for path in shard.folder.glob("*.parquet"):
        assert pl.read_parquet_metadata(path)["schema_version"] == str(SCHEMA_VERSION)


def test_a_table_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with pytest.raises(InputError, match="tables: outcomes, runs"):
        kept(Store(tmp_path)).scan("views")


def test_keys_stand_first_in_the_table_of_runs(tmp_path):
    assert Store(tmp_path).runs().columns[:5] == list(KEYS)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="results cannot be written here"):
        Store(tmp_path / "file").prepare()


def test_the_first_sweep_of_two_does_not_clear_away_what_the_second_tries_the_folder_with(tmp_path):
    store = Store(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with store.arriving():
            second = pool.submit(Store(tmp_path).prepare)
            time.sleep(0.1)
            assert not second.done()
            store.clear_working()
        second.result(timeout=10)


def test_a_copy_of_a_store_is_as_good_as_the_store(tmp_path):
    kept(kept(Store(tmp_path / "one"), A), B, arm="tag")
    shutil.copytree(tmp_path / "one", tmp_path / "two", copy_function=shutil.copyfile)
    assert Store(tmp_path / "two").inventory().damaged == ()
    assert Store(tmp_path / "two").is_done(A)


@pytest.mark.parametrize(
    "other",
    [
        {"x": [1.0, 2.0], "y": ["ab", None]},
        {"x": [1.0, None], "y": ["ab", ""]},
        {"x": [1.0, 2.0], "y": ["a", "b"]},
        {"x": [2.0, 1.0], "y": ["ab", ""]},
        {"z": [1.0, 2.0], "y": ["ab", ""]},
        {"x": [1, 2], "y": ["ab", ""]},
        {"x": [1.0], "y": ["ab"]},
    ],
)
def test_tables_that_differ_in_anything_have_different_hashes(other):
    assert content_hash(pl.DataFrame(other)) != content_hash(pl.DataFrame({"x": [1.0, 2.0], "y": ["ab", ""]}))


def test_the_hash_of_a_table_outlives_the_disk(tmp_path):
    one = pl.DataFrame({"x": [0.1, None, float("nan")], "y": ["ü", None, ""], "z": [True, None, False]})
    one.write_parquet(tmp_path / "x.parquet")
    assert content_hash(pl.read_parquet(tmp_path / "x.parquet")) == content_hash(one)


def test_a_table_comes_in_pieces_that_are_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.store._SHARDS_PER_PIECE", 2)
    store = Store(tmp_path)
    for place in range(5):
        kept(store, f"{place:016x}", arm=f"arm {place}")
    kept(store, f"{0:016x}", arm="arm 0", seconds=9.0)
    pieces = [piece.collect() for piece in store.pieces("outcomes")]
    assert len(pieces) >= 3
    assert pl.concat(pieces).sort("arm").equals(store.table("outcomes").sort("arm"))


# --- by hand ---------------------------------------------------------------------------------------------------------

NUMBERED = ["0000000000000001", "00000000000000ff", "ffffffffffffffff"]


def test_keys_are_whole_numbers_of_64_bits_and_back():
    assert as_numbers(NUMBERED).tolist() == [1, 255, 2**64 - 1]
    assert [as_key(int(number)) for number in as_numbers(NUMBERED)] == NUMBERED


@pytest.mark.parametrize(
    ("keys", "known", "found"),
    [
        ([5], [], [False]),
        ([], [5], []),
        ([1, 5, 9], [5], [False, True, False]),
        ([0, 3, 4, 7, 8], [3, 7], [False, True, False, True, False]),
    ],
)
def test_a_key_is_among_the_known_or_not(keys, known, found):
    arrays = [np.array(numbers, dtype=np.uint64) for numbers in (keys, known)]
    assert among(*arrays).tolist() == found


@pytest.mark.parametrize(
    ("runs", "size", "small"),
    [
        (1, 1_000, True),
        (49, 3_999_999, True),
        (50, 1_000, False),
        (49, 4_000_000, False),
        (2, 399_999, True),
        (2, 400_000, False),
    ],
)
def test_a_shard_is_small_below_half_the_usual_runs_and_bytes_unless_its_runs_are_heavy(monkeypatch, runs, size, small):
    monkeypatch.setattr(stores, "RUNS_PER_SHARD", 100)
    monkeypatch.setattr(stores, "BYTES_PER_SHARD", 8_000_000)
    monkeypatch.setattr(stores, "BYTES_OF_A_HEAVY_RUN", 200_000)
    assert is_small(runs, size) == small


class Sized:
    """A shard as far as its size goes."""

    def __init__(self, name, runs, size):
        self.name, self.size = name, size
        self._runs = pl.DataFrame({"run": [str(number) for number in range(runs)]})

    def runs(self, _columns):
        return self._runs


def groups_of(monkeypatch, *sizes):
    monkeypatch.setattr(stores, "RUNS_PER_SHARD", 10)
    monkeypatch.setattr(stores, "BYTES_PER_SHARD", 1_000)
    shards: list[Any] = [Sized(str(place), *size) for place, size in enumerate(sizes)]
    return list(stores._groups(shards))


def test_small_shards_are_grouped_until_a_group_has_the_usual_runs_or_bytes(monkeypatch):
    assert groups_of(monkeypatch, (4, 1), (6, 1), (3, 1), (3, 1)) == [["0", "1"], ["2", "3"]]
    assert groups_of(monkeypatch, (4, 1), (5, 1), (1, 1), (9, 1)) == [["0", "1", "2"]]
    assert groups_of(monkeypatch, (1, 400), (1, 600), (1, 999), (1, 1)) == [["0", "1"], ["2", "3"]]


def test_a_shard_that_is_left_over_alone_is_not_merged(monkeypatch):
    assert groups_of(monkeypatch, (5, 1), (5, 1), (1, 1)) == [["0", "1"]]
    assert groups_of(monkeypatch, (1, 1)) == []


def test_results_lie_under_the_name_of_the_study_and_its_content(tmp_path):
    assert default_folder("a study", "0123").parts == ("results", "a study", "0123")


def test_moving_a_folder_replaces_what_is_there_and_says_whether_it_was_still_there(tmp_path):
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("x")
    assert stores._move(tmp_path / "from", tmp_path / "deep" / "er")
    assert stores._move(tmp_path / "deep" / "er", tmp_path / "to")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["from"]
    assert not stores._move(tmp_path / "from", tmp_path / "elsewhere")


def test_values_that_are_not_in_the_order_of_the_study_come_last_by_name():
    frame = pl.DataFrame({"arm": ["z", "b", "none", "a", "tag"]})
    assert frame.sort(stores._place("arm", ["tag", "none"]))["arm"].to_list() == ["tag", "none", "a", "b", "z"]
    assert frame.sort(stores._place("arm", []))["arm"].to_list() == ["a", "b", "none", "tag", "z"]


def test_the_first_failed_runs_are_given_in_the_order_of_the_study(tmp_path):
    store = Store(tmp_path)
    assert store.failed_runs(3).is_empty()
    for place, replicate in enumerate((3, 1, 2)):
        kept(store, as_key(place), replicate=replicate, status=FAILED)
    assert store.failed_runs(2)["replicate"].to_list() == [1, 2]
    assert store.failed_runs(9)["replicate"].to_list() == [1, 2, 3]


def test_an_inventory_counts_a_run_once_and_says_that_it_is_there_twice(tmp_path):
    store = Store(tmp_path)
    kept(store, NUMBERED[0], value=0.5)
    assert not store.inventory().repeated
    assert store.inventory().done.tolist() == [1]
    kept(store, NUMBERED[1], value=0.5)
    assert not store.inventory().repeated
    kept(store, NUMBERED[0], value=0.6)
    found = store.inventory()
    assert found.repeated
    assert found.done.tolist() == [1, 255]
    assert found.failed.tolist() == []
    assert len(found.small) == 3


def test_reading_is_tried_eight_times_and_an_error_that_stays_is_told(tmp_path, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    tries = []

    def read():
        tries.append(1)
        if len(tries) < 8:
            raise FileNotFoundError("gone")
        return "read"

    assert Store(tmp_path).steadily(read) == "read"
    assert waits == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64])

    def never():
        tries.append(1)
        raise OSError("broken\n  disk")

    tries.clear()
    waits.clear()
    with pytest.raises(InputError, match="a file cannot be read: broken disk"):
        Store(tmp_path).steadily(never)
    assert len(tries) == 8
    assert waits == [0.0] * 7


def test_tables_of_two_runs_come_in_pieces_of_so_many_shards(tmp_path):
    store = Store(tmp_path)
    for place, key in enumerate(NUMBERED):
        kept(store, key, replicate=place + 1)
    assert [piece.collect().height for piece in store._pieces("outcomes", 2)] == [2, 1]
    assert [piece.collect().height for piece in store._pieces("outcomes", 3)] == [3]


def test_merging_a_failed_run_with_its_end_keeps_the_end(tmp_path):
    store = kept(kept(kept(Store(tmp_path), A, status=FAILED, error="x"), A), A, status=FAILED, error="y")
    merged = store.merge([shard.name for shard in store.shards()])
    assert merged is not None
    assert merged.runs().select("run", "status").rows() == [(A, DONE)]
    assert merged.table("outcomes").equals(table())


def test_nothing_is_merged_with_one_shard_or_with_one_that_is_gone(tmp_path):
    store = kept(Store(tmp_path), A)
    assert store.merge([shard_of(store).name]) is None
    assert store.merge([shard_of(store).name, "0" * 16]) is None
    store.merge_small([shard_of(store).name, "0" * 16])
    assert [shard.runs()["run"].to_list() for shard in store.shards()] == [[A]]


def test_points_of_a_design_come_from_their_table_or_from_the_labels_of_an_old_manifest(tmp_path):
    store = Store(tmp_path)
    store.describe({}, {"study": "s", "scenarios": ["x=1", "x=2"]})
    labels = {"study": ["s", "s"], "point": [1, 2], "scenario": ["x=1", "x=2"]}
    expected = pl.DataFrame(labels, schema_overrides={"point": pl.Int32})
    assert store.scenarios().equals(expected)
    points = expected.with_columns(x=pl.Series([0.5, 1.5]))
    store.note_scenarios(points)
    assert store.scenarios().equals(points)


def test_records_of_sweeps_come_in_the_order_of_their_beginnings_and_a_damaged_one_is_passed_over(tmp_path):
    store = Store(tmp_path)
    for name, started in (("a", "2026-03"), ("b", "2026-01"), ("c", "2026-02")):
        store.note_sweep(name, {"sweep": name, "started": started})
    (tmp_path / "sweeps" / "d.json").write_text("{")
    (tmp_path / "sweeps" / "e.json").write_text("[]")
    assert [item["sweep"] for item in store.sweeps()] == ["b", "c", "a"]


def test_what_dead_sweeps_left_is_cleared_and_what_living_ones_need_stays(tmp_path):
    store = Store(tmp_path)
    (store.working / "shard-1-1").mkdir(parents=True)
    (store.working / "shard-1-1" / "runs.parquet").write_bytes(b"x")
    for name in ("marker.json", "me.alive", "merge.lock", "claims"):
        (store.working / name).write_bytes(b"x")
    store.clear_working()
    assert sorted(path.name for path in store.working.iterdir()) == ["claims", "me.alive", "merge.lock"]


def test_a_change_that_hides_its_time_is_found_by_whoever_hashes_every_file(tmp_path):
    store = kept(Store(tmp_path))
    path = shard_of(store).folder / "outcomes.parquet"
    content, state = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - 10**9))
    assert store.inventory().damaged == ()
    assert store.whole_shards() == store.shards()
    assert store.damage() == {shard_of(store).name: "outcomes.parquet is not what was written"}


def test_outcomes_and_tables_are_told_where_there_are_none(tmp_path):
    store = Store(tmp_path)
    assert store.scan_if_there("outcomes") is None
    kept(store)
    found = store.scan_if_there("outcomes")
    assert found is not None
    assert found.collect().equals(table())


def test_a_table_too_large_for_the_memory_is_joined_from_files_in_their_order(tmp_path):
    parts = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for path, value in zip(parts, (0.5, 0.25), strict=True):
        table(value=value).write_parquet(path)
    shard = Store(tmp_path / "out").write({"outcomes": table()}, [ROW | {"run": A}], {"views": parts})
    assert shard.tables == ["outcomes", "views"]
    assert shard.table("views")["value"].to_list() == [0.5, 0.25]
    assert shard.damage(thorough=True) == ""
    assert shard.size == sum(path.stat().st_size for path in shard.folder.iterdir())
    assert [column.name for column in columns_in(shard.folder / "views.parquet", ("seed", "study"))] == [
        "scenario", "arm", "replicate", "value",
    ]  # fmt: skip


def test_a_boolean_column_with_a_gap_has_a_hash_of_its_own():
    gaps = [pl.Series("x", values) for values in ([True, None], [True, False], [True, True], [None, True])]
    assert len({content_hash([column]) for column in gaps}) == 4
