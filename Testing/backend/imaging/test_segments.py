"""Slicer's segmentation files: which segment is which ROI, and writing them."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import LabelmapError
from radiogenomics.imaging import (
    Grid,
    Labelmap,
    find_preset,
    read_labelmap,
    read_volume,
    save_segmentation,
)
from radiogenomics.study import Study

BRATS = find_preset("brats")
GRID = Grid((32, 28, 24), (0.9, 1.1, 2.5), (-20.0, 31.5, 7.25), (0, -1, 0, 1, 0, 0, 0, 0, 1))


def test_segmentation_saved_by_slicer_is_recognised_by_its_terminology(shared_data):
    path = shared_data / "slicer_saved" / "BrainLesion.seg.nrrd"
    labelmap = read_labelmap(path, None)
    counts = {
        roi: np.count_nonzero(labelmap.array == value) for roi, value in labelmap.labels.items()
    }
    assert counts == {"necrosis": 14300, "edema": 108566, "enhancing": 21866}
    assert labelmap.grid.matches(read_volume(shared_data / "mr/BrainLesion_1mm/t1c.nii.gz").grid)


@pytest.fixture
def case(tmp_path):
    return Study.create(tmp_path / "study", name="s", labels="brats").add_case("P1")


def test_saved_segmentation_reads_back_without_a_preset(case, tumour):
    labelmap = Labelmap(tumour, GRID, dict(BRATS.labels))
    back = read_labelmap(save_segmentation(case, "Eva", labelmap, {}).path, None)
    np.testing.assert_array_equal(back.array, tumour)
    assert back.labels == labelmap.labels
    assert back.grid.matches(GRID)


@pytest.mark.parametrize("value", [300, -4])
def test_label_values_that_a_byte_cannot_hold_are_not_lost(case, tumour, value):
    wide = np.where(tumour == 4, value, tumour.astype(np.int16))
    labels = {"edema": 2, "enhancing": value}
    back = read_labelmap(
        save_segmentation(case, "Eva", Labelmap(wide, GRID, labels), {}).path, None
    )
    np.testing.assert_array_equal(back.array == back.labels["enhancing"], tumour == 4)
    np.testing.assert_array_equal(back.array == back.labels["edema"], tumour == 2)


@pytest.mark.parametrize(
    ("key", "entry", "message"),
    [
        ("Segment0_LabelValue", "2", "one label value to several"),
        ("Segment0_LabelValue", "x", "damaged description of segment 0"),
    ],
)
def test_segments_that_cannot_be_told_apart_are_refused(case, tumour, key, entry, message):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})
    path = rewritten(saved.path, lambda image: image.SetMetaData(key, entry))
    with pytest.raises(LabelmapError, match=message):
        read_labelmap(path, None)


def test_layer_that_is_not_there_is_refused(case, tumour, tmp_path):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})
    layers = [(tumour == value).astype(np.uint8) for value in BRATS.labels.values()]
    path = layered(tmp_path / "l.seg.nrrd", layers, saved.path)
    rewritten(path, lambda image: image.SetMetaData("Segment0_Layer", "9"))
    with pytest.raises(LabelmapError, match="into layer 9 and has 3"):
        read_labelmap(path, None)


def rewritten(path, change):
    image = sitk.ReadImage(str(path))
    change(image)
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def test_segments_without_terminology_fall_back_to_the_preset(case, tumour):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})

    def forget(image):
        for index in range(3):
            image.EraseMetaData(f"Segment{index}_Tags")

    path = rewritten(saved.path, forget)
    assert read_labelmap(path, BRATS).labels == BRATS.labels
    with pytest.raises(LabelmapError, match="no label preset was chosen"):
        read_labelmap(path, None)


def test_two_segments_for_one_roi_are_refused(case, tumour):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})
    path = rewritten(
        saved.path,
        lambda image: image.SetMetaData("Segment0_Tags", image.GetMetaData("Segment1_Tags")),
    )
    with pytest.raises(LabelmapError, match="two segments for edema"):
        read_labelmap(path, None)


def layered(path, layers, tumour_path):
    """Write segments in layers, as Slicer does where they overlap."""
    image = sitk.GetImageFromArray(np.stack(layers, axis=-1), isVector=True)
    described = sitk.ReadImage(str(tumour_path))
    for key in described.GetMetaDataKeys():
        if key.startswith("Segment"):
            image.SetMetaData(key, described.GetMetaData(key))
    for index in range(3):
        image.SetMetaData(f"Segment{index}_Layer", str(index))
        image.SetMetaData(f"Segment{index}_LabelValue", "1")
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def test_rois_in_several_layers_are_brought_together(case, tumour, tmp_path):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})
    layers = [(tumour == value).astype(np.uint8) for value in BRATS.labels.values()]
    labelmap = read_labelmap(layered(tmp_path / "l.seg.nrrd", layers, saved.path), None)
    for roi, value in BRATS.labels.items():
        np.testing.assert_array_equal(labelmap.array == labelmap.labels[roi], tumour == value)


def test_rois_that_overlap_are_refused_with_the_number_of_voxels(case, tumour, tmp_path):
    saved = save_segmentation(case, "Eva", Labelmap(tumour, GRID, dict(BRATS.labels)), {})
    layers = [(tumour == value).astype(np.uint8) for value in BRATS.labels.values()]
    layers[0] |= layers[1]
    with pytest.raises(LabelmapError, match=rf"overlaps another ROI in {layers[1].sum()} voxels"):
        read_labelmap(layered(tmp_path / "l.seg.nrrd", layers, saved.path), None)
