"""Which slices of a case are worth showing, and what is drawn over each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label as connected_components

from radiogenomics.checking.case import CheckedCase
from radiogenomics.checking.panels import (
    Layer,
    Line,
    Panel,
    Window,
    draw_panel,
    ellipse_between,
    grey_range_of,
)
from radiogenomics.checking.views import DIRECTIONS, OPPOSITE, View, views_of
from radiogenomics.checking.wording import roi_colour
from radiogenomics.shape.features import LocatedLength, RoiMeasurement
from radiogenomics.shape.wording import significant

# The sequence on which each ROI is drawn, by the names that archives give it.
_CONTRAST = ("t1c", "t1ce", "t1gd", "t1post")
_FLAIR = ("flair", "t2f", "t2flair", "t2", "t2w")
_PREFERRED = {"enhancing": _CONTRAST, "necrosis": _CONTRAST, "edema": _FLAIR}

OTHER_LABELS_COLOUR = "#8a8a8a"
"""Of voxels with a label that is no ROI of the page, shown where there is no image."""

_MARGIN_MM = 8.0
_VIEW_ORDER = ("axial", "sagittal", "coronal")
_IN_SLICE = "in this slice"


@dataclass(frozen=True)
class _Roi:
    """The voxels of one ROI: the measured component, and the pieces that were left out."""

    measured: NDArray[np.bool_]
    left_out: NDArray[np.bool_] | None


class CasePictures:
    """Draws the panels of one case.

    Parameters
    ----------
    case
        The case; its arrays are not changed.
    """

    def __init__(self, case: CheckedCase) -> None:
        self._case = case
        # By the array's axis across which they cut; shown in the order of `_VIEW_ORDER`.
        self._views = views_of(case.labelmap.shape, case.spacing, case.axes)
        self._rois = {
            roi: _separate(case.labelmap == value, case.measurements[roi])
            for roi, value in case.labels.items()
        }
        self._grey_ranges = {
            name: grey_range_of(case.images[name])
            for name in {self.image_name(roi) for roi in case.labels} - {None}
            if name is not None
        }
        others = ~np.isin(case.labelmap, [0, *case.labels.values()])
        self._others = others if not case.images and others.any() else None
        self._layers = self._all_layers()
        self._windows = self._common_windows()

    @property
    def shows_other_labels(self) -> bool:
        """Whether voxels of labels that are no ROI of the page are shown."""
        return self._others is not None

    def image_name(self, roi: str) -> str | None:
        """Return the image on which a ROI is drawn: its usual sequence, else the first."""
        names = {name.lower(): name for name in self._case.images}
        for wanted in _PREFERRED.get(roi, _CONTRAST):
            if wanted in names:
                return names[wanted]
        return next(iter(self._case.images), None)

    def measured(self, roi: str) -> list[Panel]:
        """Draw three slices of largest extent of a ROI, and the slice of its ellipse."""
        case, measurement = self._case, self._case.measurements[roi]
        panels = []
        for view in self._ordered_views():
            areas = self._rois[roi].measured.sum(axis=_other_axes(view.normal))
            index = int(areas.argmax())
            square_mm = case.spacing[view.across] * case.spacing[view.down]
            where = self._slice_words(view, index)
            area = significant(areas[index] * square_mm / 100, 3)
            caption = f"{where}, where {roi} is largest: {area} cm²."
            lines = []
            if measurement.diameter is not None:
                line, ends = self._diameter(view, index, measurement.diameter)
                lines.append(line)
                caption += f" {ends}"
            title = view.name.capitalize()
            window = self._windows[view.normal]
            panels.append(self._panel(roi, view, index, window, title, caption).drawing(*lines))
        return [*panels, self._ellipse_panel(roi)]

    def elsewhere(self, empty_roi: str) -> list[Panel]:
        """Draw where another ROI is largest, or the middle, so that absence can be judged.

        Without an image and without any other ROI there is nothing to see: no panel.
        """
        others = [roi for roi, parts in self._rois.items() if parts.measured.any()]
        if not others and not self._case.images:
            return []
        panels = []
        for view in self._ordered_views():
            if others:
                areas = self._rois[others[0]].measured.sum(axis=_other_axes(view.normal))
                index, reason = int(areas.argmax()), f"where {others[0]} is largest"
            else:
                index, reason = view.shape[view.normal] // 2, "the middle of the volume"
            caption = f"{self._slice_words(view, index)}, {reason}."
            window = self._windows[view.normal]
            panels.append(
                self._panel(empty_roi, view, index, window, view.name.capitalize(), caption)
            )
        return panels

    def touched_sides(self, roi: str) -> str:
        """Return the letters of the sides of the volume that the measured component touches."""
        touched = ""
        for axis, letter in enumerate(self._case.axes):
            slices = np.moveaxis(self._rois[roi].measured, 2 - axis, 0)
            if slices[-1].any():
                touched += letter
            if slices[0].any():
                touched += OPPOSITE[letter]
        return touched

    def _ellipse_panel(self, roi: str) -> Panel:
        """Draw the slice in which the axes were found, enlarged."""
        ellipse = self._case.measurements[roi].ellipse
        # `measured` is asked for ROIs with voxels only, and those have an ellipse.
        assert ellipse is not None
        view = self._views[2]
        index = ellipse.slice_index
        u, v = view.place(ellipse.centre_voxel)
        side = 1.25 * ellipse.major.length + 2 * _MARGIN_MM
        window = Window(u - side / 2, v - side / 2, side)
        caption = (
            f"{self._slice_words(view, index)}, enlarged. Major axis "
            f"{significant(ellipse.major.length)} mm, minor axis "
            f"{significant(ellipse.minor.length)} mm, of the ellipse with the second moments of "
            "this piece; it can reach beyond the piece, and its axis beyond the max diameter."
        )
        major, minor = (
            (
                window.place(view.place(axis.ends_voxel[0])),
                window.place(view.place(axis.ends_voxel[1])),
            )
            for axis in (ellipse.major, ellipse.minor)
        )
        title = f"{view.name.capitalize()}: the two axes"
        return self._panel(roi, view, index, window, title, caption).drawing(
            Line("major", *major),
            Line("minor", *minor),
            ellipse=ellipse_between(major, minor),
        )

    def _diameter(self, view: View, index: int, diameter: LocatedLength) -> tuple[Line, str]:
        """Project the diameter, and say how far from the slice its ends lie."""
        window = self._windows[view.normal]
        first, second = (window.place(view.place(end)) for end in diameter.ends_voxel)
        distances = [
            _distance_words(view, self._case.axes, index, end[view.normal])
            for end in diameter.ends_voxel
        ]
        line = Line("diameter", first, second, dashed=True, ends=True)
        if distances == [_IN_SLICE, _IN_SLICE]:
            return line, "Both ends of the diameter lie in this slice."
        return line, f"The diameter ends {distances[0]} and {distances[1]}."

    def _panel(
        self, roi: str, view: View, index: int, window: Window, title: str, caption: str
    ) -> Panel:
        name = self.image_name(roi)
        image = None if name is None else self._case.images[name]
        grey_range = (0.0, 1.0) if name is None else self._grey_ranges[name]
        return draw_panel(view, index, window, image, grey_range, self._layers, title, caption)

    def _all_layers(self) -> list[Layer]:
        """Return the masks to outline, the lowest first; the page's first ROI lies on top."""
        # Without an image the masks are filled, and what bears another label is shown in grey.
        fill = 0.0 if self._case.images else 0.45
        layers = []
        if self._others is not None:
            layers.append(
                Layer(self._others, "other labels", OTHER_LABELS_COLOUR, width=0.8, fill=fill)
            )
        for position, (roi, parts) in reversed(list(enumerate(self._rois.items()))):
            colour = roi_colour(roi, position)
            # A lower line is broader, so that both show where two ROIs share a border.
            width = 1.5 if position == 0 else 2.2
            layers.append(Layer(parts.measured, roi, colour, width, fill=fill))
            if parts.left_out is not None:
                layers.append(Layer(parts.left_out, roi, colour, 1.5, dotted=True, fill=fill / 3))
        return layers

    def _common_windows(self) -> tuple[Window, Window, Window]:
        """Return one window a view, of one side, around all that there is to see."""
        occupied = self._case.labelmap != 0
        for name, (low, high) in self._grey_ranges.items():
            occupied |= self._case.images[name] > low + 0.05 * (high - low)
        if not occupied.any():
            occupied[:] = True
        low_corner, high_corner = [], []
        for axis in range(3):
            where = np.flatnonzero(occupied.any(axis=_other_axes(axis)))
            low_corner.append(float(where[0]) - 0.5)
            high_corner.append(float(where[-1]) + 0.5)
        sizes = [
            (high - low) * size
            for low, high, size in zip(low_corner, high_corner, self._case.spacing, strict=True)
        ]
        side = max(sizes) + 2 * _MARGIN_MM
        middle = [(low + high) / 2 for low, high in zip(low_corner, high_corner, strict=True)]
        windows = []
        for view in self._views:
            u, v = view.place(middle)
            windows.append(Window(u - side / 2, v - side / 2, side))
        return windows[0], windows[1], windows[2]

    def _ordered_views(self) -> list[View]:
        return sorted(self._views, key=lambda view: _VIEW_ORDER.index(view.name))

    @staticmethod
    def _slice_words(view: View, index: int) -> str:
        return f"Slice {index + 1} of {view.shape[view.normal]}"


