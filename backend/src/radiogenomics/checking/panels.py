"""One picture of a case page: a slice as PNG, with outlines and lengths as vectors over it.

The vectors are SVG inside the page: sharp at any zoom and in print, and the reader can switch them
off to look at the image beneath. All positions are in mm from the picture's upper left corner.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import find_contours

from radiogenomics.checking.views import View

Place = tuple[float, float]

_SCALE_BARS_MM = (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1)


@dataclass(frozen=True)
class Window:
    """The square part of a view that a panel shows: its upper left corner and its side, in mm."""

    left: float
    top: float
    side: float

    def place(self, point: Place) -> Place:
        """Carry a place in the view to a place in the panel."""
        return point[0] - self.left, point[1] - self.top


@dataclass(frozen=True)
class Layer:
    """A mask [z, y, x] to outline, in the colour and manner of its ROI."""

    mask: NDArray[np.bool_]
    roi: str
    colour: str
    width: float = 1.6
    dotted: bool = False
    fill: float = 0.0


@dataclass(frozen=True)
class Background:
    """A greyscale image (PNG in base64) and where its corners lie in the panel."""

    png: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Outline:
    """A layer's border in one slice, as an SVG path."""

    path: str
    layer: Layer


@dataclass(frozen=True)
class Line:
    """A drawn length: the projection of its two ends."""

    kind: str
    first: Place
    second: Place
    dashed: bool = False
    ends: bool = False


@dataclass(frozen=True)
class DrawnEllipse:
    """The ellipse behind the two axes: centre, radii in mm and turn in degrees."""

    centre: Place
    radii: tuple[float, float]
    turn: float


@dataclass(frozen=True)
class Panel:
    """Everything that the template needs to draw one picture.

    Attributes
    ----------
    title, caption
        What is shown.
    side
        Width and height in mm.
    frame
        The border of the volume: left, top, width, height.
    letters
        Directions that the left, right, upper and lower edge face.
    scale_bar
        Length in mm.
    """

    title: str
    caption: str
    side: float
    background: Background | None
    frame: tuple[float, float, float, float]
    outlines: tuple[Outline, ...]
    letters: tuple[str, str, str, str]
    scale_bar: float
    lines: tuple[Line, ...] = ()
    ellipse: DrawnEllipse | None = None

    def drawing(self, *lines: Line, ellipse: DrawnEllipse | None = None) -> Panel:
        """Return the panel with lengths drawn over it."""
        return replace(self, lines=(*self.lines, *lines), ellipse=ellipse or self.ellipse)


def draw_panel(
    view: View,
    index: int,
    window: Window,
    image: NDArray[Any] | None,
    grey_range: tuple[float, float],
    layers: Sequence[Layer],
    title: str,
    caption: str,
) -> Panel:
    """Draw one slice of a view.

    Parameters
    ----------
    view, index
        Which slice of the volume.
    window
        The part of it to show; it may reach beyond the volume.
    image
        Volume [z, y, x] beneath the outlines, if there is one.
    grey_range
        Image values shown as black and as white.
    layers
        Masks to outline, the lowest first.
    title, caption
        Words for above and below the picture.
    """
    corner = window.place((0.0, 0.0))
    return Panel(
        title=title,
        caption=caption,
        side=window.side,
        background=None if image is None else _background(view, index, window, image, grey_range),
        frame=(*corner, view.width, view.height),
        outlines=tuple(
            Outline(path, layer)
            for layer in layers
            if (path := outline_path(view, index, window, layer.mask))
        ),
        letters=(view.left, view.right, view.top, view.bottom),
        scale_bar=next(bar for bar in (*_SCALE_BARS_MM, 0.01) if bar <= window.side / 4),
    )


def outline_path(view: View, index: int, window: Window, mask: NDArray[np.bool_]) -> str:
    """Return the border of a mask in one slice as an SVG path, halfway between voxel centres.

    Holes are separate subpaths, to be filled by the even-odd rule.
    """
    picture = view.picture(mask, index)
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    if rows.size == 0:
        return ""
    first_row, first_column = int(rows[0]), int(columns[0])
    part = picture[first_row : rows[-1] + 1, first_column : columns[-1] + 1]
    # A margin of background closes the outline where the mask touches the border of the volume.
    contours = find_contours(np.pad(part, 1).astype(np.float64), 0.5)
    across, down = view.spacing[view.across], view.spacing[view.down]
    pieces = []
    for contour in contours:
        # Half a voxel from the edge of the first pixel to its centre, one for the margin.
        x = (contour[:-1, 1] + first_column - 0.5) * across - window.left
        y = (contour[:-1, 0] + first_row - 0.5) * down - window.top
        points = np.round(np.column_stack((x, y)), 2).tolist()
        pieces.append("M" + "L".join(f"{u:g} {v:g}" for u, v in points) + "Z")
    return "".join(pieces)


def grey_range_of(image: NDArray[Any]) -> tuple[float, float]:
    """Return the values to show as black and as white, so that a few bright voxels do not rule."""
    sample = image[::2, ::2, ::2]
    values = sample[np.isfinite(sample)].astype(np.float64)
    if values.size == 0:
        return 0.0, 1.0
    low = float(np.percentile(values, 0.5))
    bright = values[values > low]
    high = float(np.percentile(bright, 99.7)) if bright.size else low + 1.0
    return low, high


def ellipse_between(major: tuple[Place, Place], minor: tuple[Place, Place]) -> DrawnEllipse:
    """Return the ellipse with these drawn axes."""
    (u0, v0), (u1, v1) = major
    return DrawnEllipse(
        centre=((u0 + u1) / 2, (v0 + v1) / 2),
        radii=(math.dist(*major) / 2, math.dist(*minor) / 2),
        turn=math.degrees(math.atan2(v1 - v0, u1 - u0)),
    )


def _background(
    view: View,
    index: int,
    window: Window,
    image: NDArray[Any],
    grey_range: tuple[float, float],
) -> Background | None:
    """Return the pixels that the window shows, at the image's own resolution."""
    picture = view.picture(image, index)
    across, down = view.spacing[view.across], view.spacing[view.down]
    columns = _pixels_within(window.left, window.side, across, picture.shape[1])
    rows = _pixels_within(window.top, window.side, down, picture.shape[0])
    part = picture[rows, columns].astype(np.float64)
    if part.size == 0:
        return None
    low, high = grey_range
    grey = np.clip((np.nan_to_num(part, nan=low) - low) / (high - low), 0, 1) * 255
    left, top = window.place((columns.start * across, rows.start * down))
    return Background(
        png=base64.b64encode(grey_png(np.rint(grey).astype(np.uint8))).decode("ascii"),
        left=left,
        top=top,
        width=part.shape[1] * across,
        height=part.shape[0] * down,
    )


def _pixels_within(start: float, side: float, size: float, count: int) -> slice:
    """Pixels of a row that lie, wholly or in part, between ``start`` and ``start + side``."""
    first = max(0, math.floor(start / size))
    return slice(first, max(first, min(count, math.ceil((start + side) / size))))


def grey_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a picture (rows, columns) as an 8-bit greyscale PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
