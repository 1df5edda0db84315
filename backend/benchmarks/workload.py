"""What the shape benchmark measures: a tumour of stated volumes on a full grid, and worst cases.

Made from a seed, with no data from outside. Imports numpy and scipy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LABELS = {"enhancing": 4, "edema": 2}
VOLUMES_MM3 = {"enhancing": 30_000, "edema": 69_000}
_NECROSIS = 1
_NECROSIS_MM3 = 16_000
_VOLUME_MM = (155, 240, 240)
_BOX_MM = 120  # side of the cube that holds the tumour
_BOX_CORNER_MM = (18, 70, 25)
_STRAY_SHARE = 0.004  # voxels in stray components, of those in the largest one
CONNECTED = np.ones((3, 3, 3), dtype=np.bool_)


@dataclass(frozen=True)
class Workload:
    """A labelmap indexed [z, y, x], its spacing (sx, sy, sz) in mm and the label of each ROI."""

    labelmap: NDArray[np.uint8]
    spacing: tuple[float, float, float]
    labels: Mapping[str, int]

    @property
    def voxels(self) -> int:
        """Voxels of all ROIs together, stray components included."""
        return sum(int(np.count_nonzero(self.labelmap == value)) for value in self.labels.values())


def build_workload(scale: float = 1.0, seed: int = 2018) -> Workload:
    """Make a tumour: an enhancing rim around a necrosis, and edema with fingers around both.

    Every outline is a level set of a distance plus smooth noise. The level is a rank, so the
    volumes come out as stated whatever the noise.

    Parameters
    ----------
    scale
        Voxels per mm: 2 gives the same tumour on a grid twice as fine, with 8 times the voxels.
    seed
        Of the noise.
    """
    rng = np.random.default_rng(seed)
    side = round(_BOX_MM * scale)
    voxels_per_mm3 = scale**3
    axis = ((np.arange(side) + 0.5) / scale - _BOX_MM / 2).astype(np.float32)
    z, y, x = axis[:, None, None], axis[None, :, None], axis[None, None, :]

    tumour = np.sqrt((z / 0.95) ** 2 + (y / 1.15) ** 2 + (x / 0.92) ** 2)
    core = tumour + 4.0 * _smooth_noise(rng, side, 10)
    tumour = tumour + 3.0 * _smooth_noise(rng, side, 15)
    texture = _smooth_noise(rng, side, 6)
    tumour += 1.5 * texture
    everywhere = np.ones(tumour.shape, dtype=np.bool_)
    both = round((VOLUMES_MM3["enhancing"] + _NECROSIS_MM3) * voxels_per_mm3)
    level = _level(tumour, everywhere, both)
    outer = tumour <= level
    # The rim is nowhere thinner than about 2.5 mm towards the outside.
    inside = tumour < level - 2.5
    n_core = int(outer.sum()) - round(VOLUMES_MM3["enhancing"] * voxels_per_mm3)
    necrosis = inside & (core <= _level(core, inside, n_core))

    edema = np.sqrt(((z - 6) / 0.95) ** 2 + ((y + 4) / 1.1) ** 2 + ((x - 4) / 0.85) ** 2)
    edema = edema + 6.0 * _smooth_noise(rng, side, 20) + 4.5 * _smooth_noise(rng, side, 8)
    swollen = _component_with_strays(edema, ~outer, round(VOLUMES_MM3["edema"] * voxels_per_mm3))
    # Small foci of enhancement in the edema are the stray components of that ROI.
    n_foci = round(_STRAY_SHARE * VOLUMES_MM3["enhancing"] * voxels_per_mm3)
    foci = swollen & (texture <= _level(texture, swollen, n_foci))

    shape = tuple(round(length * scale) for length in _VOLUME_MM)
    labelmap = np.zeros(shape, dtype=np.uint8)
    corner = [round(place * scale) for place in _BOX_CORNER_MM]
    box = labelmap[tuple(slice(start, start + side) for start in corner)]
    box[swollen] = LABELS["edema"]
    box[outer | foci] = LABELS["enhancing"]
    box[necrosis] = _NECROSIS
    return Workload(labelmap, (1 / scale, 1 / scale, 1 / scale), LABELS)


def _smooth_noise(rng: np.random.Generator, side: int, pitch: int) -> NDArray[np.float32]:
    """Noise of unit variance in the box, from cubic splines through values ``pitch`` mm apart."""
    coarse = _BOX_MM // pitch
    values = rng.standard_normal((coarse, coarse, coarse))
    # One matrix for all axes: the interpolation of a cube is three products.
    spline = ndimage.zoom(np.eye(coarse), (side / coarse, 1), mode="nearest", grid_mode=True)
    for _ in range(3):
        values = np.tensordot(values, spline, axes=(0, 1))
    return (values / values.std()).astype(np.float32)


def _level(values: NDArray[np.float32], allowed: NDArray[np.bool_], count: int) -> np.float32:
    """Return the value that ``count`` of the allowed voxels do not exceed."""
    level: np.float32 = np.partition(values[allowed], count - 1)[count - 1]
    return level


def _component_with_strays(
    values: NDArray[np.float32], allowed: NDArray[np.bool_], voxels: int
) -> NDArray[np.bool_]:
    """Return a level set whose largest component has ``voxels``, and its smallest other pieces."""
    ordered = np.sort(values[allowed])
    # A higher level only adds voxels, so the size of the largest component can be bisected.
    low, high = voxels, 2 * voxels
    while high - low > voxels // 1000:
        middle = (low + high) // 2
        found, _ = ndimage.label(allowed & (values <= ordered[middle]), CONNECTED)
        low, high = (low, middle) if np.bincount(found.flat)[1:].max() > voxels else (middle, high)
    found, _ = ndimage.label(allowed & (values <= ordered[low]), CONNECTED)
    sizes = np.bincount(found.flat)
    sizes[0] = 0
    pieces = np.argsort(sizes)
    keep = np.cumsum(sizes[pieces]) <= _STRAY_SHARE * voxels
    keep[-1] = True
    keep &= sizes[pieces] > 0
    return np.isin(found, pieces[keep])


def ball(radius: int = 70) -> Workload:
    """Make a full volume with one ball."""
    z, y, x = np.ogrid[: _VOLUME_MM[0], : _VOLUME_MM[1], : _VOLUME_MM[2]]
    inside = (z - 77) ** 2 + (y - 120) ** 2 + (x - 120) ** 2 <= radius**2
    return Workload(inside.astype(np.uint8), (1.0, 1.0, 1.0), {"ball": 1})


def salt_and_pepper(seed: int = 2018) -> Workload:
    """Make a full volume where each voxel is inside or not by the toss of a coin."""
    tosses = np.random.default_rng(seed).integers(0, 2, _VOLUME_MM, dtype=np.uint8)
    return Workload(tosses, (1.0, 1.0, 1.0), {"noise": 1})
