"""The command as a user types it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from radiogenomics.imaging import Grid, write_volume


@pytest.fixture(scope="session")
def radiogenomics():
    """Run the command, with more variables; returns the finished process, its output as text."""

    def run(*arguments, encoding="utf-8", environment=None, **options):
        return subprocess.run(
            [sys.executable, "-m", "radiogenomics.cli.main", *map(str, arguments)],
            capture_output=True,
            encoding=encoding,
            timeout=300,
            check=False,
            env={
                **os.environ,
                "COLUMNS": "100",
                "NO_COLOR": "1",
                "PYTHONIOENCODING": encoding,
                **(environment or {}),
            },
            **options,
        )

    return run


@pytest.fixture
def masks(tmp_path, tumour):
    """A folder of three segmentations, of P0, P1 and P2."""
    folder = tmp_path / "Lékař žluťoučký"
    folder.mkdir()
    grid = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    for number in range(3):
        write_volume(folder / f"P{number}_seg.nii.gz", np.roll(tumour, number, axis=1), grid)
    return folder
