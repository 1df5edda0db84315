"""A rater at work in one MRML scene: the case that is open, its live features, its saved state.

The desktop module, the browser viewer and scripts drive and show it. slicer and vtk; no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import slicer

from radiogenomics.errors import InputError, RadiogenomicsError
from radiogenomics.mrml.board import FeatureBoard
from radiogenomics.mrml.case import attribute, load_case, stamp_segments, write_version
from radiogenomics.mrml.drafts import (
    discard_saved,
    keep_open_draft,
    keep_or_refuse,
    keep_or_rescue,
    load_newest,
)
from radiogenomics.mrml.grids import refuse_overlap
from radiogenomics.mrml.live import LiveFeatures, Schedule
from radiogenomics.mrml.opened import EDITABLE, Change, OpenCase, Rater, refuse_changed_role
from radiogenomics.mrml.unsaved import UnsavedWork
from radiogenomics.study import Role, Segmentation, State, Study, check_rater
from radiogenomics.study.blinding import visible_version
from radiogenomics.study.case import now, rater_name

DRAFT_MS = 30_000
"""Unsaved work is kept this long after the first change that is not kept yet."""


class Session:
    """Opens studies and cases in a scene, measures, saves, and never drops unsaved work.

    Parameters
    ----------
    scene
        A ``vtkMRMLScene`` with the segmentations logic at work.
    schedule
        Calls a function once, some milliseconds later, on the scene's thread.
    changed
        Told what changed, after it did.
    report
        Told of trouble that no caller waits for, such as a draft that could not be kept.
    drawn_in
        Where this is, as the record beside a saved version has it.
    """

    def __init__(
        self,
        scene: Any,
        schedule: Schedule,
        changed: Callable[[Change], None],
        report: Callable[[str], None],
        drawn_in: str = "3D Slicer",
    ) -> None:
        self.scene, self._drawn_in = scene, drawn_in
        self._schedule, self._changed, self._tell_trouble = schedule, changed, report
        self.study: Study | None = None
        self.rater: Rater | None = None
        self.open: OpenCase | None = None
        self.live: LiveFeatures | None = None
        self.board = FeatureBoard(scene)
        self._draft_pending = False
        self._tags = [
            scene.AddObserver(slicer.vtkMRMLScene.StartCloseEvent, self._on_scene_closing),
            scene.AddObserver(slicer.vtkMRMLScene.NodeRemovedEvent, self._on_node_removed),
        ]

    def end(self) -> None:
        """Keep what is unsaved, close the case and observe the scene no more."""
        self._close_anyway()
        for tag in self._tags:
            self.scene.RemoveObserver(tag)
        self._tags = []

    def open_study(self, root: Path) -> None:
        """Open a study in place of the one that is open.

        A feature table that is damaged is reported, and there is no cohort to compare with.

        Raises
        ------
        NotAStudyError, StudyError, InputError
            If it cannot be opened, or unsaved work cannot be kept; the study before stays open.
        """
        study = Study.open(root)
        self.close_case()
        try:
            self.board.use_study(study)
        except InputError as error:
            self.board.use_study(None)
            self._report(f"Nothing can be compared with the cohort: {error}")
        self.study, self.rater = study, None
        self._changed(Change.STUDY)

    def close_study(self) -> None:
        """Close the study and sign out; unsaved work is kept or refused as in `close_case`."""
        self.close_case()
        self.board.use_study(None)
        self.study, self.rater = None, None
        self._changed(Change.STUDY)

    def sign_in(self, name: str, role: Role) -> None:
        """Say who works. A new name is added to the study.

        Raises
        ------
        InputError
            If the name cannot be used, or the study knows the rater in the other role.
        StudyError
            If the study cannot be written to.
        """
        person = check_rater(name)
        if self.study is not None:
            self.study = Study.open(self.study.root)
            known = self.study.settings.raters.get(person)
            if known is not None and known is not role:
                raise InputError(
                    f"{person} is a {known} in this study, not a {role}. Choose {known}, or have "
                    f"the study's keeper change {self.study.root / 'study.toml'}."
                )
            if known is None:
                self.study.add_rater(person, role)
        self.close_case()
        self.rater = Rater(person, role)
        self._changed(Change.STUDY)

    def open_case(self, patient_id: str, rater: str | None = None) -> str:
        """Open a case in place of the one that is open, whose unsaved work is kept.

        Parameters
        ----------
        patient_id
            Of the case.
        rater
            Whose segmentation; by default the signed-in rater's own.

        Returns
        -------
        str
            What the rater should know, such as that unsaved work was restored; empty if nothing.

        Raises
        ------
        InputError
            If no study is open, nobody is signed in, there is no such case, or the other rater's
            work may not be seen.
        InputError, StudyError
            If unsaved work of the case before cannot be kept, which then stays open; or a file
            cannot be read, and none is open then.
        """
        study, person = self.at_work()
        case = study.case(patient_id)
        shown = person.name if rater is None else rater_name(rater)
        if shown == person.name:
            saved = case.latest(shown)
        else:
            saved = visible_version(case, shown, person.name, person.role)
        version = 0 if saved is None else saved.version
        state = case.state(shown, version) if saved else State.DRAFT
        self.close_case()
        nodes = load_case(self.scene, case)
        try:
            editable = shown == person.name and state in EDITABLE
            loaded = load_newest(case, nodes, shown, saved, editable=editable)
            live = self._follow(nodes.segmentations[shown], None)
        except RadiogenomicsError:
            nodes.close()
            raise
        unsaved = UnsavedWork(live, restored=bool(loaded.draft))
        self.open = OpenCase(case, nodes, shown, version, state, unsaved, loaded.draft)
        self.board.show(live, self.patient_id)
        self._changed(Change.CASE)
        return loaded.message

    def follow(self, node: Any, segment_ids: Mapping[str, str] | None = None) -> None:
        """Measure any segmentation node of the scene, without a study.

        Parameters
        ----------
        node
            A ``vtkMRMLSegmentationNode``.
        segment_ids
            Segment of each ROI chosen by hand; None to go by terminology.

        Raises
        ------
        InputError
            If it is another segmentation of the open case, or unsaved work cannot be kept.
        """
        if self.open is not None and node in self.open.nodes.segmentations.values():
            if self.live is None or node is not self.live.node:
                raise InputError(
                    f"{node.GetName()} belongs to the open case. Open the case with that rater's "
                    "segmentation to measure it."
                )
            self.live.choose_segments(segment_ids)
            return
        self.close_case()
        self._follow(node, segment_ids)
        self._changed(Change.CASE)

    def close_case(self) -> None:
        """Close the case; unsaved work is kept as a draft, and a corrected brain mask is saved.

        Raises
        ------
        InputError, StudyError, StudyLockedError
            If it cannot be kept; the case stays open then.
        """
        if self._unkept is not None:
            self._report(keep_or_refuse(self._unkept))
        self._report(self.open.keep_mask(self.rater) if self.open else "")
        self._close()

    def _close(self) -> None:
        if self.open is None:
            self._unfollow()
            return
        closing, self.open = self.open, None
        self._unfollow()
        # Told first: who edits or shows the nodes lets go of them before they leave the scene.
        self._changed(Change.CASE)
        closing.nodes.close()

    @property
    def patient_id(self) -> str:
        """Of the open case, or of the case that the followed node came from; empty if unknown."""
        if self.open is not None:
            return self.open.case.patient_id
        return "" if self.live is None else attribute(self.live.node, "PatientId")

    @property
    def is_editable(self) -> bool:
        """Whether the segmentation that is shown may be changed and saved."""
        if self.open is None or self.rater is None:
            return self.open is None
        return self.open.rater == self.rater.name and self.open.may_change

    @property
    def is_dirty(self) -> bool:
        """Whether the segmentation of the open case holds changes that are in no version."""
        return self.open is not None and self.is_editable and self.open.unsaved.is_unsaved

    def save(self) -> Segmentation:
        """Save the open segmentation as the next version of the signed-in rater.

        Raises
        ------
        InputError
            If no case is open, it may not be changed (any more), two regions overlap, or a file
            could not hold it as it is measured.
        StudyError, StudyLockedError
            If it cannot be written; unsaved work stays where it is.
        """
        current = self.editable_case()
        node = current.nodes.segmentations[current.rater]
        refuse_overlap(node)
        self.update()
        stamp_segments(node, current.rater, now())
        saved = current.case.add_segmentation(
            current.rater,
            partial(write_version, node=node, case=current.case, rater=current.rater),
            {"step": f"segmented in {self._drawn_in}", "based_on": current.version},
        )
        begun, current.version, current.state = current.version, saved.version, State.DRAFT
        current.unsaved.mark_saved()
        self._report(discard_saved(current, begun))
        self._changed(Change.SAVED)
        return saved

    def keep_draft(self) -> None:
        """Keep unsaved work beside the versions; trouble is reported, and tried again later."""
        self._draft_pending = False
        try:
            self._report(keep_open_draft(self._unkept) if self._unkept else "")
        except RadiogenomicsError as error:
            self._report(f"Unsaved work could not be kept: {error}")
            self._on_touched()

    @property
    def _unkept(self) -> OpenCase | None:
        """The open case, if it holds work that is in no version and no draft."""
        if self.open is None or not self.is_editable or not self.open.unsaved.is_unkept:
            return None
        return self.open

    def _close_anyway(self) -> None:
        """Close the case where nobody can be asked; what the study cannot take is rescued."""
        if self._unkept is not None:
            self._report(keep_or_rescue(self._unkept))
        self._report(self.open.keep_mask_or_tell(self.rater) if self.open else "")
        self._close()

    def editable_case(self) -> OpenCase:
        """Return the open case, if the signed-in rater may change it.

        Raises
        ------
        InputError
            Otherwise, with the reason.
        """
        current = self.open_case_or_refuse()
        if not self.is_editable:
            whose = "yours" if self.rater and current.rater == self.rater.name else current.rater
            raise InputError(
                f"Version {current.version} of {whose} is {current.state} and can only be looked "
                "at. What was returned or never submitted can be changed by its own rater."
            )
        return current

    def open_case_or_refuse(self) -> OpenCase:
        """Return the open case; raises `InputError` if there is none."""
        if self.open is None:
            raise InputError("No case is open. Choose one in the case list.")
        return self.open

    def update(self) -> None:
        """Measure at once what has changed, without waiting."""
        if self.live is not None:
            self.live.update()

    def at_work(self) -> tuple[Study, Rater]:
        """Return the open study and who works on it.

        Raises
        ------
        InputError, StudyError
            If one is missing, the rater's role was changed since, or the study cannot be read.
        """
        if self.study is None:
            raise InputError("No study is open. Open or create one first.")
        if self.rater is None:
            raise InputError("Nobody is signed in. Say who you are, and as what, first.")
        refuse_changed_role(self.study, self.rater)
        return self.study, self.rater

    def tell(self, change: Change) -> None:
        """Tell whoever shows the session that something changed."""
        self._changed(change)

    def _follow(self, node: Any, segment_ids: Mapping[str, str] | None) -> LiveFeatures:
        self._unfollow()
        live = LiveFeatures(
            node, self._schedule, self._on_measured, self._on_touched, segment_ids=segment_ids
        )
        if live.measured == 0 and not live.is_stopped:
            # Nothing was measured, so nobody was told: an empty table replaces the case before.
            self._on_measured(live)
        if live.is_stopped:
            raise InputError("The scene was closed while this was opened. Open it again.")
        self.live = live
        return live

    def _unfollow(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None
            self.board.show(None, "")

    def _on_measured(self, live: LiveFeatures) -> None:
        # While `live` is being made it measures for the first time.
        self.live = live
        self.board.show(live, self.patient_id)
        self._changed(Change.FEATURES)

    def _report(self, text: str) -> None:
        if text:
            self._tell_trouble(text)

    def _on_touched(self) -> None:
        if not self._draft_pending:
            self._draft_pending = True
            self._schedule(DRAFT_MS, self.keep_draft)

    def _on_scene_closing(self, *_: object) -> None:
        self._close_anyway()
        self._changed(Change.CASE)

    def _on_node_removed(self, *_: object) -> None:
        """Close the case when its segmentation was removed from the scene by other means.

        A moment later: who removes the case's folder with all that is in it is in the middle of
        it, and the subject hierarchy does not bear that the folder is removed meanwhile.
        """
        if self.live is not None and not self.scene.IsNodePresent(self.live.node):
            self._schedule(0, self._close_if_removed)

    def _close_if_removed(self) -> None:
        if self.live is not None and not self.scene.IsNodePresent(self.live.node):
            self._close_anyway()
            self._changed(Change.CASE)
