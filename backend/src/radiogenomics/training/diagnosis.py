"""What a computer can train with: versions, devices and their speed, memory, disk, what lacks."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import radiogenomics
from radiogenomics.errors import RadiogenomicsError, TrainingError

_BASELINES = {"numba": "linear", "lightgbm": "trees"}
_COMPUTING = (
    "numpy", "scipy", "pandas", "scikit-learn", *_BASELINES, "keras", "tensorflow", "jax",
)  # fmt: skip
_OPTIONAL = {"jax": "pip install './backend[train,jax]'   # optional: a second Keras backend"}
_TRAIN = "pip install './backend[train]'   # in the folder of the sources"
_GIB = 2**30
_SIZE = 2048
_SECONDS = 1.0
# Below this the paper's widths with 12,042 genes do not fit beside the system.
_MEMORY_WANTED = 4 * _GIB
_DISK_WANTED = 5 * _GIB


@dataclass(frozen=True)
class Speed:
    """A device and how fast it multiplies.

    Attributes
    ----------
    device
        Its name.
    gflops
        Of products of two float32 matrices of 2048 x 2048, in about a second; None if it failed.
    problem
        Why it failed; empty otherwise.
    """

    device: str
    gflops: float | None
    problem: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    versions
        By package; None where a package is not installed.
    backend
        The Keras backend in use; None if it cannot be loaded.
    devices
        Each with its speed.
    memory_free, memory_total, disk_free
        In bytes; None where the system does not tell.
    missing
        What training needs and is not there, with the command that brings it.
    advice
        What would be good to know or have.
    """

    versions: dict[str, str | None]
    backend: str | None
    devices: tuple[Speed, ...]
    memory_free: int | None
    memory_total: int | None
    disk_free: int | None
    missing: tuple[str, ...]
    advice: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return it in words, a line each."""
        lines = [
            f"{name:<14}{version or 'not installed'}" for name, version in self.versions.items()
        ]
        lines.append(f"{'backend':<14}{self.backend or 'none'}")
        for each in self.devices:
            speed = f"{each.gflops:,.0f} GFLOP/s" if each.gflops is not None else each.problem
            lines.append(f"{'device':<14}{each.device}: {speed}")
        lines.append(f"{'memory':<14}{_gib(self.memory_free)} free of {_gib(self.memory_total)}")
        lines.append(f"{'disk':<14}{_gib(self.disk_free)} free")
        lines += [f"Missing: {each}" for each in self.missing]
        lines += [f"Note: {each}" for each in self.advice]
        if not self.missing:
            lines.append("Ready to train.")
        return lines


def diagnose(folder: Path) -> Diagnosis:
    """Look at this computer; loads the backend and multiplies for a second on each device.

    Parameters
    ----------
    folder
        Where runs are to be written.
    """
    versions = {"radiogenomics": radiogenomics.__version__, "python": platform.python_version()}
    found = versions | {name: _version(name) for name in _COMPUTING}
    missing, advice = [], []
    backend, devices = None, []
    try:
        from radiogenomics.training.devices import backend_name  # noqa: PLC0415

        backend = backend_name()
        devices = _devices(backend)
    except TrainingError as error:
        missing.append(str(error))
    missing += [
        f"{name}, for the baseline {baseline}; {_TRAIN}"
        for name, baseline in _BASELINES.items()
        if found[name] is None
    ]
    if backend is not None and all(name.startswith("CPU") for name in (d.device for d in devices)):
        advice.append(_about_gpus(backend))
    advice += [command for name, command in _OPTIONAL.items() if found[name] is None]
    free, total = _memory()
    if free is not None and free < _MEMORY_WANTED:
        advice.append(
            f"{_gib(free)} of memory is little for the paper's widths; close programs, or train "
            "with smaller layers (--set widths=1000,500,250)."
        )
    disk = _disk(folder)
    if disk is not None and disk < _DISK_WANTED:
        advice.append(
            f"{_gib(disk)} of disk is little for a run at the paper's widths, which keeps every "
            "fold's model; free some, or use --set keep_fold_models=false."
        )
    return Diagnosis(
        found, backend, tuple(devices), free, total, disk, tuple(missing), tuple(advice)
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices(backend: str) -> list[Speed]:
    if backend == "jax":
        import jax  # noqa: PLC0415

        def on(device: Any) -> Callable[[], object]:
            matrix = jax.device_put(_matrix(), device)
            return lambda: jax.numpy.matmul(matrix, matrix).block_until_ready()

        return [
            _speed(f"{device.platform.upper()} {device.device_kind}", lambda d=device: on(d))  # type: ignore[misc]
            for device in (*jax.devices("cpu"), *(d for d in jax.devices() if d.platform != "cpu"))
        ]
    import tensorflow as tf  # noqa: PLC0415

    def run_on(name: str) -> Callable[[], object]:
        with tf.device(name):
            matrix = tf.constant(_matrix())

        def product() -> object:
            with tf.device(name):
                # A number brought back makes sure that the work was done.
                return float(tf.linalg.matmul(matrix, matrix)[0, 0])

        return product

    found = []
    for device in tf.config.list_logical_devices():
        if device.device_type in ("CPU", "GPU"):
            label = f"{device.device_type} {_label(tf, device)}".strip()
            found.append(_speed(label, lambda name=device.name: run_on(name)))  # type: ignore[misc]
    return found


def _label(tf: Any, device: Any) -> str:
    if device.device_type == "CPU":
        return f"({os.cpu_count()} processors)"
    for each in tf.config.list_physical_devices("GPU"):
        if each.name.rpartition(":")[2] == device.name.rpartition(":")[2]:
            details = tf.config.experimental.get_device_details(each)
            return str(details.get("device_name", ""))
    return ""


def _matrix() -> Any:
    return np.random.default_rng(0).normal(size=(_SIZE, _SIZE)).astype(np.float32)


def _speed(device: str, prepare: Callable[[], Callable[[], object]]) -> Speed:
    try:
        product = prepare()
        product()  # the first is slower
        began, count = time.monotonic(), 0
        while time.monotonic() - began < _SECONDS:
            product()
            count += 1
        seconds = (time.monotonic() - began) / count
    except (RuntimeError, ValueError, MemoryError, RadiogenomicsError) as error:
        return Speed(device, None, f"fails: {error}")
    except Exception as error:
        return Speed(device, None, f"fails: {type(error).__name__}: {error}")
    return Speed(device, round(2 * _SIZE**3 / seconds / 1e9, 1))


def _about_gpus(backend: str) -> str:
    if shutil.which("nvidia-smi") is None:
        return "no NVIDIA driver was found; trainings run on the CPU."
    command = (
        "pip install 'tensorflow[and-cuda]'"
        if backend == "tensorflow"
        else "pip install 'jax[cuda12]'"
    )
    return f"there is an NVIDIA driver, but {backend} sees no GPU; try: {command}"


def _memory() -> tuple[int | None, int | None]:
    """Return free and total memory in bytes, from Linux's /proc; None elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None, None
    values = {name: text for name, _, text in (line.partition(":") for line in lines)}
    try:
        return tuple(  # type: ignore[return-value]
            1024 * int(values[name].split()[0]) for name in ("MemAvailable", "MemTotal")
        )
    except (KeyError, ValueError, IndexError):
        return None, None


def _disk(folder: Path) -> int | None:
    for place in (folder.absolute(), *folder.absolute().parents):
        if place.exists():
            return shutil.disk_usage(place).free
    return None


def _gib(size: int | None) -> str:
    return "unknown" if size is None else f"{size / _GIB:.1f} GiB"
