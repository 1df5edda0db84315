from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import spearmanr

from radiogenomics.shape import shape_features
from radiogenomics.simulation import SimulatedCohort, SimulatedPatient, simulate_patient

SPACING = (3.0, 3.0, 3.0)
LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}
# With 40 patients the chance of a larger rank correlation without any relation is 1 in 1,000.
CHANCE = 0.50


def features(patients: list[SimulatedPatient], roi: str, name: str) -> NDArray[np.float64]:
    """Return a shape feature of the first rater's ROI for every patient."""
    return np.array(
        [
            shape_features(patient.segmentations["rater-1"] == LABELS[roi], SPACING)[name]
            for patient in patients
        ],
        dtype=np.float64,
    )


def correlation(cohort: SimulatedCohort, values: NDArray[np.float64], factor: str) -> float:
    column = cohort.truth.factor_names.index(factor)
    return float(spearmanr(values, cohort.truth.factors[:, column]).statistic)


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return 2.0 * np.count_nonzero(one & other) / (one.sum() + other.sum())


def labelmaps(patients: list[SimulatedPatient]) -> list[tuple[SimulatedPatient, NDArray[np.uint8]]]:
    return [
        (patient, labels)
        for patient in patients
        for labels in (patient.true_labelmap, *patient.segmentations.values())
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factor", "roi", "name", "sign", "least"),
    [
        ("enhancing_size", "enhancing", "volume", 1, 0.95),
        ("enhancing_size", "enhancing", "surface_area", 1, 0.7),
        ("enhancing_size", "enhancing", "major_axis", 1, 0.5),
        ("enhancing_irregularity", "enhancing", "sphericity", -1, 0.8),
        ("edema_extent", "edema", "volume", 1, 0.95),
        ("edema_extent", "edema", "surface_area", 1, 0.7),
        ("edema_extent", "edema", "max_diameter", 1, 0.4),
        ("edema_irregularity", "edema", "sphericity", -1, 0.8),
    ],
)
def test_a_factor_moves_the_feature_it_drives(
    cohort: SimulatedCohort,
    patients: list[SimulatedPatient],
    factor: str,
    roi: str,
    name: str,
    sign: int,
    least: float,
) -> None:
    assert sign * correlation(cohort, features(patients, roi, name), factor) > least


@pytest.mark.slow
def test_what_no_gene_drives_is_unrelated_to_every_gene_driven_factor(
    cohort: SimulatedCohort, patients: list[SimulatedPatient]
) -> None:
    for name in cohort.truth.undriven_features["edema"]:
        values = features(patients, "edema", name)
        for factor in ("enhancing_size", "enhancing_irregularity", "edema_extent"):
            assert abs(correlation(cohort, values, factor)) < CHANCE


@pytest.mark.slow
def test_one_roi_says_nothing_about_the_volume_of_the_other(
    cohort: SimulatedCohort, patients: list[SimulatedPatient]
) -> None:
    enhancing, edema = (features(patients, roi, "volume") for roi in ("enhancing", "edema"))
    assert abs(correlation(cohort, edema, "enhancing_size")) < CHANCE
    assert abs(correlation(cohort, enhancing, "edema_extent")) < CHANCE


@pytest.mark.slow
def test_volumes_and_sphericities_are_those_of_real_tumours(
    patients: list[SimulatedPatient],
) -> None:
    for roi, low, mean_low, mean_high, high in (
        ("enhancing", 1.0, 20.0, 40.0, 125.0),
        ("edema", 5.0, 50.0, 90.0, 200.0),
    ):
        volumes = features(patients, roi, "volume") / 1000.0
        assert low < volumes.min() < volumes.max() < high
        assert mean_low < volumes.mean() < mean_high
        sphericity = features(patients, roi, "sphericity")
        assert 0.2 < sphericity.min() < sphericity.max() < 0.86
        assert 0.35 < sphericity.mean() < 0.55


def test_labels_are_the_presets_and_inside_the_brain(fine_patients: list[SimulatedPatient]) -> None:
    for patient, labels in labelmaps(fine_patients):
        assert labels.dtype == np.uint8
        assert set(np.unique(labels)) == {0, 1, 2, 4}
        assert np.all(patient.images["t1c"][labels > 0] > 0)


def test_most_of_every_roi_is_one_piece(fine_patients: list[SimulatedPatient]) -> None:
    for patient, labels in labelmaps(fine_patients):
        # A rater may cut off a finger of the edema, which is one piece in truth.
        least = 0.95 if labels is patient.true_labelmap else 0.6
        for value in (LABELS["enhancing"], LABELS["edema"]):
            pieces, _ = ndimage.label(labels == value, np.ones((3, 3, 3)))
            sizes = np.bincount(pieces.ravel())[1:]
            assert sizes.max() > least * sizes.sum()


