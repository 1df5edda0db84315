"""Review of the open case: submit, return, approve; two raters compared; consensus. slicer, vtk."""

from __future__ import annotations

from functools import partial
from typing import Any

from radiogenomics.agreement import Consensus, Method, RoiAgreement, compare, consensus
from radiogenomics.errors import InputError
from radiogenomics.mrml.case import write_segmentation
from radiogenomics.mrml.grids import fill_segments, rater_labelmap
from radiogenomics.mrml.session import Change, OpenCase, Rater, Session
from radiogenomics.study import CONSENSUS, Role, Segmentation, State
from radiogenomics.study.blinding import hidden_raters, refuse_hidden, visible_segmentations
from radiogenomics.study.labels import MEASURED_ROIS, ROIS


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
        if self._session.is_dirty:
            self._session.save()
        if current.version == 0:
            raise InputError("There is nothing to submit yet. Draw the regions and save first.")
        self._step(State.SUBMITTED)

    def withdraw(self) -> None:
        """Make a submitted version of the signed-in rater a draft again, to go on drawing."""
        current, person = self._at_work()
        if current.rater != person.name:
            raise InputError(f"Only {current.rater} can withdraw this segmentation.")
        self._step(State.DRAFT)

    def give_back(self, comment: str) -> None:
        """Return the version that is shown to its rater, with a comment (reviewers only)."""
        self._step(State.RETURNED, comment)

    def approve(self) -> None:
        """Approve the version that is shown (reviewers only)."""
        self._step(State.APPROVED)

    def visible(self) -> list[Segmentation]:
        """Return the newest version of every rater whose work may be seen, the own first."""
        current, person = self._at_work()
        return visible_segmentations(current.case, person.name, person.role)

    def hidden(self) -> list[str]:
        """Return the raters whose work may not be seen yet."""
        current, person = self._at_work()
        return hidden_raters(current.case, person.name, person.role)

    def show_second(self, rater: str) -> Any:
        """Load another rater's newest version beside the one that is shown; return its node.

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
        refuse_hidden(current.case, rater, person.name, person.role)
        saved = current.case.latest(rater)
        if saved is not None and rater not in current.nodes.segmentations:
            saved.verify()
            current.nodes.add_segmentation(rater, saved.path)
        return current.nodes.segmentations[rater]

    def hide_second(self) -> None:
        """Take every segmentation but the one that is measured out of the scene."""
        current, _ = self._at_work()
        for rater in [name for name in current.nodes.segmentations if name != current.rater]:
            current.nodes.remove_segmentation(rater)

    def agreement(self, rater: str) -> list[RoiAgreement]:
        """Compare what is shown with another rater's newest version, ROI by ROI.

        Raises
        ------
        InputError
            If it may not be seen, or the two lie on different grids.
        """
        current, _ = self._at_work()
        second = self.show_second(rater)
        first = current.nodes.segmentations[current.rater]
        return compare(
            rater_labelmap(first, current.rater), rater_labelmap(second, rater), MEASURED_ROIS
        )

    def make_consensus(self, method: Method) -> tuple[Segmentation, Consensus]:
        """Save the consensus of all raters whose work may be seen, as rater ``consensus``.

        It is a version of its own; no rater's version is touched.

        Raises
        ------
        InputError
            If fewer than two raters may be seen, or their grids differ.
        StudyError
            If a file cannot be read or written.
        """
        current, person = self._at_work()
        sources = [one for one in self.visible() if one.rater != CONSENSUS]
        self._refuse_unsubmitted(current, person)
        maps = []
        for one in sources:
            node = (
                current.nodes.segmentations[current.rater]
                if one.rater == current.rater
                else self.show_second(one.rater)
            )
            maps.append(rater_labelmap(node, one.rater))
        common = [roi for roi in ROIS if all(roi in one.labels for one in maps)]
        agreed = consensus(maps, method, common)
        saved = self._save_consensus(current, agreed, sources)
        self._session.tell(Change.SAVED)
        return saved, agreed

    def _save_consensus(
        self, current: OpenCase, agreed: Consensus, sources: list[Segmentation]
    ) -> Segmentation:
        current.nodes.remove_segmentation(CONSENSUS)
        node = current.nodes.add_segmentation(CONSENSUS, None)
        try:
            fill_segments(node, agreed.array, agreed.labels)
            return current.case.add_segmentation(
                CONSENSUS,
                partial(write_segmentation, node=node),
                {
                    "step": "consensus",
                    "method": agreed.method,
                    "of": [{"rater": one.rater, "version": one.version} for one in sources],
                    "tie_voxels": agreed.tie_voxels,
                },
            )
        finally:
            current.nodes.remove_segmentation(CONSENSUS)

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

    def _at_work(self) -> tuple[OpenCase, Rater]:
        current = self._session.open_case_or_refuse()
        if self._session.rater is None:
            raise InputError("Nobody is signed in. Say who you are, and as what, first.")
        return current, self._session.rater
