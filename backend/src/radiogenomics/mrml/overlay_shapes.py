"""What is drawn of a feature that was measured: points, words and colours, but no nodes. numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics.shape import LocatedEllipse, LocatedLength, RoiMeasurement
from radiogenomics.shape.wording import feature_label
from radiogenomics.study.labels import ROI_COLOURS

Vector = NDArray[np.float64]
Colour = tuple[float, float, float]

PREDICTED_COLOUR: Colour = (1.0, 0.45, 0.95)
"""Told from the colours of the ROIs and from grey tissue with any colour vision."""
PREDICTED_SHIFT_MM = 5.0
"""How far beside the measured length the predicted one is drawn."""

_AXES = ("major_axis", "minor_axis")
# Also seen where the fill of a segment lies over tissue that is bright itself.
_TOWARDS_WHITE = 0.85
_OUTLINE_POINTS = 72
_FADED_AT_MM = 8.0
# Of the largest component of a unit normal: below, the ellipse lies oblique to the slice views.
_ALONG_A_VIEW = 0.9999


@dataclass(frozen=True)
class Drawing:
    """One thing to draw, all in RAS and mm.

    Attributes
    ----------
    role
        What it is for the feature; a scene shows one of each at most.
    kind
        A line between two points, or a closed outline.
    name
        For people.
    points
        ``(n_points, 3)``.
    colour
        Of lines, points and labels.
    thickness
        Of lines, as a part of the diameter of points.
    faded_at_mm
        Lines are seen in a slice view up to this distance from the slice, fading over the second
        half of it.
    projected
        Whether points are seen in slice views that they do not lie in.
    labels
        Of each point of a line; empty for none. The first point is the viewer's right end, the
        second the left one: their labels run to the right and to the left, off the line.
    """

    role: Literal["measured", "predicted", "other", "ellipse"]
    kind: Literal["line", "outline"]
    name: str
    points: Vector
    colour: Colour
    thickness: float
    faded_at_mm: float
    projected: bool
    labels: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class _Line:
    """A line whose direction does not depend on which end was found first."""

    middle: Vector
    direction: Vector
    length: float

    @property
    def ends(self) -> Vector:
        half = self.direction * (self.length / 2)
        return np.array([self.middle - half, self.middle + half])

    def beside(self, length: float, across: Vector) -> _Line:
        return _Line(self.middle + across * PREDICTED_SHIFT_MM, self.direction, length)


def place_of(feature: str, measurement: RoiMeasurement) -> Vector | None:
    """Return where to look for a feature: a point in RAS, None for an empty ROI.

    It is the middle of the diameter, and for all other features the centre of the ellipse.
    """
    if measurement.diameter is None or measurement.ellipse is None:
        return None
    if feature == "max_diameter":
        return _line(measurement.diameter).middle
    return np.array(measurement.ellipse.centre_mm)


def drawings_of(
    roi: str, feature: str, measurement: RoiMeasurement, predicted: float | None
) -> list[Drawing]:
    """Return what is drawn of a feature; nothing for an empty ROI or a feature without a place.

    Parameters
    ----------
    roi, feature
        Names of `ROIS` and `FEATURE_NAMES`.
    measurement
        Of the ROI, placed in RAS.
    predicted
        The predicted length in mm; what is not above 0 is not drawn.
    """
    diameter, ellipse = measurement.diameter, measurement.ellipse
    if diameter is None or ellipse is None:
        return []
    if feature == "max_diameter":
        line = _line(diameter)
        # It crosses many slices; all of it is to be seen from the one at its middle.
        faded = max(_FADED_AT_MM, line.length)
        return _lengths(roi, feature, line, _across(line.direction), predicted, faded, True)
    if feature in _AXES:
        return _ellipse(roi, feature, ellipse, predicted)
    return []


def _ellipse(
    roi: str, feature: str, ellipse: LocatedEllipse, predicted: float | None
) -> list[Drawing]:
    lines = {"major_axis": _line(ellipse.major), "minor_axis": _line(ellipse.minor)}
    major, minor = lines["major_axis"], lines["minor_axis"]
    normal = np.cross(major.direction, minor.direction)
    # On its own slice only, unless no view shows that slice.
    projected = bool(np.abs(normal).max() < _ALONG_A_VIEW)
    other = next(axis for axis in _AXES if axis != feature)
    angle = np.linspace(0.0, 2 * math.pi, _OUTLINE_POINTS, endpoint=False)[:, None]
    outline = (
        major.middle
        + np.cos(angle) * major.direction * (major.length / 2)
        + np.sin(angle) * minor.direction * (minor.length / 2)
    )
    return [
        Drawing(
            "ellipse",
            "outline",
            f"Ellipse of the axes, {roi}",
            outline,
            _tint(roi),
            thickness=0.2,
            faded_at_mm=_FADED_AT_MM,
            projected=projected,
        ),
        Drawing(
            "other",
            "line",
            f"{feature_label(other)}, {roi}",
            lines[other].ends,
            _tint(roi),
            thickness=0.12,
            faded_at_mm=_FADED_AT_MM,
            projected=projected,
        ),
        # Aside along the other axis: the predicted length stays in the plane of the ellipse.
        *_lengths(
            roi,
            feature,
            lines[feature],
            -lines[other].direction,
            predicted,
            _FADED_AT_MM,
            projected,
        ),
    ]


def _lengths(
    roi: str,
    feature: str,
    line: _Line,
    across: Vector,
    predicted: float | None,
    faded_at_mm: float,
    projected: bool,
) -> list[Drawing]:
    """Return the measured and the predicted length, labelled at opposite ends to stay legible."""
    label = feature_label(feature)
    found = [
        Drawing(
            "measured",
            "line",
            f"{label}, {roi}",
            line.ends,
            _tint(roi),
            thickness=0.3,
            faded_at_mm=faded_at_mm,
            projected=projected,
            labels=("", f"measured {line.length:.1f} mm"),
        )
    ]
    if predicted is not None and math.isfinite(predicted) and predicted > 0:
        found.append(
            Drawing(
                "predicted",
                "line",
                f"Predicted {label.lower()}, {roi}",
                line.beside(predicted, across).ends,
                PREDICTED_COLOUR,
                thickness=0.15,
                faded_at_mm=faded_at_mm,
                projected=projected,
                labels=(f"predicted {predicted:.1f} mm", ""),
            )
        )
    return found


def _line(length: LocatedLength) -> _Line:
    first, second = np.array(length.ends_mm)
    along = second - first
    size = float(np.linalg.norm(along))
    direction = along / size if size > 0 else np.array([1.0, 0.0, 0.0])
    return _Line((first + second) / 2, _steady(direction), length.length)


def _across(direction: Vector) -> Vector:
    """Return a unit vector at right angles, in the axial plane where the line allows it.

    Slicer hides a line in the slices that it does not cross: moved within the axial plane, it
    still crosses the axial slice at its middle. It is moved to the viewer's right, to the side
    where the label of the predicted length runs.
    """
    across = np.cross(np.array([0.0, 0.0, 1.0]), direction)
    if np.linalg.norm(across) < 0.1:
        across = np.cross(np.array([0.0, 1.0, 0.0]), direction)
    return -_steady(across / np.linalg.norm(across))


def _steady(vector: Vector) -> Vector:
    """Return the vector or its opposite, the same one for both, pointing to the viewer's left.

    That is the patient's right in axial and coronal views and the front in sagittal ones.
    """
    # No weights avoid a turn at some angle; these keep it away from the axes and the diagonals.
    return vector if vector @ np.array([1.0, 0.6, 0.11]) > 0 else -vector


def _tint(roi: str) -> Colour:
    """Return a lighter tone of the ROI's colour, seen on a segment filled with the colour."""
    red, green, blue = (c + (1 - c) * _TOWARDS_WHITE for c in ROI_COLOURS[roi])
    return red, green, blue
