"""Problems for the elastic net's tests, fits of single cells, and R's glmnet to compare with."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest

from radiogenomics.models.elastic_net import ElasticNetGrid
from radiogenomics.models.elastic_net.cells import Cells
from radiogenomics.models.elastic_net.choosing import Cell
from radiogenomics.models.elastic_net.problem import Problem

# Writes for every alpha what glmnet kept of the path: lambda, intercept, coefficients in columns.
R_SCRIPT = """
suppressMessages(library(glmnet))
x <- as.matrix(read.csv("x.csv", header = FALSE))
y <- scan("y.csv", quiet = TRUE)
for (alpha in c(%s)) {
  fit <- glmnet(x, y, alpha = alpha, nlambda = %d, thresh = %s, maxit = 1e9)
  table <- rbind(fit$lambda, as.matrix(coef(fit)))
  cat(apply(table, 1, function(row) paste(format(row, digits = 17), collapse = ",")), sep = "\\n")
  cat("end\\n")
}
"""


def wavy(n, p):
    """A problem by formula, so that R and Python need no common random numbers.

    x[i, j] = (1 + j mod 5) sin(0.37 (i p + j + 1)^1.5) + j / 7 and
    y[i] = 3 + x[i, 0] - x[i, 1] / 2 + x[i, 2] / 3 + cos(1.7 i^1.3), indices from 0; of fewer
    columns the first stands for those that lack.
    """
    i, j = np.arange(n)[:, None], np.arange(p)
    x = (1 + j % 5) * np.sin(0.37 * (i * p + j + 1) ** 1.5) + j / 7
    first, second, third = x.T[:3] if p > 2 else x.T[[0, 0, 0]]
    return x, 3 + first - second / 2 + third / 3 + np.cos(1.7 * np.arange(n) ** 1.3)


def cells_of(inputs, target, **grid):
    """The grid's cells for one target."""
    grid = ElasticNetGrid(**grid)
    problem = Problem.of(inputs, target[:, None])
    return Cells(grid, grid.lambdas(problem.largest_gradients, *inputs.shape), problem)


def fit(cells, place, alpha=0):
    """The intercept and the coefficients at one lambda."""
    fitted = cells.fit([Cell(alpha, place, 0.0)])
    return fitted.intercepts[0], fitted.coefficients[:, 0]


def stationarity(cells, place, inputs, target, alpha=0):
    """How far a fit is from the optimum: the largest violation of the conditions over all inputs.

    Relative to the largest gradient without coefficients. It is computed from the fit's
    coefficients and the data as given, with nothing of the solver's.
    """
    intercept, coefficients = fit(cells, place, alpha)
    share, lambda_ = cells.grid.alphas[alpha], cells.lambdas[0, alpha, place]
    scales = inputs.std(axis=0)
    scaled = (inputs - inputs.mean(axis=0)) / np.where(scales > 0, scales, 1)
    residual = target - intercept - inputs @ coefficients
    assert abs(residual.mean()) < 1e-9 * np.abs(target).max()
    gradient = scaled.T @ residual / len(target)
    b = coefficients * scales
    factor = 1 / target.std() if cells.grid.ridge == "per_sd" else 1.0
    missed = np.where(
        b != 0,
        np.abs(gradient - lambda_ * ((1 - share) * factor * b + share * np.sign(b))),
        np.maximum(np.abs(gradient) - lambda_ * share, 0),
    )
    return missed.max() / np.abs(scaled.T @ (target - target.mean()) / len(target)).max()


def from_r(folder, inputs, target, alphas, n_lambdas, thresh):
    """What R keeps for each alpha: lambdas ``(k,)`` and rows intercept, coefficients ``(., k)``."""
    if shutil.which("Rscript") is None and not os.environ.get("CI"):
        pytest.skip("R with the package glmnet is not installed")
    np.savetxt(folder / "x.csv", inputs, delimiter=",", fmt="%.17g")
    np.savetxt(folder / "y.csv", target, fmt="%.17g")
    script = R_SCRIPT % (", ".join(map(str, alphas)), n_lambdas, thresh)
    (folder / "fit.R").write_text(script, encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", "--vanilla", "fit.R"], cwd=folder, capture_output=True, text=True, check=False
    )
    if "there is no package called" in ran.stderr and not os.environ.get("CI"):
        pytest.skip("R is installed without the package glmnet")
    assert ran.returncode == 0, ran.stderr
    tables = {}
    for alpha, text in zip(alphas, ran.stdout.split("end\n"), strict=False):
        table = np.array([row.split(",") for row in text.splitlines()], dtype=np.float64)
        tables[alpha] = table[0], table[1:]
    assert set(tables) == set(alphas)
    return tables


def stored(path):
    """The frozen values: ``{problem: {alpha: {place: "lambda intercept coefficients"}}}``."""
    return json.loads(path.read_text(encoding="utf-8"))
