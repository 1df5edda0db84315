"""One labelmap from several raters' labelmaps of a case, with ROIs that stay disjoint. numpy only.

References
----------
Rohlfing and Maurer, "Shape-based averaging", IEEE Transactions on Image Processing 16 (2007)
153-161 (label voting, and what its ties do).
For STAPLE see `radiogenomics.agreement.staple`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics.agreement.labelmaps import RaterLabelmap, check_same_grid, checked_rois
from radiogenomics.agreement.staple import StapleEstimate, staple
from radiogenomics.agreement.votes import BACKGROUND, Votes, count_votes
from radiogenomics.errors import InputError
from radiogenomics.study import CONSENSUS

Method = Literal["majority", "staple"]

TIE_ORDER = ("enhancing", "necrosis", "edema")
"""Which of several tied ROIs a voxel goes to: the first of them here."""

DEFAULT_LABELS: Mapping[str, int] = MappingProxyType({"necrosis": 1, "edema": 2, "enhancing": 4})
"""Label values of a consensus, those of the preset ``brats``."""

# Probabilities that differ by less than this part of the larger are a tie.
_TIE = 1e-9


@dataclass(frozen=True)
class RaterPerformance:
    """How a rater does on one ROI against the truth that STAPLE estimates, inside its box.

    Attributes
    ----------
    sensitivity : float or None
        Share of the ROI's voxels that the rater puts into it; None for a ROI without voxels.
    specificity : float or None
        Share of the box's other voxels that the rater leaves out of it; None if there are none.
    """

    sensitivity: float | None
    specificity: float | None


@dataclass(frozen=True, eq=False)
class Consensus:
    """The labelmap on which several raters' labelmaps meet.

    Attributes
    ----------
    array : ndarray of uint8, shape (nz, ny, nx)
        The consensus; every voxel has one label, so the ROIs are disjoint. Read-only.
    labels : mapping of str to int
        ROI name to value.
    method : str
        ``majority`` or ``staple``.
    raters : tuple of str
        The raters, in alphabetical order.
    performance : mapping of str to mapping of str to RaterPerformance
        By rater and ROI; empty for ``majority``, and where no rater marked anything.
    disputed_voxels : int
        Voxels on which the raters do not all agree.
    tie_voxels : int
        Those of them that the tie rule decided.
    iterations : int
        Steps that STAPLE took; 0 for ``majority``.
    converged : bool
        Whether STAPLE ended before its limit of steps; True for ``majority``.
    spacing, affine
        Of the raters' grid, see `RaterLabelmap`.
    """

    array: NDArray[np.uint8]
    labels: Mapping[str, int]
    method: Method
    raters: tuple[str, ...]
    performance: Mapping[str, Mapping[str, RaterPerformance]]
    disputed_voxels: int
    tie_voxels: int
    iterations: int
    converged: bool
    spacing: tuple[float, float, float]
    affine: NDArray[np.float64]

    def as_labelmap(self) -> RaterLabelmap:
        """Return the consensus as a labelmap that a rater's can be compared with."""
        return RaterLabelmap(CONSENSUS, self.array, self.labels, self.spacing, self.affine)


def consensus(
    raters: Sequence[RaterLabelmap],
    method: Method = "majority",
    rois: Sequence[str] | None = None,
    labels: Mapping[str, int] = DEFAULT_LABELS,
) -> Consensus:
    """Combine the labelmaps of two or more raters into one.

    Where all raters give a voxel the same label it keeps it, with either method.

    - ``majority``: the label that most raters give (a plurality over background and the ROIs).
    - ``staple``: the most probable label after `staple`, which weighs raters by how well they do.
      Two raters alone tell it little: which of them is right is then decided by the sizes of what
      they drew, so use it from three raters on. For a ROI that is rare beside the raters' errors
      it can settle on the wrong truth; look at the sensitivities and at `Consensus.converged`.

    The tie rule, for labels with equally many votes (or equal probability): if background is
    among them and at least half of all raters say background, the voxel is background; otherwise
    it goes to the first tied ROI in `TIE_ORDER`. By majority a voxel is thus never called tumour
    unless more than half of the raters call it so, and raters who agree on tumour but not on its
    part leave no hole. Enhancing comes first because its border is the sharpest seen, and edema
    last because it is what is left of the abnormal signal, as in the nested regions of BraTS.

    With two raters ``majority`` is agreement plus this rule: what both call tumour is tumour,
    what only one does is background, so that the consensus of the whole tumour is the
    intersection and no larger than either rater's. Where they differ on the part the tie rule
    speaks, so `tie_voxels` equals `disputed_voxels`, and a third rater, not the consensus,
    settles who is right.

    Parameters
    ----------
    raters
        At least two, of different names, on the same grid; their order does not matter.
    method
        ``majority`` or ``staple``.
    rois
        Which ROIs, out of `TIE_ORDER`; by default every ROI that any of the raters declares.
        Voxels of other ROIs count as background.
    labels
        The value of each ROI in the consensus, 1 to 255.

    Raises
    ------
    InputError
        For fewer than two raters, a rater who comes twice, a rater called ``consensus``, grids
        that differ, a ROI that a rater does not declare, an unknown ROI or method.
    """
    ordered = _checked_raters(raters)
    if method not in ("majority", "staple"):
        raise InputError(f"The method {method!r} is not known; use majority or staple.")
    check_same_grid(ordered)
    chosen = _chosen_rois(ordered, rois)
    values = _values(chosen, labels)
    votes = count_votes(ordered, chosen)
    estimate = staple(votes) if method == "staple" and votes.box is not None else None
    scores = votes.tallies if estimate is None else estimate.posterior
    decisions, tied = _decide(votes, scores)
    array = votes.painted(decisions, [0, *values.values()], ordered[0].array.shape)
    array.flags.writeable = False
    names = tuple(labelmap.rater for labelmap in ordered)
    return Consensus(
        array=array,
        labels=MappingProxyType(values),
        method=method,
        raters=names,
        performance=MappingProxyType(
            {} if estimate is None else _performance(estimate, names, chosen)
        ),
        disputed_voxels=int(votes.counts[~votes.unanimous].sum()),
        tie_voxels=int(votes.counts[tied].sum()),
        iterations=0 if estimate is None else estimate.iterations,
        converged=estimate is None or estimate.converged,
        spacing=ordered[0].spacing,
        affine=ordered[0].affine,
    )