def _separate(mask: NDArray[np.bool_], measurement: RoiMeasurement) -> _Roi:
    """Tell the measured component from the pieces that were left out."""
    if measurement.voxels_left_out == 0:
        return _Roi(mask, None)
    box = tuple(
        slice(int(where[0]), int(where[-1]) + 1)
        for axis in (2, 1, 0)
        if (where := np.flatnonzero(mask.any(axis=_other_axes(axis)))).size
    )
    pieces: NDArray[Any] = connected_components(mask[box], connectivity=3)
    sizes = np.bincount(pieces.ravel())
    # Pieces are numbered as met in x-fastest order, and argmax takes the first of equals: the
    # piece that is measured.
    measured = np.zeros_like(mask)
    measured[box] = pieces == 1 + int(sizes[1:].argmax())
    return _Roi(measured, mask & ~measured)


def _other_axes(axis: int) -> tuple[int, int]:
    """Return the axes of a [z, y, x] array other than that of x (0), y (1) or z (2)."""
    first, second = (2 - other for other in range(3) if other != axis)
    return first, second


def _distance_words(view: View, axes: tuple[str, str, str], index: int, end: float) -> str:
    """Say where an end lies relative to the slice, such as ``12 mm superior of it``."""
    distance = (end - index) * view.spacing[view.normal]
    if round(abs(distance), 1) == 0:
        return _IN_SLICE
    letter = axes[view.normal]
    direction = DIRECTIONS[letter if distance > 0 else OPPOSITE[letter]]
    return f"{significant(abs(distance), 2)} mm {direction} of it"
