"""A follower graph as a picture: who follows whom, and how unequally followers are shared out."""

from collections.abc import Sequence
from typing import NamedTuple

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from experiments.figures.drawings import Drawing
from experiments.figures.style import COLOURS, GREY, Floats

MOST_PEOPLE = 400
"""With more people than this the map shows the most followed ones alone, and says so."""
_MOST_BARS = 24
_DOT = "#9AA3AB"

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Marks(NamedTuple):
    """People whom the map shows in a colour of their own; flags [N], and what these people are."""

    flags: Flags
    label: str


def network_drawings(authors: Ints, followers: Ints, n_agents: int, marks: Sequence[Marks] = ()) -> list[Drawing]:
    """The map of a graph, and how many followers people have.

    Args:
        authors: [E] and
        followers: [E] the ends of its arcs: posts of the former reach the latter.
        n_agents: N.
        marks: people to show in colours; of two marks the later one is a ring, so that both can be seen.
    """
    counts = np.bincount(authors, minlength=n_agents)
    return [_map(authors, followers, counts, marks), _histogram(counts)]


# --- the map ----------------------------------------------------------------------------------------------------------


def _map(authors: Ints, followers: Ints, counts: Ints, marks: Sequence[Marks]) -> Drawing:
    """Who follows whom."""
    shown = np.sort(np.lexsort((np.arange(len(counts)), -counts))[:MOST_PEOPLE])
    is_part = len(shown) < len(counts)
    some = f"the {len(shown)} most followed of {len(counts):,} people" if is_part else "a dot is a person"
    marked = "; ".join(f"{int(mark.flags.sum()):,} {mark.label}" for mark in marks)
    return Drawing(
        title="Who follows whom",
        note=f"{some}, larger with more followers",
        description=f"A map of {len(counts):,} people and {len(authors):,} ties{': ' if marked else ''}{marked}.",
        draw=lambda axes: _draw_map(axes, authors, followers, counts, shown, marks),
        height=4.3,
    )


def _draw_map(axes: Axes, authors: Ints, followers: Ints, counts: Ints, shown: Ints, marks: Sequence[Marks]) -> None:
    """Ties as thin lines below, people as dots above."""
    place = np.full(len(counts), -1)
    place[shown] = np.arange(len(shown))
    ends = np.column_stack([place[authors], place[followers]])
    ends = ends[(ends >= 0).all(axis=1)]
    at = layout(len(shown), ends)
    if len(ends):
        ways = Path(at[ends].reshape(-1, 2), np.tile([Path.MOVETO, Path.LINETO], len(ends)))
        axes.add_patch(PathPatch(ways, facecolor="none", edgecolor=GREY, linewidth=0.4, alpha=0.4, zorder=1))
    size = 7.0 + 90.0 * counts[shown] / max(1, int(counts.max(initial=0)))
    axes.scatter(at[:, 0], at[:, 1], s=size, color=_DOT, linewidths=0, zorder=2)
    for number, mark in enumerate(marks):
        _marks(axes, at, size, np.asarray(mark.flags)[shown], number)
    if marks:
        axes.legend(handles=[_handle(mark.label, number) for number, mark in enumerate(marks)], frameon=False,
                    loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2, fontsize=9.5)  # fmt: skip
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.margins(0.03)


def _marks(axes: Axes, at: Floats, size: Floats, chosen: Flags, number: int) -> None:
    """The first marks as full dots, later ones as rings around them."""
    x, y = at[chosen].T
    if number == 0:
        axes.scatter(x, y, s=size[chosen] + 6, color=COLOURS[1], linewidths=0, zorder=3)
    else:
        axes.scatter(x, y, s=size[chosen] + 34, facecolors="none", edgecolors=COLOURS[0], linewidths=1.5, zorder=4)


def _handle(label: str, number: int) -> Line2D:
    """A mark in the legend."""
    if number == 0:
        return Line2D([], [], linestyle="", marker="o", color=COLOURS[1], markersize=7, label=label)
    return Line2D([], [], linestyle="", marker="o", markerfacecolor="none", markeredgecolor=COLOURS[0],
                  markeredgewidth=1.5, markersize=9, label=label)  # fmt: skip


def layout(n_people: int, ends: Ints) -> Floats:
    """Where people stand, [N, 2]: near those with whom they have ties; the parts of the graph side by side.

    The same for the same graph (NetworkX's force-directed layout from a fixed start).

    Args:
        n_people: N.
        ends: [E, 2] both ends of every tie.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n_people))
    graph.add_edges_from(ends.tolist())
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    at = np.zeros((n_people, 2))
    for part, centre in zip(parts, _shelves([np.sqrt(len(part)) for part in parts]), strict=True):
        at[part] = _part(graph, part) + centre
    return at


def _part(graph: "nx.Graph[int]", part: Sequence[int]) -> Floats:
    """A connected part around the origin, most of it within the square root of how many people it has."""
    radius = np.sqrt(len(part))
    drawn = nx.spring_layout(graph.subgraph(part), seed=1, iterations=80, k=2.0 / radius, method="force")
    points = np.array([drawn[person] for person in part]).reshape(-1, 2)
    points -= np.median(points, axis=0)
    away = np.hypot(*points.T)
    spread = float(np.quantile(away, 0.9)) or 1.0
    return np.asarray(points / spread * (0.8 * radius / np.maximum(1.0, away / spread) ** 0.5)[:, None])


def _shelves(radii: Sequence[float]) -> list[Floats]:
    """Centres of discs, largest first, in rows like books on shelves, about as wide as high."""
    width = 2.1 * np.sqrt(sum(4 * radius**2 for radius in radii)) / 1.7
    centres, left, top, height = [], 0.0, 0.0, 0.0
    for radius in radii:
        size = 2 * radius + 1.0
        if left and left + size > width:
            left, top, height = 0.0, top - height, 0.0
        height = max(height, size)
        centres.append(np.array([left + size / 2, top - size / 2]))
        left += size
    return centres


# --- how many followers -----------------------------------------------------------------------------------------------


def _histogram(counts: Ints) -> Drawing:
    """How many followers people have."""
    mean, most = float(counts.sum()) / max(1, len(counts)), int(counts.max(initial=0))
    middle = float(np.median(counts)) if len(counts) else 0.0
    return Drawing(
        title="How many followers people have",
        note=f"people; mean {mean:.1f} (line), half have at most {middle:g}",
        description=f"Followers of a person: mean {mean:.1f}, median {middle:g}, most {most:,}.",
        draw=lambda axes: _draw_histogram(axes, counts),
        height=4.3,
    )


def _draw_histogram(axes: Axes, counts: Ints) -> None:
    """Bars of equal width, and a line at the mean."""
    most = int(counts.max(initial=0))
    width = max(1, -(-(most + 1) // _MOST_BARS))
    edges = np.arange(0, most + width + 1, width) - 0.5
    axes.hist(counts, bins=list(edges), color=COLOURS[0], alpha=0.85, rwidth=0.88)
    axes.axvline(float(counts.sum()) / max(1, len(counts)), color=GREY, linestyle=(0, (4, 3)), linewidth=1.5)
    axes.set_xlabel("followers", fontsize=9.5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
