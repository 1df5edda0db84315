"""A whole report: its tables, figures and words, and the files that it becomes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from radiogenomics import __version__
from radiogenomics.evaluation.comparison import Comparison
from radiogenomics.evaluation.report import (
    account,
    averages,
    checks,
    choices,
    differences,
    features,
    paper,
    patients,
    repeated,
)
from radiogenomics.evaluation.report.account import EstimateKind
from radiogenomics.evaluation.report.evidence import MEDIAN, Evidence, Thoroughness, gather
from radiogenomics.evaluation.report.figures.against import errors_against
from radiogenomics.evaluation.report.figures.coverage import coverage
from radiogenomics.evaluation.report.figures.drawing import Figure
from radiogenomics.evaluation.report.figures.learning import learning_curves
from radiogenomics.evaluation.report.figures.overview import overview
from radiogenomics.evaluation.report.figures.predicted import predicted_against_measured
from radiogenomics.evaluation.report.figures.repeats import repeats
from radiogenomics.evaluation.report.marks import MEASURES
from radiogenomics.evaluation.report.naming import ModelStyle
from radiogenomics.evaluation.report.page import render
from radiogenomics.evaluation.report.summary import Summary, summarise
from radiogenomics.evaluation.report.table import Table
from radiogenomics.evaluation.report.writing import Written, check_writable, write_files
from radiogenomics.study.atomic import write_text
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training.run_folder import SavedRun

Shown = TypeVar("Shown", Table, Figure)

PAGE, FOLDER = "report.html", "report"


@dataclass(frozen=True)
class Report:
    """Everything that the page shows.

    Attributes
    ----------
    run_id
        Of the run.
    summary, kind
        The verdict, and what kind of estimate it rests on.
    models
        In the order of the tables.
    tables, figures
        By name; all are written as files, too.
    dropped
        Patients that were left out although they have features, by reason.
    methods, model_words
        Headings and words, of the run and of its models.
    citations
        What to cite.
    """

    run_id: str
    n_patients: int
    n_features: int
    n_genes: int
    protocol: str
    summary: Summary
    kind: EstimateKind
    models: tuple[ModelStyle, ...]
    lead: ModelStyle
    reference: ModelStyle
    tables: dict[str, Table]
    figures: dict[str, Figure]
    dropped: dict[str, list[str]]
    methods: list[tuple[str, str]]
    model_words: list[tuple[str, str]]
    citations: tuple[str, ...]
    paper_address: str
    version: str
    worst_shown: int


def write_report(
    run: SavedRun,
    out: Path | None = None,
    progress: Progress = silent,
    thoroughness: Thoroughness | None = None,
) -> Written:
    """Write the page of a run, and its tables and figures as files.

    Parameters
    ----------
    run
        From `load_run`; every number of the report is made from its files.
    out
        Where ``report.html`` and the folder ``report`` go; None for the run's own folder.
    progress
        Told after each part.
    thoroughness
        How much is simulated; None for what a report should have.

    Raises
    ------
    InputError
        If the run lacks what a report needs, the place is a file, or Matplotlib is not installed.
    StudyError
        If something cannot be written.
    """
    folder = out or run.path
    check_writable(folder / FOLDER)
    report = build(gather(run, progress, thoroughness), progress)
    write_files(folder / FOLDER, report.tables.values(), report.figures.values())
    write_text(folder / PAGE, render(report))
    return Written(folder / PAGE, folder / FOLDER, report.summary.headline)


def build(evidence: Evidence, progress: Progress = silent) -> Report:
    """Make all tables, figures and words of a run."""
    run = evidence.run
    summary = summarise(evidence)
    tables = _numbered([table for table in _tables(evidence) if table is not None], 5)
    tables.append(summary.glance)
    figures = _numbered(_figures(evidence, progress), 4)
    return Report(
        run_id=run.run_id,
        n_patients=len(evidence.aligned.patients),
        n_features=len(evidence.aligned.features),
        n_genes=int(run.manifest["genes"]["used"]),
        protocol=run.config.protocol,
        summary=summary,
        kind=account.estimate_kind(run),
        models=evidence.models,
        lead=evidence.lead,
        reference=evidence.reference,
        tables={table.name: table for table in tables},
        figures={figure.name: figure for figure in figures},
        dropped=account.dropped_patients(run),
        methods=account.methods(run),
        model_words=account.model_words(run, evidence.models),
        citations=_citations(str(run.manifest["versions"]["radiogenomics"])),
        paper_address=paper.ADDRESS,
        version=__version__,
        worst_shown=patients.SHOWN,
    )


def _tables(evidence: Evidence) -> Sequence[Table | None]:
    references = {evidence.reference.name: evidence.lead_comparison}
    references |= {name: each for name, each in evidence.floors.items() if name == MEDIAN}
    tests = [
        differences.comparison_table(
            comparison,
            measure,
            f"tests_{'mae' if measure == 'absolute' else 'mape'}_against_{name}",
            evidence.powers[name] if measure == "absolute" else None,
        )
        for name, comparison in references.items()
        for measure in MEASURES
    ]
    return (
        averages.averages_table(evidence),
        averages.losses_table(evidence),
        features.mae_table(evidence),
        features.mape_table(evidence),
        *tests,
        differences.differences_table(_comparisons(evidence)),
        checks.chance_table(evidence),
        checks.chance_features_table(evidence),
        repeated.repeats_table(evidence),
        checks.calibration_table(evidence),
        checks.calibration_features_table(evidence),
        patients.patients_table(evidence),
        account.dropped_table(evidence.run),
        account.dropped_patients_table(evidence.run),
        choices.network_choices_table(evidence),
        choices.baseline_choices_table(evidence),
        account.settings_table(evidence.run),
        account.provenance_table(evidence.run),
    )


def _comparisons(evidence: Evidence) -> list[Comparison]:
    """Return all comparisons: of every model with the reference, of the lead with the floors."""
    others = [
        each for each in evidence.floors.values() if each.reference != evidence.reference.name
    ]
    return [*evidence.comparisons.values(), *others]


def _figures(evidence: Evidence, progress: Progress) -> list[Figure]:
    shown = [evidence.lead]
    if not evidence.reference.is_floor:
        shown.append(evidence.reference)
    painters: list[tuple[str, Callable[[], Figure | None]]] = [
        ("overview", lambda: overview(evidence)),
        ("learning curves", lambda: learning_curves(evidence)),
        ("errors", lambda: errors_against(evidence)),
        ("repeats", lambda: repeats(evidence)),
        *(
            (
                f"predicted by {model.label}",
                lambda model=model: predicted_against_measured(evidence, model),
            )
            for model in shown
        ),
        ("coverage of intervals", lambda: coverage(evidence, shown)),
    ]
    figures = []
    for done, (name, paint) in enumerate(painters):
        progress("figures", done, len(painters), name)
        figures.append(paint())
    progress("figures", len(painters), len(painters), "")
    return [figure for figure in figures if figure is not None]


def _numbered(shown: list[Shown], first: int) -> list[Shown]:
    """Give numbers to those that have none of their own, in the order of the page."""
    numbers = itertools.count(first)
    return [
        dataclasses.replace(each, number=f"{each.number} {next(numbers)}")
        if each.number in ("Table", "Figure")
        else each
        for each in shown
    ]


def _citations(version: str) -> tuple[str, ...]:
    return (
        paper.CITATION,
        f"The Radiogenomics contributors. Radiogenomics, version {version}: shape features of "
        "glioblastoma and their prediction from gene expression. Software, Apache-2.0.",
    )
