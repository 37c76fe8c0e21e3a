"""A first look: one call, a few seconds; a table, a curve and a replay."""

import atexit
import shutil
from dataclasses import dataclass
from tempfile import mkdtemp

from experiments.arms import Arm
from experiments.comparing import Shown
from experiments.figures import PANELS, card, html_table, paragraph
from experiments.notebook import Results, Study
from experiments.outcome_words import measure
from experiments.replay import Replay
from experiments.summary import SHOWN
from simulation import Hashtag, Parameters, Seeds

TAKEN = tuple(dict.fromkeys((*SHOWN, *(name for panel in PANELS for name in (panel.outcome, panel.reference) if name))))
"""The outcomes of the table and of the curve."""
CATCHY = {"adoption.first_exposure": 0.02, "adoption.reinforcement": 2.0}
"""A tag that spreads more than is likely, so that something can be seen in a month among few people."""


@dataclass(frozen=True, repr=False)
class Demo:
    """What `demo()` gives; a notebook shows it, and `results` can be worked with like those of any study.

    Args:
        study: what was run.
        results: its results, in a folder that goes when Python ends.
    """

    study: Study
    results: Results

    def compare(self) -> Shown:
        """The arms compared in pairs."""
        return self.results.compare(SHOWN)

    def replay(self) -> Replay:
        """The first replicate of both arms side by side, to be watched day by day and saved with `write`."""
        return self.results.replay()

    def _repr_html_(self) -> str:
        """Table, curve and replay, as a notebook shows them."""
        summary = self.results.summary()
        told = [name for name in SHOWN if name in summary.columns]
        rows = [[row["arm"], *(measure(name).value(row[name]) for name in told)] for row in summary.to_dicts()]
        return card(
            html_table(["arm", *(measure(name).title for name in told)], rows),
            paragraph(_CAUTION),
            self.results.plot().svg(),
            paragraph("And the same as a film: press play, or choose a day; a post tells its story when it is chosen."),
            self.replay().frame(),
            title=self.study.question,
        )

    def __repr__(self) -> str:
        """The table as text, for places that show no pictures."""
        return f"{self.study.question}\n{self.results.summary()}\n{_CAUTION}"


_CAUTION = (
    "Simulated people under stated assumptions: nobody real, no forecast, nothing clinical. The tag is catchier than "
    "is likely. With so few people and runs some of what is seen is luck; compare() says how much."
)


def demo(agents: int = 800, days: int = 30, replicates: int = 4, seed: int = 1) -> Demo:
    """Run a small study and show it: what a support hashtag does that many people like.

    Args:
        agents: number of people.
        days: days after the warm-up.
        replicates: runs of each arm, all arms with the same luck.
        seed: of the study.

    Raises:
        InputError: a number that cannot stand.
    """
    study = Study(
        study="demo",
        question="What does a support hashtag do to belief, disclosure and support?",
        base=Parameters(agents=agents, days=days).with_values(CATCHY),
        arms=[Arm("nothing"), Arm("hashtag", [Hashtag(breadth="general", seeds=Seeds(who="hubs", share=0.02))])],
        outcomes=TAKEN,
        replicates=replicates,
        seed=seed,
    )
    folder = mkdtemp(prefix="supportnet-demo-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Demo(study, study.run(out=folder))
