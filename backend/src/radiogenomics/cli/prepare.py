"""``radiogenomics prepare``: from a scanner's files to a case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

Chosen = Annotated[
    str | None,
    typer.Option(
        help="This image: the number of its series, its file or folder, or none.",
        show_default="found by tags or name",
    ),
]


def prepare(
    study: Annotated[Path, typer.Option(help="The study that the case goes into.")],
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="INPUT", help="Folder of DICOM, NIfTI or NRRD files, or of BIDS; one patient."
        ),
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option(
            help="Patient id of the case.", show_default="as BIDS or a public collection names it"
        ),
    ] = None,
    patient_number: Annotated[
        int | None,
        typer.Option(min=1, help="Which patient of a folder of DICOM that holds several."),
    ] = None,
    t1c: Chosen = None,
    flair: Chosen = None,
    t2: Chosen = None,
    t1: Chosen = None,
    skull_strip: Annotated[
        str | None,
        typer.Option(help="Method of skull stripping.", show_default="the best that is installed"),
    ] = None,
    brain_mask: Annotated[
        Path | None, typer.Option(help="A brain mask of T1 with contrast to use instead.")
    ] = None,
    bias_correction: Annotated[
        bool, typer.Option("--bias-correction", help="Even out the brightness first (N4).")
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Strip a prepared case anew by its corrected brain_mask.nii.gz."
        ),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace images that the case has already.")
    ] = False,
    accept_doubtful: Annotated[
        bool,
        typer.Option(
            "--accept-doubtful", help="Take images whose registration or brain mask looks wrong."
        ),
    ] = False,
) -> None:
    """Prepare the images of one patient: register, lay on 1 mm, cut out the brain.

    T1 with contrast, FLAIR, T2 and T1 are found by their tags or names; FLAIR, T2 and T1 are
    registered to T1 with contrast; all are interpolated once, to 1 mm. Images that are so already
    are taken as they are. Look at the page of pictures that it ends with. After a stop the same
    command goes on. Nothing of a patient's identity is taken from a header.

    [bold]Examples[/bold]

      radiogenomics prepare scans/DICOM --study my-study --patient P-017

      radiogenomics prepare scans/DICOM --study my-study --patient P-017 --t1c 7 --t2 none

      radiogenomics prepare bids --study my-study --patient sub-01 --brain-mask mask.nii.gz

      radiogenomics prepare --again --study my-study --patient P-017
    """
    from radiogenomics.errors import InputError
    from radiogenomics.imaging.preparing import (
        DoubtfulError,
        PrepareSettings,
        prepare_case,
        strip_again,
    )
    from radiogenomics.imaging.series import Contrast
    from radiogenomics.study import Study

    opened = Study.open(study)
    given = {Contrast.T1C: t1c, Contrast.FLAIR: flair, Contrast.T2: t2, Contrast.T1: t1}
    settings = PrepareSettings(
        chosen={contrast: value for contrast, value in given.items() if value is not None},
        skull_strip=skull_strip,
        brain_mask=brain_mask,
        bias_correction=bias_correction,
        replace=replace,
        accept_doubtful=accept_doubtful,
    )
    go_on = "What was computed is kept; run the same again to go on."
    with stopping_soon(go_on), reporting(opened.root / "progress.jsonl") as progress:
        try:
            if again:
                if source is not None or patient is None:
                    raise InputError("--again takes no INPUT; say which case with --patient.")
                prepared = strip_again(opened, patient, settings, progress)
            elif source is None:
                raise InputError("Give the folder of the images to prepare, or --again.")
            else:
                prepared = prepare_case(
                    opened,
                    source,
                    patient_id=patient,
                    patient_number=patient_number,
                    settings=settings,
                    progress=progress,
                )
        except DoubtfulError as doubt:
            page = _draw(doubt.images.parent, doubt.patient_id, doubt.images)
            raise InputError(f"{doubt} Look first at {page}") from doubt
        case = prepared.case
        page = _draw(opened.root / "check", case.patient_id, case.folder / "images")
    print(f"{case.patient_id}: {prepared.outcome}, {', '.join(case.images)}.")
    print(f"Look at {page}")
    for remark in (*prepared.warnings, *prepared.notes):
        print(f"  {remark}", file=sys.stderr)


def _draw(folder: Path, patient_id: str, images: Path) -> Path:
    # What draws takes longer to load than a bad input takes to be told.
    from radiogenomics.checking import preparation_page_name, write_preparation_page

    page = folder / preparation_page_name(patient_id)
    write_preparation_page(page, patient_id, images)
    return page
