"""A study with several raters."""

import numpy as np
import pytest

from radiogenomics.imaging import Grid, Labelmap, find_preset, save_segmentation
from radiogenomics.study import Role, State, Study

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (3.0, -4.0, 5.0), (1, 0, 0, 0, -1, 0, 0, 0, 1))


@pytest.fixture
def study(tmp_path):
    raters = {"Eva": Role.READER, "Olga": Role.READER, "Boss": Role.REVIEWER}
    return Study.create(tmp_path / "s", name="Two readers", labels="brats", raters=raters)


@pytest.fixture
def draw(study):
    """Save a labelmap as a rater's next version, and submit it."""

    def draw(patient_id, rater, array, grid=GRID, submitted=True):
        case = study.add_case(patient_id)
        labelmap = Labelmap(array, grid, find_preset("brats").labels)
        saved = save_segmentation(case, rater, labelmap, {})
        if submitted:
            case.review(
                State.SUBMITTED, who=rater, role=Role.READER, rater=rater, version=saved.version
            )
        return saved

    return draw


@pytest.fixture
def read_twice(draw, tumour):
    """Four cases: P0 to P2 by both readers, P3 by Eva alone."""
    for number in range(4):
        own = np.roll(tumour, number, axis=1)
        own[own > 0] = np.where(np.indices(own.shape)[2][own > 0] < 20 + number, own[own > 0], 0)
        draw(f"P{number}", "Eva", own)
        if number < 3:
            draw(f"P{number}", "Olga", np.roll(own, 1, axis=2))
