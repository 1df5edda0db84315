from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.simulation import (
    SimulatedCohort,
    SimulatedPatient,
    simulate_cohort,
    simulate_patient,
)

COARSE = 3.0


def assert_same_patient(one: SimulatedPatient, other: SimulatedPatient) -> None:
    assert one.patient_id == other.patient_id
    assert one.images.keys() == other.images.keys()
    assert list(one.segmentations) == list(other.segmentations)
    for name in one.images:
        np.testing.assert_array_equal(one.images[name], other.images[name])
    for rater in one.segmentations:
        np.testing.assert_array_equal(one.segmentations[rater], other.segmentations[rater])
    np.testing.assert_array_equal(one.true_labelmap, other.true_labelmap)


def test_the_same_seed_gives_the_same_expression_factors_and_genes() -> None:
    one, other = simulate_cohort(6, 100, seed=3), simulate_cohort(6, 100, seed=3)
    np.testing.assert_array_equal(one.expression, other.expression)
    np.testing.assert_array_equal(one.truth.factors, other.truth.factors)
    assert one.truth.driving_genes == other.truth.driving_genes


def test_another_seed_gives_other_expression_factors_and_genes() -> None:
    one, other = simulate_cohort(6, 100, seed=3), simulate_cohort(6, 100, seed=4)
    assert not np.any(one.expression == other.expression)
    assert not np.any(one.truth.factors == other.truth.factors)
    assert one.truth.driving_genes != other.truth.driving_genes


def test_a_larger_cohort_begins_with_the_patients_of_a_smaller_one() -> None:
    small, large = simulate_cohort(4, 100, seed=3), simulate_cohort(9, 100, seed=3)
    assert large.patient_ids[:4] == small.patient_ids
    np.testing.assert_array_equal(large.expression[:4], small.expression)
    np.testing.assert_array_equal(large.truth.factors[:4], small.truth.factors)


def test_a_patient_does_not_depend_on_what_was_generated_before() -> None:
    cohort = simulate_cohort(3, 100, seed=8, spacing=COARSE)
    backwards = {index: cohort.patient(index) for index in (2, 1, 0)}
    assert_same_patient(cohort.patient(2), backwards[2])
    assert_same_patient(simulate_patient(0, 8, spacing=COARSE), backwards[0])


def test_a_pickled_cohort_generates_the_same_patient() -> None:
    cohort = simulate_cohort(2, 100, seed=8, spacing=COARSE)
    copy = pickle.loads(pickle.dumps(cohort))
    assert_same_patient(copy.patient(1), cohort.patient(1))


def test_patients_and_seeds_differ_in_every_image() -> None:
    first = simulate_patient(0, 8, spacing=COARSE)
    for other in (simulate_patient(1, 8, spacing=COARSE), simulate_patient(0, 9, spacing=COARSE)):
        for name, image in first.images.items():
            assert np.mean(image != other.images[name]) > 0.3
        assert np.any(first.true_labelmap != other.true_labelmap)


def test_an_earlier_rater_draws_the_same_whoever_else_reads() -> None:
    alone = simulate_patient(0, 8, spacing=COARSE, raters=("anna",))
    together = simulate_patient(0, 8, spacing=COARSE, raters=("anna", "boris", "clara"))
    np.testing.assert_array_equal(alone.segmentations["anna"], together.segmentations["anna"])
    assert list(alone.segmentations) == ["anna"]


def test_ids_and_genes_are_numbered_from_one_with_leading_zeros(cohort: SimulatedCohort) -> None:
    assert cohort.patient_ids[:2] == ("SIM-0001", "SIM-0002")
    assert cohort.genes[0] == "GENE0001"
    assert cohort.genes[-1] == "GENE0300"
    assert len(set(cohort.genes)) == 300
    assert cohort.patient(1).patient_id == "SIM-0002"


def test_the_truth_survives_json(cohort: SimulatedCohort) -> None:
    record = json.loads(json.dumps(cohort.truth.to_json_dict(), allow_nan=False))
    assert record["seed"] == 5
    assert record["spacing_mm"] == COARSE
    assert len(record["driving_genes"]) == len(cohort.truth.driving_genes)
    last = record["patients"][-1]
    assert last["patient_id"] == "SIM-0040"
    np.testing.assert_array_equal(list(last["factors"].values()), cohort.truth.factors[-1])
    assert record["undriven_features"]["edema"] == list(cohort.truth.undriven_features["edema"])


def test_the_truth_calls_the_form_of_the_edema_undriven_and_nothing_else(
    cohort: SimulatedCohort,
) -> None:
    truth = cohort.truth
    form = {"sphericity", "spherical_disproportion", "compactness_1", "compactness_2"}
    assert set(truth.undriven_features["edema"]) == form
    assert truth.undriven_features["enhancing"] == ()
    assert len(truth.driven_features["enhancing"]) == 10
    assert len(truth.driven_features["edema"]) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_patients": 0}, "at least 1 patient, not 0"),
        ({"n_patients": -3}, "at least 1 patient, not -3"),
        ({"n_genes": 59}, "at least 60 genes.*not 59"),
        ({"seed": -1}, "must not be negative, and is -1"),
        ({"spacing": 0.0}, "0.5 to 4.0 mm, not 0.0"),
        ({"spacing": -1.5}, "0.5 to 4.0 mm, not -1.5"),
        ({"spacing": float("nan")}, "0.5 to 4.0 mm, not nan"),
        ({"spacing": float("inf")}, "0.5 to 4.0 mm, not inf"),
        ({"raters": ()}, "at least one rater"),
        ({"raters": ("anna", "")}, "every rater a name"),
        ({"raters": ("anna", "anna")}, "must differ, and are anna, anna"),
        ({"raters": "anna"}, "a list of names, not the text 'anna'"),
    ],
)
def test_a_bad_argument_is_refused_with_its_value(
    arguments: dict[str, object], message: str
) -> None:
    good: dict[str, object] = {"n_patients": 2, "n_genes": 60, "seed": 1}
    with pytest.raises(InputError, match=message):
        simulate_cohort(**(good | arguments))  # type: ignore[arg-type]


def test_the_smallest_cohort_has_driving_genes_only() -> None:
    cohort = simulate_cohort(1, 60, seed=1)
    assert len(cohort.truth.driving_genes) == 60


@pytest.mark.parametrize("index", [-1, 2])
def test_a_patient_outside_the_cohort_is_refused(index: int) -> None:
    cohort = simulate_cohort(2, 60, seed=1)
    with pytest.raises(InputError, match=f"patient index {index} is outside .* 2 patients"):
        cohort.patient(index)


def test_a_negative_index_is_refused_without_a_cohort() -> None:
    with pytest.raises(InputError, match="starts at 0, not -1"):
        simulate_patient(-1, 1)