def test_the_necrosis_lies_within_the_enhancing_rim(fine_patients: list[SimulatedPatient]) -> None:
    for patient in fine_patients:
        labels = patient.true_labelmap
        necrosis = labels == LABELS["necrosis"]
        touched = ndimage.binary_dilation(necrosis) & ~necrosis
        # A rim of 1.4 mm may be missed by a voxel of 1.5 mm here and there.
        assert np.mean(labels[touched] == LABELS["enhancing"]) > 0.8


def test_images_are_stripped_brains_of_one_piece(fine_patients: list[SimulatedPatient]) -> None:
    for patient in fine_patients:
        assert list(patient.images) == ["t1c", "flair", "t2"]
        brain = patient.images["t1c"] > 0
        for image in patient.images.values():
            assert image.dtype == np.int16
            assert image.shape == patient.true_labelmap.shape == (88, 112, 96)
            np.testing.assert_array_equal(image > 0, brain)
            assert image.min() == 0
        assert ndimage.label(brain)[1] == 1
        assert 0.9e6 < brain.sum() * 1.5**3 < 1.6e6  # mm³
        # Nothing but the stem reaches the edge of the volume.
        assert not brain[-1].any()
        for end in (0, -1):
            assert not brain[:, end].any()
            assert not brain[:, :, end].any()


def test_each_tissue_shows_on_the_sequence_it_is_read_from(
    fine_patients: list[SimulatedPatient],
) -> None:
    for patient in fine_patients:
        labels = patient.true_labelmap
        signal = {
            name: {roi: float(np.median(image[labels == value])) for roi, value in LABELS.items()}
            | {"rest": float(np.median(image[(labels == 0) & (image > 0)]))}
            for name, image in patient.images.items()
        }
        assert signal["t1c"]["enhancing"] > 1.3 * signal["t1c"]["rest"]
        assert signal["t1c"]["enhancing"] > 1.3 * signal["t1c"]["necrosis"]
        assert signal["t1c"]["edema"] < 1.05 * signal["t1c"]["rest"]
        assert signal["flair"]["edema"] > 1.3 * signal["flair"]["rest"]
        assert signal["t2"]["edema"] > 1.2 * signal["t2"]["rest"]


def test_raters_disagree_a_little(fine_patients: list[SimulatedPatient]) -> None:
    found: dict[str, list[float]] = {roi: [] for roi in LABELS}
    for patient in fine_patients:
        for one, other in combinations(patient.segmentations.values(), 2):
            for roi, value in LABELS.items():
                found[roi].append(dice(one == value, other == value))
    for roi in ("enhancing", "edema"):
        assert len(found[roi]) >= 5
        assert 0.87 < np.mean(found[roi]) < 0.96
        assert min(found[roi]) > 0.82
        assert max(found[roi]) < 0.99


@pytest.mark.slow
def test_the_first_rater_reads_everyone_and_the_others_some(
    patients: list[SimulatedPatient],
) -> None:
    read = [tuple(patient.segmentations) for patient in patients]
    assert all(raters[0] == "rater-1" for raters in read)
    for other in ("rater-2", "rater-3"):
        assert 10 < sum(other in raters for raters in read) < 38
    assert {len(raters) for raters in read} == {1, 2, 3}


def test_the_same_patient_at_another_spacing_has_the_same_volumes() -> None:
    coarse, fine = (simulate_patient(3, 5, spacing=spacing) for spacing in (3.0, 1.5))
    assert fine.images["t1c"].shape == (88, 112, 96)
    assert fine.spacing == (1.5, 1.5, 1.5)
    for value in (LABELS["enhancing"], LABELS["edema"]):
        volumes = [
            np.count_nonzero(patient.true_labelmap == value) * np.prod(patient.spacing)
            for patient in (coarse, fine)
        ]
        assert volumes[0] == pytest.approx(volumes[1], rel=0.08)


def test_the_origin_puts_the_middle_of_the_volume_at_zero(
    fine_patients: list[SimulatedPatient],
) -> None:
    patient = fine_patients[0]
    shape_xyz = patient.true_labelmap.shape[::-1]
    middle = np.array(patient.origin) + 0.5 * (np.array(shape_xyz) - 1.0) * patient.spacing
    np.testing.assert_allclose(middle, 0.0, atol=1e-4)
