"""A batch of runs: what it keeps, and how another worker goes on with it."""

import json
from dataclasses import replace

import polars as pl
import pytest

import experiments.batch
import experiments.run
from experiments import Store
from experiments.batch import KILLED, StoreError, do_batch
from simulation import Posts, RunError
from tests.sweeps import Failing, batch_of, tiny


def test_a_batch_gives_a_receipt_for_every_run_that_is_on_the_disk(tmp_path):
    report = do_batch(batch_of(tiny(), tmp_path))
    assert {receipt.status for receipt in report.receipts} == {"done"}
    assert sum(kept.runs for kept in report.shards) == 4
    assert len(Store(tmp_path).inventory().done) == 4


def test_a_batch_that_was_stopped_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.batch, "SECONDS_UNKEPT", 0.0)
    batch, tried = batch_of(tiny(), tmp_path), []
    real = experiments.run.attempt

    def stopped(experiment, *how):
        tried.append(experiment.replicate)
        if len(tried) == 3:
            raise KeyboardInterrupt
        return real(experiment, *how)

    monkeypatch.setattr(experiments.batch, "attempt", stopped)
    with pytest.raises(KeyboardInterrupt):
        do_batch(batch)
    assert len(do_batch(batch).receipts) == 4
    assert len(tried) == 5
    assert pl.read_parquet(tmp_path / "shards" / "*" / "runs.parquet").height == 4
    assert list(Store(tmp_path).working.glob("*.json")) == []


def test_a_table_that_is_not_kept_is_not_made(tmp_path, monkeypatch):
    def refused(_posts, _tags):
        raise RuntimeError("nobody asked for posts")

    monkeypatch.setattr(Posts, "table", refused)
    assert {receipt.error for receipt in do_batch(batch_of(tiny(), tmp_path / "all")).receipts} == {
        "RuntimeError: nobody asked for posts"
    }
    kept = replace(batch_of(tiny(), tmp_path / "some"), keep=("outcomes", "network"))
    assert {receipt.error for receipt in do_batch(kept).receipts} == {""}
    assert set(Store(tmp_path / "some").names()) == {"outcomes", "network", "runs"}


def test_a_run_during_which_two_workers_died_is_not_tried_again(tmp_path, monkeypatch):
    batch = batch_of(tiny(), tmp_path)

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments.batch, "attempt", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            do_batch(batch)
    monkeypatch.undo()
    receipts = do_batch(batch).receipts
    assert [receipt.error for receipt in receipts] == [KILLED, "", "", ""]


def test_shards_that_were_merged_away_meanwhile_cost_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.batch, "SECONDS_UNKEPT", 0.0)
    batch = batch_of(tiny(), tmp_path)
    do_batch(batch)
    marker = Store(tmp_path).working / f"{batch.sweep}-{batch.name}.json"
    marker.write_text(json.dumps({"current": "", "deaths": {}, "shards": ["gone"]}))
    assert len(do_batch(batch).receipts) == 4
    assert Store(tmp_path).runs().height == 4


def test_a_batch_whose_results_cannot_be_written_says_so(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.shards.os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        do_batch(batch_of(tiny(), tmp_path))
    assert isinstance(StoreError(""), RunError)


def test_what_failed_is_kept_with_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Failing)
    do_batch(batch_of(tiny(), tmp_path))
    row = Store(tmp_path).runs().filter(pl.col("status") == "failed").row(0, named=True)
    assert row["error"] == "RunError: the desk caught fire"
    assert "in __init__" in row["trace"]
    assert json.loads(row["content"]) == {}
