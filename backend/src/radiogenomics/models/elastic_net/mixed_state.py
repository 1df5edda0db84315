"""What paths with both penalties hold beside `Course`. Imports NumPy only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radiogenomics.models.elastic_net.compiled import BLOCK
from radiogenomics.models.elastic_net.polynomial import MOST_TERMS


class Mixed(NamedTuple):
    """What `Course` lacks for these paths; the saved ones are those at the start of the block."""

    gram: Any  # K
    push: Any  # sum of s z
    held_gram: Any  # sum of z x' for the held-out rows x of the active genes
    held_push: Any  # sum of s x
    saved_gram: Any
    saved_push: Any
    saved_held_gram: Any
    saved_held_push: Any
    flips: Any  # genes that entered or left in the block, in turn
    flipped_from: Any
    n_flips: Any
    careful: Any  # 1 where products with P are corrected by their residuals


class Room(NamedTuple):
    """Room for one path at a time."""

    inverse: Any  # P
    rows: Any
    corner: Any
    terms: Any  # of the dual, as a polynomial in (middle - lambda) / half the block
    vector: Any
    other: Any
    watched: Any  # the genes in `watch`
    pulls: Any  # their pulls' terms
    signs: Any
    held_terms: Any
    predicted: Any


def mixed(n_paths: int, n_watched: int, size: int, n_held: int) -> Mixed:
    """Return the start of paths: no gene is active."""
    n_flips = 4 * n_watched + 64
    shapes = {
        "gram": (n_paths, size, size),
        "push": (n_paths, size),
        "held_gram": (n_paths, size, n_held),
        "held_push": (n_paths, n_held),
    }
    return Mixed(
        **{name: np.zeros(shape) for name, shape in shapes.items()},
        **{f"saved_{name}": np.zeros(shape) for name, shape in shapes.items()},
        flips=np.zeros((n_paths, n_flips), dtype=np.int32),
        flipped_from=np.zeros((n_paths, n_flips), dtype=np.int8),
        n_flips=np.zeros(n_paths, dtype=np.int64),
        careful=np.zeros(n_paths, dtype=np.int8),
    )


def mixed_room(n_watched: int, size: int, n_held: int) -> Room:
    """Return room for paths of these sizes."""
    shapes = {
        "inverse": (size, size),
        "rows": (BLOCK, size),
        "corner": (BLOCK, BLOCK),
        "terms": (MOST_TERMS, size),
        "vector": (size,),
        "other": (size,),
        "watched": (n_watched, size),
        "pulls": (n_watched, MOST_TERMS),
        "held_terms": (MOST_TERMS, n_held),
        "predicted": (n_held,),
    }
    return Room(
        **{name: np.zeros(shape) for name, shape in shapes.items()},
        signs=np.zeros(n_watched, dtype=np.int8),
    )
