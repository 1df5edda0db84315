"""Reading segmentations: the formats, what they mean, and every file that is refused."""

import gzip
import shutil
import struct
import subprocess

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError, LabelmapError, StudyError
from radiogenomics.imaging import (
    Grid,
    find_inside,
    find_preset,
    read_grid,
    read_labelmap,
    write_volume,
)

BRATS = find_preset("brats")
# Not at the origin, turned by a quarter, unequal voxels.
GRID = Grid((32, 28, 24), (0.9, 1.1, 2.5), (-20.0, 31.5, 7.25), (0, -1, 0, 1, 0, 0, 0, 0, 1))

# Offsets in the NIfTI-1 header.
PIXDIM, QFORM, SFORM, SROW = 80, 252, 254, 280


@pytest.fixture
def saved(tmp_path, tumour):
    def save(name="tumour.nii.gz", array=tumour, grid=GRID):
        path = tmp_path / name
        write_volume(path, array, grid)
        return path

    return save


def patched(path, *changes):
    """Overwrite fields of an uncompressed NIfTI header."""
    content = bytearray(path.read_bytes())
    for offset, form, *values in changes:
        struct.pack_into(form, content, offset, *values)
    path.write_bytes(content)
    return path


def affine_rows(matrix):
    rows = np.zeros((3, 4))
    rows[:, :3] = matrix
    return (SROW, "<12f", *rows.ravel())


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"])
def test_every_format_gives_the_voxels_the_spacing_and_the_place(saved, tumour, suffix):
    labelmap = read_labelmap(saved(f"tumour{suffix}"), BRATS)
    np.testing.assert_array_equal(labelmap.array, tumour)
    assert labelmap.grid.matches(GRID)
    assert labelmap.grid.spacing == pytest.approx(GRID.spacing, rel=1e-6)
    assert labelmap.labels == {"necrosis": 1, "edema": 2, "enhancing": 4}


def test_path_with_spaces_and_letters_of_any_language_is_read(tmp_path, tumour):
    folder = tmp_path / "Lékař žluťoučký" / "P 1"
    folder.mkdir(parents=True)
    write_volume(folder / "nádor č. 1.nii.gz", tumour, GRID)
    array = read_labelmap(folder / "nádor č. 1.nii.gz", BRATS).array
    np.testing.assert_array_equal(array, tumour)


def test_path_that_is_no_unicode_is_refused_instead_of_ending_the_program(saved, tmp_path, tumour):
    folder = tmp_path / "old\udcff"  # the byte FF of an old encoding, as Python holds it
    folder.mkdir()
    path = folder / "tumour.nii.gz"
    shutil.copy(saved(), path)
    for read in (lambda: read_labelmap(path, BRATS), lambda: read_grid(path)):
        with pytest.raises(LabelmapError, match="Rename it"):
            read()
    with pytest.raises(StudyError, match="Rename it"):
        write_volume(path, tumour, GRID)


def test_grid_says_where_its_axes_point():
    assert GRID.axes == ("P", "R", "S")
    np.testing.assert_allclose(GRID.affine @ (0, 0, 0, 1), (-20, 31.5, 7.25, 1))
    np.testing.assert_allclose(GRID.affine @ (1, 0, 0, 1), (-20, 32.4, 7.25, 1))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("brats", {"necrosis": 1, "edema": 2, "enhancing": 4}),
        ("brats2023", {"necrosis": 1, "edema": 2, "enhancing": 3}),
        ("msd", {"edema": 1, "enhancing": 3}),
    ],
)
def test_presets_are_those_of_the_design(name, labels):
    assert find_preset(name).labels == labels


def test_unknown_preset_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"brats \(1 necrosis, 2 edema, 4 enhancing\).*msd"):
        find_preset("brats21")


