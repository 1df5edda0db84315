"""A rater's unsaved work: kept, restored after a crash or a switch, and rescued. slicer, vtk."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import slicer

from radiogenomics.errors import InputError, RadiogenomicsError, StudyError
from radiogenomics.mrml.case import CaseScene, write_segmentation
from radiogenomics.mrml.opened import OpenCase
from radiogenomics.study import Case, Segmentation
from radiogenomics.study.drafts import discard_draft, find_draft, keep_draft, set_draft_aside


@dataclass(frozen=True)
class Loaded:
    """What was loaded for a rater.

    Attributes
    ----------
    message
        What the rater should know; empty if nothing.
    draft
        SHA-256 of the draft that was restored, and so is in no version; empty for none.
    """

    message: str = ""
    draft: str = ""


def load_newest(
    case: Case, nodes: CaseScene, rater: str, saved: Segmentation | None, *, editable: bool
) -> Loaded:
    """Load a rater's newest version or, where it may be changed, the unsaved work on it.

    Parameters
    ----------
    case, nodes
        The case, and its nodes in the scene.
    rater
        Whose segmentation.
    saved
        The version; None for an empty segmentation.
    editable
        Whether the rater is at work and may go on drawing. What is only looked at is the version.

    Raises
    ------
    StudyError
        If a file cannot be read or is not the one that was saved.
    """
    version = 0 if saved is None else saved.version
    draft = find_draft(case, rater) if editable else None
    message = ""
    if draft is not None and draft.based_on == version:
        when = f" of {draft.time}" if draft.time else ""
        try:
            nodes.add_segmentation(rater, draft.path)
        except StudyError as error:
            kept = set_draft_aside(case, draft)
            message = f"Unsaved work{when} cannot be restored and is kept as {kept}: {error}"
        else:
            return Loaded(
                f"Unsaved work{when} was restored; save it to keep it as a version.", draft.sha256
            )
    elif draft is not None:
        kept = set_draft_aside(case, draft)
        message = (
            f"Unsaved work began from version {draft.based_on}, but the newest is version "
            f"{version}. It was not opened and is kept as {kept}."
        )
    if saved is not None:
        saved.verify()
    nodes.add_segmentation(rater, None if saved is None else saved.path)
    return Loaded(message)


def keep_open_draft(current: OpenCase) -> str:
    """Keep what is unsaved in the open case; return what the rater should know, if anything.

    Where everything was undone that had been kept, that is discarded: it would come back.

    Raises
    ------
    InputError
        If the segmentation cannot be written to a file as it is.
    StudyError, StudyLockedError
        If it cannot be written; what was kept before is unchanged.
    """
    if not current.unsaved.is_unsaved:
        discard_draft(current.case, current.rater, current.draft)
        current.draft = ""
        current.unsaved.mark_kept()
        return ""
    node = current.nodes.segmentations[current.rater]
    kept = keep_draft(
        current.case,
        current.rater,
        partial(write_segmentation, node=node),
        based_on=current.version,
        replaces=current.draft,
    )
    current.draft = kept.sha256
    current.unsaved.mark_kept()
    if kept.aside is None:
        return ""
    return (
        f"{current.rater} has drawn in {current.case.patient_id} in another window, too. That work "
        f"is kept as {kept.aside}; go on in one window only."
    )


def keep_or_refuse(current: OpenCase) -> str:
    """Keep what is unsaved as `keep_open_draft` does, before the case is closed.

    Raises
    ------
    InputError, StudyError
        If it cannot be kept, in words for a case that stays open.
    """
    words = "Unsaved work would be lost, so the case stays open"
    try:
        return keep_open_draft(current)
    except InputError as error:
        raise InputError(f"{words}: {error}") from error
    except StudyError as error:
        raise StudyError(f"{words}: {error}") from error


def keep_or_rescue(current: OpenCase) -> str:
    """Keep what is unsaved, elsewhere if need be; return what the rater should know, if anything.

    For a case whose nodes leave the scene whatever is said.
    """
    try:
        return keep_open_draft(current)
    except RadiogenomicsError as error:
        try:
            where = f"It was saved as {_rescue(current)}."
        except RadiogenomicsError as worse:
            where = f"It is lost: {worse}"
        return f"Unsaved work could not be kept in the study: {error} {where}"


def discard_saved(current: OpenCase, begun: int) -> str:
    """Discard the draft of what was just saved; return what the rater should know, if anything.

    Parameters
    ----------
    current
        The case, with the version that was saved.
    begun
        The version that the work began from.
    """
    told = []
    if current.version != begun + 1:
        told.append(
            f"Version {current.version - 1} of {current.case.patient_id} was saved in another "
            f"window. Version {current.version} began from version {begun} and holds nothing of it."
        )
    try:
        discard_draft(current.case, current.rater, current.draft)
    except StudyError as error:
        told.append(f"Version {current.version} was saved, but not its draft removed: {error}")
    current.draft = ""
    return " ".join(told)


def _rescue(current: OpenCase) -> Path:
    """Write what is unsaved into the system's folder for temporary files; return the file.

    For work that the study cannot take while its nodes leave the scene: a transform is left out,
    and surfaces become voxels.

    Raises
    ------
    StudyError, InputError
        If that fails too.
    """
    source = current.nodes.segmentations[current.rater]
    node: Any = slicer.vtkMRMLSegmentationNode()
    node.GetSegmentation().DeepCopy(source.GetSegmentation())
    labelmap = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    segmentation = node.GetSegmentation()
    if segmentation.GetSourceRepresentationName() != labelmap:
        if not segmentation.CreateRepresentation(labelmap):
            raise InputError(f"{source.GetName()} holds no voxels. Draw its regions anew.")
        segmentation.SetSourceRepresentationName(labelmap)
    try:
        folder = Path(tempfile.mkdtemp(prefix="radiogenomics-"))
    except OSError as error:
        raise StudyError(
            f"Cannot write to {tempfile.gettempdir()}: {error.strerror or error}. Free some space."
        ) from error
    path = folder / f"{current.case.patient_id} {current.rater}.seg.nrrd"
    write_segmentation(path, node)
    return path
