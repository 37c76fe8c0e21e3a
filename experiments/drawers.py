"""Who draws a model and a follower graph when these are asked to show themselves (simulation/showing.py)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from experiments.figures import Drawing, Figure, Marks, card, days, html_table, network_drawings, paragraph, sheet
from experiments.outcome_words import measure
from experiments.summary import OVERALL
from simulation import FollowerGraph, InputError, Problem, Registry, SupportNetworkModel

Tells = Callable[[SupportNetworkModel], list[Drawing]]

PLOTS: Registry[Tells] = Registry("plot")
"""Every figure of a model, by name."""
_TOLD = ("supported_within_24h", "support_reach_7d", "harm_exposure")
"""Outcomes that the table of a run shows, once they are known."""


# --- a follower graph -------------------------------------------------------------------------------------------------


def graph_drawings(graph: FollowerGraph, *marks: Marks) -> list[Drawing]:
    """The map of a graph, and how many followers people have."""
    return network_drawings(graph.authors.astype(np.int64), graph.followers.astype(np.int64), graph.n_agents, marks)


class GraphDrawer:
    """Draws follower graphs."""

    def plot(self, thing: FollowerGraph, marked: Any = None, label: str = "marked people") -> Figure:  # noqa: ANN401
        """Who follows whom, and how many followers people have.

        Args:
            thing: the graph.
            marked: flags [N] of people to show in a colour of their own; anything like an array.
            label: what these people are.

        Raises:
            InputError: flags that are not one for each agent.
        """
        marks = [] if marked is None else [Marks(_flags(marked, thing.n_agents), label)]
        return sheet(graph_drawings(thing, *marks), f"{thing.n_agents:,} people and who follows whom")

    def html(self, thing: FollowerGraph) -> str:
        """The facts and the picture."""
        mutual = f"{100 * thing.reciprocal.mean():.0f}%" if thing.n_arcs else "-"
        facts = [
            ("people", f"{thing.n_agents:,}"),
            ("arcs (somebody gets somebody's posts)", f"{thing.n_arcs:,}"),
            ("followers of a person, mean", f"{thing.n_arcs / max(1, thing.n_agents):.1f}"),
            ("followers of a person, most", f"{int(thing.follower_counts.max(initial=0)):,}"),
            ("arcs that are returned", mutual),
        ]
        return card(html_table([], facts), self.plot(thing).svg(), title="Follower graph")


def _flags(given: object, n_agents: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Flags [N] of people."""
    flags = np.asarray(given).astype(np.bool_)
    if flags.shape != (n_agents,):
        raise InputError(Problem("marked", f"has the shape {flags.shape}", f"one flag for each of {n_agents} people"))
    return flags


# --- a model ----------------------------------------------------------------------------------------------------------


def daily_table(model: SupportNetworkModel) -> pl.DataFrame:
    """A row a day: what Mesa's data collector took, and the share of posts supported where it is known."""
    collected = pl.DataFrame(dict(model.datacollector.model_vars))
    outcomes = model.outcomes.filter((pl.col("group") == OVERALL) & (pl.col("outcome") == "supported_within_24h"))
    supported = outcomes.select("day", pl.col("value").alias("supported_within_24h"))
    return collected.join(supported, on="day", how="left", maintain_order="left")


@PLOTS.register("days")
def _days(model: SupportNetworkModel) -> list[Drawing]:
    """What people believe, post and get, day by day."""
    return days(daily_table(model))


@PLOTS.register("network")
def _network(model: SupportNetworkModel) -> list[Drawing]:
    """Who follows whom now; strugglers as full dots, people who have taken up a tag as rings."""
    strugglers, adopters = model.engine.column("struggler").astype(bool), model.engine.column("ever_adopted") > 0
    marks = [Marks(strugglers, "struggling"), *([Marks(adopters, "have taken up a tag")] if adopters.any() else [])]
    return graph_drawings(model.engine.graph, *marks)


class ModelDrawer:
    """Draws runs."""

    def plot(self, thing: SupportNetworkModel, kind: str = "days") -> Figure:
        """A figure of a run so far; see `PLOTS`.

        Raises:
            InputError: there is no such figure.
        """
        return sheet(PLOTS[kind](thing), str(thing))

    def html(self, thing: SupportNetworkModel) -> str:
        """The facts and the days."""
        begun = thing.engine.step > 0
        picture = self.plot(thing).svg() if begun else paragraph("Nothing has happened yet: run() runs all days.")
        return card(html_table([], list(_facts(thing).items())), picture, title="Support network")


def _facts(model: SupportNetworkModel) -> Mapping[str, str]:
    """What is to be known of a run, in words."""
    last = model.datacollector.get_model_vars_dataframe().iloc[-1]
    done = ", ".join(type(action).__name__ for action in model.interventions)
    posts = f"{len(model.posts.key):,}, " if model.keep_posts else ""
    return {
        "people": f"{model.world.n_agents:,}, who follow {_mean_followed(model):.1f} on average",
        "day": f"{_when(model)}, seed {model.run_seed}",
        "what is done": done or "nothing",
        "struggling": f"{100 * last['prevalence']:.1f}% of people; they believe {100 * last['normalization']:.1f}%",
        "posts": f"{posts}{int(last['struggle_posts']):,} of them on struggling",
        **_outcomes_told(model),
    }


def _mean_followed(model: SupportNetworkModel) -> float:
    """How many people somebody follows on average on day 0."""
    return model.world.graph.n_arcs / max(1, model.world.n_agents)


def _when(model: SupportNetworkModel) -> str:
    """How far a run has come."""
    if model.day < 0:
        return f"{-model.day:g} days of warm-up before day 0"
    return f"{model.day:g} of {model.parameters.days}"


def _outcomes_told(model: SupportNetworkModel) -> dict[str, str]:
    """The last values of a few outcomes, as far as they are known."""
    known = model.outcomes.filter((pl.col("group") == OVERALL) & pl.col("value").is_not_null())
    last = dict(known.group_by("outcome", maintain_order=True).agg(pl.col("value").last()).iter_rows())
    return {measure(name).title: measure(name).value(last[name]) for name in _TOLD if name in last}


GRAPH = GraphDrawer()
MODEL = ModelDrawer()
