"""A head in four contrasts, and a study in which it was prepared; made once for all tests."""

import shutil

import pytest

from radiogenomics.imaging.preparing import Outcome, PrepareSettings, prepare_case
from radiogenomics.study import Study

from .heads import write_heads


@pytest.fixture(scope="session")
def heads(tmp_path_factory):
    """A folder of four images of one head, and a mask of its brain beside it."""
    return write_heads(tmp_path_factory.mktemp("source") / "heads")


@pytest.fixture(scope="session")
def mask(heads):
    return heads.parent / "mask-of-the-brain.nii.gz"


@pytest.fixture(scope="session")
def prepared_root(tmp_path_factory, heads, mask):
    root = tmp_path_factory.mktemp("prepared") / "study"
    prepared = prepare_case(
        Study.create(root, name="s", labels="brats"),
        heads,
        patient_id="P1",
        settings=PrepareSettings(brain_mask=mask),
    )
    assert prepared.outcome is Outcome.PREPARED
    return root


@pytest.fixture
def prepared_study(prepared_root, tmp_path):
    """A study of its own, with the prepared case P1."""
    return Study.open(shutil.copytree(prepared_root, tmp_path / "study"))
