"""What the paper reports, for putting a run beside it. Standard library only.

Smedley and Hsu, "Using deep neural networks for radiogenomic analysis", ISBI 2018 (PMC6081189):
the averages of its Table 2, the measured values of its Table 3, and the losses that its text gives
with Figure 2. The errors of single features (its Tables 3 and 4) are not repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ADDRESS = "https://pmc.ncbi.nlm.nih.gov/articles/PMC6081189/"
CITATION = (
    "Smedley NF, Hsu W. Using deep neural networks for radiogenomic analysis. "
    "2018 IEEE 15th International Symposium on Biomedical Imaging (ISBI 2018)."
)

N_PATIENTS = 109
"""Patients with expression and images."""

N_EXPRESSION = 528
"""Patients whose expression trained the autoencoder."""

N_GENES = 12_042
N_FEATURES = 20
AUTOENCODER_LOSS = 0.014
"""Mean squared error of the autoencoder, retrained on all 528."""


@dataclass(frozen=True)
class PaperAverage:
    """A column of Table 2; the counts are None for the linear model, with which others compare."""

    mae_scaled: float
    mape: float
    lower_mae: int | None = None
    lower_mape: int | None = None


@dataclass(frozen=True)
class PaperLoss:
    """Mean absolute error on scaled features after training, mean over the folds."""

    training: float
    validation: float


@dataclass(frozen=True)
class PaperMeasured:
    """Smallest, largest and mean measured value of a feature, in the unit of Table 3."""

    minimum: float
    maximum: float
    mean: float


AVERAGES: Mapping[str, PaperAverage] = {
    "network_plain": PaperAverage(0.1427, 68.32, 11, 8),
    "network_pretrained": PaperAverage(0.1455, 69.47, 10, 7),
    "network": PaperAverage(0.1342, 52.53, 16, 20),
    "linear": PaperAverage(0.1456, 69.51),
}

LOSSES: Mapping[str, PaperLoss] = {
    "network_plain": PaperLoss(0.021, 0.143),
    "network_pretrained": PaperLoss(0.022, 0.146),
    "network": PaperLoss(0.107, 0.134),
}

_ORDER = (
    "volume",
    "surface_area",
    "surface_to_volume",
    "sphericity",
    "spherical_disproportion",
    "max_diameter",
    "major_axis",
    "minor_axis",
    "compactness_1",
    "compactness_2",
)
_ENHANCING = (
    (1.0, 111.2, 29.3),
    (7.5, 509.4, 120.7),
    (0.218, 1.214, 0.456),
    (0.128, 0.851, 0.434),
    (1.17, 7.82, 2.63),
    (20.3, 97.7, 57.6),
    (17.1, 101.3, 54.9),
    (11.9, 61.5, 34.8),
    (0.0024, 0.0417, 0.0159),
    (0.002, 0.617, 0.114),
)
_EDEMA = (
    (4.9, 196.1, 69.8),
    (29.0, 744.0, 224.4),
    (0.145, 0.828, 0.387),
    (0.179, 0.700, 0.370),
    (1.43, 5.58, 2.93),
    (36.6, 123.1, 88.3),
    (33.0, 129.8, 86.6),
    (14.2, 86.5, 42.2),
    (0.00402, 0.03105, 0.0123),
    (0.0058, 0.3426, 0.063),
)

MEASURED: Mapping[tuple[str, str], PaperMeasured] = {
    (roi, feature): PaperMeasured(*values)
    for roi, rows in (("enhancing", _ENHANCING), ("edema", _EDEMA))
    for feature, values in zip(_ORDER, rows, strict=True)
}
