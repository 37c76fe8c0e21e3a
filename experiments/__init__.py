"""Which runs, where, and what do they say together? The public names of the experiments.

Names are fetched when they are first used, so that the command line does not wait for what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.adaptive import Adaptive
    from experiments.arms import Arm
    from experiments.comparing import compare
    from experiments.costs import Costs
    from experiments.demonstration import Demo, demo
    from experiments.event_comparison import compare_events
    from experiments.executors import EXECUTORS
    from experiments.exporting import export
    from experiments.factors import Range
    from experiments.figures import summary_figure
    from experiments.notebook import Results, Study
    from experiments.replay import REPLAY_LOG, replay_html, replay_of, replay_of_results
    from experiments.run import run_experiment
    from experiments.store import Store
    from experiments.study import Experiment
    from experiments.trace_drawing import trace_figure
    from experiments.tracing import trace

_HOMES = {
    "EXECUTORS": "experiments.executors",
    "REPLAY_LOG": "experiments.replay",
    "Adaptive": "experiments.adaptive",
    "Arm": "experiments.arms",
    "Costs": "experiments.costs",
    "Demo": "experiments.demonstration",
    "Experiment": "experiments.study",
    "Range": "experiments.factors",
    "Results": "experiments.notebook",
    "Store": "experiments.store",
    "Study": "experiments.notebook",
    "compare_events": "experiments.event_comparison",
    "compare": "experiments.comparing",
    "demo": "experiments.demonstration",
    "export": "experiments.exporting",
    "replay_html": "experiments.replay",
    "replay_of": "experiments.replay",
    "replay_of_results": "experiments.replay",
    "run_experiment": "experiments.run",
    "summary_figure": "experiments.figures",
    "trace": "experiments.tracing",
    "trace_figure": "experiments.trace_drawing",
}

__all__ = [
    "EXECUTORS",
    "REPLAY_LOG",
    "Adaptive",
    "Arm",
    "Costs",
    "Demo",
    "Experiment",
    "Range",
    "Results",
    "Store",
    "Study",
    "compare",
    "compare_events",
    "demo",
    "export",
    "replay_html",
    "replay_of",
    "replay_of_results",
    "run_experiment",
    "summary_figure",
    "trace",
    "trace_figure",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """A public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'experiments' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return __all__
