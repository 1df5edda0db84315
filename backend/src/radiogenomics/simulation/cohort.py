"""A simulated cohort: expression and truth at once, images and segmentations patient by patient.

Every random stream is a child of the seed by its own key, so that a patient is the same in whatever
order, process or size of cohort it is made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.phantom.sampling import SPACING_RANGE, build_phantom, images_of, labelmap_of
from radiogenomics.simulation.expression import draw_genes, draw_profile, minimum_genes
from radiogenomics.simulation.latent import GENE_DRIVEN_FACTORS, draw_factors, targets_of
from radiogenomics.simulation.raters import draw_bias, draw_readers, segment
from radiogenomics.simulation.truth import SimulatedTruth, truth_of

DEFAULT_RATERS: tuple[str, ...] = ("rater-1", "rater-2", "rater-3")
DEFAULT_SPACING = 1.5

# First number of a stream's key; patients add their index, and raters of a patient theirs.
_GENES, _FACTORS, _PROFILE, _PHANTOM, _IMAGES, _READERS, _BIAS, _SEGMENTATION = range(8)


@dataclass(frozen=True)
class SimulatedPatient:
    """One patient's images and segmentations.

    Attributes
    ----------
    patient_id : str
        Such as ``SIM-0001``.
    spacing : tuple of float
        Voxel size (sx, sy, sz) in mm.
    origin : tuple of float
        Position (x, y, z) in mm of the first voxel's centre, x to the patient's left, y to the
        back, z up (LPS); the array's axes run along these directions.
    images : dict of str to ndarray of int16, shape (nz, ny, nx)
        ``t1c``, ``flair`` and ``t2``, skull-stripped: 0 outside the brain and above 0 inside.
    segmentations : dict of str to ndarray of uint8, shape (nz, ny, nx)
        For each rater who read the patient, a labelmap of the preset ``brats``: 1 necrosis,
        2 edema, 4 enhancing.
    true_labelmap : ndarray of uint8, shape (nz, ny, nx)
        The labels that the images show, which no rater has drawn.
    """

    patient_id: str
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    images: dict[str, NDArray[np.int16]]
    segmentations: dict[str, NDArray[np.uint8]]
    true_labelmap: NDArray[np.uint8]


@dataclass(frozen=True)
class SimulatedCohort:
    """A cohort whose images are made when asked for.

    Attributes
    ----------
    patient_ids : tuple of str
        ``SIM-0001`` and so on.
    genes : tuple of str
        ``GENE0001`` and so on.
    expression : ndarray of float64, shape (n_patients, n_genes)
        Log2 values of about 4 to 14.
    truth : SimulatedTruth
        What drives what.
    raters : tuple of str
        Who may have read a patient; the first has read all.
    spacing : float
        Voxel size of the images, in mm.
    seed : int
        The seed of everything.
    """

    patient_ids: tuple[str, ...]
    genes: tuple[str, ...]
    expression: NDArray[np.float64]
    truth: SimulatedTruth
    raters: tuple[str, ...]
    spacing: float
    seed: int

    def patient(self, index: int) -> SimulatedPatient:
        """Return the images and segmentations of the patient at `index`, counted from 0.

        Raises
        ------
        InputError
            If the cohort has no such patient.
        """
        if not 0 <= index < len(self.patient_ids):
            raise InputError(
                f"patient index {index} is outside the simulated cohort of "
                f"{len(self.patient_ids)} patients; use 0 to {len(self.patient_ids) - 1}"
            )
        return simulate_patient(index, self.seed, spacing=self.spacing, raters=self.raters)


def simulate_cohort(
    n_patients: int,
    n_genes: int,
    seed: int,
    *,
    spacing: float = DEFAULT_SPACING,
    raters: Sequence[str] = DEFAULT_RATERS,
) -> SimulatedCohort:
    """Return a cohort of glioblastoma phantoms with the gene expression that goes with them.

    Parameters
    ----------
    n_patients : int
        Number of patients, at least 1.
    n_genes : int
        Number of genes, at least as many as drive the shapes (60).
    seed : int
        Not negative; the same seed gives the same cohort, and a larger cohort begins with the
        patients of a smaller one.
    spacing : float
        Voxel size of the images in mm, 0.5 to 4.
    raters : sequence of str
        Names of the raters. The first reads every patient, each of the others some.

    Raises
    ------
    InputError
        If an argument is outside what is stated above.
    """
    if n_patients < 1:
        raise InputError(f"a simulated cohort needs at least 1 patient, not {n_patients}")
    if n_genes < minimum_genes():
        raise InputError(
            f"a simulated cohort needs at least {minimum_genes()} genes, which drive the "
            f"{len(GENE_DRIVEN_FACTORS)} factors behind the shapes, not {n_genes}"
        )
    _check(seed, spacing, raters)
    genes = draw_genes(_stream(seed, _GENES), n_genes)
    factors = np.stack([draw_factors(_stream(seed, _FACTORS, i)) for i in range(n_patients)])
    profiles = [
        draw_profile(_stream(seed, _PROFILE, index), genes, factors[index])
        for index in range(n_patients)
    ]
    patient_ids = tuple(_patient_id(index) for index in range(n_patients))
    return SimulatedCohort(
        patient_ids=patient_ids,
        genes=genes.names,
        expression=np.stack(profiles),
        truth=truth_of(seed, spacing, patient_ids, factors, genes),
        raters=tuple(raters),
        spacing=spacing,
        seed=seed,
    )


def simulate_patient(
    index: int,
    seed: int,
    *,
    spacing: float = DEFAULT_SPACING,
    raters: Sequence[str] = DEFAULT_RATERS,
) -> SimulatedPatient:
    """Return the patient at `index` of the cohort with this seed, without making the cohort.

    What a worker process needs: the arguments are small. See `simulate_cohort` for them.

    Raises
    ------
    InputError
        If `index` is negative, or another argument is outside what `simulate_cohort` allows.
    """
    if index < 0:
        raise InputError(f"a patient's index starts at 0, not {index}")
    _check(seed, spacing, raters)
    targets = targets_of(draw_factors(_stream(seed, _FACTORS, index)))
    phantom = build_phantom(_stream(seed, _PHANTOM, index), targets, spacing)
    readers = draw_readers(_stream(seed, _READERS, index), len(raters))
    segmentations = {
        raters[reader]: segment(
            _stream(seed, _SEGMENTATION, index, reader),
            phantom,
            draw_bias(_stream(seed, _BIAS, reader)),
        )
        for reader in readers
    }
    grid = phantom.grid
    return SimulatedPatient(
        patient_id=_patient_id(index),
        spacing=(spacing, spacing, spacing),
        origin=(float(grid.x[0]), float(grid.y[0]), float(grid.z[0])),
        images=images_of(phantom, _stream(seed, _IMAGES, index)),
        segmentations=segmentations,
        true_labelmap=labelmap_of(phantom),
    )


def _check(seed: int, spacing: float, raters: Sequence[str]) -> None:
    if seed < 0:
        raise InputError(f"the seed of a simulation must not be negative, and is {seed}")
    low, high = SPACING_RANGE
    if not (math.isfinite(spacing) and low <= spacing <= high):
        raise InputError(f"the spacing of a simulation is {low} to {high} mm, not {spacing}")
    if isinstance(raters, str):
        raise InputError(f"the raters of a simulation are a list of names, not the text {raters!r}")
    if not raters or not all(raters):
        raise InputError("a simulation needs at least one rater, and every rater a name")
    if len(set(raters)) < len(raters):
        raise InputError(f"the raters of a simulation must differ, and are {', '.join(raters)}")


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _patient_id(index: int) -> str:
    return f"SIM-{index + 1:04d}"
