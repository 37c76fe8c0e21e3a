"""The pages on the model and on the engine `agents` say what the code does."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from simulation import NETWORKS, Intervention, Target, schedule
from simulation.agents import Person
from simulation.interventions import INTERVENTIONS
from simulation.interventions.moderation import REGIMES
from simulation.outcomes import OUTCOMES
from simulation.parameters import Parameters
from simulation.records import declarations
from simulation.world import STATE

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "model_tables.py"
MODEL = ROOT / "docs" / "model.md"
AGENTS = ROOT / "docs" / "engine-agents.md"
STALE = "<!-- parameters: reading -->\nold\n<!-- end -->\n"


def examples(page):
    """The Python examples of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def tables():
    """The script that fills the tables."""
    described: Any = importlib.util.spec_from_file_location("model_tables", SCRIPT)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


# --- tables -------------------------------------------------------------------------------------------------------


def test_the_tables_of_the_page_are_up_to_date(tables):
    assert tables.main(["--check"]) == 0


def test_a_stale_table_fails_the_check_until_it_is_filled(tables, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{STALE}\nafter\n", encoding="utf-8")
    assert tables.main(["--check"], page) == 1
    assert "page.md is out of date" in capsys.readouterr().err
    assert tables.main([], page) == 0
    assert tables.main(["--check"], page) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "\nold\n" not in text
    assert "| `reading.scan_mean` | 62 | posts | 30 to 150 |" in text


def test_checking_writes_nothing(tables, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(STALE, encoding="utf-8")
    tables.main(["--check"], page)
    assert page.read_text(encoding="utf-8") == STALE


def test_a_marker_of_nothing_is_an_error(tables):
    with pytest.raises(KeyError):
        tables.filled(STALE.replace("reading", "writing"))


def test_a_bar_in_a_cell_does_not_end_it(tables):
    assert tables.table(["a"], [["x | y"]]) == "| a |\n| --- |\n| x \\| y |\n"


def first_cells(text):
    """What stands in code type at the beginning of a row of any table of a page."""
    return set(re.findall(r"^\| (?:I\d+ \| )?`([\w.]+)` \|", text, flags=re.MULTILINE))


def paths(record):
    """Names of the settings of a record."""
    return {each.path for each in declarations(record)}


PARAMETERS = paths(Parameters)
SETTINGS = PARAMETERS | paths(Target).union(*map(paths, [*NETWORKS.values(), *INTERVENTIONS.values()]))
REGISTERED = set(INTERVENTIONS) | set(OUTCOMES) | set(REGIMES)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "simulation").rglob("*.py")))
WORDS = set(re.findall(r"\w+", SOURCES))
PLACES = ("", "docs", "simulation", "tests/limits")
IDENTIFIERS = {kind.identifier for kind in INTERVENTIONS.values()}
STAGES = set(re.findall(r"^\d\. (\w+):", schedule.__doc__ or "", flags=re.MULTILINE))
KINDS = {
    "outcome": set(OUTCOMES), "stage": STAGES, "intervention": set(INTERVENTIONS), "parameter": SETTINGS,
    "setting": SETTINGS, "option": SETTINGS, "lever": SETTINGS - PARAMETERS,
}  # fmt: skip
LISTS = re.compile(rf"\b({'|'.join(KINDS)})s?:?\s+(`[^`]+`(?:(?:,|,?\s+and|,?\s+or)\s+`[^`]+`)*)", flags=re.IGNORECASE)
TABLED = {
    f"network: {Parameters().model_dump()['network']['type']}": paths(type(Parameters().network)) - {"type"},
    "common": paths(Intervention) - {"type"},
    "target": paths(Target),
    **{f"levers: {name}": paths(kind) - paths(Intervention) - {"type"} for name, kind in INTERVENTIONS.items()},
}


def numbers(text):
    """The numbers of interventions in a text, such as I1."""
    return set(re.findall(r"\bI[1-9]\d*\b", text))


def exists(name):
    """Whether a name in code type is a setting, something registered, a file, or a name of the code."""
    if "/" in name or name.endswith((".py", ".md")):
        return any(list((ROOT / place).glob(name)) for place in PLACES)
    group, _, rest = name.partition(".")
    return name in SETTINGS | REGISTERED or (not rest and group in WORDS) or name in {"network", *NETWORKS}


