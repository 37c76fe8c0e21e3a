"""The picture of a trace: where a post went on a fixed map of the people, and how its numbers grew with time.

The map (`people_map`) depends on the graph and the people alone, so a person stands at the same place in every picture
of a seed. Arrows run the way the post travelled.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from experiments.figures import GREY, Figure, picture, styled
from experiments.people_map import positions
from experiments.shards import write_whole
from experiments.tracing import Trace, sources
from simulation import ROLES, World, key_parts

MOST_ARROWS = 160
"""With more viewers than this, thin lines take the place of arrows to each of them."""
MOST_PEOPLE = 20_000
"""With more people than this, only those whom the post reached are drawn."""

_MARKS = (0, 0.5, 1, 3, 6, 12, 24, 48, 96, 168, 336)
"""Hours that are marked on the axis of time."""
_AUTHOR = "#000000"
_PASSED = "#B36B00"
_WAYS = {"feed": "#0072B2", "retweet": "#E69F00", "stream": "#CC79A7", "routed": "#6A51A3"}
_WAY_WORDS = {
    "feed": "in the feed, from the author",
    "retweet": "through a retweet",
    "stream": "in the stream of the tag",
    "routed": "brought by the routing",
}
_TONES = {"reply_supportive": "#009E73", "reply_neutral": "#8C8C8C", "reply_derogatory": "#D00000"}
_TONE_WORDS = {"reply_supportive": "supportive answer", "reply_neutral": "neutral answer",
               "reply_derogatory": "derogatory answer"}  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Map(NamedTuple):
    """What the map needs.

    Args:
        axes: where to draw.
        trace: of the post.
        place: [N, 2] where everybody stands.
    """

    axes: Axes
    trace: Trace
    place: Floats


class Arrow(NamedTuple):
    """How an arrow is drawn; `layer` says what lies above what."""

    colour: str
    width: float
    head: float
    layer: int
    alpha: float = 0.95
    bend: float = 0.14
    dashes: Any = "-"


def trace_figure(trace: Trace, world: World) -> Figure:
    """The map of a post, and its numbers over time beside it.

    Args:
        trace: of the post.
        world: in which it was written (`trace.run.world`).
    """
    with styled():
        figure = Figure(figsize=(13.33, 7.5))
        _map(figure.add_axes((0.01, 0.03, 0.60, 0.85)), trace, world)
        _growth(figure.add_axes((0.68, 0.50, 0.29, 0.33)), trace)
        _words(figure, trace, world)
        return figure


def write_trace_figure(trace: Trace, folder: Path) -> Path:
    """Write the picture of a trace as PNG and SVG; returns the path of the former."""
    figure = trace_figure(trace, trace.run.world)
    arm = "".join(sign if sign.isalnum() else "-" for sign in trace.run.arm)
    name = f"trace-{trace.name}-{arm}-{trace.run.replicate}"
    for ending in ("svg", "png"):
        write_whole(folder / f"{name}.{ending}", picture(figure, ending))
    return folder / f"{name}.png"


def _map(axes: Axes, trace: Trace, world: World) -> None:
    """People, the ways of the post between them, and who answered."""
    drawn = Map(axes, trace, positions(world))
    axes.set_axis_off()
    axes.set_aspect("equal")
    if world.n_agents <= MOST_PEOPLE:
        followers = world.graph.follower_counts.astype(np.float64)
        size = 3.0 + 14.0 * np.sqrt(followers / max(1.0, float(followers.max())))
        axes.scatter(drawn.place[:, 0], drawn.place[:, 1], s=size, color="#DCDCDC", linewidths=0, zorder=1)
    _views(drawn)
    _retweets(drawn)
    _replies(drawn)
    _dots(drawn, np.array([trace.root["author"]]), _AUTHOR, 330, marker="*", edgecolor="white", zorder=9)
    axes.margins(0.03)


def _views(drawn: Map) -> None:
    """A dot for each viewer, in the colour of the way by which the post came, and a line or arrow along that way."""
    views, begin = drawn.trace.first_views, sources(drawn.trace)
    agents, via = views["agent"].to_numpy(), views["via"].to_numpy()
    for way in _WAYS:
        mine = via == way
        if mine.any():
            _views_by(drawn, way, begin[mine], agents[mine], many=len(agents) > MOST_ARROWS)


def _views_by(drawn: Map, way: str, begin: Ints, agents: Ints, *, many: bool) -> None:
    """The viewers to whom the post came by one way; dashed is what no person brought."""
    colour, dashes = _WAYS[way], (0, (2, 3)) if way in {"stream", "routed"} else "-"
    ways = np.stack([drawn.place[begin], drawn.place[agents]], axis=1)
    if many:
        lines = LineCollection(list(ways), colors=colour, linewidths=0.6, alpha=0.12, linestyles=dashes, zorder=2)
        drawn.axes.add_collection(lines, autolim=False)
    else:
        for start, end in ways:
            _arrow(drawn, start, end, Arrow(colour, width=0.7, head=7, layer=3, alpha=0.75, dashes=dashes))
    _dots(drawn, agents, colour, 16 if many else 26, edgecolor="white", linewidths=0.4, zorder=5)


def _retweets(drawn: Map) -> None:
    """A bold arrow from whoever had the post to whoever passed it on, and a ring around the latter."""
    rows = drawn.trace.retweets
    for parent, agent in zip(rows["parent"], rows["author"], strict=True):
        start, end = drawn.place[key_parts(parent)[0]], drawn.place[agent]
        _arrow(drawn, start, end, Arrow(_PASSED, width=2.2, head=17, layer=7))
    _dots(drawn, rows["author"].to_numpy(), _WAYS["retweet"], 95, edgecolor="#7A4A00", linewidths=1.4, zorder=8)


def _replies(drawn: Map) -> None:
    """An arrow back to the author for each answer, in the colour of its tone, and a mark where it came from."""
    target = drawn.place[drawn.trace.root["author"]]
    for kind, colour in _TONES.items():
        agents = drawn.trace.replies.filter(pl.col("kind") == kind)["author"].to_numpy()
        for agent in agents:
            _arrow(drawn, drawn.place[agent], target, Arrow(colour, width=1.5, head=13, layer=6, bend=-0.22))
        _dots(drawn, agents, colour, 75, marker="s", edgecolor="white", linewidths=0.9, zorder=8)


def _arrow(drawn: Map, start: Floats, end: Floats, look: Arrow) -> None:
    """A bent arrow; nothing where somebody would point at themselves."""
    if np.allclose(start, end):
        return
    drawn.axes.add_patch(
        FancyArrowPatch(
            (float(start[0]), float(start[1])), (float(end[0]), float(end[1])), arrowstyle="-|>",
            connectionstyle=f"arc3,rad={look.bend}", mutation_scale=look.head, linewidth=look.width, color=look.colour,
            alpha=look.alpha, linestyle=look.dashes, shrinkA=4, shrinkB=5, zorder=look.layer,
        )
    )  # fmt: skip


def _dots(drawn: Map, agents: Ints, colour: str, size: float, **look: Any) -> None:  # noqa: ANN401 - as scatter takes
    """A mark for each of some agents."""
    x, y = drawn.place[agents].T
    drawn.axes.scatter(x, y, s=size, color=colour, **look)


def _growth(axes: Axes, trace: Trace) -> None:
    """How many had viewed, passed on and answered the post by each hour."""
    curves: list[tuple[str, str, NDArray[np.float64]]] = []
    if trace.views is not None:
        curves.append(("people who viewed it", _WAYS["feed"], _hours(trace, trace.first_views["step"])))
    curves.append(("retweets", _PASSED, _hours(trace, trace.retweets["step"])))
    supportive = trace.replies.filter(pl.col("kind") == "reply_supportive")
    curves.append(("supportive answers", _TONES["reply_supportive"], _hours(trace, supportive["step"])))
    others = trace.replies.filter(pl.col("kind") != "reply_supportive")
    curves.append(("other answers", GREY, _hours(trace, others["step"])))
    drawn = [curve for curve in curves if len(curve[2])]
    last = max([float(hours[-1]) for _, _, hours in drawn] + [1.0])
    for words, colour, hours in drawn:
        x = np.concatenate([[0.0], hours, [last]])
        y = np.concatenate([[0], np.arange(1, len(hours) + 1), [len(hours)]])
        axes.step(x, y, where="post", color=colour, linewidth=2.0, label=f"{words} ({len(hours)})")
    if trace.root["removed_step"] >= 0:
        removed = trace.hours(trace.root["removed_step"])
        axes.axvline(removed, color="#D00000", linewidth=1.3, linestyle=(0, (4, 3)), label="removed by the desk")
    axes.set_yscale("symlog", linthresh=1.0, linscale=0.35)
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    axes.set_xticks([hours for hours in _MARKS if hours <= 1.3 * last])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.set_ylim(bottom=0.0)
    axes.margins(y=0.08)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("hours since it was written")
    axes.set_title("How it spread", fontweight="bold")
    if drawn:
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.17), fontsize=9.5, ncols=2)


def _hours(trace: Trace, steps: pl.Series) -> NDArray[np.float64]:
    """Hours since the writing, ascending."""
    return np.sort(np.array([trace.hours(step) for step in steps], dtype=np.float64))


def _words(figure: Figure, trace: Trace, world: World) -> None:
    """Title, legend and caption."""
    root = trace.root
    author = f"{ROLES[world.population.role[root['author']]]} {root['author']}"
    tag = f", tag {root['tag']}" if root["tag"] else ""
    figure.text(0.02, 0.955, f"{_with_article(root['kind'])} post by {author}{tag}", fontsize=17, fontweight="bold")
    day = trace.run.day_of(root["step"])
    figure.text(0.02, 0.915, f"post {trace.name}, day {day:.1f}; {trace.run}", fontsize=11, color=GREY)
    figure.legend(
        handles=_handles(trace), loc="lower left", bbox_to_anchor=(0.665, 0.03), frameon=False, fontsize=9.5,
        handletextpad=0.6,
    )  # fmt: skip
    note = (
        "Everybody stands at the same place in all pictures of this seed: communities as discs, hubs in their middle."
    )
    figure.text(0.02, 0.015, note, fontsize=9, color=GREY)


def _with_article(kind: str) -> str:
    """`A struggle`, `An ordinary`."""
    return f"{'An' if kind[0] in 'aeio' else 'A'} {kind}"


def _handles(trace: Trace) -> list[Line2D]:
    """The legend: what there is in the picture, and nothing else."""
    found = [_mark("*", _AUTHOR, "author", 13)]
    via = set(trace.first_views["via"])
    found += [_mark("o", _WAYS[way], f"viewed {_WAY_WORDS[way]}", 6) for way in _WAYS if way in via]
    if trace.retweets.height:
        found.append(Line2D([], [], color=_PASSED, linewidth=2.2, marker="o", markersize=8, label="passed it on"))
    kinds = set(trace.replies["kind"])
    found += [
        Line2D([], [], color=colour, linewidth=1.5, marker="s", markersize=7, label=_TONE_WORDS[kind])
        for kind, colour in _TONES.items()
        if kind in kinds
    ]
    return found


def _mark(marker: str, colour: str, label: str, size: float) -> Line2D:
    """A mark in the legend."""
    return Line2D([], [], linestyle="", marker=marker, color=colour, markersize=size, label=label)
