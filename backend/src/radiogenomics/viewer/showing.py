"""What the page shows, as plain values: from a workplace to the page's state.

slicer through `radiogenomics.mrml`; no trame.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from radiogenomics.mrml.case import SOURCES
from radiogenomics.mrml.caselist import STATUSES, ListedCase, list_cases, progress_words
from radiogenomics.mrml.comparison import ComparedFeature
from radiogenomics.mrml.exporting import StudyRows
from radiogenomics.mrml.predicted import KIND_WORDS, find_runs
from radiogenomics.mrml.session import Session
from radiogenomics.mrml.table import COLUMNS, table_cells
from radiogenomics.shape import SMALL_ROI_VOXELS
from radiogenomics.shape.wording import in_shown_unit, significant
from radiogenomics.study import State
from radiogenomics.study.labels import MEASURED_ROIS, ROI_COLOURS, ROIS
from radiogenomics.viewer.editor import Editor
from radiogenomics.viewer.workplace import Workplace

Shown = dict[str, Any]
"""Values that JSON can hold."""


def constants() -> Shown:
    """Return what never changes while the page is open."""
    return {
        "colours": {roi: _css(ROI_COLOURS[roi]) for roi in ROIS},
        "statuses": list(STATUSES),
        "rois": list(MEASURED_ROIS),
    }


CHOICES: Shown = {
    "tab": "features",
    "case_filter": "",
    "status_filter": "",
    "comment": "",
    "method": "majority",
    "wide": False,
    "second": "",
    "help_open": False,
    "signing_in": False,
    "sign_name": "",
    "sign_role": "reader",
}
"""What is chosen in the page before anybody has chosen."""


def study_shown(session: Session) -> Shown:
    """Return the study, who works in it, and its known raters."""
    study, rater = session.study, session.rater
    return {
        "name": study.settings.name if study else "",
        "rater": rater.name if rater else "",
        "role": str(rater.role) if rater else "",
        "raters": (
            {name: str(role) for name, role in study.settings.raters.items()} if study else {}
        ),
    }


def cases_of(session: Session) -> list[ListedCase]:
    """Return the cases of the study as the signed-in rater sees them."""
    rater = session.rater
    if session.study is None:
        return []
    return list_cases(session.study, rater.name if rater else None, rater.role if rater else None)


def cases_shown(cases: Iterable[ListedCase]) -> Shown:
    """Return the case list with its progress."""
    listed = list(cases)
    return {
        "list": [{"id": one.patient_id, "status": one.status, "note": one.note} for one in listed],
        "progress": progress_words(listed) if listed else "",
        "approved": sum(one.status == State.APPROVED for one in listed),
    }


def case_shown(workplace: Workplace) -> Shown | None:
    """Return the open case: whose version, what may be done, what is unsaved. None without one."""
    session, current = workplace.session, workplace.session.open
    if current is None:
        return None
    return {
        "id": current.case.patient_id,
        "rater": current.rater,
        "version": current.version,
        "state": str(current.state),
        "editable": session.is_editable,
        "dirty": session.is_dirty,
        "saved": _saved_words(session),
        "image": _image_words(workplace),
    }


def editor_shown(editor: Editor) -> Shown:
    """Return tool, region and the tools' settings."""
    lowest, highest = editor.threshold_range()
    return {
        "active": editor.is_active,
        "tool": editor.tool,
        "roi": editor.roi,
        "undo": editor.can_undo,
        "redo": editor.can_redo,
        "problem": editor.problem,
        "lowest": lowest,
        "highest": highest,
        **asdict(editor.settings),
    }


def features_shown(workplace: Workplace) -> Shown:
    """Return the feature table, which row is selected, and what to know beside it."""
    session = workplace.session
    return {
        "columns": list(COLUMNS),
        "rows": [_row(one) for one in session.board.features],
        "selected": "/".join(workplace.highlight.selected or ()),
        "drawn": workplace.highlight.draws_measured,
        "problems": _problems(session),
        "notes": _notes(session),
    }


