"""One path by coordinate descent, until the fast one takes its place."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import enet_path

from radiogenomics.models.elastic_net.grid import ElasticNetGrid
from radiogenomics.models.elastic_net.problem import Problem
from radiogenomics.models.regression import Matrix


def path_of(
    problem: Problem, target: int, alpha: float, lambdas: Matrix, grid: ElasticNetGrid
) -> tuple[Matrix, Matrix]:
    """Return coefficients ``(n_inputs, n_lambdas)`` on the original scale, and intercepts."""
    n_rows, n_inputs = problem.inputs.shape
    scale = problem.target_scales[target]
    values = problem.targets[:, target]
    if scale == 0:
        standardised = np.zeros((n_inputs, len(lambdas)))
    elif alpha == 0:
        size, vectors = np.linalg.eigh(problem.inputs @ problem.inputs.T / n_rows)
        ridges = lambdas / scale * (1.0 if grid.ridge == "per_sd" else scale)
        turned = vectors.T @ values
        standardised = problem.inputs.T @ (
            vectors @ (turned[:, None] / (np.maximum(size, 0)[:, None] + ridges) / n_rows)
        )
    else:
        lasso = alpha * lambdas / scale
        ridges = (1 - alpha) * lambdas / scale * (1.0 if grid.ridge == "per_sd" else scale)
        standardised = np.empty((n_inputs, len(lambdas)))
        start = None
        inputs = np.asfortranarray(problem.inputs)
        for place, (first, second) in enumerate(zip(lasso, ridges, strict=True)):
            _, found, _ = enet_path(
                inputs,
                values,
                alphas=[first + second],
                l1_ratio=first / (first + second),
                coef_init=start,
                tol=1e-10,
                max_iter=100_000,
            )
            start = found[:, 0]
            standardised[:, place] = start
    coefficients = standardised * scale / problem.scales[:, None]
    return coefficients, problem.target_means[target] - problem.means @ coefficients
