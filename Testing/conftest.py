"""What all tests share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# The same examples every time: a run that fails can be run again. No deadline: machines are busy.
settings.register_profile("project", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("project")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real data are not there ({SHARED_DATA.name} beside the project)")
    return SHARED_DATA


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20180404)


@pytest.fixture
def tumour() -> np.ndarray:
    """A small labelmap [z, y, x]: necrosis 1 inside enhancing 4 inside edema 2."""
    z, y, x = np.ogrid[:24, :28, :32]
    distance = np.sqrt(((z - 11) / 0.8) ** 2 + (y - 13) ** 2 + ((x - 15) / 1.1) ** 2)
    labelmap = np.zeros((24, 28, 32), dtype=np.uint8)
    labelmap[distance < 11] = 2
    labelmap[distance < 7] = 4
    labelmap[distance < 3] = 1
    return labelmap
