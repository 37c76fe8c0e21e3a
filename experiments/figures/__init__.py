"""Tables to figures, all in one look: `style` says which."""

from experiments.figures.curves import Curve, curve
from experiments.figures.style import COLOURS, FIRST_COLOUR, Look, Words, looks, picture
from experiments.figures.summary import MOST_ROWS, PANELS, Panel, summary_figure, write_summary_figure

__all__ = [
    "COLOURS",
    "FIRST_COLOUR",
    "MOST_ROWS",
    "PANELS",
    "Curve",
    "Look",
    "Panel",
    "Words",
    "curve",
    "looks",
    "picture",
    "summary_figure",
    "write_summary_figure",
]
