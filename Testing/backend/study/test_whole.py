"""Files that were cut short or altered are refused before another program opens them."""

import gzip

import pytest

from radiogenomics.errors import StudyError
from radiogenomics.study.whole import check_whole_image, check_whole_segmentation

VOXELS = bytes(range(240)) * 100
HEADER = b"NRRD0004\n# by hand\ntype: unsigned char\ndimension: 3\nsizes: 240 10 10\n"


def segmentation(voxels=VOXELS, encoding="gzip"):
    data = gzip.compress(voxels) if encoding == "gzip" else voxels
    return HEADER + f"encoding: {encoding}\nSegment0_ID:=a: b\n\n".encode() + data


def altered(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "Lékař žluťoučký.v01.seg.nrrd"


@pytest.mark.parametrize("encoding", ["gzip", "raw"])
def test_a_whole_segmentation_is_accepted(path, encoding):
    path.write_bytes(segmentation(encoding=encoding))
    check_whole_segmentation(path)


@pytest.mark.parametrize("encoding", ["gzip", "raw"])
@pytest.mark.parametrize("cut", [1, 4, 8, 9, 100])
def test_a_segmentation_that_was_cut_short_is_refused(path, encoding, cut):
    path.write_bytes(segmentation(encoding=encoding)[:-cut])
    with pytest.raises(StudyError, match=r"v01\.seg\.nrrd cannot be read.*backup"):
        check_whole_segmentation(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<?xml version='1.0'?>\n\n",
        HEADER,
        HEADER + b"encoding: gzip\n\n",
        segmentation(VOXELS[:-240]),
        segmentation().replace(b"sizes", b"sized"),
        segmentation().replace(b"240 10 10", b"240 10 1x"),
        segmentation().replace(b"encoding: gzip", b"data file: x.raw\nencoding: gzip"),
        altered(segmentation(), len(segmentation()) - 60),
        altered(segmentation(), len(segmentation()) - 6),
    ],
)
def test_what_is_no_whole_segmentation_is_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"v01\.seg\.nrrd cannot be read as a segmentation"):
        check_whole_segmentation(path)


def test_a_segmentation_that_is_not_there_is_refused(path):
    with pytest.raises(StudyError, match="No such file"):
        check_whole_segmentation(path)


def test_an_image_in_several_members_with_padding_is_accepted(path):
    path.write_bytes(gzip.compress(VOXELS) + gzip.compress(VOXELS) + b"\0" * 512)
    check_whole_image(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain",
        gzip.compress(b""),
        gzip.compress(VOXELS)[:-1],
        gzip.compress(VOXELS)[:200],
        altered(gzip.compress(VOXELS), 150),
    ],
)
def test_an_image_that_is_not_whole_is_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"cannot be read as an image.*backup"):
        check_whole_image(path)
