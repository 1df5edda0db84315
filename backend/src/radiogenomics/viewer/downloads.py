"""Files for the rater's browser to save: feature tables, and the page of a case.

Made in a folder of their own and handed over as text: no file of this computer can be asked for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.mrml.casepage import write_case_page
from radiogenomics.mrml.exporting import StudyRows, case_rows, write_tables
from radiogenomics.mrml.session import Session
from radiogenomics.study import FeatureRow
from radiogenomics.viewer.workplace import Workplace


@dataclass(frozen=True)
class Download:
    """A file for the browser to save.

    Attributes
    ----------
    name, type, content
        Proposed name, media type, and text.
    """

    name: str
    type: str
    content: str


def case_table(session: Session, *, wide: bool) -> list[Download]:
    """Return the feature table of the open case, as it is now, and its dictionary.

    Raises
    ------
    InputError
        If nothing is measured.
    """
    return _tables(f"{session.patient_id or 'case'}.features", case_rows(session), wide=wide)


def study_table(found: StudyRows, *, wide: bool) -> list[Download]:
    """Return the feature table of a whole study, and its dictionary."""
    return _tables("features.export", found.rows, wide=wide)


def case_page(workplace: Workplace) -> Download:
    """Return the page of the open case: pictures of the views and the feature table.

    Raises
    ------
    InputError
        If no case is open.
    """
    session = workplace.session
    session.update()
    current = session.open_case_or_refuse()
    unsaved = " and unsaved changes" if session.is_dirty else ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.html"
        write_case_page(
            path,
            patient_id=session.patient_id,
            about=[
                ("Rater", current.rater),
                ("Version", f"{current.version}{unsaved}"),
                ("Review", str(current.state)),
            ],
            pictures=workplace.views.pictures(),
            features=session.board.features,
        )
        text = path.read_text(encoding="utf-8")
    return Download(f"{session.patient_id}.html", "text/html", text)


def _tables(stem: str, rows: Iterable[FeatureRow], *, wide: bool) -> list[Download]:
    with tempfile.TemporaryDirectory() as folder:
        name = f"{stem}.wide.csv" if wide else f"{stem}.csv"
        path = Path(folder) / name
        write_tables(path, rows, wide=wide)
        dictionary = path.with_name(f"{path.stem}.dictionary.csv")
        return [
            Download(one.name, "text/csv", one.read_text(encoding="utf-8"))
            for one in (path, dictionary)
        ]
