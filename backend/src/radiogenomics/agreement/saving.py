"""Making the consensus of a case and saving it in the study: one path, inside Slicer and out.

How a volume is read and written is for the caller: SimpleITK outside Slicer, MRML nodes inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from radiogenomics.agreement.consensus import Consensus, Method, consensus
from radiogenomics.agreement.labelmaps import RaterLabelmap
from radiogenomics.study import CONSENSUS, Case, Segmentation
from radiogenomics.study.counting import is_made_of
from radiogenomics.study.labels import ROIS


def save_consensus(
    case: Case,
    sources: Sequence[Segmentation],
    method: Method,
    read: Callable[[Sequence[Segmentation]], Sequence[RaterLabelmap]],
    write: Callable[[Path, Consensus], None],
    *,
    drafts: bool = False,
) -> tuple[Segmentation, Consensus]:
    """Save the consensus of versions of a case as the next version of rater ``consensus``.

    The ROIs are those that all of the raters declare. The record beside the file says the method
    and the versions that it was made of.

    Parameters
    ----------
    case
        The case.
    sources
        One version of each rater, from `radiogenomics.study.counting.handed_in`.
    method
        ``majority`` or ``staple``.
    read
        Returns the labelmaps of the versions, on one grid.
    write
        Writes a ``.seg.nrrd`` file.
    drafts
        Whether drafts were taken for handed in.

    Raises
    ------
    InputError
        If there are fewer than two sources, or their grids differ.
    StudyError
        If a file cannot be read or written.
    """
    for source in sources:
        source.verify()
    maps = read(sources)
    common = [roi for roi in ROIS if all(roi in one.labels for one in maps)]
    agreed = consensus(maps, method, common)
    record = {
        "step": "consensus",
        "method": method,
        "of": [{"rater": one.rater, "version": one.version} for one in sources],
        **({"drafts": True} if drafts else {}),
        "disputed_voxels": agreed.disputed_voxels,
        "tie_voxels": agreed.tie_voxels,
        "converged": agreed.converged,
    }
    saved = case.add_segmentation(CONSENSUS, lambda path: write(path, agreed), record)
    return saved, agreed


def is_saved(case: Case, sources: Sequence[Segmentation], method: Method) -> bool:
    """Whether the newest consensus of a case is of these very versions and by this method."""
    newest = case.latest(CONSENSUS)
    return (
        newest is not None and newest.record.get("method") == method and is_made_of(newest, sources)
    )
