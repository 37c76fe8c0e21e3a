"""Tables to figures, all in one look: `style` says which."""

from experiments.figures.cards import Figure, card, html_table, paragraph
from experiments.figures.charts import bars, dots, lines
from experiments.figures.curves import Curve, curve
from experiments.figures.days import days
from experiments.figures.drawings import Drawing, sheet
from experiments.figures.forests import forest
from experiments.figures.left_out import left_out
from experiments.figures.networks import Marks, network_drawings
from experiments.figures.regrets import regrets
from experiments.figures.ridges import ridges
from experiments.figures.style import COLOURS, FIRST_COLOUR, GREY, Look, Words, looks, picture, styled
from experiments.figures.summary import MOST_ROWS, PANELS, Panel, summary_figure, write_summary_figure
from experiments.figures.tradeoffs import tradeoffs
from experiments.figures.trajectories import pooled_over_scenarios, trajectories

__all__ = [
    "COLOURS",
    "FIRST_COLOUR",
    "GREY",
    "MOST_ROWS",
    "PANELS",
    "Curve",
    "Drawing",
    "Figure",
    "Look",
    "Marks",
    "Panel",
    "Words",
    "bars",
    "card",
    "curve",
    "days",
    "dots",
    "forest",
    "html_table",
    "left_out",
    "lines",
    "looks",
    "network_drawings",
    "paragraph",
    "picture",
    "pooled_over_scenarios",
    "regrets",
    "ridges",
    "sheet",
    "styled",
    "summary_figure",
    "tradeoffs",
    "trajectories",
    "write_summary_figure",
]
