"""Patients made once for the whole folder: many on coarse voxels, a few as a user gets them."""

from __future__ import annotations

import pytest

from radiogenomics.simulation import (
    SimulatedCohort,
    SimulatedPatient,
    simulate_cohort,
    simulate_patient,
)

N_PATIENTS = 40
N_FINE = 8


@pytest.fixture(scope="session")
def cohort() -> SimulatedCohort:
    return simulate_cohort(N_PATIENTS, 300, seed=5, spacing=3.0)


@pytest.fixture(scope="session")
def patients(cohort: SimulatedCohort) -> list[SimulatedPatient]:
    return [cohort.patient(index) for index in range(N_PATIENTS)]


@pytest.fixture(scope="session")
def fine_patients() -> list[SimulatedPatient]:
    return [simulate_patient(index, 5) for index in range(N_FINE)]
