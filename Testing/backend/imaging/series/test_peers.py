"""DICOM series against ITK's own reader, and real images written as DICOM and read back."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.data import get_testdata_file

from radiogenomics.imaging.series import Contrast, choose_series, find_series, read_series
from radiogenomics.imaging.series.scanning import scan
from radiogenomics.study.progress import silent

from ..dicom_writing import FLAIR, T1, T1C, T2, Geometry, Patient, phantom, save_series

TURNED = Geometry((0.7, 0.9, 2.5), (-31.5, 12.25, 60.5), (0.8, 0.6, 0.0), (0.0, 0.0, -1.0))


@pytest.mark.parametrize("geometry", [Geometry(), TURNED], ids=["axial", "turned"])
def test_itk_reads_the_same_voxels_at_the_same_places(tmp_path, geometry):
    save_series(Patient().series(5, phantom((18, 20, 24)), T1C, geometry), tmp_path)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path))
    theirs = sitk.ReadImage(names, sitk.sitkFloat32)
    ours = read_series(find_series(tmp_path).series[0])
    np.testing.assert_array_equal(*map(sitk.GetArrayFromImage, (ours, theirs)))
    np.testing.assert_allclose(ours.GetSpacing(), theirs.GetSpacing(), rtol=1e-9)
    np.testing.assert_allclose(ours.GetOrigin(), theirs.GetOrigin(), atol=1e-9)
    np.testing.assert_allclose(ours.GetDirection(), theirs.GetDirection(), atol=1e-9)


def test_a_real_case_written_as_dicom_is_the_same_image(shared_data, tmp_path):
    folder = shared_data / "mr" / "TCGA-02-0054_native"
    patient = Patient()
    originals = {}
    for number, (name, tags) in enumerate({"T1": T1, "T2": T2, "FLAIR": FLAIR, "T1c": T1C}.items()):
        image = sitk.ReadImage(str(folder / f"TCGA-02-0054_{name}.nii.gz"))
        originals[Contrast(name.lower())] = image
        direction = np.reshape(image.GetDirection(), (3, 3))
        # The files are left-handed: in DICOM their slices go down.
        array = sitk.GetArrayFromImage(image)[::-1]
        origin = image.TransformIndexToPhysicalPoint((0, 0, image.GetSize()[2] - 1))
        geometry = Geometry(image.GetSpacing(), origin, *direction[:, :2].T.tolist())
        save_series(patient.series(number, array, tags, geometry), tmp_path / str(number))
    chosen = choose_series(find_series(tmp_path), {})
    assert set(chosen) == set(Contrast)
    for contrast, series in chosen.items():
        image, original = read_series(series), originals[contrast]
        np.testing.assert_allclose(image.GetSpacing(), original.GetSpacing(), rtol=1e-6)
        for index in ((0, 0, 0), (255, 255, 22), (100, 140, 9)):
            point = original.TransformIndexToPhysicalPoint(index)
            assert image[image.TransformPhysicalPointToIndex(point)] == original[index]
        flipped = sitk.GetArrayFromImage(original)[::-1]
        np.testing.assert_array_equal(sitk.GetArrayFromImage(image), flipped)


def test_headers_of_real_scanners_are_read(tmp_path):
    path = get_testdata_file("MR_small.dcm", download=False)
    if path is None:
        pytest.skip("pydicom came without its example files")
    (tmp_path / "x").write_bytes(Path(path).read_bytes())
    (header,) = scan(tmp_path, silent).headers
    assert (header.modality, header.rows, header.columns) == ("MR", 64, 64)
    assert header.frames[0].spacing == (0.3125, 0.3125)
    assert header.parameters.repetition_time == 4000
    assert header.parameters.echo_time == 240
