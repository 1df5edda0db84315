"""``radiogenomics study``: create a study folder, fill it, list it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting, stoppable

if TYPE_CHECKING:
    from radiogenomics.study import Study

study_app = typer.Typer(
    help="Create a study folder, bring cases in, list them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

StudyFolder = Annotated[Path, typer.Argument(help="The study folder.")]


@study_app.command()
def init(
    study: StudyFolder,
    labels: Annotated[str, typer.Option(help="Label preset: brats, brats2023 or msd.")],
    name: Annotated[
        str | None, typer.Option(help="Name for people; default: the folder's.")
    ] = None,
    reader: Annotated[
        list[str] | None, typer.Option(help="A rater who segments; repeat for more.")
    ] = None,
    reviewer: Annotated[
        list[str] | None, typer.Option(help="A rater who also approves; repeat for more.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="How the regions are to be segmented.")] = "",
) -> None:
    """Create a study in a new or empty folder.

    [bold]Example[/bold]

      radiogenomics study init my-study --labels brats --reader "Eva Nová" --reviewer "Jan Malý"
    """
    from radiogenomics.imaging import find_preset
    from radiogenomics.study import Role, Study

    raters = dict.fromkeys(reader or (), Role.READER) | dict.fromkeys(reviewer or (), Role.REVIEWER)
    Study.create(
        study,
        name=name or study.resolve().name,
        labels=find_preset(labels).name,
        raters=raters,
        protocol=protocol,
    )
    print(
        f"Created the study {study}. Bring cases in with: radiogenomics study import "
        f"{shlex.quote(str(study))} FOLDER"
    )


@study_app.command()
def add(
    study: StudyFolder,
    segmentation: Annotated[Path, typer.Argument(help="The segmentation file.")],
    rater: Annotated[str, typer.Option(help="Who drew it.")],
    patient: Annotated[
        str | None, typer.Option(help="Patient id; default: from the file's name.")
    ] = None,
    t1c: Annotated[Path | None, typer.Option(help="T1 with contrast.")] = None,
    flair: Annotated[Path | None, typer.Option(help="FLAIR.")] = None,
    t2: Annotated[Path | None, typer.Option(help="T2.")] = None,
) -> None:
    """Add one case, or a further version of a rater's segmentation.

    [bold]Example[/bold]

      radiogenomics study add my-study TCGA-02-0006_seg.nii.gz --rater "Eva Nová" --t1c t1c.nii.gz
    """
    from radiogenomics.errors import InputError
    from radiogenomics.imaging import FoundCase, find_cases, import_case
    from radiogenomics.study import Study, check_rater

    opened, who = Study.open(study), check_rater(rater)
    if segmentation.is_dir():
        raise InputError(
            f"{segmentation} is a folder; bring it in with: radiogenomics study import"
        )
    found = find_cases([segmentation]).cases[0]
    images = {name: path for name, path in (("t1c", t1c), ("flair", flair), ("t2", t2)) if path}
    patient_id = patient if patient is not None else found.checked_patient_id()
    _register(opened, who)
    saved = import_case(opened, FoundCase(patient_id, segmentation, images), who)
    print(f"Added {patient_id}: version {saved.version} by {saved.rater}.")


@study_app.command("import")
def import_(
    study: StudyFolder,
    sources: Annotated[
        list[Path], typer.Argument(help="Folders or files: labelmaps, or a BraTS-style tree.")
    ],
    rater: Annotated[str, typer.Option(help="Who drew the segmentations.")],
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Import without asking; else only the plan is shown."),
    ] = False,
) -> None:
    """Import segmentations and the images beside them.

    First shows what would be taken, without touching anything; on a terminal it then asks.

    [bold]Example[/bold]

      radiogenomics study import my-study BraTS2020/ --rater brats --yes
    """
    from radiogenomics.imaging import Action, plan_import, run_import
    from radiogenomics.study import Study, check_rater

    opened = Study.open(study)
    who = check_rater(rater)
    plan = plan_import(opened, sources, who)
    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column("patient", no_wrap=True)
    for column in ("segmentation", "images", "what happens"):
        table.add_column(column, overflow="fold")
    for planned in plan:
        found = planned.found
        images = ", ".join(found.images) or "none"
        what = planned.problem or planned.description
        table.add_row(*map(escape, (found.patient_id, found.segmentation.name, images, what)))
    Console().print(table)
    if not yes and not (sys.stdin.isatty() and typer.confirm("Import these?")):
        print("Nothing was imported. Run again with --yes to import.")
        return
    # What an import that was killed left half written would only take up room.
    opened.remove_unfinished()
    _register(opened, who)
    again = "What was imported is kept; run the same again to go on."
    with stoppable(again), reporting(opened.root / "progress.jsonl") as progress:
        failed = run_import(opened, plan, who, progress)
    unchanged = sum(planned.action is Action.NOTHING for planned in plan)
    print(
        f"Imported {len(plan) - len(failed) - unchanged} of {len(plan)} into {study}; "
        f"{unchanged} were there already."
    )
    for found, reason in failed:
        file = str(found.segmentation)
        print(f"  {reason}" if file in reason else f"  {file}: {reason}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _register(study: Study, rater: str) -> None:
    """Enter a rater whom the study does not know yet, as a reader, and say so."""
    from radiogenomics.study import Role

    if rater not in study.settings.raters:
        study.add_rater(rater, Role.READER)
        print(f"{rater!r} is new to this study and was added as a reader.")


@study_app.command("list")
def list_(
    study: StudyFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List the cases with their images, raters, versions and review status.

    A case whose records are damaged is marked; the exit code is then 1.

    [bold]Example[/bold]

      radiogenomics study list my-study
    """
    from radiogenomics.errors import StudyError
    from radiogenomics.study import Study

    opened = Study.open(study)
    cases: list[dict[str, Any]] = []
    problems: list[str] = []
    for case in opened.cases():
        listed = {"patient_id": case.patient_id, "images": list(case.images)}
        try:
            raters = {one.rater: one.version for one in case.latest_by_rater()}
            cases.append({**listed, "raters": raters, "status": case.status})
        except StudyError as error:
            cases.append({**listed, "raters": {}, "status": "damaged", "problem": str(error)})
            problems.append(str(error))
    if as_json:
        print_json({"name": opened.settings.name, "cases": cases})
    else:
        _print_cases(opened.settings.name, cases)
        approved = sum(case["status"] == "approved" for case in cases)
        print(f"{len(cases)} cases, {approved} approved; label preset {opened.settings.labels}.")
    for problem in problems:
        print(f"  {problem}", file=sys.stderr)
    if problems:
        raise typer.Exit(1)


def _print_cases(name: str, cases: list[dict[str, Any]]) -> None:
    table = Table("patient", "images", "raters (version)", "status")
    for case in cases:
        raters = (f"{rater} ({version})" for rater, version in case["raters"].items())
        status = case["status"] or "no segmentation"
        row = (case["patient_id"], ", ".join(case["images"]), ", ".join(raters), status)
        table.add_row(*map(escape, row))
    Console().print(escape(name), highlight=False)
    Console().print(table)
