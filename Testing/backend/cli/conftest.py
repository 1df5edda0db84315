"""The command as a user types it."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def radiogenomics():
    """Run the command; returns the finished process with its output as text."""

    def run(*arguments, **options):
        return subprocess.run(
            [sys.executable, "-m", "radiogenomics.cli.main", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
            **options,
        )

    return run
