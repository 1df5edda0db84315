"""The page's state: brought up to date once, after all that changed at one moment. trame."""

from __future__ import annotations

import asyncio
from typing import Any

from radiogenomics.mrml.caselist import ListedCase
from radiogenomics.viewer import showing
from radiogenomics.viewer.charts import chart_shown
from radiogenomics.viewer.review_shown import review_shown
from radiogenomics.viewer.workplace import Part, Workplace

# For the words to reach the browser before this program is at work and answers nothing.
_TO_REACH_S = 0.03


class PageState:
    """Writes what a workplace shows into the state of a trame server.

    Parameters
    ----------
    state
        Of the trame server.
    loop
        On which everything happens.

    Attributes
    ----------
    cases
        The cases as listed last.
    """

    def __init__(self, state: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._state, self._loop = state, loop
        self._work: Workplace | None = None
        self._marked: set[Part] = set()
        self._messages = 0
        self.cases: list[ListedCase] = []
        state.constants = showing.constants()
        state.update(showing.CHOICES)
        state.message, state.busy, state.agreement = None, "", None

    def use(self, workplace: Workplace) -> None:
        """Show a workplace from now on."""
        self._work = workplace
        self.mark(set(Part))

    def mark(self, parts: set[Part]) -> None:
        """Bring parts up to date, as soon as what is being done is done."""
        if not self._marked:
            self._loop.call_soon(self._show)
        self._marked |= parts

    def tell(self, text: str, kind: str = "info") -> None:
        """Show a message over the page until the next action; empty for none."""
        self._messages += 1
        with self._state:
            self._state.message = (
                {"text": text, "kind": kind, "number": self._messages} if text else None
            )

    async def say_busy(self, words: str) -> None:
        """Say what takes a moment; empty when it is done."""
        with self._state:
            self._state.busy = words
        await asyncio.sleep(_TO_REACH_S if words else 0)

    def show_agreement(self, agreement: dict[str, Any] | None) -> None:
        """Show how two raters agree; None for no comparison."""
        with self._state:
            self._state.agreement = agreement

    def _show(self) -> None:
        marked, self._marked = self._marked, set()
        work, state = self._work, self._state
        if work is None:
            return
        with state:
            if Part.STUDY in marked:
                self.cases = showing.cases_of(work.session)
                state.study = showing.study_shown(work.session)
                state.cases = showing.cases_shown(self.cases)
            if Part.CASE in marked:
                state.opened = showing.case_shown(work)
                state.trouble = work.trouble
                if work.session.open is None or len(work.session.open.nodes.segmentations) < 2:
                    state.agreement = None
            if Part.EDITOR in marked:
                state.editor = showing.editor_shown(work.editor)
            if Part.FEATURES in marked:
                state.features = showing.features_shown(work)
            if Part.VIEWS in marked:
                state.views = showing.views_shown(work)
            if Part.REVIEW in marked:
                state.review = review_shown(work.review, work.session)
            if Part.PREDICTIONS in marked:
                state.predictions = showing.predictions_shown(work)
            if Part.PLOT in marked:
                state.plot = chart_shown(work.highlight.chart)
