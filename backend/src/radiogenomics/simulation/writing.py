"""Writing a simulated cohort as a study folder, with the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from radiogenomics.imaging import Grid, Labelmap, find_preset, save_segmentation, write_volume
from radiogenomics.parallel import in_processes
from radiogenomics.simulation.cohort import SimulatedCohort, simulate_patient
from radiogenomics.study import Role, Study
from radiogenomics.study.atomic import replacing, write_json
from radiogenomics.study.progress import Progress, silent

EXPRESSION = Path("expression") / "expression.csv"
TRUTH = Path("truth.json")

_PRESET = "brats"


def create_study(cohort: SimulatedCohort, root: Path) -> Study:
    """Create the study that a simulated cohort will fill.

    Raises
    ------
    InputError
        If the folder already holds something.
    StudyError
        If it cannot be written.
    """
    return Study.create(
        root,
        name=f"Simulated cohort, seed {cohort.seed}",
        labels=_PRESET,
        raters=dict.fromkeys(cohort.raters, Role.READER),
        protocol="Simulated phantoms: no patient, no scanner. See truth.json for what drives what.",
    )


def write_cohort(
    cohort: SimulatedCohort,
    study: Study,
    *,
    imaged: int,
    processes: int = 1,
    progress: Progress = silent,
) -> None:
    """Write images, segmentations, expression and truth of a cohort into its study.

    Parameters
    ----------
    cohort
        What `simulate_cohort` returned.
    study
        From `create_study`. The expression matrix becomes ``expression/expression.csv``, the truth
        ``truth.json``.
    imaged
        How many patients, the first ones, get images and segmentations; the others have expression
        alone, as most patients of a real cohort do.
    processes
        Worker processes; the result does not depend on their number.
    progress
        Told of every patient.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    jobs = [
        _PatientJob(study.root, index, cohort.seed, cohort.spacing, cohort.raters)
        for index in range(imaged)
    ]
    with in_processes(_write_patient, jobs, processes) as finished:
        for done, (_, patient_id) in enumerate(finished, start=1):
            progress("simulate", done, len(jobs), patient_id)
    # Last, so that a cohort that was cut short has no truth that speaks of it.
    _write_expression(study.root / EXPRESSION, cohort)
    write_json(study.root / TRUTH, cohort.truth.to_json_dict())


@dataclass(frozen=True)
class _PatientJob:
    root: Path
    index: int
    seed: int
    spacing: float
    raters: tuple[str, ...]


def _write_patient(job: _PatientJob) -> str:
    patient = simulate_patient(job.index, job.seed, spacing=job.spacing, raters=job.raters)
    nz, ny, nx = patient.true_labelmap.shape
    grid = Grid((nx, ny, nz), patient.spacing, patient.origin, tuple(np.eye(3).ravel().tolist()))
    case = Study.open(job.root).add_case(patient.patient_id)
    provenance = {"step": "simulated", "seed": str(job.seed)}
    for name, image in patient.images.items():
        case.add_image(name, partial(write_volume, array=image, grid=grid), provenance)
    labels = find_preset(_PRESET).labels
    for rater, labelmap in patient.segmentations.items():
        save_segmentation(case, rater, Labelmap(labelmap, grid, labels), provenance)
    return patient.patient_id


def _write_expression(path: Path, cohort: SimulatedCohort) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(",".join(["patient_id", *cohort.genes]) + "\n")
        for patient_id, values in zip(cohort.patient_ids, cohort.expression, strict=True):
            # Four decimals, as arrays are published; more digits would only be noise.
            file.write(",".join([patient_id, *(f"{value:.4f}" for value in values)]) + "\n")
