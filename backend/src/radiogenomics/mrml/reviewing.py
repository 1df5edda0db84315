"""Review of the open case: submit, return, approve; two raters compared; consensus. slicer, vtk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from radiogenomics.agreement import (
    Consensus,
    Method,
    RaterLabelmap,
    RoiAgreement,
    compare,
    save_consensus,
)
from radiogenomics.errors import InputError
from radiogenomics.mrml.case import attribute, write_segmentation
from radiogenomics.mrml.grids import fill_segments, rater_labelmap, set_reference_geometry
from radiogenomics.mrml.opened import Change, OpenCase, Rater
from radiogenomics.mrml.session import Session
from radiogenomics.study import CONSENSUS, ReviewEvent, Role, Segmentation, State
from radiogenomics.study.blinding import (
    hidden_raters,
    refuse_withdrawal,
    visible_segmentations,
    visible_version,
)
from radiogenomics.study.counting import handed_in
from radiogenomics.study.labels import MEASURED_ROIS


class Review:
    """What may be done with the open case of a session, beside drawing.

    Every step is written to the case's log; who does not have the role for it is refused there.

    Parameters
    ----------
    session
        With a study, a signed-in rater and an open case.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def submit(self) -> None:
        """Save what is unsaved and submit the signed-in rater's newest version.

        Raises
        ------
        InputError, StudyError
            If it cannot be saved, nothing was drawn yet, or it is submitted already.
        """
        current = self._session.editable_case()
        # Submitting is what opens the others' work to a reader.
        self._session.update()
        if self._session.live is None or self._session.live.is_empty:
            raise InputError("There is nothing to submit yet. Draw the regions first.")
        if self._session.is_dirty or current.version == 0:
            self._session.save()
        self._step(State.SUBMITTED)

    def withdraw(self) -> None:
        """Make a submitted version of the signed-in rater a draft again, to go on drawing.

        Raises
        ------
        InputError
            If it is another's, or a reader may have seen another's work since.
        """
        current, person = self._at_work()
        if current.rater != person.name:
            raise InputError(f"Only {current.rater} can withdraw this segmentation.")
        refuse_withdrawal(current.case, person.name, person.role)
        self._step(State.DRAFT)

    def give_back(self, comment: str) -> None:
        """Return the version that is shown to its rater, with a comment (reviewers only)."""
        self._step(State.RETURNED, comment)

    def approve(self) -> None:
        """Approve the version that is shown (reviewers only)."""
        self._step(State.APPROVED)

    def possible_steps(self) -> set[State]:
        """Return the states that the signed-in rater may give the version that is shown."""
        current, person = self._session.open, self._session.rater
        if current is None or person is None:
            return set()
        if current.rater == person.name:
            # Nobody reviews the own work.
            if self._session.is_editable:
                return {State.SUBMITTED}
            return {State.DRAFT} if current.state is State.SUBMITTED else set()
        if person.role is not Role.REVIEWER:
            return set()
        if current.state is State.SUBMITTED:
            return {State.RETURNED, State.APPROVED}
        return {State.RETURNED} if current.state is State.APPROVED else set()

    def visible(self) -> list[Segmentation]:
        """Return one version of every rater whose work may be seen, the own first."""
        current, person = self._signed_in()
        return visible_segmentations(current.case, person.name, person.role)

    def hidden(self) -> list[str]:
        """Return the raters whose work may not be seen yet."""
        current, person = self._signed_in()
        return hidden_raters(current.case, person.name, person.role)

    def log(self) -> list[ReviewEvent]:
        """Return the entries of the case's log about what may be seen, oldest first."""
        current, person = self._signed_in()
        hidden = hidden_raters(current.case, person.name, person.role)
        return [one for one in current.case.review_events() if one.rater not in hidden]

    def show_second(self, rater: str) -> Any:
        """Load another rater's version beside the one that is shown; return its node.

        It is the newest that was handed in.

        Raises
        ------
        InputError
            If it may not be seen, or is the one that is shown.
        StudyError
            If it cannot be read.
        """
        current, person = self._at_work()
        if rater == current.rater:
            raise InputError(f"The segmentation by {rater} is shown already; choose another.")
        saved = visible_version(current.case, rater, person.name, person.role)
        shown = current.nodes.segmentations.get(rater)
        version = str(saved.version)
        if shown is not None and attribute(shown, "Version") != version:
            # Handed in anew since it was loaded.
            current.nodes.remove_segmentation(rater)
            shown = None
        if shown is None or not current.nodes.scene.IsNodePresent(shown):
            saved.verify()
            shown = current.nodes.add_segmentation(rater, saved.path, {"Version": version})
        return shown

    def hide_second(self) -> None:
        """Take every segmentation but the one that is measured out of the scene."""
        current, _ = self._at_work()
        for rater in [name for name in current.nodes.segmentations if name != current.rater]:
            current.nodes.remove_segmentation(rater)

    def agreement(self, rater: str) -> list[RoiAgreement]:
        """Compare what is shown with another rater's version, ROI by ROI.

        Raises
        ------
        InputError
            If it may not be seen, or the two lie on different grids.
        """
        current, _ = self._at_work()
        second = self.show_second(rater)
        first = current.nodes.segmentations[current.rater]
        try:
            return compare(
                rater_labelmap(first, current.rater), rater_labelmap(second, rater), MEASURED_ROIS
            )
        except InputError:
            # What cannot be compared must not stay over the segmentation that is shown.
            current.nodes.remove_segmentation(rater)
            raise

    def make_consensus(self, method: Method) -> tuple[Segmentation, Consensus]:
        """Save the consensus of all raters who have submitted, as rater ``consensus``.

        It is a version of its own; no rater's version is touched. What was returned, or drawn
        since, is no part of it.

        Raises
        ------
        InputError
            If fewer than two raters have submitted, or their grids differ.
        StudyError
            If a file cannot be read or written.
        """
        current, person = self._at_work()
        self._refuse_unsubmitted(current, person)
        visible = {one.rater for one in self.visible()}
        saved = save_consensus(
            current.case,
            [one for one in handed_in(current.case) if one.rater in visible],
            method,
            partial(_as_saved, current),
            partial(_write_consensus, current),
        )
        self._session.tell(Change.SAVED)
        return saved

    def _refuse_unsubmitted(self, current: OpenCase, person: Rater) -> None:
        """Keep a consensus to submitted work: it would carry a draft to the others."""
        if self._session.is_dirty:
            raise InputError("Save and submit what you have drawn before making a consensus.")
        if person.role is Role.REVIEWER or current.rater != person.name:
            return
        if current.state is State.DRAFT:
            raise InputError("Submit your segmentation before making a consensus.")

    def _step(self, state: State, comment: str = "") -> None:
        current, person = self._at_work()
        current.case.review(
            state,
            who=person.name,
            role=person.role,
            rater=current.rater,
            version=current.version,
            comment=comment,
        )
        current.state = state
        self._session.tell(Change.SAVED)

    def _signed_in(self) -> tuple[OpenCase, Rater]:
        current = self._session.open_case_or_refuse()
        if self._session.rater is None:
            raise InputError("Nobody is signed in. Say who you are, and as what, first.")
        return current, self._session.rater

    def _at_work(self) -> tuple[OpenCase, Rater]:
        """Return the open case and who works on it, in the role that the study gives now."""
        current, _ = self._signed_in()
        return current, self._session.at_work()[1]


def _as_saved(current: OpenCase, sources: Sequence[Segmentation]) -> list[RaterLabelmap]:
    """Read versions for a consensus: what is in the scene may have been drawn on since."""
    labelmaps = []
    for saved in sources:
        key = f"{saved.rater} version {saved.version}"
        node = current.nodes.add_segmentation(key, saved.path)
        try:
            labelmaps.append(rater_labelmap(node, saved.rater))
        finally:
            current.nodes.remove_segmentation(key)
    return labelmaps


def _write_consensus(current: OpenCase, path: Path, agreed: Consensus) -> None:
    current.nodes.remove_segmentation(CONSENSUS)
    node = current.nodes.add_segmentation(CONSENSUS, None)
    try:
        # The raters' grid, which need not be that of the image.
        z, y, x = agreed.array.shape
        set_reference_geometry(node, (z, y, x), agreed.affine)
        fill_segments(node, agreed.array, agreed.labels)
        write_segmentation(path, node)
    finally:
        current.nodes.remove_segmentation(CONSENSUS)