def _decide(
    votes: Votes, scores: NDArray[np.generic]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the class of each pattern, and which of them the tie rule decided."""
    best = np.asarray(scores, dtype=np.float64)
    leading = best >= best.max(axis=1, keepdims=True) * (1 - _TIE)
    # Classes are in the order of the tie rule, and argmax takes the first of the leading.
    decisions = np.where(
        leading[:, BACKGROUND] & (votes.shares[:, BACKGROUND] >= 0.5),
        BACKGROUND,
        1 + leading[:, 1:].argmax(axis=1),
    )
    only_background = leading[:, BACKGROUND] & ~leading[:, 1:].any(axis=1)
    decisions[only_background] = BACKGROUND
    # Whatever STAPLE thinks of them, voxels on which all agree are not in question.
    decisions[votes.unanimous] = votes.patterns[votes.unanimous, 0]
    return decisions, (leading.sum(axis=1) > 1) & ~votes.unanimous


def _performance(
    estimate: StapleEstimate, names: Sequence[str], rois: Sequence[str]
) -> dict[str, Mapping[str, RaterPerformance]]:
    return {
        name: MappingProxyType(
            {
                roi: _rater_performance(matrix, estimate.prevalence, index)
                for index, roi in enumerate(rois, start=1)
            }
        )
        for name, matrix in zip(names, estimate.confusion, strict=True)
    }


def _rater_performance(
    matrix: NDArray[np.float64], prevalence: NDArray[np.float64], index: int
) -> RaterPerformance:
    others = np.arange(prevalence.size) != index
    elsewhere = prevalence[others].sum()
    wrongly = (matrix[index, others] * prevalence[others]).sum()
    return RaterPerformance(
        sensitivity=float(matrix[index, index]) if prevalence[index] > 0 else None,
        specificity=float(1 - wrongly / elsewhere) if elsewhere > 0 else None,
    )


def _checked_raters(raters: Sequence[RaterLabelmap]) -> list[RaterLabelmap]:
    """Return the raters in the order of their names."""
    ordered = sorted(raters, key=lambda labelmap: labelmap.rater)
    names = [labelmap.rater for labelmap in ordered]
    if len(ordered) < 2:
        raise InputError(f"A consensus needs at least two raters; got {names}.")
    if CONSENSUS in names:
        raise InputError(
            "A consensus cannot be one of the raters of a consensus; give the raters' own "
            "segmentations."
        )
    if len({name.casefold() for name in names}) != len(names):
        raise InputError(
            f"A rater comes twice in {names}; give one segmentation of each, usually the latest."
        )
    return ordered


def _chosen_rois(raters: Sequence[RaterLabelmap], rois: Sequence[str] | None) -> tuple[str, ...]:
    """Return the ROIs in the order of the tie rule."""
    declared = {roi for labelmap in raters for roi in labelmap.labels}
    wanted = checked_rois(sorted(declared) if rois is None else rois)
    unknown = sorted(set(wanted) - set(TIE_ORDER))
    if unknown:
        raise InputError(
            f"A consensus has no tie rule for {', '.join(unknown)}; use {', '.join(TIE_ORDER)}."
        )
    for labelmap in raters:
        labelmap.require(wanted)
    return tuple(roi for roi in TIE_ORDER if roi in wanted)


def _values(rois: Sequence[str], labels: Mapping[str, int]) -> dict[str, int]:
    values = {roi: int(labels.get(roi, 0)) for roi in rois}
    if len(set(values.values())) != len(values) or not all(0 < v < 256 for v in values.values()):
        raise InputError(
            f"The labels of the consensus are {values}; give each of {', '.join(rois)} a value "
            "of its own from 1 to 255."
        )
    return values
