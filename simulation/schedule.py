"""The time step, in order. Read this first.

People act on what stood there when the step began; what is decided in a step is seen from the next one on.

1. intervene: the clock has moved on; interventions begin, act and end
2. moderate: the desk's decisions of the last step take effect; detected and reported posts join its queue
3. read: people come online and read their feed, the streams of tags and the answers to their own posts
4. believe: what they saw moves beliefs, stigma and fear, and may make them adopt a tag
5. react: they like, answer, pass on or report what they saw
6. write: they may write posts of their own, and a struggler may disclose
7. deliver: new posts reach followers and streams, answers reach authors
8. live: once a day, distress, help-seeking, use and isolation follow, and what was remembered fades
9. record: once a day, outcomes are taken
"""

from typing import Protocol

from simulation.world import Engine


class Frame(Protocol):
    """What surrounds an engine in a step: the interventions before it and the record after it."""

    def intervene(self) -> None:
        """Stage 1."""

    def record(self) -> None:
        """Stage 9."""


def run_step(frame: Frame, engine: Engine) -> None:
    """One time step."""
    frame.intervene()
    engine.moderate()
    engine.read()
    engine.believe()
    engine.react()
    engine.write()
    engine.deliver()
    engine.live()
    frame.record()
