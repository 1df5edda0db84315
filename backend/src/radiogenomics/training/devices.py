"""Which device trains, and what there is. Asking for a GPU that is not there is an error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from radiogenomics.errors import InputError, RadiogenomicsError, TrainingError

Device = Literal["auto", "cpu", "gpu"]
DEVICES: tuple[Device, ...] = ("auto", "cpu", "gpu")

_BACKEND_VARIABLE = "KERAS_BACKEND"
_MEMORY_ERRORS = ("ResourceExhaustedError", "XlaRuntimeError", "JaxRuntimeError", "InternalError")
_MEMORY_WORDS = ("RESOURCE_EXHAUSTED", "out of memory", "OOM when allocating")


def choose_device(wanted: str) -> str:
    """Make trainings of this process run where they should, and return ``cpu`` or ``gpu``.

    To be called before anything is trained; loads the backend.

    Raises
    ------
    InputError
        If the device is unknown, or is a GPU and there is none.
    """
    if wanted not in DEVICES:
        raise InputError(f"--device is {wanted!r}; use {', '.join(DEVICES)}.")
    if wanted == "cpu" and _is_jax():
        os.environ["JAX_PLATFORMS"] = "cpu"
    names = gpus()
    if wanted == "gpu" and not names:
        raise InputError(
            f"There is no GPU that {backend_name()} can use; radiogenomics doctor says what is "
            "there. Train with --device cpu, or auto, which takes a GPU where there is one."
        )
    if wanted == "cpu" and names:
        _hide_gpus()
    if wanted == "cpu" or not names:
        return "cpu"
    _make_gpus_repeatable()
    return "gpu"


def refuse_gpu(wanted: str) -> None:
    """Refuse a device that a run without networks cannot use.

    Raises
    ------
    InputError
        If it is unknown, or is a GPU.
    """
    if wanted not in DEVICES:
        raise InputError(f"--device is {wanted!r}; use {', '.join(DEVICES)}.")
    if wanted == "gpu":
        raise InputError(
            "No network is among the models, and baselines are computed on the CPU. Leave out "
            "--device gpu, or add a network to --models."
        )


def backend_name() -> str:
    """Return the name of the Keras backend, ``tensorflow`` or ``jax``."""
    from radiogenomics.models.backend import keras  # noqa: PLC0415 - loading it takes seconds

    return str(keras.backend.backend())


def gpus() -> list[str]:
    """Return the names of the GPUs that the backend can use; loads it."""
    if backend_name() == "jax":
        import jax  # noqa: PLC0415

        return [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    import tensorflow as tf  # noqa: PLC0415

    devices = tf.config.list_physical_devices("GPU")
    details = map(tf.config.experimental.get_device_details, devices)
    return [
        str(detail.get("device_name", device.name))
        for device, detail in zip(devices, details, strict=True)
    ]


@contextmanager
def out_of_memory_told(out: object) -> Iterator[None]:
    """Turn what the backend raises when memory is short into a message with the next step.

    Raises
    ------
    TrainingError
        In place of the backend's error.
    """
    try:
        yield
    except RadiogenomicsError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            "The memory of the device is too small for this training. What was finished is kept "
            f"in {out}. Close other programs that use the device and run the same command with "
            "--resume; or train anew in another folder on --device cpu, or with smaller layers "
            "(--set widths=1000,500,250)."
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception of Python, TensorFlow or JAX means that memory is short."""
    if isinstance(error, MemoryError):
        return True
    kind = type(error).__name__
    return kind == _MEMORY_ERRORS[0] or (
        kind in _MEMORY_ERRORS and any(words in str(error) for words in _MEMORY_WORDS)
    )


def _is_jax() -> bool:
    return os.environ.get(_BACKEND_VARIABLE) == "jax"


def _make_gpus_repeatable() -> None:
    """Ask for sums in one order, without which a run that resumes is not bit-identical."""
    if _is_jax():
        return  # asked for in radiogenomics.models.backend, before JAX looks at the devices
    import tensorflow as tf  # noqa: PLC0415

    tf.config.experimental.enable_op_determinism()


def _hide_gpus() -> None:
    if _is_jax():
        import jax  # noqa: PLC0415

        # JAX may have looked at the devices before, and then no longer heeds JAX_PLATFORMS.
        update: Any = jax.config.update  # untyped
        update("jax_default_device", jax.devices("cpu")[0])
        return
    import tensorflow as tf  # noqa: PLC0415

    tf.config.set_visible_devices([], "GPU")
