"""A comparison of runs: one page, and its tables and figure as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radiogenomics import __version__
from radiogenomics.evaluation.bootstrap import Estimate, PatientBootstrap
from radiogenomics.evaluation.comparison import compare_models
from radiogenomics.evaluation.report import paper
from radiogenomics.evaluation.report.differences import comparison_table, differences_table
from radiogenomics.evaluation.report.figures.drawing import Figure
from radiogenomics.evaluation.report.marks import MEASURES
from radiogenomics.evaluation.report.page import templates
from radiogenomics.evaluation.report.side_by_side import figure, tables
from radiogenomics.evaluation.report.side_by_side.joining import Entry, Joined, join
from radiogenomics.evaluation.report.side_by_side.tables import Pair
from radiogenomics.evaluation.report.table import Table
from radiogenomics.evaluation.report.writing import Written, check_writable, write_files
from radiogenomics.study.atomic import write_text
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training.run_folder import SavedRun

PAGE = "comparison.html"


@dataclass(frozen=True)
class Page:
    """Everything that the page shows."""

    names: tuple[str, ...]
    n_patients: int
    headline: str
    warnings: tuple[str, ...]
    tables: dict[str, Table]
    tests: tuple[Table, ...]
    figure: Figure
    paper_address: str
    version: str


def write_comparison(runs: Sequence[SavedRun], out: Path, progress: Progress = silent) -> Written:
    """Put runs side by side: the first is what the others are compared with.

    Parameters
    ----------
    runs
        Two or more, from `load_run`.
    out
        Where ``comparison.html``, the tables and the figure go.
    progress
        Told after each part.

    Raises
    ------
    InputError
        If the runs share no patient with the same measured values, one is given twice, or the
        place is a file.
    StudyError
        If something cannot be written.
    """
    check_writable(out)
    page = _page(join(runs), progress)
    write_files(out, [*page.tables.values(), *page.tests], [page.figure])
    write_text(out / PAGE, templates().get_template("compare.html").render(page=page))
    return Written(out / PAGE, out, page.headline)


def _page(joined: Joined, progress: Progress) -> Page:
    chosen = _chosen(joined)
    pairs = []
    for done, (entry, reference) in enumerate(chosen):
        progress("tests", done, len(chosen), f"{entry.key} against {reference.key}")
        comparison = compare_models(joined.aligned, entry.key, reference.key)
        pairs.append(Pair(entry, reference, comparison))
    progress("tests", len(chosen), len(chosen), "")
    means = _means(joined)
    leads = [
        next(pair for pair in pairs if (pair.model, pair.reference) == (lead, joined.leads[0]))
        for lead in joined.leads[1:]
    ]
    made = [
        tables.averages_table(joined, means),
        tables.differences_table(joined, _learnt(pairs)),
        tables.features_table(leads, "absolute"),
        tables.features_table(leads, "percentage"),
        tables.settings_table(joined),
        differences_table([pair.comparison for pair in _learnt(pairs)], "all_differences"),
    ]
    return Page(
        names=joined.names,
        n_patients=len(joined.aligned.patients),
        headline=_headline(joined, leads),
        warnings=joined.warnings,
        tables={table.name: table for table in made},
        tests=tuple(
            comparison_table(
                pair.comparison,
                measure,
                f"tests_{'mae' if measure == 'absolute' else 'mape'}_{position}",
                labels=(_called(pair.model), _called(pair.reference)),
            )
            for position, pair in enumerate(leads, start=2)
            for measure in MEASURES
        ),
        figure=figure.averages(joined, means),
        paper_address=paper.ADDRESS,
        version=__version__,
    )


def _chosen(joined: Joined) -> list[tuple[Entry, Entry]]:
    """Pair each model with the first run's of the same name, and each lead with the first's."""
    first = {entry.model.name: entry for entry in joined.entries if entry.run == joined.names[0]}
    chosen = [
        (entry, first[entry.model.name])
        for entry in joined.entries
        if entry.run != joined.names[0] and entry.model.name in first
    ]
    chosen += [(lead, joined.leads[0]) for lead in joined.leads[1:]]
    return list(dict.fromkeys(chosen))


def _learnt(pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out floors: where the folds are the same, they do not differ."""
    return [pair for pair in pairs if not pair.model.model.is_floor]


def _means(joined: Joined) -> dict[str, tuple[Estimate, Estimate]]:
    """Return by model the averages of scaled MAE and of MAPE, with intervals."""
    aligned = joined.aligned
    bootstrap = PatientBootstrap(len(aligned.patients))
    return {
        entry.key: (
            bootstrap.average(aligned.scaled_errors(entry.key)),
            bootstrap.average(aligned.percentage_errors(entry.key)),
        )
        for entry in joined.entries
    }


def _called(entry: Entry) -> str:
    return f"{entry.model.label} of run {entry.run}"


def _headline(joined: Joined, leads: Sequence[Pair]) -> str:
    """Say of each run whether it does better than the first, by the cautious test."""
    first = joined.names[0]
    said = []
    for pair in leads:
        average = pair.comparison.average
        measures = (("MAE", average.scaled), ("MAPE", average.percentage))
        told = [
            f"{'lower' if tested.better else 'higher'} average {name}"
            for name, tested in measures
            if tested.significant(cautious=True)
        ]
        said.append(
            f"Run {pair.model.run} has a significantly {' and a significantly '.join(told)} than "
            f"run {first}."
            if told
            else f"Run {pair.model.run} does not differ significantly from run {first} in its "
            "average errors."
        )
    return " ".join(said)
