"""The pictures of a prepared case: each image chequered with T1 with contrast, and the brain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.checking.panels import Layer, Panel, Window, draw_panel, grey_range_of
from radiogenomics.checking.views import View, views_of
from radiogenomics.imaging.preparing import PreparedImages
from radiogenomics.imaging.series import Contrast

MASK_COLOUR = "#ffb000"

_TILE_MM = 25.0
_HEADROOM = 1.1
_VIEW_ORDER = ("axial", "sagittal", "coronal")
# Where the slices of the brain's outline lie, as fractions of its height.
_HEIGHTS = (0.08, 0.22, 0.36, 0.5, 0.64, 0.78, 0.92)


class PreparationPictures:
    """Draws the panels of one prepared case.

    Parameters
    ----------
    images
        The case's images; read one after another, to hold few at once.
    """

    def __init__(self, images: PreparedImages) -> None:
        self._images = images
        self._mask = images.brain_mask()
        self._t1c = images.whole(Contrast.T1C)
        grid = images.grid
        shape, spacing = self._mask.shape, grid.spacing
        views = views_of(shape, spacing, grid.axes)
        self._views = sorted(views, key=lambda view: _VIEW_ORDER.index(view.name))
        side = max(max(view.width, view.height) for view in views)
        self._windows = {
            view.name: Window((view.width - side) / 2, (view.height - side) / 2, side)
            for view in views
        }
        tiles = [
            (np.arange(count) * size // _TILE_MM).astype(int)
            for count, size in zip(shape, reversed(spacing), strict=True)
        ]
        z, y, x = np.ix_(*tiles)
        self._is_other = (z + y + x) % 2 == 1
        self._outline = [Layer(self._mask, "brain", MASK_COLOUR)]

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle of the brain (x, y, z) in voxels."""
        return np.array([self._centre(axis) for axis in range(3)])

    def chequered(self, contrast: Contrast) -> list[Panel]:
        """Draw an image chequered with T1 with contrast, before it was registered and after."""
        registered = self._images.provenance[contrast].get("registration") is not None
        panels = []
        if registered:
            panels += self._board(self._images.before(contrast), "before")
        title = "after" if registered else "as given"
        return [*panels, *self._board(self._images.whole(contrast), title)]

    def outlined(self) -> list[Panel]:
        """Draw T1 with contrast from the bottom of the brain to its top, with its outline."""
        grey = self._grey_range(self._t1c)
        axial, *others = self._views
        occupied = np.flatnonzero(self._mask.any(axis=_other_axes(axial.normal)))
        low, high = int(occupied[0]), int(occupied[-1])
        panels = [
            self._panel(axial, round(low + part * (high - low)), self._t1c, grey, "Axial")
            for part in _HEIGHTS
        ]
        for view in others:
            index = round(self._centre(view.normal))
            panels.append(self._panel(view, index, self._t1c, grey, view.name.capitalize()))
        return panels

    def stripped(self) -> list[Panel]:
        """Draw the middle axial slice of every image as raters get it."""
        axial = self._views[0]
        index = round(self._centre(axial.normal))
        panels = []
        for contrast in self._images.contrasts:
            image = self._images.stripped(contrast)
            panels.append(
                self._panel(axial, index, image, grey_range_of(image), contrast.full_name, ())
            )
        return panels

    def _board(self, image: NDArray[Any], when: str) -> list[Panel]:
        both = np.where(self._is_other, self._shown(image), self._shown(self._t1c))
        return [
            self._panel(
                view,
                round(self._centre(view.normal)),
                both,
                (0.0, 1.0),
                f"{view.name.capitalize()}, {when}",
                (),
            )
            for view in self._views
        ]

    def _panel(
        self,
        view: View,
        index: int,
        image: NDArray[Any],
        grey: tuple[float, float],
        title: str,
        layers: Sequence[Layer] | None = None,
    ) -> Panel:
        caption = f"Slice {index + 1} of {view.shape[view.normal]}"
        shown = self._outline if layers is None else layers
        return draw_panel(view, index, self._windows[view.name], image, grey, shown, title, caption)

    def _grey_range(self, image: NDArray[Any]) -> tuple[float, float]:
        """Return the values to show as black and as white, so that the fat does not rule."""
        low, high = grey_range_of(image)
        brightest = _HEADROOM * float(np.percentile(image[self._mask], 99.9))
        return low, min(high, brightest) if brightest > low else high

    def _shown(self, image: NDArray[Any]) -> NDArray[np.float32]:
        """Scale what is shown as black to 0 and what is shown as white to 1."""
        low, high = self._grey_range(image)
        scaled: NDArray[np.float32] = ((image - low) / (high - low)).astype(np.float32)
        return scaled

    def _centre(self, axis: int) -> float:
        """Return the middle of the brain along an axis, in voxels."""
        counts = self._mask.sum(axis=_other_axes(axis))
        return float((counts * np.arange(counts.size)).sum() / counts.sum())


def _other_axes(axis: int) -> tuple[int, int]:
    """Return the axes of a [z, y, x] array other than that of x (0), y (1) or z (2)."""
    first, second = (2 - other for other in range(3) if other != axis)
    return first, second