def test_unknown_value_is_refused_with_the_values_and_the_presets_that_fit(saved, tumour):
    path = saved(array=np.where(tumour == 4, 3, tumour).astype(np.uint8))
    with pytest.raises(LabelmapError, match=r"values found: 1, 2, 3.*brats2023 .*msd .*--labels"):
        read_labelmap(path, BRATS)


def test_value_of_no_preset_is_said_to_fit_none(saved, tumour):
    path = saved(array=tumour * 10)
    refusal = r"values found: 10, 20, 40.*No preset has all.* change its values .*: brats \(1 necr"
    with pytest.raises(LabelmapError, match=refusal):
        read_labelmap(path, BRATS)


def test_preset_is_never_guessed(saved):
    with pytest.raises(LabelmapError, match=r"no label preset was chosen.*brats .*--labels"):
        read_labelmap(saved(), None)


def test_labelmap_of_background_alone_is_an_empty_tumour(saved, tumour):
    assert read_labelmap(saved(array=np.zeros_like(tumour)), BRATS).array.max() == 0


def test_whole_numbers_stored_as_floats_are_labels(saved, tumour):
    labelmap = read_labelmap(saved(array=tumour.astype(np.float32)), BRATS)
    np.testing.assert_array_equal(labelmap.array, tumour)
    assert labelmap.array.dtype.kind == "i"


def test_fractions_are_refused_with_the_likely_cause(saved, tumour):
    blurred = tumour.astype(np.float32)
    blurred[3, 4, 5] = 1.5
    with pytest.raises(LabelmapError, match=r"fractions such as 1\.5 \(1 voxels\).*interpolation"):
        read_labelmap(saved(array=blurred), BRATS)


def test_nan_labels_are_refused(saved, tumour):
    holed = tumour.astype(np.float32)
    holed[3, 4, 5] = np.nan
    with pytest.raises(LabelmapError, match=r"holds NaN .*\. Export it again"):
        read_labelmap(saved(array=holed), BRATS)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_labelmap(tmp_path / "none.nii.gz", BRATS)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".seg.nrrd"])
def test_empty_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.touch()
    with pytest.raises(LabelmapError, match=r"empty \(0 bytes\)"):
        read_labelmap(path, BRATS)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".seg.nrrd"])
