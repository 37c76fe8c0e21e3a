"""One look for all figures: colours, letters, arms that can be told apart, and how a figure becomes a file.

Colours are those of Okabe & Ito (2008, "Color universal design"), which most colour-blind readers can tell apart; from
the seventh arm on, dashes help. Names of arms are shown as they are: no sign in them has a meaning to the drawing.
Files hold no date and no random name: the same tables give the same bytes.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from numpy.typing import NDArray

FIRST_COLOUR = "#000000"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#6E6E6E"
INK = "#333333"
GRID = "#E4E4E4"
PAPER = "#FFFFFF"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.hashsalt": "supportnet",
    "svg.fonttype": "path",
}
_NO_DATE: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Words:
    """What a figure cannot read off the tables.

    Args:
        title: the question of the study.
        arms: in their order, the baseline first or not; arms without rows are left out.
        baseline: drawn in black.
        people: number of people in a run.
        seed: of the study.
    """

    title: str = ""
    arms: Sequence[str] = ()
    baseline: str = ""
    people: int | None = None
    seed: int | None = None


class Look(NamedTuple):
    """How an arm is drawn."""

    colour: str
    dashes: Any
    marker: str = "o"


@contextmanager
def styled(**more: Any) -> Iterator[None]:  # noqa: ANN401 - settings of matplotlib
    """Draw in the common style; a letter that the font lacks is shown as a box and not complained about."""
    with matplotlib.rc_context(dict(STYLE, **more)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def picture(figure: Figure, ending: str = "png", *, letters: bool = False) -> bytes:
    """A figure as the content of a file.

    Args:
        figure: to be written.
        ending: `png` or `svg`.
        letters: whether an SVG holds letters, in whatever font its reader has, rather than their outlines.
    """
    buffer = io.BytesIO()
    with styled(**({"svg.fonttype": "none"} if letters else {})):
        figure.savefig(buffer, format=ending, dpi=150, facecolor="white", metadata=_NO_DATE[ending])
    return buffer.getvalue()


def looks(arms: Sequence[str], baseline: str) -> dict[str, Look]:
    """A look for every arm: black for the baseline, then colours, then colours with dashes.

    Arms named like `tag`, `tag, desk` and `none, desk` are taken as combinations: what stands before the first comma
    has a colour, what follows it a kind of line and of mark.
    """
    heads = list(dict.fromkeys([baseline.partition(", ")[0], *(arm.partition(", ")[0] for arm in arms)]))
    tails = list(dict.fromkeys([baseline.partition(", ")[2], *(arm.partition(", ")[2] for arm in arms)]))
    if len(tails) > 1 and len(heads) <= 1 + len(COLOURS) and len(tails) <= len(DASHES):
        return {arm: _look(heads.index(arm.partition(", ")[0]), tails.index(arm.partition(", ")[2])) for arm in arms}
    order = [baseline, *(arm for arm in arms if arm != baseline)]
    return {
        arm: _look(0, 0) if place == 0 else _look(1 + (place - 1) % len(COLOURS), (place - 1) // len(COLOURS))
        for place, arm in enumerate(order)
    }


def _look(colour: int, dashes: int) -> Look:
    """The look of a number of colour, 0 for black, and a number of dashes, 0 for a full line."""
    shade = COLOURS[(colour - 1) % len(COLOURS)] if colour else FIRST_COLOUR
    return Look(shade, DASHES[dashes % len(DASHES)], MARKERS[dashes % len(MARKERS)])


def arm_legend(figure: Figure, names: Sequence[str], handles: Sequence[Line2D], **place: Any) -> Legend:  # noqa: ANN401
    """A legend of arms, each by its name as it is, whatever sign that begins with.

    Args:
        figure: into which it goes.
        names: of arms.
        handles: what each is drawn with.
        **place: what else matplotlib's legend takes.
    """
    numbers = [str(number) for number in range(len(names))]  # a name that begins with '_' would be left out
    legend = figure.legend(list(handles), numbers, **place)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)
    return legend
