"""One page of a case for a report or a discussion: pictures of the views and the numbers.

Self-contained HTML: it opens without a server or a network. Standard library only.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from radiogenomics import __version__
from radiogenomics.mrml.comparison import ComparedFeature
from radiogenomics.mrml.table import COLUMNS, table_cells
from radiogenomics.study.atomic import write_text

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; max-width: 68rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
p { color: #57606a; margin: .2rem 0 1rem; }
.views { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .75rem; }
figure { margin: 0; }
img { width: 100%; display: block; background: #000; }
figcaption { color: #57606a; font-size: .85rem; padding-top: .2rem; }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem; font-size: .9rem; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #d8dee4; text-align: right;
         font-variant-numeric: tabular-nums; white-space: nowrap; }
th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left; }
tr.first td { border-top: 2px solid #57606a; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
"""


def write_case_page(
    path: Path,
    *,
    patient_id: str,
    about: Sequence[tuple[str, str]],
    pictures: Sequence[tuple[str, bytes]],
    features: Sequence[ComparedFeature],
) -> None:
    """Write the page of a case.

    Parameters
    ----------
    path
        The ``.html`` file.
    patient_id
        The only identity that the page carries.
    about
        Names and values above the pictures, such as the rater and the version.
    pictures
        Caption and PNG file of each view.
    features
        What the feature table shows.

    Raises
    ------
    StudyError
        If it cannot be written; an earlier page is unchanged.
    """
    facts = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in about if value)
    figures = "\n".join(
        f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,'
        f'{b64encode(picture).decode("ascii")}"><figcaption>{escape(caption)}</figcaption></figure>'
        for caption, picture in pictures
    )
    write_text(
        path,
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(patient_id)}</title>'
        f"<style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(patient_id)}</h1>\n<p>{facts}</p>\n"
        f'<div class="views">\n{figures}\n</div>\n{_table(features)}\n'
        f"<p>Radiogenomics {escape(__version__)}. Research software, no medical device.</p>\n"
        "</body></html>\n",
    )


def _table(features: Sequence[ComparedFeature]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    lines = []
    before = ""
    for one in features:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in table_cells(one))
        first = ' class="first"' if one.roi != before and before else ""
        before = one.roi
        lines.append(f"<tr{first}>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
