"""Verification: stored runs are repeated and compared; what differs is named."""

import json
import os
import shutil
import subprocess

import polars as pl
import pytest
from typer.testing import CliRunner

import experiments.provenance
import experiments.run
from experiments import Store
from experiments.cli import app
from experiments.sweep import sweep
from experiments.verify import verify
from simulation import InputError, SupportNetworkModel, Worlds
from tests.sweeps import tiny


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    sweep(tiny(), folder)
    return folder


@pytest.fixture
def copy(stored, tmp_path):
    shutil.copytree(stored, tmp_path / "copy")
    return tmp_path / "copy"


class Moody(SupportNetworkModel):
    """A model that is not the one that stored the results."""

    def __init__(self, parameters, **rest):
        super().__init__(parameters.with_values({"beliefs.stigma_mean": 0.8}), **rest)


def test_what_was_stored_comes_out_again(stored):
    found = verify(stored, sample=3)
    assert found.is_same
    assert (len(found.checked), found.total) == (3, 4)
    assert all(item.same_code for item in found.checked)


def test_another_seed_chooses_other_runs_and_the_same_seed_the_same(stored):
    chosen = [tuple(item.run for item in verify(stored, 1, seed).checked) for seed in (1, 1, 2, 3, 4, 5, 6)]
    assert chosen[0] == chosen[1]
    assert len(set(chosen)) > 1


def test_a_model_that_computes_otherwise_is_found_out(stored, monkeypatch):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Moody)
    monkeypatch.setattr(experiments.run, "WORLDS", Worlds())
    found = verify(stored, sample=4)
    assert not found.is_same
    assert all("outcomes" in item.repeated and not item.stored for item in found.checked)


def test_rows_that_were_changed_in_the_store_are_found_out(copy):
    store = Store(copy)
    store.merge([shard.name for shard in store.shards()])
    (shard,) = store.shards()
    tables = {name: shard.table(name) for name in shard.tables}
    tables["outcomes"] = tables["outcomes"].with_columns(pl.col("value") + 1e-9)
    store.write(tables, shard.runs().to_dicts())
    shutil.rmtree(shard.folder)
    assert store.inventory().damaged == ()
    found = verify(copy, sample=1)
    assert found.checked[0].stored == ("outcomes",)
    assert found.checked[0].repeated == ()


def test_a_file_that_rotted_is_found_out_and_named(copy):
    path = next(copy.glob("shards/*/posts.parquet"))
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert Store(copy).inventory().damaged == ()
    assert list(verify(copy, sample=0).damaged.values()) == ["posts.parquet is not what was written"]


def test_the_command_exits_with_one_and_says_what_differs(stored, monkeypatch):
    assert CliRunner().invoke(app, ["verify", str(stored), "--sample", "1"]).exit_code == 0
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", Moody)
    monkeypatch.setattr(experiments.run, "WORLDS", Worlds())
    monkeypatch.setattr("experiments.verify.code_version", lambda: "another")
    done = CliRunner().invoke(app, ["verify", str(stored), "--sample", "1"])
    assert done.exit_code == 1
    assert "other rows came out: " in done.stderr
    assert "stored by another version of the code" in done.stderr
    answer = json.loads(CliRunner().invoke(app, ["verify", str(stored), "--sample", "2", "--json"]).stdout)
    assert (answer["same"], len(answer["checked"])) == (False, 2)


def test_without_a_sample_it_is_said_that_no_run_was_repeated(stored):
    done = CliRunner().invoke(app, ["verify", str(stored), "--sample", "0"])
    assert (done.exit_code, done.stdout) == (0, "all files are whole; no run was repeated\n")


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no results"):
        verify(tmp_path, 1)


def test_local_changes_of_the_code_have_a_hash_of_their_own(tmp_path, monkeypatch):
    def git(*words):
        names = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *names, *words], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "a.py").write_text("x = 1\n")
    git("init")
    git("add", "a.py")
    git("commit", "-m", "x")
    monkeypatch.setattr(experiments.provenance, "_ROOT", tmp_path)

    def state():
        experiments.provenance.code_state.cache_clear()
        found = experiments.provenance.code_state()
        experiments.provenance.code_state.cache_clear()
        return found["commit"], found["changes"]

    states = [state()]
    assert states[0][1] == ""
    for name, text in (("a.py", "x = 2\n"), ("b.py", ""), ("b.py", "y = 1\n")):
        (tmp_path / name).write_text(text)
        states.append(state())
    assert states[1][0].endswith("-dirty")
    assert len({changes for _, changes in states}) == 4
