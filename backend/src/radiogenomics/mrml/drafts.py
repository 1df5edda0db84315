"""Opening a rater's segmentation with the unsaved work that a crash or a switch left. slicer."""

from __future__ import annotations

from radiogenomics.mrml.case import CaseScene
from radiogenomics.study import Case, Segmentation
from radiogenomics.study.drafts import find_draft, set_draft_aside


def load_newest(
    case: Case, nodes: CaseScene, rater: str, saved: Segmentation | None, *, own: bool
) -> tuple[bool, str]:
    """Load a rater's newest version or, where it is the own, the unsaved work on it.

    Parameters
    ----------
    case, nodes
        The case, and its nodes in the scene.
    rater
        Whose segmentation.
    saved
        The newest version; None for an empty segmentation.
    own
        Whether the rater is at work, so that unsaved work is looked for.

    Returns
    -------
    restored
        Whether what was loaded is in no version yet.
    message
        What the rater should know; empty if nothing.

    Raises
    ------
    StudyError
        If a file cannot be read or is not the one that was saved.
    """
    version = 0 if saved is None else saved.version
    draft = find_draft(case, rater) if own else None
    message = ""
    if draft is not None and draft.based_on == version:
        nodes.add_segmentation(rater, draft.path)
        when = f" of {draft.time}" if draft.time else ""
        return True, f"Unsaved work{when} was restored; save it to keep it as a version."
    if draft is not None:
        kept = set_draft_aside(case, draft)
        message = (
            f"Unsaved work began from version {draft.based_on}, but the newest is version "
            f"{version}. It was not opened and is kept as {kept}."
        )
    if saved is not None:
        saved.verify()
    nodes.add_segmentation(rater, None if saved is None else saved.path)
    return False, message
