"""Whoever reads results finds them whole, although a sweep that is at work merges shards away in between."""

import shutil

import pytest

from experiments import Store
from experiments.notebook import Results
from experiments.report import report
from experiments.sweep import sweep
from experiments.verify import verify
from tests.sweeps import are_equal, tiny

READERS = {
    "summary": lambda results: results.summary(),
    "figure": lambda results: results.plot(),
    "table": lambda results: results.outcomes,
    "comparison": lambda results: results.compare("normalization"),
    "events": lambda results: results.events().table,
    "csv": lambda results: results.export("csv", tables=["outcomes", "final"]),
    "xlsx": lambda results: results.export("xlsx"),
    "report": lambda results: report(results.folder),
    "verification": lambda results: verify(results.folder, 2),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "whole"
    sweep(tiny(), folder)
    assert len(Store(folder).shards()) > 1
    return folder


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_every_run_although_shards_are_merged_between_looking_and_reading(
    reader, finished, monkeypatch, tmp_path
):
    folder = shutil.copytree(finished, tmp_path / "out")
    found = Store._pieces
    merged: list[object] = []

    def merged_meanwhile(self, name, shards):
        pieces = found(self, name, shards)
        if not merged:
            merged.append(self.merge([shard.name for shard in self.shards()]))
        return pieces

    results = Results(tiny(), folder, 40)
    monkeypatch.setattr(Store, "_pieces", merged_meanwhile)
    READERS[reader](results)
    assert len(Store(folder).shards()) == 1
    assert are_equal(folder, finished)
