"""How many fits a device holds at once, from its memory and the bytes of one fit."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax

from radiogenomics.models import gram
from radiogenomics.models.backend import trains_on_gpu
from radiogenomics.models.group_engine import deferred_layers
from radiogenomics.models.group_plans import Division, Settings, layers_of_group
from radiogenomics.models.group_schedule import slots_for
from radiogenomics.models.stack import Layer
from radiogenomics.models.step_jax import is_summed

_FLOAT = 4
_SHARE_OF_GPU = 0.9  # the rest is for the libraries' workspaces and for gaps between arrays
_SHARE_OF_HOST = 0.5  # where the device is the host, which also draws and evaluates
_PER_UNIT = 4  # arrays a layer has of each unit and patient of a batch: before, after, D, dropped


@dataclass(frozen=True)
class GroupMemory:
    """The bytes of a group on its device: those that all fits share, and those of each fit."""

    shared: int
    of_fit: int

    def largest(self, memory: int) -> int:
        """Return how many fits this memory holds; at least 1."""
        return max(1, (memory - self.shared) // self.of_fit)


def memory_of(
    settings: Settings, divisions: Sequence[Division], n_patients: int, n_genes: int
) -> GroupMemory:
    """Compute what a group of fits of these settings takes.

    Weights, velocities or the factors of deferred kernels, the copies that XLA makes of what it
    changes after it was read, the largest gradient, activations, and the patients.

    Parameters
    ----------
    settings
        Of one fit.
    divisions
        Those that the group may hold.
    n_patients, n_genes
        Shape of the inputs.
    """
    targets = divisions[0].targets
    n_targets = 0 if targets is None else targets.shape[1]
    n_learnt = max(len(division.learnt) for division in divisions)
    n_held_out = max(
        0 if division.held_out is None else len(division.held_out) for division in divisions
    )
    layers = layers_of_group(settings, n_genes, n_targets)
    in_row_space = gram.pays_off(layers[0], n_learnt, n_genes)
    shapes = _shapes(layers, n_learnt if in_row_space else n_genes)
    late = deferred_layers(layers, shapes, settings.batch_size, settings.momentum, in_row_space)
    n_slots = slots_for(settings.momentum) or 0

    state = copied = gradient = settled = 0
    for position, ((n_inputs, width), waits) in enumerate(zip(shapes, late, strict=True)):
        kernel = n_inputs * width
        state += 2 * width
        if waits:
            factors = n_slots * settings.batch_size * (n_inputs + width)
            state += kernel + factors
            copied += factors
            settled = max(settled, kernel)
        else:
            state += 2 * kernel
            copied += kernel if position > 0 else 0
            if not is_summed(n_inputs, width, settings.batch_size):
                gradient = max(gradient, kernel)
    units = sum(n_inputs + width for n_inputs, width in shapes)
    activations = units * max(_PER_UNIT * settings.batch_size, 2 * n_held_out)

    patients = n_patients * n_genes
    if in_row_space:
        patients += len(divisions) * n_patients * (n_learnt + layers[0].width)
    patients += len(divisions) * n_patients * n_targets
    starts = len(divisions) * max(n_inputs * width for n_inputs, width in shapes)
    return GroupMemory(
        shared=_FLOAT * (patients + starts + 2 * settled),
        of_fit=_FLOAT * (state + copied + gradient + activations),
    )


def device_memory() -> int:
    """Return the bytes that a group may take of the device that trains."""
    if not trains_on_gpu():
        return int(_SHARE_OF_HOST * _available())
    return int(_SHARE_OF_GPU * jax.devices()[0].memory_stats()["bytes_limit"])


def _available() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
        return int(found[0]) * 1024
    except (OSError, IndexError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _shapes(layers: Sequence[Layer], n_inputs: int) -> list[tuple[int, int]]:
    widths = [n_inputs, *(layer.width for layer in layers)]
    return list(itertools.pairwise(widths))
