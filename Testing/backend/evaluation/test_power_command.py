"""`radiogenomics power` on the folder of a run."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from radiogenomics.evaluation.power import METHOD, power_of
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.study.atomic import write_json
from radiogenomics.study.predictions import read_predictions, write_predictions
from radiogenomics.training import run_folder
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.protocols import settings_of

from .reference import rows_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "first"
    path.mkdir()
    rng = np.random.default_rng(4)
    measured = rng.lognormal(3, 0.4, (30, 3))
    models = {
        "network": measured + rng.normal(0, 5, (30, 3)),
        "linear": measured + rng.normal(0, 5, (30, 3)),
        "median": np.tile(np.median(measured, axis=0), (30, 1)),
    }
    rows = [row for name, each in models.items() for row in rows_of(measured, each, model=name)]
    write_predictions(path / run_folder.PREDICTIONS, rows)
    config = TrainingConfig(
        autoencoder=AutoencoderSettings(widths=(4, 3, 2)), network=NetworkSettings(widths=(4, 3, 2))
    )
    version = {"format_version": run_folder.FORMAT_VERSION}
    write_json(path / run_folder.CONFIG, {**version, "settings": settings_of(config)})
    files = run_folder.seals(path)
    told = {**{key: {} for key in run_folder.TOLD}, **version, "run_id": "first", "files": files}
    write_json(path / run_folder.MANIFEST, told)
    return path


def power(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "radiogenomics.cli.main", "power", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )


def test_the_table_and_the_method_are_printed(run):
    done = power(run, "--simulations", 40, "--effect", "20%")

    assert done.returncode == 0, done.stderr
    for said in (
        "network against linear: what 30 patients can show",
        "20% less",
        "edema",
        "f0, mm",
        "average, MAE / maximum",
        "Features, level 0.017 each",
    ):
        assert said in done.stdout
    assert METHOD in " ".join(done.stdout.split())


def test_json_holds_what_the_library_finds(run):
    done = power(run, "--reference", "median", "--simulations", 40, "--seed", 3, "--json")
    found = json.loads(done.stdout)
    expected = power_of(
        read_predictions(run / "predictions.csv"), "network", "median", simulations=40, seed=3
    )

    assert found["features"][0]["detectable"] == expected.features[0].detectable
    assert found["average"]["patients_needed"] == expected.average.patients_needed
    assert (found["reference"], found["effect"], found["seed"]) == ("median", 0.1, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--effect", "ten"], "--effect is 'ten'; give a share such as 10%"),
        (["--effect", "200%"], "The effect is 200 %; give"),
        (["--reference", "network"], "network is compared with itself"),
        (["--model", "trees"], "no predictions of 'trees'; there are network, linear, median"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(run, arguments, message):
    done = power(run, *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_run_is_told(tmp_path):
    done = power(tmp_path)

    assert done.returncode == 2
    assert "is no finished run" in done.stderr
