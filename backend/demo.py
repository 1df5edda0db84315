"""The main job from beginning to end on a simulated cohort; what `make demo` runs.

Every step is a command that could be typed; each is shown before it runs.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

PATIENTS, WITHOUT_IMAGES, GENES, SEED = 60, 40, 2000, 1

MARK = ".made-by-make-demo"


def commands(folder: Path) -> list[list[str]]:
    """Return the steps; the last ones build on the files of the first."""
    study, run = folder / "study", folder / "study" / "runs" / "first"
    expression = study / "expression" / "expression.csv"
    size = [
        "--patients",
        PATIENTS,
        "--without-images",
        WITHOUT_IMAGES,
        "--genes",
        GENES,
        "--seed",
        SEED,
    ]
    return [
        [str(word) for word in step]
        for step in (
            ["simulate", study, *size],
            ["measure", study, "--wide"],
            ["check", study],
            ["train", "--expression", expression, "--features", study / "features.csv",
             "--protocol", "quick", "--models", "network,linear", "--rater", "rater-1",
             "--out", run],
            ["predict", "--run", run, "--expression", expression,
             "--out", folder / "predictions.csv"],
            ["report", run],
        )
    ]  # fmt: skip


def run(program: Path, step: list[str]) -> int:
    """Run one command; Ctrl-C is for the command, which knows how to end in order."""
    process = subprocess.Popen([program, *step])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main(folder: Path) -> int:
    """Run the steps in a new folder; return the exit code of the first that fails, or 0."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            print(f"{folder} holds something else; say: make demo DEMO=another-folder")
            return 2
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()

    program = Path(sys.executable).with_name("radiogenomics")
    began = time.monotonic()
    for step in commands(folder):
        print(f"\n$ radiogenomics {shlex.join(step)}", flush=True)
        code = run(program, step)
        if code:
            print(f"The demo stopped: this step ended with exit code {code}.")
            return code
    run_folder = folder / "study" / "runs" / "first"
    print(f"\nThe demo took {time.monotonic() - began:.0f} s. To look at:")
    print(f"  pictures of every case   {folder / 'study' / 'check' / 'index.html'}")
    print(f"  measured features        {folder / 'study' / 'features.csv'}")
    print(f"  out-of-fold predictions  {run_folder / 'predictions.csv'}")
    print(f"  predictions              {folder / 'predictions.csv'}")
    print(f"  report of the training   {run_folder / 'report.html'}")
    print("To review the study in the browser:")
    print(f"  make view STUDY={shlex.quote(str(folder / 'study'))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
