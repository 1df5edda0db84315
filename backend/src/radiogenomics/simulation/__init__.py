"""Phantom cohorts: glioblastoma images, raters and expression in which known genes drive shapes.

A patient is a drawn brain with a tumour fitted to four numbers, the volume and the sphericity of
the enhancing ROI and of the edema, each of which follows one latent factor. Genes load on three of
the factors; nothing but noise is known about the fourth, the irregularity of the edema.

Spearman's correlation of the first rater's features with the factors, over the 200 patients of
seed 1 at 1.5 mm (0.14 is where chance ends, at the 5 % level, for one pair):

=================================  ======  ======  ======  ======
feature                            size    irreg.  extent  fingers
=================================  ======  ======  ======  ======
enhancing volume                   +1.00   +0.01   -0.06   -0.01
enhancing surface_area             +0.87   +0.47   -0.02   -0.05
enhancing surface_to_volume        -0.60   +0.76   +0.08   -0.04
enhancing sphericity               -0.11   -0.99   -0.04   +0.08
enhancing max_diameter             +0.81   +0.51   -0.02   -0.03
enhancing major_axis               +0.77   +0.52   +0.00   -0.03
enhancing minor_axis               +0.82   -0.05   -0.01   +0.03
edema volume                       -0.03   +0.05   +1.00   +0.05
edema surface_area                 +0.03   +0.03   +0.85   +0.51
edema surface_to_volume            +0.12   -0.08   -0.68   +0.63
edema sphericity                   -0.13   +0.02   +0.05   -0.94
edema max_diameter                 +0.07   -0.02   +0.74   +0.58
edema major_axis                   +0.11   -0.02   +0.66   +0.49
edema minor_axis                   +0.02   +0.13   +0.37   -0.14
=================================  ======  ======  ======  ======

The columns are `enhancing_size`, `enhancing_irregularity`, `edema_extent` and `edema_irregularity`.
`spherical_disproportion` and both compactnesses rank patients as `sphericity` does. What is left
between the edema's form and the size of the tumour is geometry: large tumours leave it a shell.
The Dice coefficient between two raters there is 0.92 on average for the enhancing ROI (0.83 to
0.96) and 0.92 for the edema (0.84 to 0.97).
"""

from radiogenomics.simulation.cohort import (
    SimulatedCohort,
    SimulatedPatient,
    simulate_cohort,
    simulate_patient,
)
from radiogenomics.simulation.truth import DrivingGene, SimulatedTruth

__all__ = [
    "DrivingGene",
    "SimulatedCohort",
    "SimulatedPatient",
    "SimulatedTruth",
    "simulate_cohort",
    "simulate_patient",
]
