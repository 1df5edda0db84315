"""``radiogenomics measure``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting

if TYPE_CHECKING:
    from radiogenomics.measuring import CohortResult, Failure, MeasureJob

# Of many regions or files a message names this many.
_NAMED = 3


def measure(
    paths: Annotated[
        list[Path], typer.Argument(help="Segmentations, folders of them, or one study.")
    ],
    labels: Annotated[
        str | None,
        typer.Option(help="Label preset: brats, brats2023 or msd. A study brings its own."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The table; features.csv here, or in the study, if not given."),
    ] = None,
    roi: Annotated[
        list[str] | None,
        typer.Option(help="Measure this region; repeat for more. Default: enhancing and edema."),
    ] = None,
    rater: Annotated[
        str | None, typer.Option(help="Who drew the segmentations, for files and folders.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 for one per processor.")
    ] = 0,
    wide: Annotated[
        bool, typer.Option("--wide", help="Also write one row per region, <out>.wide.csv.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Drop what an earlier table holds of other segmentations."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Measure the ten shape features of every region.

    Writes the table, a data dictionary beside it, and a note of the sources, so that a second run
    measures only what changed. Of a study it measures the newest version of every rater, and says
    in the column counts which version of a case is used: the approved one, else the consensus,
    else that of the only rater. A file that cannot be measured is reported at the end; the exit
    code is then 1 and the other rows are there. It is 2 if no file at all could be used.

    [bold]Examples[/bold]

      radiogenomics measure segmentations/ --labels brats --out features.csv

      radiogenomics measure my-study --wide

      radiogenomics measure tumour.seg.nrrd --json
    """
    from radiogenomics.measuring import measure_cohort
    from radiogenomics.parallel import processors

    request = _request(paths, labels, out, tuple(roi or ()), rater)
    with reporting(request.out.with_name("progress.jsonl")) as progress:
        result = measure_cohort(
            request.jobs,
            request.out,
            processes=jobs or processors(),
            wide=wide,
            replace=replace or request.owns_table,
            progress=progress,
        )
    result.failures[:0] = request.failures
    if as_json:
        print_json(_as_json(result, request.out))
    else:
        _print_result(result, request.out, wide)
    if request.passed_over:
        print(
            f"{request.passed_over} other volumes were passed over: they are images, or not named "
            "like a segmentation (..._seg, ..._mask) while others are.",
            file=sys.stderr,
        )
    if result.interrupted:
        raise typer.Exit(130)
    if result.failures:
        nothing = not result.measured and not result.reused
        unusable = nothing and all(failure.bad_input for failure in result.failures)
        raise typer.Exit(2 if unusable else 1)


@dataclasses.dataclass(frozen=True)
class _Request:
    """What the arguments ask for."""

    jobs: list[MeasureJob]
    failures: list[Failure]
    passed_over: int
    out: Path
    owns_table: bool


def _request(
    paths: list[Path],
    labels: str | None,
    out: Path | None,
    rois: tuple[str, ...],
    rater: str | None,
) -> _Request:
    from radiogenomics.errors import InputError
    from radiogenomics.imaging import MEASURED_ROIS, ROIS
    from radiogenomics.measuring import UNNAMED_RATER, jobs_from_files, jobs_from_study
    from radiogenomics.study import Study, check_rater

    for name in rois:
        if name not in ROIS:
            raise InputError(f"{name!r} is no region; choose from {', '.join(ROIS)}.")
    wanted = rois or MEASURED_ROIS
    studies = [path for path in paths if Study.is_study(path)]
    if not studies:
        who = check_rater(rater) if rater is not None else UNNAMED_RATER
        found = jobs_from_files(paths, labels, who, wanted)
        if labels is None:
            _ask_for_labels(found[0])
        return _Request(*found, out or Path("features.csv"), owns_table=False)
    if len(paths) > 1:
        raise InputError(f"{studies[0]} is a study; measure one study at a time.")
    if labels is not None or rater is not None:
        raise InputError(
            "A study knows its label preset and raters; leave out --labels and --rater."
        )
    study = Study.open(paths[0])
    jobs, failures = jobs_from_study(study, wanted)
    own = study.root / "features.csv"
    return _Request(jobs, failures, 0, out or own, owns_table=out is None)


