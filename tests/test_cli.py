"""The command line: exit codes, what goes to which stream, and no traceback for anybody's mistake."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import experiments.run
from experiments import Store
from experiments.cli import app
from experiments.running import how
from experiments.summary import written
from simulation import OUTCOMES, InputError, Parameters, Problem, RunError, declarations

ROOT = Path(__file__).resolve().parents[1]
TINY = ("agents=40", "days=2", "warmup_days=1", "step_minutes=120")
STUDY = "study: tiny\narms: {none: [], tag: [{type: hashtag, seeds: {count: 3}}]}\nseed: 3\n"


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(STUDY)
    return Path("tiny.yaml")


def test_the_arms_are_taken_along_the_ridge_and_the_report_shows_it(file):
    file.write_text(f"{STUDY}ridge: 2\n")
    checked = json.loads(call("check", file, *TINY, "--json").stdout)
    assert (checked["runs"], checked["ridge"]["runs"], checked["ridge"]["scenarios"]) == (2, 40, 10)
    words = ("run", file, *TINY, "-o", "out")
    planned = json.loads(call(*words, "-n", "--json").stdout)
    assert (len(planned["to_run"]), len(planned["ridge"])) == (2, 40)
    done = json.loads(call(*words, "--json").stdout)
    assert (done["runs"]["ran"], done["ridge"]["ran"]) == (2, 40)
    assert call("report", "out").exit_code == 0
    page = Path("out/report.html").read_text()
    assert 'data-table="ridge"' in page
    assert "What this study did not vary" not in page
    again = json.loads(call(*words, "--json").stdout)
    assert (again["runs"]["ran"], again["ridge"]["ran"]) == (0, 0)
    assert json.loads(call(*words, "--ridge", 3, "--json").stdout)["ridge"]["ran"] == 20
    assert "ridge" not in json.loads(call(*words, "--ridge", 0, "--json").stdout)


def burn(*_, **__):
    raise RunError("the desk caught fire")


@pytest.fixture
def a_fire(monkeypatch):
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", burn)


def test_help_loads_neither_model_nor_figures():
    code = "import sys; from experiments.cli import app; app(['--help'], standalone_mode=False); "
    code += "print(sorted({'numba', 'polars', 'matplotlib', 'mesa'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "check" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_shown_and_loads_no_model():
    code = "import sys; from experiments.cli import app; app(['--version'], standalone_mode=False); "
    code += "print(sorted({'numba', 'polars', 'simulation'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split("\n")[:2] == [f"supportnet {version('supportnet')}", "[]"]


def test_a_new_study_file_is_correct_and_runs(file):
    assert call("init", "mine.yaml").exit_code == 0
    checked = call("check", "mine.yaml")
    assert checked.exit_code == 0
    assert "1 scenario x 3 arms x 3 replicates = 9 runs of 500 people" in checked.stdout
    done = call("run", "mine.yaml", *TINY, "replicates=1", "-o", "out")
    assert done.exit_code == 0, done.stderr
    assert Path("out/figures/summary.png").stat().st_size > 10_000


def test_init_overwrites_nothing(file):
    before = file.read_text()
    done = call("init", file)
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert file.read_text() == before


def test_check_says_how_many_runs_and_what_they_cost(file):
    done = call("check", file, "replicates=3", "--json")
    answer = json.loads(done.stdout)
    assert (answer["runs"], answer["agents"], answer["replicates"]) == (6, 5000, 3)
    assert min(answer["seconds"], answer["memory_mb"], answer["disk_mb"]) > 0


def test_run_prints_results_and_where_they_are_and_talks_on_the_other_stream(file):
    done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 0, done.stderr
    assert "results: out" in done.stdout
    assert "figure:  out/figures/summary.png" in done.stdout
    assert "2/2 runs" in done.stderr
    assert "Next:" in done.stderr


def test_the_next_command_is_the_one_that_was_typed(file, monkeypatch):
    typed = (*TINY, "seed=43", "replicates=2", "factors={beliefs.stigma_mean: [0.3]}")
    shown = f"supportnet run tiny.yaml {' '.join(TINY)} seed=43"
    factors = "'factors={beliefs.stigma_mean: [0.3]}'"
    assert f"Next: {shown} replicates=2 {factors}\n" in call("check", file, *typed).stderr
    words = call("run", file, *typed, "-o", "an out").stderr
    assert f"; {shown} {factors} replicates=10 -o 'an out' narrows the bands" in words
    monkeypatch.setattr(experiments.run, "SupportNetworkModel", burn)
    words = call("run", file, *typed, "-o", "other", "--time-limit", 5).stderr
    assert f"Next: {shown} replicates=2 {factors} -o other --retry-failed tries the failed runs again" in words


def test_runs_that_refuse_their_world_are_not_to_be_tried_again(file, monkeypatch):
    def refuse(*_given, **_named):
        raise InputError(Problem("target", "nobody in this world meets it"))

    monkeypatch.setattr(experiments.run, "SupportNetworkModel", refuse)
    done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 1
    assert "change what these runs refused in the study file" in done.stderr
    assert "--retry-failed" not in done.stderr.split("Next:")[1]


def test_the_next_command_of_adaptive_replicates_raises_their_limit(file):
    rule = "replicates={at_least: 3, at_most: 4, until: {normalization: 9}}"
    words = call("run", file, *TINY, rule, "-o", "out").stderr
    assert f"supportnet run tiny.yaml {' '.join(TINY)} '{rule}' replicates.at_most=8 -o out goes on" in words


def test_run_again_resumes(file):
    call("run", file, *TINY, "-o", "out")
    answer = json.loads(call("run", file, *TINY, "-o", "out", "--json").stdout)
    assert answer["runs"] == {"total": 2, "kept": 2, "ran": 0, "failed": 0}


def test_the_means_that_are_printed_are_there_for_scripts_as_numbers(file):
    words = ("run", file, *TINY, "replicates=2", "factors={agents: [30, 40]}", "-o", "out")
    printed = call(*words).stdout
    rows = json.loads(call(*words, "--json").stdout)["summary"]
    assert [(row["scenario"], row["arm"], row["replicates"]) for row in rows] == [
        (f"agents={agents}", arm, 2) for agents in (30, 40) for arm in ("none", "tag")
    ]
    table = [line.split() for line in printed.splitlines() if line.startswith(" agents=")]
    assert table == [[written(value) for value in row.values()] for row in rows]
    final = pl.read_parquet("out/shards/*/outcomes.parquet").filter(pl.col("group") == "all")
    final = final.filter((pl.col("outcome") == "normalization") & (pl.col("step") == pl.col("step").max()))
    means = final.group_by("scenario", "arm").agg(pl.col("value").mean()).sort("scenario", "arm")
    assert [row["normalization"] for row in rows] == pytest.approx(means["value"].to_list())


def test_there_are_no_means_where_every_run_failed(file, a_fire):
    assert json.loads(call("run", file, *TINY, "-o", "out", "--json").stdout)["summary"] == []


def test_results_go_below_the_name_and_hash_of_the_study(file):
    answer = json.loads(call("run", file, *TINY, "--json").stdout)
    assert answer["folder"] == f"results/tiny/{answer['hash']}"
    assert Store(Path(answer["folder"])).names()[0] == "adoptions"


def test_the_command_is_in_the_manifest_and_the_resolved_study_runs_again(file):
    call("run", file, *TINY, "-o", "out")
    assert Store(Path("out")).manifest()["command"][0] == "supportnet"
    again = call("run", "out/study.yaml", "-o", "out", "--json")
    assert json.loads(again.stdout)["runs"]["kept"] == 2


def test_a_dry_run_says_what_would_run_and_runs_nothing(file):
    done = call("run", file, *TINY, "-o", "out", "-n")
    assert done.exit_code == 0
    assert "would run 2 of 2 runs into out" in done.stdout
    assert not Path("out").exists()


def test_failed_runs_are_named_with_their_seeds_and_the_exit_code_is_one(file, a_fire):
    done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 1
    assert "failed: scenario -, arm none, replicate 1, seed " in done.stderr
    assert "RunError: the desk caught fire" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_where_a_run_failed(file, a_fire):
    assert "Traceback" in call("run", file, *TINY, "-o", "out", "--debug").stderr


def test_an_interrupted_run_exits_with_130_and_says_that_it_can_go_on(file, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments.run, "SupportNetworkModel", interrupt)
    done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 130
    assert "goes on where this one stopped" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check", "nothing.yaml"), "nothing.yaml: no such file"),
        (("run", "tiny.yaml", "replicats=3"), "did you mean 'replicates'?"),
        (("run", "tiny.yaml", "--executor", "serail"), "did you mean 'serial'?"),
        (("run", "tiny.yaml", "--executor", "serial", "--workers", "4"), "the serial executor has one worker"),
        (("run", "tiny.yaml", "--wrokers", "4"), "--workers"),
        (("run", "tiny.yaml", "--shard", "3/2"), "allowed: i/n with i from 1 to n"),
        (("run", "tiny.yaml", "--keep", "post"), "did you mean 'posts'?"),
        (("verify", "nowhere"), "holds no results"),
        (("list", "outcome"), "did you mean 'outcomes'?"),
        (("chek", "tiny.yaml"), "check"),
        (("check", "tiny.yaml", "network={type: dataset, name: physicans}"), "did you mean 'physicians'?"),
        (("check", "tiny.yaml", "network={type: file, path: gone.graphml}"), "gone.graphml"),
        (
            ("check", "tiny.yaml", "outcomes=[adopton]"),
            "'supportnet list outcomes' shows all\n  did you mean 'adoption'?",
        ),
    ],
)
def test_a_wrong_request_exits_with_two_and_helps(words, message, file):
    done = call(*words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("words", [("check",), ("run", "-o", "out"), ("run", "-n")])
@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("{type: dataset, name: physicans}", "network.name: unknown dataset 'physicans'"),
        ("{type: file, path: gone.csv}", "network.path: gone.csv: there is no such file"),
        ("{type: file, path: net.csv, nodes: gone.csv}", "network.nodes: gone.csv: there is no such file"),
    ],
)
def test_a_network_that_cannot_be_read_is_told_at_its_key(network, message, words, file):
    Path("net.csv").write_text("follower,author\na,b\nb,c\n")
    typed = call(words[0], file, f"network={network}", *words[1:])
    assert typed.stderr.startswith(f"command line: {message}")
    file.write_text(f"{STUDY}network: {network}\n")
    written_down = call(words[0], file, *words[1:])
    assert written_down.stderr.startswith(f"tiny.yaml:4: {message}")
    file.write_text(f"base:\n  network: {network}\n")
    assert call(words[0], file, *words[1:]).stderr.startswith(f"tiny.yaml:2: base.{message}")
    assert typed.stdout == ""
    assert (typed.exit_code, written_down.exit_code) == (2, 2)


def test_a_network_that_a_factor_replaces_need_not_be_there(file):
    Path("net.csv").write_text("follower,author\na,b\nb,c\n")
    network = "network={type: file, path: gone.csv}"
    assert call("check", file, *TINY, network, "factors={network.path: [net.csv]}").exit_code == 0


def test_a_dataset_that_is_not_here_is_told_with_where_to_get_it(file, monkeypatch):
    monkeypatch.setenv("SUPPORTNET_DATA", "nowhere")
    done = call("run", file, "network={type: dataset, name: physicians}", "-o", "out")
    assert done.exit_code == 2
    assert "network.name: dataset 'physicians': is not on this machine" in done.stderr
    assert "To get it:" in done.stderr
    assert not Path("out").exists()


def test_a_mistake_of_the_program_is_called_one_and_shown_only_on_request(file, monkeypatch):
    monkeypatch.setattr("experiments.commands.estimate", lambda _: 1 / 0)
    done = call("check", file)
    assert done.exit_code == 1
    assert "a mistake inside supportnet, not yours: ZeroDivisionError" in done.stderr
    assert isinstance(call("check", file, "--debug").exception, ZeroDivisionError)


@pytest.mark.parametrize(
    "kind", ["interventions", "outcomes", "generators", "datasets", "parameters", "designs", "studies"]
)
def test_every_list_is_for_people_and_for_scripts(kind, file):
    rows = json.loads(call("list", kind, "--json").stdout)
    assert rows
    shown = call("list", kind).stdout
    assert all(str(next(iter(row.values()))).split("/")[-1][:12] in shown for row in rows)


def test_a_script_reads_defaults_and_bounds_as_values(file):
    rows = {row["path"]: row for row in json.loads(call("list", "parameters", "--json").stdout)}
    assert [rows["agents"][key] for key in ("default", "allowed", "low", "high")] == [
        5000, "1 to 67,108,864", 1, 67_108_864,
    ]  # fmt: skip
    assert rows["population.time_zones"]["default"] == [0.0, -1.0, -2.0, -3.0]
    assert rows["population.time_zones"]["low"] is None
    head, first = [line.split() for line in call("list", "parameters").stdout.splitlines() if line.strip()][::2][:2]
    assert head == ["path", "default", "unit", "allowed", "plausible", "grade", "meaning"]
    assert first[:3] == ["agents", "5000", "people"]


def test_lists_are_complete(file):
    outcomes = json.loads(call("list", "outcomes", "--json").stdout)
    assert [row["name"] for row in outcomes] == list(OUTCOMES)
    paths = [row["path"] for row in json.loads(call("list", "parameters", "--json").stdout)]
    assert paths == [item.path for item in declarations(Parameters) if not item.path.startswith("network")]


def test_every_study_of_the_repository_passes_the_check(file):
    for path in sorted((ROOT / "configs" / "studies").glob("*.yaml")):
        if path.stem != "physicians":
            assert call("check", path).exit_code == 0, path


LATE = """\
study: late
arms:
  none: []
  late:
    - {type: licensing, start_day: 1}
    - type: guidelines
      start_day: 2
    - {type: contact, end_day: 9}