def unknown(text):
    """What a page names in code type (settings, functions, files) or as I and a number, and the code does not have."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    named = {name for name in re.findall(r"`([^`\n]+)`", plain) if re.fullmatch(r"[a-z_][\w.*/-]*|[A-Z]\w+", name)}
    cells = first_cells(text) - SETTINGS - REGISTERED - set(STATE)
    return {name for name in named if not exists(name)} | misnamed(plain) | cells | (numbers(plain) - IDENTIFIERS)


def misnamed(text):
    """What a text calls an outcome, a stage, an intervention or a setting, and is none: `outcome reach`."""
    called = [(kind.lower(), name) for kind, names in LISTS.findall(text) for name in re.findall(r"`([^`]+)`", names)]
    return {f"{kind} {name}" for kind, name in called if name not in KINDS[kind]}


def unlisted(text):
    """Parameters of the default network and levers that are not in their own table: `popularity: copula`."""
    parts = dict(re.findall(r"^<!-- ([a-z]+(?:: \w+)?) -->\n(.*?)^<!-- end -->", text, flags=re.MULTILINE | re.DOTALL))
    return {f"{mark}: {name}" for mark, names in TABLED.items() for name in names - first_cells(parts.get(mark, ""))}


def missing(text):
    """What the code has and the tables of a page do not."""
    states = {name for line in text.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+)`", line)}
    wanted = (PARAMETERS - {"network.rewire"}) | set(INTERVENTIONS) | set(OUTCOMES)
    return (wanted - first_cells(text)) | (set(STATE) - states) | (IDENTIFIERS - numbers(text)) | unlisted(text)


def test_the_page_has_every_parameter_state_intervention_and_outcome():
    assert missing(MODEL.read_text(encoding="utf-8")) == set()


def test_the_page_names_nothing_that_the_code_does_not_have():
    assert unknown(MODEL.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("name", ["reading.scan_mean", "hashtag", "normalization", "willingness"])
def test_a_row_that_is_left_out_is_missed(name):
    text = MODEL.read_text(encoding="utf-8")
    assert name in missing(text.replace(f"`{name}`", "`agents`"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("copula", "network: popularity: copula"),
        ("seeds.who", "levers: hashtag: seeds.who"),
        ("superusers", "target: superusers"),
    ],
)
def test_a_row_of_the_network_or_of_an_intervention_that_is_left_out_is_missed(name, told):
    text = MODEL.read_text(encoding="utf-8")
    assert told in missing(text.replace(f"| `{name}` |", "| `agents` |"))


def test_levers_without_a_table_are_missed():
    text = MODEL.read_text(encoding="utf-8")
    assert "levers: routing: delay_hours" in missing(text.replace("<!-- levers: routing -->", "<!-- lost -->"))


@pytest.mark.parametrize(
    "line",
    [
        "| `reading.scan_meen` | 100 |",
        "the function `retweet_chanse`",
        "see `simulation/rulez.py`",
        "as `adoption.second_exposure` has it",
        "| I13 | `megaphone` | louder |",
        "| `normalisation_rate` | share |",
        "the outcome `reach`",
        "Outcomes `adoption`, `reach` and `isolation`",
        "the outcome\n`support_seen`",
        "the intervention `hashtags`",
        "the stages `read` and `digest`",
        "the parameter `sessions`",
        "the lever `reading.scan_mean`",
    ],
)
def test_a_name_that_is_not_in_the_code_is_found(line):
    text = MODEL.read_text(encoding="utf-8")
    assert unknown(f"{text}\n{line}\n") - unknown(text)


ELEMENTS = (
    "Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling",
    "Design concepts", "Initialization", "Input data", "Submodels",
)  # fmt: skip
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction",
    "Stochasticity", "Collectives", "Observation",
)  # fmt: skip


def test_the_page_has_the_seven_elements_and_the_eleven_design_concepts_of_odd():
    text = MODEL.read_text(encoding="utf-8")
    assert [each for number, each in enumerate(ELEMENTS, 1) if f"| {number} {each}" not in text] == []
    concepts = text.split("## 2 Design concepts")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\*\*(.+?)\.\*\*", concepts, flags=re.MULTILINE)) == CONCEPTS


@pytest.mark.parametrize("value", [True, 0.00047, (0.0, -1.0), None, "none", 28])
def test_values_are_written_as_a_study_file_has_them(tables, value):
    answers = {True: "true", 0.00047: "0.00047", (0.0, -1.0): "0, -1", None: "none", "none": "none", 28: "28"}
    assert tables.written(value) == answers[value]


# --- examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "example", examples(AGENTS), ids=["subclass", "study", "data collector", "batch run", "deep copy"]
)
def test_the_examples_of_the_page_on_the_engine_run(example, capsys):
    exec(compile(example, AGENTS.name, "exec"), {"__name__": "example"})
    assert "assert" in example
    assert "Traceback" not in capsys.readouterr().err


def test_the_page_on_the_engine_names_only_methods_that_a_person_has():
    table = AGENTS.read_text(encoding="utf-8").split("| stage | methods |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", table)
    assert len(named) > 20
    assert [name for name in named if not callable(getattr(Person, name, None))] == []
