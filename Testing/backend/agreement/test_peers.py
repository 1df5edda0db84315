"""The same numbers as SimpleITK and brute force, on real tumours drawn with errors."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial.distance import cdist

from radiogenomics.agreement import RaterLabelmap, compare

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}
PATIENTS = ("TCGA-02-0006", "TCGA-06-0190", "TCGA-19-5951", "TCGA-76-6664")


def redrawn(labelmap, rng, error=1.5, pitch=8):
    """The labelmap with every voxel fetched from a place that is off by a smooth error."""
    coarse = [(n // pitch + 2) for n in labelmap.shape]
    index = []
    for axis, grid in enumerate(np.indices(labelmap.shape)):
        factors = [(n + pitch) / c for n, c in zip(labelmap.shape, coarse, strict=True)]
        noise = ndimage.zoom(rng.normal(0, error, coarse), factors, order=1)
        noise = noise[tuple(slice(n) for n in labelmap.shape)]
        moved = np.rint(grid + noise).astype(int)
        index.append(np.clip(moved, 0, labelmap.shape[axis] - 1))
    return labelmap[tuple(index)]


def image_of(mask, spacing):
    image = sitk.GetImageFromArray(np.pad(mask, 1).astype(np.uint8))
    image.SetSpacing(spacing)
    return image


def contour(mask, spacing):
    return sitk.LabelContour(image_of(mask, spacing), fullyConnected=False)


def distances_by_maurer(origin, target):
    """Distance of every voxel of one contour to the other, by a distance map."""
    to_target = sitk.SignedMaurerDistanceMap(
        target, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
    )
    # Where a contour is thick the map is negative inside it, and the distance to it is zero.
    on = sitk.GetArrayViewFromImage(origin) > 0
    inside = sitk.GetArrayViewFromImage(target) > 0
    return np.where(inside, 0, np.abs(sitk.GetArrayViewFromImage(to_target)))[on]


def check_against_simpleitk(first, second, spacing):
    ours = compare(
        RaterLabelmap("A", first, LABELS, spacing, np.diag([*spacing, 1])),
        RaterLabelmap("B", second, LABELS, spacing, np.diag([*spacing, 1])),
        list(LABELS),
    )
    for found in ours:
        masks = [labelmap == LABELS[found.roi] for labelmap in (first, second)]
        overlap = sitk.LabelOverlapMeasuresImageFilter()
        overlap.Execute(*(image_of(mask, spacing) for mask in masks))
        assert found.dice == pytest.approx(overlap.GetDiceCoefficient(), rel=1e-12)
        # SimpleITK's similarity is 2 (source - target) / (source + target).
        assert found.volume_difference_percent == pytest.approx(
            -100 * overlap.GetVolumeSimilarity(), rel=1e-12
        )
        outlines = [contour(mask, spacing) for mask in masks]
        hausdorff = sitk.HausdorffDistanceImageFilter()
        hausdorff.Execute(*outlines)
        # Its distance maps are in single precision.
        assert found.hausdorff == pytest.approx(hausdorff.GetHausdorffDistance(), rel=1e-6)
        directed = [distances_by_maurer(*outlines), distances_by_maurer(*outlines[::-1])]
        assert found.hausdorff_95 == pytest.approx(
            max(np.percentile(distances, 95) for distances in directed), rel=1e-6
        )
        assert found.mean_surface_distance == pytest.approx(
            np.concatenate(directed).mean(), rel=1e-6
        )
        assert 0 < found.dice < 1


@pytest.mark.parametrize("patient", PATIENTS)
def test_real_tumours_give_what_simpleitk_gives(patient, shared_data, rng):
    path = shared_data / "tcga_gbm" / "segmentations" / f"{patient}_seg.nii.gz"
    image = sitk.ReadImage(str(path))
    labelmap = sitk.GetArrayFromImage(image).astype(np.uint8)
    check_against_simpleitk(labelmap, redrawn(labelmap, rng), image.GetSpacing())


def test_small_tumour_gives_what_simpleitk_gives(tumour, rng):
    check_against_simpleitk(tumour, redrawn(tumour, rng), (0.9, 1.1, 2.3))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.5, 0.75, 3.0)])
def test_distances_are_those_of_all_pairs_of_surface_voxels(tumour, rng, spacing):
    other = redrawn(tumour, rng)
    (found,) = compare(
        RaterLabelmap("A", tumour, LABELS, spacing, np.diag([*spacing, 1])),
        RaterLabelmap("B", other, LABELS, spacing, np.diag([*spacing, 1])),
        ["edema"],
    )
    points = []
    for labelmap in (tumour, other):
        mask = np.pad(labelmap == 2, 1)
        inner = ndimage.binary_erosion(mask, ndimage.generate_binary_structure(3, 1))
        points.append(np.argwhere(mask & ~inner) * spacing[::-1])
    pairs = cdist(*points)
    there, back = pairs.min(axis=1), pairs.min(axis=0)
    assert found.hausdorff == pytest.approx(max(there.max(), back.max()), rel=1e-14)
    assert found.hausdorff_95 == pytest.approx(
        max(np.percentile(there, 95), np.percentile(back, 95)), rel=1e-14
    )
    assert found.mean_surface_distance == pytest.approx(
        np.concatenate([there, back]).mean(), rel=1e-14
    )
