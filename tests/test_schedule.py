"""The step as it is told and the step as it is done."""

import re
from pathlib import Path

from simulation import schedule

ROOT = Path(__file__).resolve().parents[1]
STAGES = ["intervene", "moderate", "read", "believe", "react", "write", "deliver", "live", "record"]


class Notes:
    """Writes down which stages it was asked for."""

    def __init__(self, heard):
        self.heard = heard

    def __getattr__(self, stage):
        return lambda: self.heard.append(stage)


def told(text):
    """The stages of a numbered list, in order."""
    return re.findall(r"^(?:> )?\d\. (\w+): ", text, flags=re.MULTILINE)


def test_the_step_is_told_as_it_is_done():
    heard: list[str] = []
    schedule.run_step(Notes(heard), Notes(heard))
    assert told(schedule.__doc__) == heard == STAGES


def test_interventions_and_the_record_belong_to_the_model_and_the_rest_to_the_engine():
    of_frame: list[str] = []
    of_engine: list[str] = []
    schedule.run_step(Notes(of_frame), Notes(of_engine))
    assert of_frame == ["intervene", "record"]
    assert of_engine == STAGES[1:-1]


def test_the_page_of_the_model_quotes_the_schedule():
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for line in schedule.__doc__.splitlines()[2:]:
        assert (f"> {line}" if line else ">") in page
    assert told(page) == STAGES


def test_the_schedule_stays_a_table_of_contents():
    assert len(Path(schedule.__file__).read_text(encoding="utf-8").splitlines()) < 60
