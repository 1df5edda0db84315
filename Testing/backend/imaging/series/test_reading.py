"""Reading a DICOM series: the voxels and the place that the tags say, or the reason why not."""

import base64
import random
import re
import time
from copy import deepcopy

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, choose_series, find_series, read_series

from ..dicom_writing import (
    T1C,
    Geometry,
    Patient,
    enhanced,
    phantom,
    picture_of,
    save,
    save_series,
    set_compressed,
)

# Oblique, not square, not at the origin: exactly what a scanner writes with ten digits.
OBLIQUE = Geometry(
    spacing=(0.5, 0.8, 3.3),
    origin=(-101.25, 77.5, -33.125),
    rows=(0.96, 0.28, 0.0),
    columns=(-0.168, 0.576, -0.8),
)
VOLUME = phantom((16, 20, 24))

# 16 x 20 pixels ((37 x + 91 y) mod 1024) by CharLS, as no library here writes JPEG-LS.
JPEG_LS = base64.b64decode(
    "/9j/9wALCgAQABQBAREA/9oACAEBAAAAAIMhkMk5KRkL967ct2rNivWq1IALBooJiQiIHzx04bNGTBcsVKA0ACyZIiQf"
    "feddcccbbaaaaFB0yyyywwwwwuuuuuusssJllZZZznNa1rWtaxjHoLDGMYxa1rWta1rCEAAWJFdSlKUpSlKUpiEHSlCJ"
    "WVVVVVVUCoWVVVUQKqqqoiKiLCIiIiHyoiIiAyK6IiIkkjxTSQAAGisttttttdKQBoiqtttttttcAAqqLbbbbbbba2U1"
    "ttttv/92ii//f/9/2Sg//3//f2D/2Q=="
)


def the_only(folder):
    (series,) = find_series(folder).series
    return series


def read(folder):
    return read_series(choose_series(find_series(folder), {})[Contrast.T1C])


def write(folder, volume=VOLUME, geometry=OBLIQUE, tags=T1C, **options):
    return save_series(Patient().series(5, volume, tags, geometry), folder, **options)


def voxels(folder):
    return sitk.GetArrayFromImage(read(folder))


def refusal(folder):
    """What reading says; finding says the same, so that a case never begins with it."""
    series = the_only(folder)
    with pytest.raises(InputError) as error:
        read_series(series)
    assert series.refused is not None
    assert series.refused in str(error.value)
    return str(error.value)


def test_spacing_origin_and_direction_are_exactly_those_of_the_tags(tmp_path):
    paths = write(tmp_path)
    image = read(tmp_path)
    first, last = (pydicom.dcmread(path) for path in (paths[0], paths[-1]))
    rows, columns = np.reshape([float(x) for x in first.ImageOrientationPatient], (2, 3))
    place, end = (np.array(one.ImagePositionPatient, float) for one in (first, last))
    assert image.GetOrigin() == tuple(place)
    assert image.GetSpacing()[:2] == tuple(map(float, first.PixelSpacing[::-1]))
    assert image.GetSpacing()[2] == pytest.approx(3.3, rel=1e-9)
    direction = np.reshape(image.GetDirection(), (3, 3))
    np.testing.assert_array_equal(direction[:, 0], rows)
    np.testing.assert_array_equal(direction[:, 1], columns)
    np.testing.assert_allclose(direction[:, 2], np.cross(rows, columns), atol=1e-12)
    corner = image.TransformIndexToPhysicalPoint((0, 0, len(paths) - 1))
    np.testing.assert_allclose(corner, end, atol=1e-8)