"""


@pytest.mark.parametrize("words", [("check",), ("run", "-o", "out")])
def test_what_is_hardly_meant_is_a_warning_with_its_line_and_no_mistake(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("late.yaml").write_text(LATE, encoding="utf-8")
    result = call(words[0], "late.yaml", *TINY, *words[1:])
    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if "warning" in line]
    assert warnings[0].startswith("warning: command line: agents: rates are calibrated for 5,000 people")
    assert warnings[1:] == [
        "warning: late.yaml:7: arms.late[1].start_day: begins on day 2, after the last day of the run",
        "warning: late.yaml:8: arms.late[2].end_day: ends on day 9, after the last day of the run",
    ]


NOBODY = """\
study: nobody
arms:
  none: []
  rare: [{type: licensing, target: {share: 0.001}}]
  chat:
    - {type: hashtag, seeds: {who: superusers}}
    - type: tweet_chat
      moderator_role: public
"""
WITHOUT_SUPERUSERS = "population.superuser_share=0"


@pytest.mark.parametrize("words", [("check",), ("run", "-o", "out"), ("run", "-n")])
def test_what_chance_leaves_without_people_is_a_warning_in_one_line_each(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("nobody.yaml").write_text(NOBODY, encoding="utf-8")
    result = call(words[0], "nobody.yaml", *TINY, WITHOUT_SUPERUSERS, *words[1:])
    assert result.exit_code == 0
    tag = "there is no seed for the tag 'general support': only a chat or an elite disclosure can bring it into use"
    assert [line for line in result.stderr.splitlines() if "warning" in line][1:] == [
        "warning: nobody.yaml:4: arms.rare[0].target.share: in replicate 1 chance has picked nobody of the group "
        "(everybody)",
        f"warning: nobody.yaml:6: arms.chat[0].seeds: in replicate 1 {tag}",
        "warning: nobody.yaml:7: arms.chat[1].moderators: in replicate 1 nobody of the group can moderate (public): "
        "no chat will be led",
    ]


def test_check_draws_people_to_find_groups_that_are_empty_and_no_more_than_it_may(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    group = "{specialties: [psychiatry], communities: [0], superusers: true, roles: [faculty]}"
    Path("empty.yaml").write_text(NOBODY.replace("{share: 0.001}", group), encoding="utf-8")
    result = call("check", "empty.yaml", *TINY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-2:] == [
        "empty.yaml:4: arms.rare[0].target: in replicate 1 the group (faculty, of psychiatry, of community 0, "
        "superusers) is empty: nobody in this population meets every condition",
        "  set fewer conditions, or let there be more people",
    ]
    assert "chance has picked nobody" not in result.stderr
    done = call("run", "empty.yaml", *TINY, "-o", "out")
    assert done.exit_code == 1
    assert "warning: empty.yaml:4: arms.rare[0].target: in replicate 1 the group" in done.stderr
    assert "runs in which that is so will fail" in done.stderr
    monkeypatch.setattr("experiments.people_checks.MOST_DRAWN", 39)
    assert call("check", "empty.yaml", *TINY).exit_code == 0


def test_more_workers_mean_processes_and_a_scheduler_means_dask():
    given: dict[str, Any] = {
        "part": "1/1",
        "keep": "",
        "retry_failed": False,
        "time_limit": None,
        "memory_mb": None,
        "command": (),
    }
    chosen = [
        how(executor=executor, workers=workers, scheduler=scheduler, **given).executor
        for executor, workers, scheduler in [("", 1, ""), ("", 2, ""), ("", 1, "tcp://x:1"), ("dask", 2, "")]
    ]
    assert chosen == ["serial", "processes", "dask", "dask"]


def test_failed_runs_are_set_aside_until_a_retry_is_asked_for(file, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(experiments.run, "SupportNetworkModel", burn)
        call("run", file, *TINY, "-o", "out")
    again = call("run", file, *TINY, "-o", "out")
    assert again.exit_code == 1
    assert "2 runs of these failed before; --retry-failed tries again" in again.stderr
    assert "failed: scenario -, arm none" in again.stderr
    assert call("run", file, *TINY, "-o", "out", "--retry-failed").exit_code == 0
    assert call("run", file, *TINY, "-o", "out").exit_code == 0


def test_parts_are_done_one_by_one_and_make_the_whole(file):
    for number in (1, 2):
        done = call("run", file, *TINY, "replicates=2", "-o", "out", "--shard", f"{number}/2", "--json")
        assert json.loads(done.stdout)["runs"]["ran"] == 2
    assert Store(Path("out")).manifest()["status"] == "complete"


def test_progress_goes_into_a_log_file_when_asked(file):
    call("run", file, *TINY, "-o", "out", "--log", "log.txt")
    assert Path("log.txt").read_text().endswith("2/2 runs\n")


def test_only_some_tables_are_kept_when_asked_and_outcomes_always(file):
    call("run", file, *TINY, "-o", "out", "--keep", "desk")
    assert Store(Path("out")).names() == ["desk", "outcomes", "runs"]


def test_a_damaged_file_is_named_and_repaired(file):
    call("run", file, *TINY, "-o", "out")
    path = next(Path("out").glob("shards/*/posts.parquet"))
    path.write_bytes(path.read_bytes()[:50])
    done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 0
    assert "damaged: shard " in done.stderr
    assert "posts.parquet has 50 bytes" in done.stderr
    assert call("verify", "out", "--sample", "1").exit_code == 0


def test_a_full_disk_is_told_in_a_sentence(file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("experiments.batch.Store.write", full)
        done = call("run", file, *TINY, "-o", "out")
    assert done.exit_code == 1
    assert "results can no longer be written: No space left on device" in done.stderr
    assert "Traceback" not in done.output
    assert call("run", file, *TINY, "-o", "out").exit_code == 0


def test_a_network_file_with_another_content_is_another_run(file):
    Path("net.csv").write_text("follower,author\na,b\nb,c\nc,a\n")
    words = ("run", file, *TINY, "network={type: file, path: net.csv}", "-o", "out", "--json")
    assert json.loads(call(*words).stdout)["runs"]["ran"] == 2
    assert json.loads(call(*words).stdout)["runs"]["ran"] == 0
    Path("net.csv").write_text("follower,author\na,b\nb,c\nc,b\n")
    answer = json.loads(call(*words).stdout)
    assert (answer["runs"]["ran"], answer["superseded"]) == (2, 2)
