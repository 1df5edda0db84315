"""A folder as a scanner writes it, made once for all tests."""

import shutil
from dataclasses import replace

import pytest

from ..dicom_writing import save_case


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    return folder, save_case(folder)


@pytest.fixture
def case(written, tmp_path):
    """A folder with the four series of a patient, 2 to 5, and the patient."""
    folder, patient = written
    shutil.copytree(folder, tmp_path / "case")
    return tmp_path / "case", replace(patient, identity=dict(patient.identity))