def test_every_voxel_is_the_pixel_that_pydicom_reads_at_its_place(tmp_path):
    paths = write(tmp_path)
    image = read(tmp_path)
    assert image.GetPixelID() == sitk.sitkFloat32
    for path in paths:
        dataset = pydicom.dcmread(path)
        place = [float(x) for x in dataset.ImagePositionPatient]
        number = image.TransformPhysicalPointToIndex(place)[2]
        picture = sitk.GetArrayViewFromImage(image)[number]
        np.testing.assert_array_equal(picture, dataset.pixel_array)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ((1, 0, 0), (0, 1, 0)),
        ((0, 1, 0), (0, 0, -1)),
        ((1, 0, 0), (0, 0, -1)),
        ((-1, 0, 0), (0, -1, 0)),
        ((0.9998476952, 0.0174524064, 0), (-0.0174524064, 0.9998476952, 0)),
    ],
    ids=["axial", "sagittal", "coronal", "feet first", "turned by one degree"],
)
def test_the_same_point_has_the_same_value_in_every_orientation(tmp_path, rows, columns):
    geometry = Geometry((0.75, 1.5, 4.0), (11.0, -7.0, 3.0), rows, columns)
    write(tmp_path, geometry=geometry)
    image = read(tmp_path)
    for z, y, x in ((0, 0, 0), (15, 19, 23), (7, 3, 21)):
        point = (
            np.array(geometry.position(z))
            + x * geometry.spacing[0] * np.array(rows)
            + y * geometry.spacing[1] * np.array(columns)
        )
        assert image.TransformPhysicalPointToIndex(point) == (x, y, z)
        assert image[x, y, z] == VOLUME[z, y, x]


def test_files_in_any_order_with_any_name_give_the_same_image(tmp_path):
    slices = Patient().series(5, VOLUME, T1C, OBLIQUE)
    save_series(slices, tmp_path / "sorted")
    # Instance numbers against the positions, one missing: only the positions count.
    for place, one in enumerate(slices):
        one.InstanceNumber = len(slices) - place
    del slices[3].InstanceNumber
    random.Random(4).shuffle(slices)
    for place, one in enumerate(slices):
        save(one, tmp_path / "shuffled" / f"{place % 3}" / f"{place * 7919 % 1000} ä'{place}.nii_")
    one, other = read(tmp_path / "sorted"), read(tmp_path / "shuffled")
    assert one.GetOrigin() == other.GetOrigin()
    assert one.GetSpacing() == other.GetSpacing()
    assert one.GetDirection() == other.GetDirection()
    np.testing.assert_array_equal(*map(sitk.GetArrayViewFromImage, (one, other)))


def test_an_image_carries_no_tag(tmp_path):
    write(tmp_path)
    assert read(tmp_path).GetMetaDataKeys() == ()


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLosslessSV1,
        JPEG2000Lossless,
    ],
    ids=lambda syntax: syntax.name[:24],
)
def test_every_lossless_transfer_syntax_gives_the_same_voxels(tmp_path, syntax):
    (path, *_) = write(tmp_path, syntax=syntax)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(voxels(tmp_path), VOLUME)


def test_jpeg_ls_is_read(tmp_path):
    y, x = np.mgrid[:16, :20]
    expected = (37 * x + 91 * y) % 1024
    slices = Patient().series(5, np.stack([expected.astype(np.uint16)] * 10), T1C)
    for place, one in enumerate(slices):
        save(one, tmp_path / str(place))
        set_compressed(one, encapsulate([JPEG_LS]), JPEGLSLossless)
        one.BitsStored, one.HighBit = 10, 9
        one.save_as(tmp_path / str(place), enforce_file_format=True)
    array = voxels(tmp_path)
    np.testing.assert_array_equal(array, np.stack([expected] * 10))


def test_a_syntax_that_cannot_be_read_is_refused_by_its_name(tmp_path):
    slices = Patient().series(5, VOLUME, T1C)
    for place, one in enumerate(slices):
        save(one, tmp_path / str(place))
        set_compressed(one, encapsulate([b"\xff\x4f\xff\x51"]), HTJ2KLossless)
        one.save_as(tmp_path / str(place), enforce_file_format=True)
    message = refusal(tmp_path)
    assert "High-Throughput JPEG 2000" in message
    assert "decompress it" in message


@pytest.mark.parametrize("rescale", [(1, 0), (2, -1000), (0.37, 1.5)])
def test_slope_and_intercept_are_applied(tmp_path, rescale):
    slope, intercept = rescale
    write(tmp_path, tags={**T1C, "RescaleSlope": slope, "RescaleIntercept": intercept})
    expected = VOLUME * float(slope) + intercept
    np.testing.assert_allclose(voxels(tmp_path), expected, rtol=1e-6)