def views_shown(workplace: Workplace) -> Shown:
    """Return where the slices are, and what is shown in them."""
    views, current = workplace.views, workplace.session.open
    mask = None if current is None else current.nodes.brain_mask
    return {
        "slices": views.offsets(),
        "edges": views.edges(),
        "only": views.only,
        "image": workplace.image,
        "images": [] if current is None else list(current.nodes.volumes),
        "segments": workplace.display.is_shown,
        "has_mask": mask is not None,
        "mask": mask is not None and mask.visible,
        "fill": workplace.display.fill,
        "adjusting": views.is_adjusting,
    }


def export_words(found: StudyRows) -> str:
    """Return what a table of the whole study holds, and what it lacks."""
    n_segmentations = len({(row.patient_id, row.rater) for row in found.rows})
    words = [f"{n_segmentations} segmentations were measured."]
    if found.hidden:
        words.append(f"{found.hidden} were left out: you may not see them yet.")
    if found.failures:
        words += ["Not measured:", *found.failures]
    return "\n".join(words)


def predictions_shown(workplace: Workplace) -> Shown:
    """Return the runs and models to choose from, and what is known of the chosen one."""
    session = workplace.session
    board, study = session.board, session.study
    source = board.source
    return {
        "runs": [run.name for run in find_runs(study)] if study else [],
        "run": "" if source is None else source.path.parent.name,
        "models": [] if source is None else list(source.models),
        "model": board.model,
        "card": [] if source is None else [list(fact) for fact in source.model_card(board.model)],
        "kind": _kind_words(session),
        "plotted": workplace.highlight.plotted or "",
    }


def _row(one: ComparedFeature) -> Shown:
    cells = dict(zip(COLUMNS, table_cells(one), strict=True))
    if one.prediction is not None:
        # A digit less than in the desktop's table: there is less room.
        ends = (
            in_shown_unit(end, one.unit) for end in (one.prediction.lower, one.prediction.upper)
        )
        cells["Interval"] = " – ".join(significant(end, 3) for end in ends)
    return {
        "key": f"{one.roi}/{one.feature}",
        "roi": one.roi,
        "feature": one.feature,
        "cells": cells,
        "outside": one.is_outside,
    }


def _problems(session: Session) -> list[str]:
    live = session.live
    return (
        list(dict.fromkeys(one.problem for one in live.rois.values() if one.problem))
        if live
        else []
    )


def _notes(session: Session) -> list[str]:
    notes = []
    for one in session.live.rois.values() if session.live else ():
        if one.measurement is None:
            continue
        name = one.roi.capitalize()
        if one.measurement.is_small:
            notes.append(
                f"{name} has fewer than {SMALL_ROI_VOXELS} voxels: its surface is estimated high "
                "or low, and sphericity can exceed 1."
            )
        if one.measurement.voxels_left_out:
            notes.append(
                f"{one.measurement.voxels_left_out} voxels of {one.roi} lie apart from its largest "
                "piece and are not measured."
            )
    if session.open is not None and not session.board.cohort:
        notes.append(
            "Percentiles need the study's feature table; make it with: radiogenomics measure"
        )
    return notes


def _saved_words(session: Session) -> str:
    current = session.open
    if current is None:
        return ""
    if not session.is_editable:
        return f"{_article(current.state)}, to look at only"
    if session.is_dirty:
        return "Not saved yet" if current.unsaved.is_unkept else "Not saved yet, kept as a draft"
    if current.version:
        return f"Version {current.version} is saved"
    return "Nothing drawn yet"


def _article(state: State) -> str:
    return "A draft" if state is State.DRAFT else str(state).capitalize()


def _image_words(workplace: Workplace) -> str:
    current, roi = workplace.session.open, workplace.editor.roi
    volume = workplace.editor.volume
    if current is None or volume is None:
        return ""
    names = {id(node): name for name, node in current.nodes.volumes.items()}
    name, best = names.get(id(volume), ""), SOURCES[roi][0]
    return name if name == best else f"{name} (the case has no {best})"


def _kind_words(session: Session) -> str:
    board = session.board
    if board.source is None:
        return ""
    if not session.patient_id:
        return "Open a case to see its predictions."
    if not board.predicted:
        return f"{board.model} predicts nothing for {session.patient_id}."
    one = next(iter(board.predicted.values()))
    words = KIND_WORDS[one.kind]
    return words if one.fold is None else f"{words} (fold {one.fold})"


def _css(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
