"""Drawing pictures as SVG: shapes and words placed in pixels, and a linear axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from markupsafe import Markup

FONT = 'system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif'
INK, FAINT, RULE, WASH = "#1a1f26", "#5b6470", "#d5d9de", "#f4f6f8"


@dataclass
class Svg:
    """A picture that grows; names that come from users are escaped.

    Attributes
    ----------
    width, height
        In pixels; the picture scales with the page.
    label
        What it shows, for those who cannot see it.
    """

    width: float
    height: float
    label: str
    _parts: list[Markup] = field(default_factory=list)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str = INK,
        width: float = 1.0,
        dash: str = "",
    ) -> None:
        """Draw a line; ``dash`` is a pattern such as ``4 3``."""
        dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup()
        self._parts.append(
            Markup(
                '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" '
                'stroke-width="{:g}"{}/>'
            ).format(*start, *end, colour, width, dashed)
        )

    def box(
        self,
        corner: tuple[float, float],
        width: float,
        height: float,
        fill: str,
        opacity: float = 1,
    ) -> None:
        """Fill a rectangle from its upper left corner."""
        self._parts.append(
            Markup(
                '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" '
                'fill-opacity="{:g}"/>'
            ).format(*corner, width, height, fill, opacity)
        )

    def dot(
        self,
        centre: tuple[float, float],
        radius: float,
        fill: str,
        *,
        stroke: str = "none",
        opacity: float = 1,
        words: str = "",
    ) -> None:
        """Draw a dot; ``words`` appear on pointing at it."""
        title = Markup("<title>{}</title>").format(words) if words else Markup()
        self._parts.append(
            Markup(
                '<circle cx="{:.1f}" cy="{:.1f}" r="{:g}" fill="{}" fill-opacity="{:g}" '
                'stroke="{}">{}</circle>'
            ).format(*centre, radius, fill, opacity, stroke, title)
        )

    def text(
        self,
        place: tuple[float, float],
        words: str,
        *,
        anchor: str = "start",
        size: float = 12,
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """Write words at a place on their base line."""
        self._parts.append(
            Markup(
                '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{:g}" fill="{}"'
                ' font-weight="{}">{}</text>'
            ).format(*place, anchor, size, colour, 600 if bold else 400, words)
        )

    def drawn(self) -> Markup:
        """Return the picture, whole in itself: it can stand in a page or in a file."""
        return (
            Markup(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {:g} {:g}" role="img" '
                'aria-label="{}" font-family="{}">'
            ).format(self.width, self.height, self.label, FONT)
            + Markup("\n").join(self._parts)
            + Markup("</svg>\n")
        )


@dataclass(frozen=True)
class Axis:
    """Carries values between ``low`` and ``high`` to pixels between ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return the pixel of a value; one that lies outside goes to the nearer end."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self, about: int) -> list[tuple[float, str]]:
        """Return round values with their places, ``about`` so many."""
        step = round_step((self.high - self.low) / about)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        # Adding 0 turns a minus zero into zero.
        values = [n * step + 0.0 for n in range(first, last + 1)]
        return [(self.place(value), f"{value:.4g}".replace("-", "−")) for value in values]


def axis_around(values: list[float], start: float, end: float) -> Axis:
    """Return an axis that holds all values with a little room at both ends."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return Axis(low - room, high + room, start, end)


def round_step(rough: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(multiple * power for multiple in (1, 2, 5, 10) if multiple * power >= rough)
