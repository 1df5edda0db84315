"""R, asked for reference values; and rows of predictions made from arrays."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from radiogenomics.study.predictions import Prediction


def ask_r(script, tmp_path, values):
    """Run an R script that reads lists of numbers from `in.txt`, one a line; its numbers by line.

    R is part of what CI installs, so there its absence is a failure.
    """
    if shutil.which("Rscript") is None and not os.environ.get("CI"):
        pytest.skip("there is no R here")
    lines = [" ".join(repr(float(value)) for value in row) for row in values]
    (tmp_path / "in.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "ask.R").write_text(
        'rows <- lapply(strsplit(readLines("in.txt"), " "), as.numeric)\n'
        "options(digits = 17, warn = -1)\n" + script
    )
    done = subprocess.run(
        ["Rscript", "--vanilla", "ask.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [
        [float(text.replace("NA", "nan")) for text in line.split()]
        for line in done.stdout.splitlines()
    ]


def rows_of(measured, predicted, folds=None, model="network", unit="mm", half_width=1.0):
    """Out-of-fold rows of arrays (n_patients, n_features); NaN in `measured` is no measurement."""
    measured = np.asarray(measured, dtype=float)
    return [
        Prediction(
            f"P{row:04d}",
            "edema",
            f"f{column}",
            unit,
            None if np.isnan(measured[row, column]) else float(measured[row, column]),
            float(predicted[row][column]),
            float(predicted[row][column]) - half_width,
            float(predicted[row][column]) + half_width,
            model,
            "out_of_fold",
            None if folds is None else int(folds[row]),
            "r",
        )
        for row in range(measured.shape[0])
        for column in range(measured.shape[1])
    ]
