"""What the page may ask for, each with the one way that errors are shown. trame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from radiogenomics.errors import RadiogenomicsError
from radiogenomics.mrml.caselist import neighbour
from radiogenomics.mrml.predicted import read_prediction_source
from radiogenomics.study import Role
from radiogenomics.viewer import showing
from radiogenomics.viewer.workplace import Workplace

if TYPE_CHECKING:
    from radiogenomics.viewer.app import Opening


class Actions:
    """Answers the page's triggers, and keeps the page's state up to date.

    Parameters
    ----------
    trame_server
        Whose state and triggers.
    workplace
        What they act on.
    """

    def __init__(self, trame_server: Any, workplace: Workplace) -> None:
        self._server = trame_server
        self._state = trame_server.state
        self._work = workplace
        self._cases: list[Any] = []
        self._state.constants = showing.constants()
        self._state.message = None
        self._state.busy = ""
        for name, action in self._actions().items():
            trame_server.trigger(name)(self._guarded(action))
        self.show()

    def open(self, opening: Opening) -> None:
        """Open a study, sign a rater in and open a case, as far as they are given."""
        session = self._work.session
        session.open_study(opening.study)
        if opening.rater and session.study is not None:
            role = opening.role or session.study.settings.raters.get(opening.rater, Role.READER)
            session.sign_in(opening.rater, role)
            if opening.case:
                self._open_case(opening.case)

    def show(self) -> None:
        """Bring the page's state up to date."""
        work, state = self._work, self._state
        state.study = showing.study_shown(work.session)
        self._cases = showing.cases_of(work.session)
        state.cases = showing.cases_shown(self._cases)
        state.opened = showing.case_shown(work)
        state.editor = showing.editor_shown(work.editor)
        state.features = showing.features_shown(work)
        state.predictions = showing.predictions_shown(work.session)
        state.views = work.views.offsets()
        state.trouble = work.trouble

    def keep(self, *_: object) -> None:
        """Keep unsaved work: the browser has left."""
        self._work.session.keep_draft()

    def _actions(self) -> dict[str, Callable[..., None]]:
        work = self._work
        return {
            "sign_in": lambda name, role: work.session.sign_in(name, Role(role)),
            "open_case": self._open_case,
            "step_case": self._step_case,
            "choose_roi": work.choose_roi,
            "choose_tool": work.editor.choose_tool,
            "set_tool": self._set_tool,
            "apply_tool": work.editor.apply,
            "undo": work.editor.undo,
            "redo": work.editor.redo,
            "save": self._save,
            "submit": work.review.submit,
            "select_feature": work.highlight.select,
            "choose_run": self._choose_run,
            "step_slice": work.views.step,
            "go_to_slice": work.views.go_to,
            "reset_views": work.views.reset,
        }

    def _guarded(self, action: Callable[..., None]) -> Callable[..., Any]:
        async def run(*args: Any) -> None:
            self._state.message = None
            try:
                action(*args)
            except RadiogenomicsError as error:
                self._tell(str(error), "error")
            self.show()

        return run

    def _tell(self, text: str, kind: str = "info") -> None:
        self._state.message = {"text": text, "kind": kind}

    def _open_case(self, patient_id: str, rater: str | None = None) -> None:
        message = self._work.open_case(patient_id, rater)
        if message:
            self._tell(message)

    def _step_case(self, by: int) -> None:
        patient_id = neighbour(self._cases, self._work.session.patient_id or None, by)
        if patient_id is None:
            self._tell("There is no further case in the list.")
        else:
            self._open_case(patient_id)

    def _set_tool(self, name: str, value: Any) -> None:
        setattr(self._work.editor.settings, name, value)
        self._work.editor.apply_settings()

    def _save(self) -> None:
        saved = self._work.session.save()
        self._tell(f"Saved as version {saved.version}.")

    def _choose_run(self, name: str, model: str = "") -> None:
        study = self._work.session.study
        source = read_prediction_source(study.root / "runs" / name) if study and name else None
        self._work.highlight.use_predictions(source, model)