def test_each_slice_is_rescaled_by_its_own_slope(tmp_path):
    slices = Patient().series(5, VOLUME, T1C)
    for place, one in enumerate(slices):
        one.RescaleSlope, one.RescaleIntercept = 1 + place / 4, -place
    save_series(slices, tmp_path)
    place = np.arange(len(slices))[:, None, None]
    expected = VOLUME * (1 + place / 4) - place
    np.testing.assert_allclose(voxels(tmp_path), expected, rtol=1e-6)


def test_signed_pixels_keep_their_sign(tmp_path):
    signed = VOLUME.astype(np.int16) - 900
    write(tmp_path, volume=signed)
    np.testing.assert_array_equal(voxels(tmp_path), signed)


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("rescale", [(1.0, 0.0), (0.5, -20.0)])
def test_an_enhanced_multi_frame_image_reads_as_its_single_slices(tmp_path, in_order, rescale):
    slices = Patient().series(5, VOLUME, T1C, OBLIQUE)
    save_series(slices, tmp_path / "single")
    if not in_order:
        random.Random(2).shuffle(slices)
    save(enhanced(slices, rescale), tmp_path / "enhanced" / "one")
    single, multi = read(tmp_path / "single"), read(tmp_path / "enhanced")
    assert multi.GetPixelID() == sitk.sitkFloat32
    assert multi.GetOrigin() == single.GetOrigin()
    assert multi.GetSpacing() == single.GetSpacing()
    assert multi.GetDirection() == single.GetDirection()
    array = sitk.GetArrayViewFromImage(multi)
    np.testing.assert_allclose(array, VOLUME * rescale[0] + rescale[1], rtol=1e-6)


def test_an_enhanced_image_with_two_echoes_is_refused(tmp_path):
    slices = Patient().series(5, VOLUME, T1C)
    for one in slices[::2]:
        one.EchoTime = 80
    save(enhanced(slices), tmp_path / "one")
    assert "holds 2 volumes" in refusal(tmp_path)


def test_frames_that_are_scaled_each_in_its_own_way_are_refused(tmp_path):
    dataset = enhanced(Patient().series(5, VOLUME, T1C))
    shared = dataset.SharedFunctionalGroupsSequence[0]
    values = shared.PixelValueTransformationSequence
    del shared.PixelValueTransformationSequence
    for place, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        frame.PixelValueTransformationSequence = [deepcopy(values[0])]
        frame.PixelValueTransformationSequence[0].RescaleSlope = 1 + place
    save(dataset, tmp_path / "one")
    assert "scaled each in its own way" in refusal(tmp_path)


def test_a_multi_frame_file_without_places_is_refused(tmp_path):
    dataset = picture_of(VOLUME[0])
    dataset.NumberOfFrames = len(VOLUME)
    dataset.PixelData = VOLUME.tobytes()
    dataset.Modality, dataset.SeriesInstanceUID = "MR", "1.2.3"
    save(dataset, tmp_path / "one")
    assert "does not say where its frames lie" in refusal(tmp_path)


@pytest.mark.parametrize(("gone", "count"), [((7,), 1), ((7, 8), 2), ((3, 11), 2)])
def test_missing_slices_are_refused_with_their_number_and_neighbours(tmp_path, gone, count):
    paths = write(tmp_path)
    for place in gone:
        paths[place].unlink()
    message = refusal(tmp_path)
    assert f"{count} slice(s) are missing" in message
    assert str(paths[gone[0] - 1]) in message
    assert "3.30 mm" in message
    assert "series 5 (ax t1 postcontrast)" in message


def test_mixed_spacing_is_refused(tmp_path):
    slices = Patient().series(5, VOLUME, T1C)
    for place, one in enumerate(slices):
        one.ImagePositionPatient[2] = float(one.ImagePositionPatient[2]) + 1.5 * max(0, place - 9)
    save_series(slices, tmp_path)
    message = refusal(tmp_path)
    assert "not evenly spaced, 5.00 to 6.50 mm apart" in message


def test_slices_in_one_place_are_refused(tmp_path):
    patient = Patient()
    slices = patient.series(5, VOLUME, T1C)
    more = patient.series(5, VOLUME[:4] + 1, T1C)
    for one in more:
        one.SeriesInstanceUID = slices[0].SeriesInstanceUID
    save_series(slices + more, tmp_path)
    assert "4 of 20 slices lie where another lies" in refusal(tmp_path)


