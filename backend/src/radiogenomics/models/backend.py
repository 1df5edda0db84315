"""Importing Keras and TensorFlow, which takes seconds, in one place and without their chatter."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from radiogenomics.errors import TrainingError

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Lines of information and warning severity, and the complaint that a machine has no GPU.
_CHATTER = re.compile(
    r"WARNING: All log messages before absl|[IW]\d{4} |.*failed call to cuInit|\s*$"
)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what C++ writes to stderr, then pass on all of it that is not chatter.

    TensorFlow logs before it reads its log level, so the level alone does not keep it quiet.
    A user who sets the level sees everything.
    """
    if _LOG_LEVEL in os.environ:
        yield
        return
    os.environ[_LOG_LEVEL] = "2"  # errors only; TensorFlow keeps what it has read once
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            del os.environ[_LOG_LEVEL]  # a process started from here decides for itself
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if not _CHATTER.match(line):
                    print(line, file=sys.stderr)


BACKENDS = ("tensorflow", "jax")
BACKEND = os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])
if BACKEND not in BACKENDS:
    raise TrainingError(f"KERAS_BACKEND is {BACKEND!r}; use {' or '.join(BACKENDS)}, or unset it.")
_REPEATABLE = "xla_gpu_deterministic_ops"
_EXTRA = {"tensorflow": "train", "jax": "train,jax"}[BACKEND]

with _without_chatter():
    try:
        import keras
        import numba  # noqa: F401 - trains on processors

        if BACKEND == "tensorflow":
            import tensorflow as tf

            # The first look at the devices logs too, so it is taken here.
            tf.config.list_physical_devices()
            # Products in full float32, as on a processor, where a GPU would rather take TF32.
            tf.config.experimental.enable_tensor_float_32_execution(False)
        else:
            # Sums in one order, without which a run that resumes on a GPU is not bit-identical; XLA
            # reads it at the first look at the devices.
            if _REPEATABLE not in os.environ.get("XLA_FLAGS", ""):
                flags = f"{os.environ.get('XLA_FLAGS', '')} --{_REPEATABLE}=true"
                os.environ["XLA_FLAGS"] = flags.strip()
            import jax

            jax.devices()
            update: Any = jax.config.update  # untyped
            update("jax_default_matmul_precision", "highest")
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{error.name} is not installed; training and prediction need it. In the folder of the "
            f"sources: pip install './backend[{_EXTRA}]'"
        ) from error


def _is_not_about_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()


if BACKEND == "tensorflow":
    # A fold of another length is traced once more, which is meant and costs nothing to speak of.
    tf.get_logger().addFilter(_is_not_about_retracing)


def trains_on_gpu() -> bool:
    """Return whether the backend computes on a GPU in this process."""
    if BACKEND == "jax":
        (device,) = jax.numpy.zeros(()).devices()
        return bool(device.platform != "cpu")
    return bool(tf.config.get_visible_devices("GPU"))


__all__ = ["BACKEND", "keras", "tf", "trains_on_gpu"]
