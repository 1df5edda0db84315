"""Who says what where: the raters' labelmaps as counts of patterns of votes. numpy only.

Raters agree on most voxels, and where they do not, few combinations of their labels occur. What a
consensus decides depends on the combination alone, so it is decided once a combination, not once
a voxel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.agreement.labelmaps import Box, RaterLabelmap, box_of, common_box
from radiogenomics.errors import InputError

BACKGROUND = 0
"""The class of a voxel in none of the ROIs; the ROIs are the classes 1, 2 and so on."""

# Two bits hold a vote, and 64 bits all the votes on a voxel.
_BITS = np.uint64(2)
_MOST_CLASSES = 4
_MOST_RATERS = 32


@dataclass(frozen=True, eq=False)
class Votes:
    """The combinations of votes that occur, and how often and where they do.

    Attributes
    ----------
    patterns : ndarray of int, shape (n_patterns, n_raters)
        The class that each rater gives.
    counts : ndarray of int, shape (n_patterns,)
        Voxels with each pattern, inside the smallest box that holds every voxel that any rater
        puts into a ROI. Outside it all say background.
    n_classes : int
        Background and the ROIs.
    box : tuple of 3 slices, or None
        That box; None where no rater marked anything.
    marked : ndarray of bool, or None
        The voxels of the box that at least one rater puts into a ROI.
    pattern_of_marked : ndarray of int
        The pattern of each of them, in the order of the array.
    """

    patterns: NDArray[np.intp]
    counts: NDArray[np.int64]
    n_classes: int
    box: Box | None
    marked: NDArray[np.bool_] | None
    pattern_of_marked: NDArray[np.intp]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of the raters who give each class, shape (n_patterns, n_classes)."""
        tallies: NDArray[np.float64] = self.tallies / self.patterns.shape[1]
        return tallies

    @property
    def tallies(self) -> NDArray[np.int64]:
        """The number of raters who give each class, shape (n_patterns, n_classes)."""
        said = self.patterns[:, :, np.newaxis] == np.arange(self.n_classes)
        tallies: NDArray[np.int64] = said.sum(axis=1, dtype=np.int64)
        return tallies

    @property
    def unanimous(self) -> NDArray[np.bool_]:
        """Patterns on which all raters agree, shape (n_patterns,)."""
        same: NDArray[np.bool_] = (self.patterns == self.patterns[:, :1]).all(axis=1)
        return same

    def painted(
        self, decisions: NDArray[np.intp], values: Sequence[int], shape: tuple[int, ...]
    ) -> NDArray[np.uint8]:
        """Return a labelmap [z, y, x] from the class decided for each pattern.

        Parameters
        ----------
        decisions : ndarray of int, shape (n_patterns,)
            The class of each pattern.
        values
            The label value of each class, background first.
        shape
            The shape of the whole grid.
        """
        painted = np.zeros(shape, dtype=np.uint8)
        if self.box is not None and self.marked is not None:
            of_pattern = np.array(values, dtype=np.uint8)[decisions]
            painted[self.box][self.marked] = of_pattern[self.pattern_of_marked]
        return painted


def count_votes(labelmaps: Sequence[RaterLabelmap], rois: Sequence[str]) -> Votes:
    """Count the patterns of votes of raters on the same grid.

    A voxel with a label that is not among `rois` counts as background.

    Raises
    ------
    InputError
        For more than 32 raters.
    """
    if len(labelmaps) > _MOST_RATERS:
        raise InputError(f"A consensus takes at most {_MOST_RATERS} raters, not {len(labelmaps)}.")
    if len(rois) >= _MOST_CLASSES:
        raise ValueError(f"at most {_MOST_CLASSES - 1} ROIs")
    box = common_box(labelmaps)
    marked = None if box is None else _marked(labelmaps, rois, box)
    inner = None if marked is None else box_of(marked)
    if box is None or marked is None or inner is None:
        return Votes(
            patterns=np.zeros((1, len(labelmaps)), dtype=np.intp),
            counts=np.zeros(1, dtype=np.int64),
            n_classes=len(rois) + 1,
            box=None,
            marked=None,
            pattern_of_marked=np.zeros(0, dtype=np.intp),
        )
    z, y, x = (
        slice(outer.start + part.start, outer.start + part.stop)
        for outer, part in zip(box, inner, strict=True)
    )
    box, marked = (z, y, x), marked[inner]
    codes = np.zeros(np.count_nonzero(marked), dtype=np.uint64)
    for labelmap in labelmaps:
        classes = np.zeros(codes.size, dtype=np.uint64)
        given = labelmap.array[box][marked]
        for index, roi in enumerate(rois, start=1):
            classes[given == labelmap.labels[roi]] = index
        codes = (codes << _BITS) | classes
    found, pattern_of_marked, counts = np.unique(codes, return_inverse=True, return_counts=True)
    shifts = _BITS * np.arange(len(labelmaps), dtype=np.uint64)[::-1]
    patterns = ((found[:, np.newaxis] >> shifts) & np.uint64(_MOST_CLASSES - 1)).astype(np.intp)
    n_unmarked = marked.size - codes.size
    if n_unmarked:  # the background of all, behind the patterns of the marked voxels
        patterns = np.vstack([patterns, np.full_like(patterns[:1], BACKGROUND)])
        counts = np.append(counts, n_unmarked)
    return Votes(
        patterns=patterns,
        counts=counts.astype(np.int64),
        n_classes=len(rois) + 1,
        box=box,
        marked=marked,
        pattern_of_marked=pattern_of_marked.astype(np.intp),
    )


def _marked(labelmaps: Sequence[RaterLabelmap], rois: Sequence[str], box: Box) -> NDArray[np.bool_]:
    marked = labelmaps[0].mask(rois[0], box)
    for labelmap in labelmaps:
        for roi in rois:
            marked |= labelmap.mask(roi, box)
    return marked