def _ask_for_labels(jobs: list[MeasureJob]) -> None:
    """Refuse once, with the presets that fit, what would fail alike for every file."""
    from radiogenomics.errors import InputError, RadiogenomicsError, UnknownLabelError
    from radiogenomics.imaging import read_labelmap
    from radiogenomics.study.labels import describe_presets

    unreadable = []
    for job in jobs:
        if job.path.name.lower().endswith(".seg.nrrd"):
            continue
        try:
            read_labelmap(job.path, None)
        except UnknownLabelError:
            raise
        except (RadiogenomicsError, OSError) as error:
            unreadable.append(str(error))
    # Where there are others to measure, a file that cannot be read is reported with them.
    if unreadable and len(unreadable) == len(jobs):
        first = unreadable[0]
        raise InputError(
            (first if len(jobs) == 1 else f"None of the {len(jobs)} files can be read. {first}")
            + f"\nSay with --labels, too, what the label values mean: {describe_presets()}."
        )


def _as_json(result: CohortResult, out: Path) -> dict[str, object]:
    return {
        "table": str(out),
        "measured": result.measured,
        "reused": result.reused,
        "interrupted": result.interrupted,
        "failures": [
            {"file": str(failure.path), "reason": failure.reason} for failure in result.failures
        ],
        "small_regions": [
            {"patient_id": patient_id, "rater": rater, "roi": roi}
            for patient_id, rater, roi in result.small
        ],
        "rows": [dataclasses.asdict(row) for row in result.rows],
    }


def _print_result(result: CohortResult, out: Path, wide: bool) -> None:
    from radiogenomics.measuring import companion
    from radiogenomics.study.counting import rows_that_count

    console = Console(soft_wrap=True)
    if result.rows:
        Console().print(_summary(result))
    total = result.measured + result.reused
    if not total:
        interrupted = "Interrupted. " if result.interrupted else ""
        console.print(f"{interrupted}Nothing was measured; no table was written.")
        return _print_failures(result)
    console.print(
        f"{total} segmentations in {out}: {result.measured} measured, "
        f"{result.reused} unchanged since the last run.",
        highlight=False,
    )
    counted = rows_that_count(result.rows)
    if counted is not None:
        console.print(f"Versions that count: {counted.describe()}.", markup=False, highlight=False)
    console.print(f"What the columns mean: {companion(out, 'dictionary.csv')}", highlight=False)
    if result.small:
        console.print(_about_small(result.small), markup=False, highlight=False)
    if wide:
        console.print(f"One row per region: {companion(out, 'wide.csv')}", highlight=False)
    if result.interrupted:
        console.print("Interrupted. The rows so far are saved; run the same again to go on.")
    return _print_failures(result)


def _about_small(small: list[tuple[str, str, str]]) -> str:
    """Say of which regions the sphericity can exceed 1."""
    from radiogenomics.shape import SMALL_ROI_VOXELS

    several = len({rater for _, rater, _ in small}) > 1
    named = [
        f"{patient_id} {roi}" + (f" by {rater}" if several else "")
        for patient_id, rater, roi in small[:_NAMED]
    ]
    more = ", ..." if len(small) > _NAMED else ""
    regions = "1 region" if len(small) == 1 else f"{len(small)} regions"
    return (
        f"{regions} under {SMALL_ROI_VOXELS} voxels ({', '.join(named)}{more}): "
        "sphericity can exceed 1."
    )


def _print_failures(result: CohortResult) -> None:
    errors = Console(stderr=True, soft_wrap=True)
    if result.failures:
        errors.print(f"{len(result.failures)} could not be measured:")
    for failure in result.failures:
        errors.print(f"  {failure.reason}", markup=False, highlight=False)


def _summary(result: CohortResult) -> Table:
    """Mean, smallest and largest of every feature, by ROI."""
    from radiogenomics.shape import SHOWN_UNITS

    values: dict[str, dict[str, list[float]]] = {}
    units: dict[str, str] = {}
    for row in result.rows:
        units[row.feature] = row.unit
        of_roi = values.setdefault(row.roi, {})
        if row.value is not None:
            of_roi.setdefault(row.feature, []).append(row.value)

    patients = len({row.patient_id for row in result.rows})
    drawn = len({(row.patient_id, row.rater, row.version) for row in result.rows})
    table = Table(
        title=f"Mean (smallest–largest) over {drawn} segmentations of {patients} patients",
        title_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column("feature, unit", no_wrap=True)
    for roi, of_roi in values.items():
        count = len(of_roi.get("surface_area", []))
        table.add_column(f"{roi} (n={count})", justify="right", no_wrap=True)
    for feature, unit in units.items():
        shown, factor = SHOWN_UNITS[unit]
        cells = []
        for of_roi in values.values():
            numbers = [value * factor for value in of_roi.get(feature, [])]
            mean = f"{sum(numbers) / len(numbers):.4g}" if numbers else ""
            spread = f" ({min(numbers):.3g}–{max(numbers):.3g})" if len(numbers) > 1 else ""
            cells.append(mean + spread)
        table.add_row(f"{feature}, {shown}" if shown else feature, *cells)
    return table
