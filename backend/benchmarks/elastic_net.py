"""Time, memory and exactness of the elastic-net baseline beside R's glmnet.

Ours does the whole baseline, fold by fold; after each fold R fits some of the same paths with its
default settings, so that a busy machine disturbs both alike. R's total is extrapolated from them:
for every alpha the mean of its paths times targets times folds. It is counted without R's start,
predictions and refits, all of which ours includes. Run it with the development environment:
``python backend/benchmarks/elastic_net.py``. Without real profiles it draws numbers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shape import machine, table

PROFILES = Path(__file__).resolve().parents[3] / "shared/data/gbm_hgu133a_12180x185.tsv.gz"
PATIENTS, GENES, TARGETS, FOLDS, LAMBDAS = 109, 12_042, 20, 10, 4000
PACKAGES = ("radiogenomics", "numpy", "scipy", "numba")
HEADERS = ("elastic nets", "CPU s", "wall s", "CPU ratio", "peak GB", "stationarity")
# Fits one path for every line "fold target alpha", numbers from 1, and tells what it took; what
# it found at the last lambda that it kept goes to a file.
R_SCRIPT = """
suppressMessages(library(glmnet))
x <- matrix(readBin("x.bin", "double", %(n)d * %(p)d), %(n)d)
y <- matrix(readBin("y.bin", "double", %(n)d * %(t)d), %(n)d)
fold <- scan("folds.txt", quiet = TRUE)
given <- file("stdin", "r")
cat("ready", as.character(packageVersion("glmnet")), "\\n")
while (length(line <- readLines(given, 1))) {
  job <- as.numeric(strsplit(line, " ")[[1]])
  rows <- fold != job[1]
  learned <- x[rows, ]; target <- y[rows, job[2]]
  before <- proc.time()
  fit <- glmnet(learned, target, alpha = job[3], nlambda = %(lambdas)d)
  took <- proc.time() - before
  last <- length(fit$lambda)
  writeBin(c(fit$lambda[last], fit$a0[last], as.numeric(fit$beta[, last])), "fit.bin")
  cat(took[1] + took[2], took[3], last, "\\n")
}
"""


@dataclass(frozen=True)
class Work:
    """Profiles ``(109, 12042)``, simulated targets and the fold of each patient."""

    inputs: Any
    targets: Any
    fold: Any

    def rows(self, fold: int) -> tuple[Any, Any]:
        """Return the rows to learn from and those held out."""
        return np.flatnonzero(self.fold != fold), np.flatnonzero(self.fold == fold)


def work_of(path: str | None, n_genes: int, n_targets: int) -> Work:
    """Take the first patients and genes, and simulate targets from them.

    A target is exp(z/2) divided by its maximum, as skewed as a volume, for z with a share of 5, 10,
    20 or 35 % of its variance from 25 genes and the rest noise.
    """
    rng = np.random.default_rng(2018)
    if path is None:
        inputs = rng.normal(size=(PATIENTS, 20)) @ rng.normal(size=(20, n_genes))
        inputs += 4 * rng.normal(size=(PATIENTS, n_genes))
    else:
        values = np.loadtxt(
            path,
            delimiter="\t",
            skiprows=1,
            usecols=range(1, 1 + PATIENTS),
            max_rows=n_genes,
        )
        inputs = values.T
    inputs = (inputs - inputs.mean(axis=0)) / np.ptp(inputs, axis=0)
    targets = np.empty((PATIENTS, n_targets))
    for target in range(n_targets):
        genes = rng.choice(n_genes, 25, replace=False)
        signal = inputs[:, genes] / inputs[:, genes].std(axis=0) @ rng.normal(size=25)
        share = (0.05, 0.1, 0.2, 0.35)[target % 4]
        z = np.sqrt(share) * (signal - signal.mean()) / signal.std()
        z += np.sqrt(1 - share) * rng.normal(size=PATIENTS)
        targets[:, target] = np.exp(z / 2) / np.exp(z / 2).max()
    return Work(np.ascontiguousarray(inputs), targets, rng.permutation(PATIENTS) % FOLDS)


def fit_ours(work: Work, n_lambdas: int) -> None:
    """Do the whole baseline; wait for a line before each fold, tell what it took after it."""
    from radiogenomics.models.elastic_net import (  # noqa: PLC0415
        ElasticNetGrid,
        fit_elastic_nets,
    )

    begun = [0.0, 0.0]
    done = [""]

    def begin() -> None:
        sys.stdin.readline()
        begun[:] = time.perf_counter(), time.process_time()

    def tell() -> None:
        took = time.perf_counter() - begun[0], time.process_time() - begun[1]
        print(json.dumps(took), flush=True)

    def on_done(share: float, what: str) -> None:
        if "folds done" in what and what != done[0]:
            if done[0]:
                tell()
                begin()
            done[0] = what
        elif share >= 1:
            tell()

    begin()
    folds = [work.rows(fold) for fold in range(FOLDS)]
    grid = ElasticNetGrid(n_lambdas=n_lambdas)
    fit_elastic_nets(work.inputs, work.targets, folds, [0], on_done, grid)
    print(_peak_resident("self"))


def _peak_resident(process: object) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


# --- The race -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PathOfR:
    """A path that R fitted: what it took, and how far it is from the optimum at its last lambda."""

    alpha: float
    cpu: float
    wall: float
    n_lambdas: int
    stationarity: float
    gap: float  # largest difference of a coefficient from ours, over our largest coefficient


@dataclass
class Race:
    """What both told; ours by fold, the refits last."""

    wall: list[float]
    cpu: list[float]
    peak: int
    stationarity: float
    paths: list[PathOfR]
    peak_of_r: int
    version_of_r: str


def extrapolated(paths: Sequence[PathOfR], n_paths: int) -> tuple[float, float]:
    """Return CPU and wall seconds of all paths, ``n_paths`` of them at every alpha."""
    by_alpha: dict[float, list[PathOfR]] = {}
    for path in paths:
        by_alpha.setdefault(path.alpha, []).append(path)
    cpu = sum(statistics.mean(path.cpu for path in each) for each in by_alpha.values())
    wall = sum(statistics.mean(path.wall for path in each) for each in by_alpha.values())
    return n_paths * cpu, n_paths * wall


def stationarity(work: Work, fold: int, target: int, alpha: float, found: Any) -> float:
    """Return how far lambda, intercept and coefficients are from the optimum over all genes.

    The largest violation of its conditions, relative to the largest gradient at that lambda.
    """
    learned, _ = work.rows(fold)
    inputs, y = work.inputs[learned], work.targets[learned, target]
    lambda_, intercept, coefficients = found[0], found[1], found[2:]
    scales = inputs.std(axis=0)
    scaled = (inputs - inputs.mean(axis=0)) / np.where(scales > 0, scales, 1)
    gradient = scaled.T @ (y - intercept - inputs @ coefficients) / len(y)
    b = coefficients * scales
    missed = np.where(
        b != 0,
        np.abs(gradient - lambda_ * ((1 - alpha) / y.std() * b + alpha * np.sign(b))),
        np.maximum(np.abs(gradient) - lambda_ * alpha, 0),
    )
    return float(missed.max() / np.abs(gradient).max())


def ours_at(work: Work, fold: int, target: int, alpha: float, n_lambdas: int, place: int) -> Any:
    """Return lambda, intercept and coefficients of ours on the path that R fits."""
    from radiogenomics.models.elastic_net import ElasticNetGrid  # noqa: PLC0415
    from radiogenomics.models.elastic_net.cells import Cells  # noqa: PLC0415
    from radiogenomics.models.elastic_net.choosing import Cell  # noqa: PLC0415
    from radiogenomics.models.elastic_net.problem import Problem  # noqa: PLC0415

    learned, _ = work.rows(fold)
    problem = Problem.of(work.inputs[learned], work.targets[learned, target : target + 1])
    grid = ElasticNetGrid(alphas=(alpha,), n_lambdas=n_lambdas)
    lambdas = grid.lambdas(problem.largest_gradients, *problem.inputs.shape)
    fitted = Cells(grid, lambdas, problem).fit([Cell(0, place, 0.0)])
    return np.concatenate([[lambdas[0, 0, place]], fitted.intercepts, fitted.coefficients[:, 0]])


@contextmanager
def r_process(work: Work, n_lambdas: int) -> Iterator[Any]:
    """Start R with the data, and yield the process with its folder; None where there is no R."""
    if shutil.which("Rscript") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work.inputs.T.tofile(folder / "x.bin")
        work.targets.T.tofile(folder / "y.bin")
        np.savetxt(folder / "folds.txt", work.fold + 1, fmt="%d")
        n, p = work.inputs.shape
        sizes = {"n": n, "p": p, "t": work.targets.shape[1], "lambdas": n_lambdas}
        (folder / "fit.R").write_text(R_SCRIPT % sizes, encoding="utf-8")
        with subprocess.Popen(
            ["Rscript", "--vanilla", "fit.R"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            # On leaving, R reads that nothing more comes.
            yield (process, folder, ready[1]) if ready else None


def race(work: Work, command: Sequence[str], n_lambdas: int, alphas: Sequence[float]) -> Race:
    """Let ours and R take turns, a fold and some paths each."""
    ours = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert ours.stdin is not None and ours.stdout is not None  # noqa: PT018
    told = Race([], [], 0, 0.0, [], 0, "")
    n_targets = work.targets.shape[1]
    with r_process(work, n_lambdas) as r:
        # After the folds comes one more turn of ours, the refits.
        for fold in range(FOLDS + 1):
            print(f"turn {fold + 1} of {FOLDS + 1}", file=sys.stderr, flush=True)
            ours.stdin.write("go\n")
            ours.stdin.flush()
            wall, cpu = json.loads(ours.stdout.readline())
            told.wall.append(wall)
            told.cpu.append(cpu)
            for number in range(fold, len(alphas), FOLDS) if r and fold < FOLDS else ():
                process, folder, told.version_of_r = r
                target, alpha = number * 7 % n_targets, alphas[number]
                process.stdin.write(f"{fold + 1} {target + 1} {alpha}\n")
                process.stdin.flush()
                took = process.stdout.readline().split()
                found = np.fromfile(folder / "fit.bin")
                place = int(took[2]) - 1
                exact = ours_at(work, fold, target, alpha, n_lambdas, place)
                gap = np.abs(found[2:] - exact[2:]).max() / np.abs(exact[2:]).max()
                told.stationarity = max(
                    told.stationarity, stationarity(work, fold, target, alpha, exact)
                )
                told.paths.append(
                    PathOfR(
                        alpha,
                        float(took[0]),
                        float(took[1]),
                        int(took[2]),
                        stationarity(work, fold, target, alpha, found),
                        float(gap),
                    )
                )
                told.peak_of_r = _peak_resident(process.pid)
        if not r:
            for number, alpha in enumerate(alphas):
                exact = ours_at(work, 0, number * 7 % n_targets, alpha, n_lambdas, n_lambdas - 1)
                missed = stationarity(work, 0, number * 7 % n_targets, alpha, exact)
                told.stationarity = max(told.stationarity, missed)
    told.peak = int(ours.communicate("")[0])
    return told


def lines(told: Race, n_alphas: int, n_targets: int) -> list[list[str]]:
    """Return a row for ours, and one for R where it ran."""
    cpu, wall = sum(told.cpu), sum(told.wall)
    rows = [["ours", f"{cpu:.0f}", f"{wall:.0f}", "1", f"{told.peak / 1e9:.2f}",
             f"{told.stationarity:.0e}"]]  # fmt: skip
    if told.paths:
        n_paths = n_targets * FOLDS
        cpu_of_r, wall_of_r = extrapolated(told.paths, n_paths)
        rows.append(
            [
                f"R, glmnet {told.version_of_r} ({len(told.paths)} of {n_alphas * n_paths} paths)",
                f"{cpu_of_r:.0f}",
                f"{wall_of_r:.0f}",
                f"{cpu_of_r / cpu:.0f}",
                f"{told.peak_of_r / 1e9:.2f}",
                f"{max(path.stationarity for path in told.paths):.0e}",
            ]
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--expression", help="real profiles, TSV, genes x patients")
    parser.add_argument("--genes", type=int, default=GENES, help=f"({GENES})")
    parser.add_argument("--targets", type=int, default=TARGETS, help=f"({TARGETS})")
    parser.add_argument("--lambdas", type=int, default=LAMBDAS, help=f"({LAMBDAS})")
    parser.add_argument("--markdown", action="store_true", help="print the tables for a page")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    path = options.expression or (str(PROFILES) if PROFILES.is_file() else None)
    work = work_of(path, options.genes, options.targets)
    if options.work:
        fit_ours(work, options.lambdas)
        return
    from radiogenomics.models.elastic_net import ElasticNetGrid  # noqa: PLC0415

    alphas = ElasticNetGrid().alphas
    command = [sys.executable, __file__, "--work"]
    for name in ("genes", "targets", "lambdas"):
        command += [f"--{name}", str(getattr(options, name))]
    told = race(work, command + (["--expression", path] if path else []), options.lambdas, alphas)
    print(
        f"{options.targets} targets x {FOLDS} folds x {len(alphas)} alphas x {options.lambdas} "
        f"lambdas, {PATIENTS} x {options.genes}, {'real' if path else 'drawn'} profiles"
    )
    print(table(list(HEADERS), lines(told, len(alphas), options.targets), options.markdown))
    if told.paths:
        headers = ["alpha", "CPU s of R", "lambdas kept", "stationarity of R", "off by"]
        by_path = [
            [f"{each.alpha:g}", f"{each.cpu:.2f}", str(each.n_lambdas),
             f"{each.stationarity:.0e}", f"{100 * each.gap:.1f} %"]
            for each in sorted(told.paths, key=lambda path: path.alpha)
        ]  # fmt: skip
        print()
        print(table(headers, by_path, options.markdown))
    else:
        print("R with glmnet is not installed here; its row is missing.")
    print()
    print(machine(PACKAGES))


if __name__ == "__main__":
    main()