def test_a_tilted_gantry_is_refused_with_its_angle(tmp_path):
    tilt = np.radians(12)
    write(tmp_path, geometry=Geometry(slide=(0, 5 * np.tan(tilt), 0)))
    message = refusal(tmp_path)
    assert "tilted gantry" in message
    assert "12.0 degrees" in message
    assert "3D Slicer" in message


def test_slices_beside_the_line_are_refused(tmp_path):
    slices = Patient().series(5, VOLUME, T1C)
    slices[6].ImagePositionPatient[0] = 9.5
    save_series(slices, tmp_path)
    assert "do not lie on one line (up to 30.0 mm beside it)" in refusal(tmp_path)


def test_positions_rounded_to_a_hundredth_are_read(tmp_path):
    slices = Patient().series(5, VOLUME, T1C, OBLIQUE)
    for one in slices:
        one.ImagePositionPatient = [f"{float(x):.2f}" for x in one.ImagePositionPatient]
        one.ImageOrientationPatient = [f"{float(x):.4f}" for x in one.ImageOrientationPatient]
    save_series(slices, tmp_path)
    assert read(tmp_path).GetSpacing()[2] == pytest.approx(3.3, abs=1e-3)


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("ImagePositionPatient", "no position"),
        ("ImageOrientationPatient", "no orientation"),
        ("PixelSpacing", "no pixel spacing"),
    ],
)
def test_slices_whose_place_is_not_told_are_refused(tmp_path, tag, what):
    slices = Patient().series(5, VOLUME, T1C)
    for one in slices:
        del one[tag]
    save_series(slices, tmp_path)
    assert what in refusal(tmp_path)


@pytest.mark.parametrize(
    ("tag", "value", "what"),
    [
        ("PixelSpacing", [0, 0.9], "pixel spacing of 0 mm"),
        ("ImageOrientationPatient", [1, 0, 0, 0.5, 1, 0], "no unit vectors at right angles"),
        ("ImageOrientationPatient", [0, 0, 0, 0, 0, 0], "no unit vectors at right angles"),
    ],
)
def test_a_place_that_cannot_be_is_refused(tmp_path, tag, value, what):
    write(tmp_path, tags={**T1C, tag: value})
    assert what in refusal(tmp_path)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless])
@pytest.mark.parametrize("lost", [100, 700])
def test_a_truncated_file_is_refused_by_its_name(tmp_path, syntax, lost):
    paths = write(tmp_path, volume=phantom((9, 40, 48)), geometry=Geometry(), syntax=syntax)
    paths[4].write_bytes(paths[4].read_bytes()[:-lost])
    began = time.process_time()
    with pytest.raises(InputError, match=re.escape(str(paths[4])) + ".*truncated or damaged"):
        read(tmp_path)
    # GDCM alone reads on for ten seconds after the end of run lengths (RLE).
    assert time.process_time() - began < 3


def test_a_compressed_file_whose_parts_are_damaged_is_refused_at_once(tmp_path):
    paths = write(tmp_path, syntax=JPEGLosslessSV1)
    content = paths[4].read_bytes()
    # Without the length of the pixels and their table of offsets, GDCM alone searches for long.
    begin = content.index(b"\xff\xd8\xff") - 24
    paths[4].write_bytes(content[:begin] + content[begin + 16 :])
    began = time.process_time()
    with pytest.raises(InputError, match="truncated or damaged"):
        read(tmp_path)
    assert time.process_time() - began < 3


def test_files_that_went_away_since_they_were_found_are_refused(tmp_path):
    paths = write(tmp_path)
    series = the_only(tmp_path)
    paths[2].unlink()
    with pytest.raises(InputError, match="is not there any more"):
        read_series(series)


def test_reading_tells_how_far_it_is(tmp_path):
    write(tmp_path)
    told = []
    read_series(the_only(tmp_path), lambda *what: told.append(what))
    assert told[-1] == ("read", len(VOLUME), len(VOLUME), "")
    assert [done for _, done, _, _ in told] == list(range(len(VOLUME) + 1))
