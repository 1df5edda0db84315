"""The page's state: brought up to date once, after all that changed at one moment. trame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from radiogenomics.errors import RadiogenomicsError
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
        if self._work is None:
            return
        with self._state:
            for part, show in self._parts(self._work).items():
                if part not in marked:
                    continue
                try:
                    show()
                except RadiogenomicsError as error:
                    # A file of the study is damaged: the other parts are shown all the same.
                    self.tell(str(error), "error")

    def _parts(self, work: Workplace) -> dict[Part, Callable[[], None]]:
        return {
            Part.STUDY: lambda: self._show_study(work),
            Part.CASE: lambda: self._show_case(work),
            Part.EDITOR: lambda: self._set("editor", showing.editor_shown(work.editor)),
            Part.FEATURES: lambda: self._set("features", showing.features_shown(work)),
            Part.VIEWS: lambda: self._set("views", showing.views_shown(work)),
            Part.REVIEW: lambda: self._show_review(work),
            Part.PREDICTIONS: lambda: self._set("predictions", showing.predictions_shown(work)),
            Part.PLOT: lambda: self._set("plot", chart_shown(work.highlight.chart)),
        }

    def _set(self, name: str, value: Any) -> None:
        self._state[name] = value

    def _show_study(self, work: Workplace) -> None:
        self._set("study", showing.study_shown(work.session))
        self.cases = showing.cases_of(work.session)
        self._set("cases", showing.cases_shown(self.cases))

    def _show_case(self, work: Workplace) -> None:
        self._set("trouble", work.trouble)
        self._set("opened", showing.case_shown(work))
        current = work.session.open
        if current is None or len(current.nodes.segmentations) == 1:
            self._set("agreement", None)

    def _show_review(self, work: Workplace) -> None:
        # Nothing rather than that of the case before, where it cannot be read.
        self._set("review", None)
        self._set("review", review_shown(work.review, work.session))
