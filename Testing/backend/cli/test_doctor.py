"""`radiogenomics doctor`."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_it_tells_versions_devices_memory_and_disk(radiogenomics):
    done = radiogenomics("doctor", "--json")
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert found["versions"]["tensorflow"]
    assert found["missing"] == []
    cpu = next(each for each in found["devices"] if each["device"].startswith("CPU"))
    assert cpu["gflops"] > 1
    assert found["disk_free"] > 0


def test_what_is_missing_comes_with_the_command_that_brings_it(tmp_path):
    # An environment without Keras: a module of its name that cannot be found any further.
    (tmp_path / "keras.py").write_text("raise ModuleNotFoundError('no keras', name='keras')")
    done = subprocess.run(
        [sys.executable, "-m", "radiogenomics.cli.main", "doctor"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Missing: keras is not installed" in done.stdout
    assert "pip install" in done.stdout
    assert "Ready to train" not in done.stdout
