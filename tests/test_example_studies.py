"""The examples in configs/studies: one for every design, known to the schema that editors use, and they run."""

import json
from pathlib import Path

import jsonschema
import pytest

from experiments import Store, Study
from experiments.designs import DESIGNS
from experiments.sweep import sweep
from experiments.yaml_files import parse_document, read_document

ROOT = Path(__file__).resolve().parents[1]
TARGETS = sorted((ROOT / "configs" / "targets").glob("*.yaml"))
STUDIES = sorted((ROOT / "configs" / "studies").glob("*.yaml"))
SMALL = ("grid", "latin-hypercube", "sobol", "morris", "table", "adaptive", "ridge", "posterior")
SCHEMA = json.loads((ROOT / "configs" / "schema.json").read_text(encoding="utf-8"))


def is_known(data):
    return jsonschema.Draft7Validator(SCHEMA).is_valid(data)


def test_there_is_an_example_of_every_design():
    types = {read_document(path).data.get("design", {"type": "grid"})["type"] for path in STUDIES}
    assert types == set(DESIGNS)


@pytest.mark.parametrize("path", [*STUDIES, *TARGETS], ids=lambda path: path.stem)
def test_the_schema_accepts_an_example(path):
    assert is_known(read_document(path).data)


@pytest.mark.parametrize(
    "text",
    [
        "design: {type: sobol, points: 8}",
        "design: {type: hypercube}",
        "design: {type: morris, levels: 1}",
        "factors: {agents: {from: 1}}",
        "factors: {agents: {from: 1, to: 2, scale: cubic}}",
        "factors: {agents: []}",
        "replicates: {at_least: 5}",
        "replicates: {until: {adopers: 1}}",
        "replicates: {until: {adopters: 0}}",
        "replicates: 0",
        "facts: {reactions.reply: {outcome: replied, value: 0.2}}",
        "{facts: {}, replicates: 1}",
        "joint: {silence: {paramters: {}}}",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text):
    assert not is_known(parse_document(text, "text").data)


def test_the_schema_accepts_ranges_levers_and_rules():
    text = """
    arms: {none: [], tag: [{type: hashtag}]}
    factors: {agents: {from: 1, to: 100, scale: log}, interventions.hashtag.start_day: [1, 2], network.type: [ring]}
    design: {type: sobol, base_points: 8, second_order: true, seed: 3}
    replicates: {at_least: 5, at_most: 50, until: {adopters: 1.5}}
    """
    assert is_known(parse_document(text, "text").data)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_an_example_runs_to_its_end(name, tmp_path):
    less = ["days=2", "warmup_days=1", "step_minutes=120"]
    study = Study.from_file(ROOT / "configs" / "studies" / f"{name}.yaml", less)
    report = sweep(study, tmp_path)
    assert report.failed == 0
    assert set(Store(tmp_path).runs()["scenario"]) == set(study.scenarios.labels_once)
