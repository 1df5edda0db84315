"""The first layer in the row space of the data, where it is a hundredth of its size.

The gradient of a first kernel is X_B' D: a combination of the patients' rows. So a kernel that
starts at W0 is W0 + X' C at every step, with C of shape ``(n_patients, width)`` in place of
``(n_genes, width)``, and descent with momentum on C is descent with momentum on W:

    X_B W  = X_B W0 + (X_B X') C         P = X W0 and K = X X' are computed once
    dC     = E_B' D                      E_B: rows of the identity; its momentum likewise

Needs a first layer without dropout on its input (which changes the rows at every step) and without
a constraint (which leaves the row space).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.stack import Layer

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Patients as the first layer takes them.

    Attributes
    ----------
    inputs
        X, or X X' of these patients with those of the training, ``(n, n_training)``.
    offset
        None, or X W0, ``(n, width)``.
    """

    inputs: Matrix
    offset: Matrix | None = None


def pays_off(layer: Layer, n_patients: int, n_genes: int) -> bool:
    """Say whether the row space is allowed for the layer and smaller than the kernel."""
    return layer.dropout == 0 and not layer.nonnegative and 2 * n_patients <= n_genes


def in_row_space(patients: Matrix, training: Matrix, start: Matrix) -> Rows:
    """Return K and P of patients ``(n, n_genes)``, given the training's and the first kernel."""
    # Summing 12,000 products in float32 would cost the fifth decimal of the trained weights.
    gram = patients.astype(np.float64) @ training.astype(np.float64).T
    return Rows(gram.astype(np.float32), patients @ start)


def exported(start: Matrix, training: Matrix, combination: Matrix) -> Matrix:
    """Return the ordinary kernel W0 + X' C."""
    kernel = training.T @ combination
    kernel += start
    return kernel
