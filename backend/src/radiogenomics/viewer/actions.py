"""What the page may ask for, each with the one way that errors are shown. trame."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from radiogenomics.errors import RadiogenomicsError
from radiogenomics.mrml.caselist import ListedCase, neighbour
from radiogenomics.mrml.exporting import StudyRows, measuring_study
from radiogenomics.study import Role
from radiogenomics.viewer import downloads, showing
from radiogenomics.viewer.review_shown import agreement_shown, consensus_words
from radiogenomics.viewer.state import PageState
from radiogenomics.viewer.workplace import Part, Workplace

_LOG = logging.getLogger(__name__)

Action = Callable[..., Any]
_FAULT = "This is a fault of radiogenomics; what it printed in its terminal says more."


class Actions:
    """Answers the page's triggers.

    Parameters
    ----------
    trame_server
        Registers the triggers.
    workplace
        What they act on.
    page
        Shows what came of it.
    """

    def __init__(self, trame_server: Any, workplace: Workplace, page: PageState) -> None:
        self._work, self._page = workplace, page
        self._one_at_a_time = asyncio.Lock()
        for name, action in self._quick().items():
            trame_server.trigger(name)(self._answering(action, ""))
        for name, (action, words) in self._slow().items():
            trame_server.trigger(name)(self._answering(action, words))

    def _quick(self) -> dict[str, Action]:
        work = self._work
        return {
            "sign_in": lambda name, role: work.session.sign_in(name, Role(role)),
            "choose_roi": work.choose_roi,
            "switch_roi": work.switch_roi,
            "choose_tool": work.editor.choose_tool,
            "set_tool": work.editor.set,
            "scale_brush": work.editor.scale_brush,
            "undo": work.editor.undo,
            "redo": work.editor.redo,
            "show_image": work.show_image,
            "toggle_segments": self._toggle_segments,
            "toggle_brain_mask": self._toggle_brain_mask,
            "set_fill": self._set_fill,
            "withdraw": work.review.withdraw,
            "give_back": work.review.give_back,
            "approve": work.review.approve,
            "select_feature": self._select_feature,
            "toggle_overlay": self._toggle_overlay,
            "plot_feature": self._plot(work.highlight.plot_feature),
            "plot_case": self._plot(work.highlight.plot_case),
            "step_slice": work.views.step,
            "go_to_slice": work.views.go_to,
            "reset_views": work.views.reset,
            "show_only": self._show_only,
            "adjust_contrast": self._adjust_contrast,
            "reset_contrast": work.views.reset_contrast,
        }

    def _slow(self) -> dict[str, tuple[Action, str]]:
        work = self._work
        return {
            "open_case": (self._open_case, "Opening the case…"),
            "step_case": (self._step_case, "Opening the case…"),
            "apply_tool": (work.editor.apply, "Working…"),
            "save": (self._save, "Saving…"),
            "submit": (work.review.submit, "Submitting…"),
            "compare": (self._compare, "Comparing…"),
            "end_comparison": (self._end_comparison, ""),
            "consensus": (self._consensus, "Making the consensus…"),
            "choose_run": (work.use_run, "Reading the predictions…"),
            "export_case": (self._export_case, "Writing the table…"),
            "export_study": (self._export_study, "Measuring the study…"),
            "export_page": (self._export_page, "Drawing the page…"),
        }

    def _answering(self, action: Action, words: str) -> Callable[..., Awaitable[Any]]:
        async def answer(*args: Any) -> Any:
            async with self._one_at_a_time, self._busy(words):
                self._page.tell("")
                # A key that is pressed in the middle of a stroke ends it first.
                self._work.views.release_buttons()
                try:
                    result = action(*args)
                    return await result if asyncio.iscoroutine(result) else result
                except RadiogenomicsError as error:
                    self._page.tell(str(error), "error")
                except Exception as error:
                    _LOG.exception("An action of the page has failed.")
                    self._page.tell(f"{type(error).__name__}: {error}. {_FAULT}", "error")
                return None

        return answer

    @asynccontextmanager
    async def _busy(self, words: str) -> AsyncIterator[None]:
        """Say what takes a moment, before it does."""
        if not words:
            yield
            return
        await self._page.say_busy(words)
        try:
            yield
        finally:
            await self._page.say_busy("")

    def _open_case(self, patient_id: str, rater: str | None = None) -> None:
        self._page.tell(self._work.open_case(patient_id, rater))

    def _step_case(self, by: int, ids: list[str] | None = None) -> None:
        shown: list[ListedCase] = [
            one for one in self._page.cases if ids is None or one.patient_id in ids
        ]
        patient_id = neighbour(shown, self._work.session.patient_id or None, by)
        if patient_id is None:
            self._page.tell("There is no further case in the list.")
        else:
            self._open_case(patient_id)

    def _save(self) -> None:
        saved = self._work.session.save()
        self._page.tell(f"Saved as version {saved.version}.")

    def _toggle_segments(self) -> None:
        self._work.display.toggle()
        self._page.mark({Part.VIEWS})

    def _toggle_brain_mask(self) -> None:
        current = self._work.session.open
        if current is not None and current.nodes.brain_mask is not None:
            layer = current.nodes.brain_mask
            layer.visible = not layer.visible
            self._page.mark({Part.VIEWS})

    def _set_fill(self, opacity: float) -> None:
        self._work.display.set_fill(float(opacity))
        self._page.mark({Part.VIEWS})

    def _show_only(self, name: str) -> None:
        self._work.views.show_only(name if name != self._work.views.only else "")
        self._page.mark({Part.VIEWS})

    def _adjust_contrast(self) -> None:
        self._work.views.toggle_adjusting()
        self._page.mark({Part.VIEWS})

    def _select_feature(self, roi: str, feature: str) -> None:
        highlight = self._work.highlight
        if highlight.selected == (roi, feature):
            highlight.deselect()
        else:
            highlight.select(roi, feature)
            if highlight.plotted == "feature":
                highlight.plot_feature()
        self._page.mark({Part.FEATURES, Part.PREDICTIONS, Part.PLOT})

    def _toggle_overlay(self) -> None:
        highlight = self._work.highlight
        highlight.set_draws_measured(not highlight.draws_measured)
        self._page.mark({Part.FEATURES})

    def _plot(self, plot: Callable[[], Any]) -> Action:
        def show() -> None:
            plot()
            self._page.mark({Part.PREDICTIONS, Part.PLOT})

        return show

    def _compare(self, rater: str) -> None:
        self._page.show_agreement(agreement_shown(rater, self._work.compare(rater)))

    def _end_comparison(self) -> None:
        self._work.end_comparison()
        self._page.show_agreement(None)

    def _consensus(self, method: str) -> None:
        saved, agreed = self._work.make_consensus("staple" if method == "staple" else "majority")
        self._page.tell("\n".join(consensus_words(saved, agreed)))

    def _export_case(self, wide: bool) -> list[dict[str, str]]:
        return [asdict(one) for one in downloads.case_table(self._work.session, wide=wide)]

    async def _export_study(self, wide: bool) -> list[dict[str, str]]:
        found = StudyRows()
        for done, total, patient_id in measuring_study(self._work.session, found):
            await self._page.say_busy(f"Measuring {patient_id or 'the study'}, {done} of {total}…")
        self._page.tell(showing.export_words(found), "error" if found.failures else "info")
        return [asdict(one) for one in downloads.study_table(found, wide=wide)]

    def _export_page(self) -> list[dict[str, str]]:
        return [asdict(downloads.case_page(self._work))]
