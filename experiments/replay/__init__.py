"""One offline page that lets one look at a run day by day: the people, the numbers, the story of every post."""

import html as markup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.replay.choosing import Told, most_rows, told_posts
from experiments.replay.page import Heading, html
from experiments.replay.recording import MOST_PEOPLE, REPLAY_LOG, Recording, recorded
from experiments.replay.repeating import chosen_runs, repeated
from experiments.shards import write_whole
from simulation import InputError, Problem, SupportNetworkModel

FILE = "replay.html"
MOST_ARMS = 2
INLINE_HEIGHT = 760
"""Pixels of a replay in a notebook."""

__all__ = ["FILE", "MOST_PEOPLE", "REPLAY_LOG", "Replay", "replay", "replay_html", "replay_of", "replay_of_results"]

Models = SupportNetworkModel | Mapping[str, SupportNetworkModel]


@dataclass(frozen=True, eq=False)
class Replay:
    """A replay of one run or of two side by side; a notebook shows it in a frame of its own.

    Args:
        heading: what stands above it.
        arms: the runs.
        told: the posts that can be told.
    """

    heading: Heading
    arms: tuple[Recording, ...]
    told: Told

    def html(self, *, inline: bool = False) -> str:
        """The page; `inline` is the short one for frames in other pages."""
        return html(self.heading, self.arms, self.told, inline=inline)

    def write(self, file: str | Path = FILE) -> Path:
        """Write the page into a file."""
        write_whole(Path(file), self.html().encode())
        return Path(file)

    def frame(self, height: int = INLINE_HEIGHT) -> str:
        """The short page in a frame that may run its script and nothing else, for notebooks and other pages."""
        names = markup.escape(" and ".join(arm.name for arm in self.arms))
        return (
            f'<iframe sandbox="allow-scripts" title="Replay of {names}" width="100%" height="{height}" '
            f'style="border: 1px solid #8888; border-radius: 4px" srcdoc="{markup.escape(self.html(inline=True))}">'
            "</iframe>"
        )

    def _repr_html_(self) -> str:
        """The frame, as a notebook shows it."""
        return self.frame()


def replay_of(models: Models, title: str = "", *, room: int | None = None) -> Replay:
    """The replay of a model that ran, or of two models with the same people.

    Args:
        models: made with `events=REPLAY_LOG`; a mapping gives each the name of its arm.
        title: what stands above.
        room: for how many views, likes, reports, answers and retweets; what stays below 5 MB where left out.

    Raises:
        InputError: a model kept no event log, or two models are not of the same people and days.
    """
    named = models if isinstance(models, Mapping) else {"this run": models}
    arms = tuple(recorded(name, model) for name, model in named.items())
    _require_the_same_people(arms)
    told = told_posts(
        [arm.posts for arm in arms], arms[0].begin, most_rows(arms[0].world.n_agents) if room is None else room
    )
    return Replay(Heading(title or " and ".join(named)), arms, told)


def replay_html(models: Models, title: str = "", *, inline: bool = False) -> str:
    """The page of `replay_of` as text.

    Raises:
        InputError: see `replay_of`.
    """
    return replay_of(models, title).html(inline=inline)


def replay_of_results(
    folder: str | Path,
    *,
    run: str | None = None,
    arms: Sequence[str] = (),
    scenario: str | None = None,
    replicate: int | None = None,
) -> Replay:
    """The replay of stored runs. They are done again with an event log, and checked to be the stored ones.

    Args:
        folder: of the results.
        run: key of one run, or its beginning.
        arms: one or two arms of one replicate; the baseline and the first other arm where left out.
        scenario: the first where left out.
        replicate: likewise.

    Raises:
        InputError: there are no such results or runs.
        RunError: a run came out otherwise than it is stored.
    """
    runs = chosen_runs(Path(folder), run=run, arms=arms, scenario=scenario, replicate=replicate)
    _require_few([each.arm for each in runs])
    recordings, told = repeated(runs)
    study = runs[0].study
    return Replay(Heading(study.question or study.study, study.study), tuple(recordings), told)


def replay(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    run: str | None = None,
    arms: Sequence[str] = (),
    scenario: str | None = None,
    replicate: int | None = None,
) -> Path:
    """Write the replay of stored runs into a file, `replay.html` in the folder by default; see `replay_of_results`.

    Raises:
        InputError: there are no such results or runs.
        RunError: a run came out otherwise than it is stored.
    """
    found = replay_of_results(folder, run=run, arms=arms, scenario=scenario, replicate=replicate)
    return found.write(Path(out) if out is not None else Path(folder) / FILE)


def _require_few(arms: Sequence[str]) -> None:
    """Refuse more arms than stand side by side.

    Raises:
        InputError: there are more.
    """
    if not 0 < len(arms) <= MOST_ARMS:
        raise InputError(Problem("replay", f"{len(arms)} arms were given", "one arm, or two side by side"))


def _require_the_same_people(arms: Sequence[Recording]) -> None:
    """Refuse arms whose people, ties or days are not the same: they could not stand side by side.

    Raises:
        InputError: they are not.
    """
    _require_few([arm.name for arm in arms])
    first = arms[0]
    for other in arms[1:]:
        one, two = first.world, other.world
        same = one.seed == two.seed and np.array_equal(one.graph.followers, two.graph.followers)
        if not same or (first.begin, first.step, first.days) != (other.begin, other.step, other.days):
            what = "have not the same people, ties and days"
            raise InputError(Problem(f"replay of {first.name!r} and {other.name!r}", what, "one seed, one network"))