def test_text_file_under_a_volume_name_is_refused(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_text("this is no volume\n" * 50)
    with pytest.raises(
        LabelmapError, match=r"(whatever|not what) its name says\..* [Ee]xport it again"
    ):
        read_labelmap(path, BRATS)


def test_text_compressed_as_nifti_is_refused(tmp_path):
    path = tmp_path / "x.nii.gz"
    path.write_bytes(gzip.compress(b"this is no volume\n" * 50))
    with pytest.raises(LabelmapError, match="not a NIfTI file"):
        read_labelmap(path, BRATS)


def test_other_file_is_refused(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("text")
    with pytest.raises(LabelmapError, match="not a volume that can be read"):
        read_labelmap(path, BRATS)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_truncated_file_is_refused(saved, rng, suffix, share):
    # Noise, so that a part of the compressed file is a part of the volume.
    noise = rng.choice(np.array([0, 1, 2, 4], np.uint8), size=(24, 28, 32))
    path = saved(f"x{suffix}", array=noise)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LabelmapError, match=r"truncated|not a NIfTI|not what its name says"):
        read_labelmap(path, BRATS)


def test_gzip_without_its_checksum_is_refused(saved):
    path = saved()
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(LabelmapError, match="truncated or damaged"):
        read_labelmap(path, BRATS)


def test_gzip_with_a_flipped_bit_is_refused(saved, rng):
    path = saved(array=rng.choice(np.array([0, 1, 2, 4], np.uint8), size=(24, 28, 32)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(LabelmapError, match=r"damaged|not a gzip"):
        read_labelmap(path, BRATS)


def test_two_dimensions_are_refused(tmp_path):
    path = tmp_path / "x.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((5, 6), np.uint8)), str(path))
    with pytest.raises(LabelmapError, match=r"2 dimensions \(6 x 5\).*Export it as one such"):
        read_labelmap(path, BRATS)


def test_four_dimensions_are_refused(tmp_path, tumour):
    path = tmp_path / "x.nii.gz"
    image = sitk.GetImageFromArray(tumour)
    sitk.WriteImage(sitk.JoinSeries([image, image]), str(path))
    with pytest.raises(LabelmapError, match=r"4 dimensions \(32 x 28 x 24 x 2\).*Export it as"):
        read_labelmap(path, BRATS)


def test_colour_volume_is_refused(tmp_path, tumour):
    path = tmp_path / "x.nrrd"
    image = sitk.GetImageFromArray(np.stack([tumour] * 3, axis=-1), isVector=True)
    sitk.WriteImage(image, str(path))
    with pytest.raises(LabelmapError, match=r"3 value\(s\) a voxel"):
        read_labelmap(path, BRATS)


@pytest.mark.parametrize(
    ("size", "said"), [(np.nan, "nan"), (0.0, "0"), (-1.0, "-1"), (np.inf, "inf")]
)
def test_voxel_size_that_cannot_be_is_refused(saved, size, said):
    path = patched(saved("x.nii"), (PIXDIM, "<f", size))
    with pytest.raises(LabelmapError, match=f"voxel size of {said} x 1.1 x 2.5 mm"):
        read_labelmap(path, BRATS)


@pytest.mark.parametrize("qform", [0, 1])
def test_sheared_affine_is_refused_even_beside_a_proper_one(saved, qform):
    shear = np.array([[0.9, 0.4, 0], [0, 1.1, 0], [0, 0, 2.5]])
    path = patched(saved("x.nii"), (QFORM, "<hh", qform, 1), affine_rows(shear))
    with pytest.raises(LabelmapError, match="sheared affine"):
        read_labelmap(path, BRATS)


def test_affine_that_contradicts_the_voxel_size_is_refused(saved):
    path = patched(saved("x.nii"), affine_rows(np.diag([1.8, 1.1, 2.5])))
    with pytest.raises(
        LabelmapError, match=r"contradicts itself: .*1\.8 x 1\.1 x 2\.5.*0\.9 x 1\.1"
    ):
        read_labelmap(path, BRATS)


@pytest.mark.parametrize("number", [np.nan, 0.0])
def test_affine_without_a_direction_is_refused(saved, number):
    path = patched(saved("x.nii"), affine_rows(np.diag([number, 1.1, 2.5])))
    with pytest.raises(LabelmapError, match="which cannot be"):
        read_labelmap(path, BRATS)


def test_sheared_nrrd_is_refused(saved):
    path = saved("x.nrrd")
    content = path.read_bytes()
    start = content.index(b"space directions: ")
    end = content.index(b"\n", start)
    sheared = b"space directions: (0.9,0,0) (0.4,1.1,0) (0,0,2.5)"
    path.write_bytes(content[:start] + sheared + content[end:])
    with pytest.raises(LabelmapError, match=r"sheared affine|cannot be read"):
        read_labelmap(path, BRATS)


def test_segmentation_off_its_images_grid_is_refused_with_the_numbers_of_both(saved, tumour):
    shifted = Grid(GRID.size, GRID.spacing, (-19.0, 31.5, 7.25), GRID.direction)
    labels, image = saved("a_seg.nii.gz"), saved("a_t1c.nii.gz", grid=shifted)
    with pytest.raises(LabelmapError, match=r"-20\.0, 31\.5.*-19\.0, 31\.5"):
        find_inside(read_grid(labels), labels, read_grid(image), image)
    smaller = Grid((16, 28, 24), GRID.spacing, GRID.origin, GRID.direction)
    other = saved("b_t1c.nii.gz", array=tumour[:, :, :16], grid=smaller)
    with pytest.raises(LabelmapError, match=r"32 x 28 x 24 voxels.*16 x 28 x 24 voxels"):
        find_inside(read_grid(labels), labels, read_grid(other), other)


def test_grid_that_is_flipped_or_turned_reads_differently_in_the_refusal(saved):
    def facing(*direction):
        return Grid(GRID.size, GRID.spacing, GRID.origin, direction)

    labels, image = saved("a_seg.nii.gz"), saved("a_t1c.nii.gz")
    flipped = facing(0, 1, 0, 1, 0, 0, 0, 0, 1)
    with pytest.raises(LabelmapError, match=r"towards P, R, S\).*towards P, L, S\)"):
        find_inside(GRID, labels, flipped, image)
    turned = facing(0, -0.96, 0.28, 1, 0, 0, 0, 0.28, 0.96)
    with pytest.raises(LabelmapError, match=r"S, exactly \(0, 1, 0\) \(-0\.96, 0, 0\.28\) \(0\.28"):
        find_inside(GRID, labels, turned, image)


def test_grids_that_differ_by_the_rounding_of_a_format_match(saved):
    image, labels = saved("a_t1c.nii.gz"), saved("a_seg.nrrd")
    everything = (slice(0, 24), slice(0, 28), slice(0, 32))
    assert find_inside(read_grid(labels), labels, read_grid(image), image) == everything


def test_segmentation_that_was_saved_cropped_is_found_in_its_image(saved, tumour):
    x, y, z = 3, 4, 5
    corner = tuple((GRID.affine @ (x, y, z, 1))[:3].tolist())
    cropped = Grid((20, 10, 8), GRID.spacing, corner, GRID.direction)
    part = tumour[z : z + 8, y : y + 10, x : x + 20]
    labels, image = saved("a_seg.nrrd", array=part, grid=cropped), saved("a_t1c.nii.gz")
    box = find_inside(read_grid(labels), labels, read_grid(image), image)
    np.testing.assert_array_equal(tumour[box], part)
    beyond = Grid((30, 10, 8), GRID.spacing, corner, GRID.direction)
    with pytest.raises(LabelmapError, match="does not lie on the grid"):
        find_inside(beyond, labels, read_grid(image), image)


@pytest.mark.parametrize("offset", [0.0, -100.0])
def test_voxels_said_to_begin_inside_the_header_are_refused(saved, offset):
    with pytest.raises(LabelmapError, match="inside its header"):
        read_labelmap(patched(saved("x.nii"), (108, "<f", offset)), BRATS)


def test_refusal_of_the_system_to_write_a_volume_is_passed_on(tmp_path, tumour):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudyError, match=r"Cannot write .*: Not a directory.*choose a folder"):
        write_volume(tmp_path / "file" / "x.nii.gz", tumour, GRID)


@pytest.mark.skipif(shutil.which("chattr") is None, reason="chattr is not installed")
def test_folder_that_nobody_may_change_is_not_taken_for_a_full_disk(tmp_path, tumour):
    folder = tmp_path / "fixed"
    folder.mkdir()
    fixed = subprocess.run(["chattr", "+i", folder], capture_output=True, check=False)
    if fixed.returncode:
        pytest.skip("no folder can be made immutable here (needs root and a disk that knows it)")
    try:
        with pytest.raises(StudyError, match=r"Operation not permitted.*choose a folder"):
            write_volume(folder / "x.nii.gz", tumour, GRID)
    finally:
        subprocess.run(["chattr", "-i", folder], check=True)


def test_volume_that_does_not_come_out_whole_is_reported(tmp_path, tumour, monkeypatch):
    def write_half(image, name, **options):
        del image, options
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(b"\x1f\x8b half a file")

    monkeypatch.setattr(sitk, "WriteImage", write_half)
    with pytest.raises(StudyError, match=r"not whole\. Is the disk full"):
        write_volume(tmp_path / "x.nii.gz", tumour, GRID)
