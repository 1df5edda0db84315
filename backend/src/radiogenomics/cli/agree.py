"""``radiogenomics agree``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

if TYPE_CHECKING:
    from radiogenomics.agreement import FeatureAgreement
    from radiogenomics.measuring import StudyAgreement


def agree(
    study: Annotated[Path, typer.Argument(help="The study folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the result; default: agreement/ in the study.")
    ] = None,
    drafts: Annotated[
        bool,
        typer.Option(
            "--drafts", help="Compare the newest version of each rater, also if never submitted."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 for one per processor.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Say how the raters of a study agree.

    For every case with two raters or more: Dice, Hausdorff distance, mean surface distance and
    volume difference of each pair. Over the cases, for each of the twenty shape features: the
    intraclass correlations ICC(2,1) and ICC(2,k) with 95 % intervals, and the limits of agreement
    of each pair (Bland and Altman). Of each rater the newest version counts that was submitted and
    not returned. Tables, their dictionary, pictures, and one page that shows all of it.

    [bold]Examples[/bold]

      radiogenomics agree my-study

      radiogenomics agree my-study --drafts --out agreement-of-drafts
    """
    from radiogenomics.agreement.tables import FOLDER
    from radiogenomics.checking.agreement_page import write_agreement_page
    from radiogenomics.measuring import study_agreement, write_agreement
    from radiogenomics.parallel import processors
    from radiogenomics.study import Study

    opened = Study.open(study)
    folder = out or opened.root / FOLDER
    again = "Nothing was written; run the same again."
    # With --out nothing is written into the study, which may be one that can only be read.
    log = (out or opened.root) / "progress.jsonl"
    with stopping_soon(again), reporting(log) as progress:
        found = study_agreement(
            opened, drafts=drafts, processes=jobs or processors(), progress=progress
        )
    write_agreement(folder, found)
    page = write_agreement_page(
        folder,
        found.name,
        found.cases,
        found.cohort,
        one_rater=found.one_rater,
        failures=found.failures,
        drafts=found.drafts,
    )
    if as_json:
        print_json(_as_json(found, page))
    else:
        _print_result(found, page)
    for patient_id, reason in found.failures:
        print(f"  {patient_id}: {reason}", file=sys.stderr)
    if found.failures:
        raise typer.Exit(1)


def _as_json(found: StudyAgreement, page: Path) -> dict[str, object]:
    from dataclasses import asdict

    block = found.cohort.block
    return {
        "page": str(page),
        "drafts": found.drafts,
        "cases": [asdict(one) for one in found.cases],
        "one_rater": found.one_rater,
        "failures": [
            dict(zip(("patient_id", "reason"), one, strict=True)) for one in found.failures
        ],
        "block": asdict(block),
        "features": [{**asdict(one), "agreement": one.word} for one in found.cohort.features],
    }


def _print_result(found: StudyAgreement, page: Path) -> None:
    from radiogenomics.agreement.wording import block_words

    console = Console()
    console.print(_table(found))
    for line in (
        *block_words(found.cohort.block, found.one_rater, drafts=found.drafts),
        f"Page and tables: {page}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(found: StudyAgreement) -> Table:
    from radiogenomics.shape.wording import feature_label

    table = Table(
        title="ICC(2,1), its 95 % interval, and what it says at the least (Koo and Li 2016)",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    by_roi: dict[str, dict[str, FeatureAgreement]] = {}
    for one in found.cohort.features:
        by_roi.setdefault(one.roi, {})[one.feature] = one
    table.add_column("", no_wrap=True)
    for roi, features in by_roi.items():
        cases = next(iter(features.values())).cases
        table.add_column(f"{roi} (n={cases})", no_wrap=True)
    for feature in dict.fromkeys(one.feature for one in found.cohort.features):
        cells = [_cell(features.get(feature)) for features in by_roi.values()]
        table.add_row(feature_label(feature), *cells)
    return table


def _cell(one: FeatureAgreement | None) -> str:
    if one is None or one.correlation is None:
        return ""
    single = one.correlation.single
    numbers = f"{single.value:.2f}, {single.low:.2f}–{single.high:.2f}"
    return f"{numbers.replace('-', '−')} {one.word}"
