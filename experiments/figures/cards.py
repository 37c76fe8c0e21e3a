"""Figures and tables that show themselves in a notebook: light where it is light, dark where it is dark.

What is shown brings its own paper and its own colours, so that it can be read on any page, also on one that says
nothing about light and dark.
"""

import hashlib
import html
from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure as PlainFigure

from experiments.figures.inline import inline

_DARK = ("html[theme=dark]", "html[data-theme=dark]", "body[data-jp-theme-light=false]", "body.vscode-dark")
"""How hosted notebooks, the pages of the docs, Jupyter and editors say that they are dark."""
_DARK_COLOURS = (
    "--card-paper:#14181c;--card-ink:#e6e9ec;--card-muted:#a3adb7;--card-rule:#38414a;--fig-first:#f2f2f2;"
    "--fig-grey:#a3adb7;--fig-ink:#d5dade;--fig-grid:#2b333b;--fig-paper:#14181c;--fig-soft:#4c5761;--fig-1:#4ba3e3;"
    "--fig-2:#f08644;--fig-3:#2dbf94;--fig-4:#dd92bd;--fig-5:#e9ae32;--fig-6:#86cdf2"
)
_RULES = (
    ".supportnet-card{background:var(--card-paper,#fff);color:var(--card-ink,#1c2126);padding:.7em .9em;"
    "border:1px solid var(--card-rule,#d9dee3);border-radius:6px;max-width:100%;overflow-x:auto;box-sizing:border-box;"
    "font:14px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}",
    ".supportnet-card h4{margin:0 0 .5em;font-size:1.1em;font-weight:650;color:inherit}",
    ".supportnet-card p{margin:.5em 0 0;max-width:46em;color:var(--card-muted,#59626b)}",
    ".supportnet-card table{border-collapse:collapse;margin:0;border:0;background:none;color:inherit}",
    ".supportnet-card :is(tr,th,td){background:none!important;border:0;color:inherit}",
    ".supportnet-card :is(th,td){padding:.18em .9em .18em 0;text-align:left!important;vertical-align:top;font-size:1em;"
    "border-bottom:1px solid var(--card-rule,#d9dee3);font-variant-numeric:tabular-nums;white-space:normal}",
    ".supportnet-card th{font-weight:600}",
    ".supportnet-card svg{display:block;width:100%;height:auto;margin-top:.6em}",
)
STYLE = f"<style>{''.join(_RULES)}{','.join(f'{where} .supportnet-card' for where in _DARK)}{{{_DARK_COLOURS}}}</style>"
"""What a page has to know of colours; the same, however often it stands there."""


_NAME = "figure-0000000000"
"""Stands for the name of a figure until its content is known."""


class Figure(PlainFigure):
    """A figure that a notebook shows by itself, whether or not pyplot was imported.

    `heading` and `description` say in words what it shows, for those who cannot see it.
    """

    heading: str = "Figure"
    description: str = ""

    def say(self, heading: str, description: str) -> None:
        """Give the figure its words."""
        self.heading, self.description = heading or self.heading, description

    def svg(self) -> str:
        """The figure as an SVG element, its colours those of the page around it, its name that of its content."""
        drawn = inline(self, _NAME, self.heading, self.description, letters=False)
        drawn = drawn.replace('style="', f'style="max-width: {round(self.get_figwidth() * 80)}px; ', 1)
        return drawn.replace(_NAME, f"figure-{hashlib.sha256(drawn.encode()).hexdigest()[:10]}")

    def _repr_html_(self) -> str:
        """The figure as a notebook shows it."""
        return card(self.svg())


def card(*parts: str, title: str = "") -> str:
    """Pieces of HTML on paper of their own.

    Args:
        *parts: HTML, each with everything escaped.
        title: plain text.
    """
    head = f"<h4>{html.escape(title)}</h4>" if title else ""
    return f'{STYLE}<div class="supportnet-card">{head}{"".join(parts)}</div>'


def html_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, more: int = 0) -> str:
    """A table as HTML; everything in it is plain text.

    Args:
        columns: heads; none for a table whose first column says what the second is.
        rows: cells.
        more: how many rows are left out, which is said below.
    """
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{_cells(row, headed=not columns)}</tr>" for row in rows)
    thead = f"<thead><tr>{head}</tr></thead>" if columns else ""
    return f"<table>{thead}<tbody>{body}</tbody></table>{paragraph(f'... and {more:,} more rows') if more else ''}"


def _cells(row: Sequence[str], *, headed: bool) -> str:
    """The cells of a row, the first a head where the table has no other."""
    kinds = ['th scope="row"' if headed and place == 0 else "td" for place in range(len(row))]
    return "".join(f"<{kind}>{html.escape(cell)}</{kind[:2]}>" for kind, cell in zip(kinds, row, strict=True))


def paragraph(text: str) -> str:
    """A sentence in small grey letters."""
    return f"<p>{html.escape(text)}</p>"
