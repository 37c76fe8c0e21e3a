"""Calibrated worlds that come with the program: each is what it says, is found by name and is named where it fits."""

import re
from pathlib import Path

import pytest

from experiments import Study
from experiments.calibrated_worlds import came_with_the_program, found_for
from experiments.calibration import read_targets
from experiments.calibration.writing import network_in_words
from experiments.study_files import doubts_in_file
from experiments.template import study_text
from experiments.yaml_files import read_document
from simulation import DATASETS, NETWORKS, InputError, Parameters

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "configs" / "calibrated").glob("*.yaml"))
TARGETS = {"popularity-5000": "default"}
"""Targets files that have another name than what came of them."""
PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
HEAD, *ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in re.findall(r"^\| setting \| physicians-241 .*?\n\n", PAGE, re.M | re.S)[0].strip().splitlines()
    if not line.startswith("|--")
]
"""The table of what was found for each network and size: settings, and a column for each file."""

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def needs_data(path):
    """Skip where the dataset of a world is not on this machine."""
    network = read_document(path).data["base"]["network"]
    if network["type"] == "dataset" and DATASETS[network["name"]].find() is None:
        pytest.skip(f"{network['name']} are not on this machine")


def doubts(tmp_path, text):
    """What a study file with this text is told."""
    file = tmp_path / "study.yaml"
    file.write_text(text, encoding="utf-8")
    return [str(doubt) for doubt in doubts_in_file(file)]


def test_there_are_worlds_of_several_sizes_and_of_a_real_network():
    assert [path.stem for path in FILES] == [
        "physicians-241", "popularity-1000", "popularity-20000", "popularity-500", "popularity-5000",
    ]  # fmt: skip
    assert came_with_the_program() == {path.name: path for path in FILES}


@each
def test_a_calibrated_world_is_of_the_network_and_size_that_its_file_and_its_name_say(path):
    needs_data(path)
    base = Study.from_file(path).base
    [stated] = re.findall(r"^# They hold for: (.*)\. Calibrate", path.read_text(encoding="utf-8"), re.M)
    assert stated == network_in_words(base)
    kind, people = path.stem.split("-")
    assert kind in stated
    assert base.agents == int(people)
    targets = read_targets(ROOT / "configs" / "targets" / f"{TARGETS.get(path.stem, path.stem)}.yaml")
    assert (targets.base.agents, targets.base.network) == (base.agents, base.network)


@each
def test_a_calibrated_world_has_a_value_of_its_own_for_every_fact(path):
    found = read_document(path).data["base"]
    targets = read_targets(ROOT / "configs" / "targets" / f"{TARGETS.get(path.stem, path.stem)}.yaml")
    for setting, fact in targets.facts.items():
        group, name = setting.split(".")
        assert fact.between[0] < found[group][name] < fact.between[1], setting


@each
def test_a_study_of_a_calibrated_world_takes_it_by_name_and_is_told_nothing(path, tmp_path):
    needs_data(path)
    assert doubts(tmp_path, f"base: {{calibrated: {path.name}, days: 5}}") == []
    base = Study.from_file(tmp_path / "study.yaml").base
    assert base == Study.from_file(path).base.with_values({"days": 5})
    assert found_for(base.network, base.agents) == path.name


@each
def test_a_study_with_the_defaults_is_told_of_the_world_that_fits_it_better(path, tmp_path):
    needs_data(path)
    world = read_document(path).data["base"]
    network = {key: value for key, value in world["network"].items() if value is not None}
    told = doubts(tmp_path, f"base: {{agents: {world['agents']}}}\nnetwork: {network}")
    assert len(told) == (path.stem != "popularity-5000")
    assert all(f"base: {{calibrated: {path.name}}} takes values found for such a world" in doubt for doubt in told)


@pytest.mark.parametrize(
    ("agents", "file"),
    [(100, None), (126, "popularity-500.yaml"), (700, "popularity-500.yaml"), (800, "popularity-1000.yaml"),
     (10_500, "popularity-20000.yaml"), (79_999, "popularity-20000.yaml"), (80_000, None)],
)  # fmt: skip
def test_the_nearest_size_is_named_and_none_that_is_four_times_another(agents, file):
    assert found_for(NETWORKS["popularity"](), agents) == file
    assert found_for(NETWORKS["ring"](), agents) is None
    assert found_for(Parameters().with_values({"network.copy_share": 0.5}).network, agents) is None


def test_a_study_far_from_its_calibrated_world_is_told_of_a_nearer_one(tmp_path):
    told = doubts(tmp_path, "base: {calibrated: popularity-500.yaml, agents: 30000}")
    assert len(told) == 1
    assert "for 500 people" in told[0]
    assert "popularity-20000.yaml" in told[0]
    [alone] = doubts(tmp_path, "base: {calibrated: popularity-500.yaml, agents: 100000}")
    assert "takes values" not in alone


def test_a_world_beside_the_study_comes_before_one_of_the_same_name_that_came_with_the_program(tmp_path):
    (tmp_path / "popularity-500.yaml").write_text("base: {agents: 77}", encoding="utf-8")
    (tmp_path / "study.yaml").write_text("base: {calibrated: popularity-500.yaml}", encoding="utf-8")
    assert Study.from_file(tmp_path / "study.yaml").base.agents == 77


def test_the_study_that_init_writes_has_the_rates_of_its_own_size(tmp_path):
    assert doubts(tmp_path, study_text("study.yaml", "study")) == []
    told = doubts(tmp_path, study_text("study.yaml", "study").replace("agents: 500 ", "agents: 5000 "))
    assert len(told) == 1
    assert "popularity-5000.yaml" in told[0]


SAMPLES = sorted((ROOT / "configs" / "calibrated").glob("*.parquet"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_study_takes_points_from_the_sample_of_a_calibrated_world_by_name(path, tmp_path):
    needs_data(path.with_suffix(".yaml"))
    file = tmp_path / "study.yaml"
    world = f"base: {{calibrated: {path.stem}.yaml}}"
    file.write_text(f"{world}\ndesign: {{type: posterior, path: {path.name}, points: 20}}", encoding="utf-8")
    points = Study.from_file(file).scenario_table()
    targets = read_targets(path.parents[1] / "targets" / f"{path.stem}.yaml")
    assert set(targets.facts) <= set(points.columns)
    for setting, fact in targets.facts.items():
        assert points[setting].is_between(*fact.between).all(), setting
    assert points["reactions.retweet"].n_unique() > 4


def test_a_wrong_name_has_its_nearest(tmp_path):
    (tmp_path / "study.yaml").write_text("base: {calibrated: popularity-50.yaml}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Study.from_file(tmp_path / "study.yaml")
    assert caught.value.problems[0].nearest in {"popularity-500.yaml", "popularity-5000.yaml"}
    assert "with the program came physicians-241.yaml" in caught.value.problems[0].allowed


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_page_lists_what_every_file_has(row):
    group, name = row[0].split(".")
    for file, cell in zip(HEAD[1:], row[1:], strict=True):
        if file == "default":
            assert float(cell) == Parameters().model_dump()[group][name]
        elif cell not in {"", "-"}:
            value = read_document(ROOT / "configs" / "calibrated" / f"{file}.yaml").data["base"][group][name]
            assert float(cell) in {float(f"{value:.{count}g}") for count in (2, 3)}, file
    assert set(HEAD[1:]) == {path.stem for path in FILES} | {"default"}
