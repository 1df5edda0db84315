"""How figures look, and how they become SVG and PNG: the same bytes for the same run."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from radiogenomics.errors import InputError

try:
    import matplotlib
    from matplotlib.figure import Figure as Drawing
except ImportError as error:
    raise InputError(
        "The report's figures need Matplotlib, which is not installed; say "
        "pip install 'radiogenomics[train]'."
    ) from error

PNG_DPI = 220
INK, FAINT, RULE = "#1a1f26", "#5b6470", "#d5d9de"

# Points at the size of the page; on A4 the figures are about three quarters as large.
_LOOK: Any = {
    "axes.edgecolor": FAINT,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "radiogenomics",
    "text.color": INK,
    # A dollar in a run's name is a dollar.
    "text.parse_math": False,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
}
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_FONTS = "font-family: 'DejaVu Sans', Verdana, 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Figure:
    """A drawn figure.

    Attributes
    ----------
    name
        Of its files, without the ending.
    number
        As it is called in the text: ``Figure 2``.
    caption
        What it shows.
    description
        For who cannot see it.
    svg
        To be put into a page or a file of its own.
    png
        At `PNG_DPI` dots an inch.
    """

    name: str
    number: str
    caption: str
    description: str
    svg: str
    png: bytes


def draw(
    name: str,
    number: str,
    caption: str,
    description: str,
    size: tuple[float, float],
    paint: Callable[[Drawing], None],
) -> Figure:
    """Paint a figure of a size in inches and return it in both forms."""
    with matplotlib.rc_context(_LOOK):
        drawing = Drawing(figsize=size, layout="constrained")
        paint(drawing)
        svg, png = io.StringIO(), io.BytesIO()
        drawing.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Title": name})
        # The layout holds for both forms.
        drawing.set_layout_engine("none")
        drawing.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return Figure(
        name, number, caption, description, _own_ids(svg.getvalue(), name), png.getvalue()
    )


def inline(figure: Figure) -> Markup:
    """Return the SVG element without the head of a file, labelled for who cannot see it."""
    # The element is Matplotlib's own: what it writes of a run is escaped by it.
    element = _METADATA.sub("", figure.svg[figure.svg.index("<svg") :])
    label = f'<svg role="img" aria-label="{escape(figure.description)}" '
    return Markup(element.replace("<svg ", label, 1))


def _own_ids(svg: str, name: str) -> str:
    """Put the figure's name before every id, so that figures can share a page."""
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    # Whoever lacks the font gets one of about the same width.
    return re.sub(r"font-family: ?'DejaVu Sans'|(?<=px )'DejaVu Sans'", _font, svg)


def _font(found: re.Match[str]) -> str:
    family = _FONTS.partition(": ")[2]
    return _FONTS if found[0].startswith("font-family") else family
