"""``radiogenomics fetch``: the public data of the paper."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

if TYPE_CHECKING:
    from radiogenomics.fetching import Source
    from radiogenomics.fetching.brats import Taken, Wanted
    from radiogenomics.study.progress import Progress

fetch_app = typer.Typer(
    help="Get the public data of the paper: expression, segmentations, MR images.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Out = Annotated[Path, typer.Option(help="The folder to fetch into.")]
Accept = Annotated[
    bool, typer.Option("--accept", help="Accept the licence that is shown, without being asked.")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", help="Another address of the same data: https, or http on this computer."
    ),
]
Package = Annotated[
    Path | None,
    typer.Option(help="TCIA's package, downloaded before: its folder, or a zip archive of it."),
]
Patients = Annotated[
    str | None,
    typer.Option(
        help="Only these: ids with commas between, a file with one a line, or a folder of masks."
    ),
]


@fetch_app.command()
def expression(
    out: Out = Path("public-data"), accept: Accept = False, address: From = None
) -> None:
    """Fetch the gene expression: TCGA-GBM on Affymetrix HG-U133A, from UCSC Xena.

    The file is what [bold]radiogenomics expression[/bold] and [bold]train[/bold] read. After a stop
    the same command goes on where it ended.

    [bold]Examples[/bold]

      radiogenomics fetch expression --out public-data

      radiogenomics fetch expression --out public-data --accept
    """
    from radiogenomics.fetching import find_source
    from radiogenomics.fetching.addresses import check_address
    from radiogenomics.fetching.transfer import fetch_file

    source = find_source("expression")
    addresses = [check_address(address)] if address is not None else []
    _ask_for_acceptance(source, accept)
    with _fetching(out) as progress:
        fetched = fetch_file(source, out, addresses=addresses, progress=progress)
    print(f"{'Fetched' if fetched.new else 'There already, unchanged'}: {fetched.path}")
    print(f"See what it holds with: radiogenomics expression {shlex.quote(str(fetched.path))}")


@fetch_app.command()
def masks(
    package: Package = None,
    out: Out = Path("public-data"),
    patients: Patients = None,
    accept: Accept = False,
    address: From = None,
) -> None:
    """Take the segmentations of 102 patients out of TCIA's package BraTS-TCGA-GBM.

    TCIA hands the package out over IBM Aspera alone: without --package, this says how to download
    it. One file a patient is written, corrected by an expert where there is such a one, as
    [bold]radiogenomics measure[/bold] takes it.

    [bold]Examples[/bold]

      radiogenomics fetch masks

      radiogenomics fetch masks --package Downloads/BraTS-TCGA-GBM --out public-data
    """
    from radiogenomics.fetching.brats import choose_masks

    taken = _take(choose_masks, "masks", package, out, patients, accept, address)
    if taken.automatic:
        print(f"No expert corrected those of: {', '.join(taken.automatic)}")
    print(
        f"Measure them with: radiogenomics measure {shlex.quote(str(taken.folder))} --labels brats"
    )


@fetch_app.command()
def mr(
    package: Package = None,
    collection: Annotated[
        str, typer.Option(help="A collection of the Imaging Data Commons.")
    ] = "tcga_gbm",
    out: Out = Path("public-data"),
    patients: Patients = None,
    accept: Accept = False,
    address: From = None,
) -> None:
    """Fetch MR images: DICOM from the Imaging Data Commons, or those of TCIA's package.

    Of the Commons' collections the anatomical series of every patient's first day are fetched. It
    hands out none of TCGA-GBM (they show faces). With --package, the four skull-stripped images of
    each of the 102 patients are taken out of BraTS-TCGA-GBM; [bold]fetch masks[/bold] says how to
    get it. Either way [bold]radiogenomics prepare[/bold] takes the folder of a patient.

    [bold]Examples[/bold]

      radiogenomics fetch mr --package Downloads/BraTS-TCGA-GBM --patients public-data/masks

      radiogenomics fetch mr --collection upenn_gbm --patients UPENN-GBM-00001,UPENN-GBM-00002
    """
    if package is not None:
        from radiogenomics.fetching.brats import choose_images

        folder = _take(choose_images, "mr", package, out, patients, accept, address).folder
    else:
        folder = _fetch_scans(collection, out, patients, accept, address)
    patient = shlex.quote(f"{folder}/PATIENT")
    print(f"Prepare a patient with: radiogenomics prepare {patient} --study STUDY")


def _fetch_scans(
    collection: str, out: Path, patients: str | None, accept: bool, address: str | None
) -> Path:
    """Fetch series of the Imaging Data Commons; return the folder of the patients."""
    from radiogenomics.fetching import find_source
    from radiogenomics.fetching.addresses import check_address
    from radiogenomics.fetching.idc import choose_series, read_index
    from radiogenomics.fetching.patients import read_patients
    from radiogenomics.fetching.s5cmd import program
    from radiogenomics.fetching.scans import fetch_scans

    source = find_source("idc")
    endpoint = source.addresses[0] if address is None else check_address(address)
    wanted = read_patients(patients) if patients is not None else ()
    selection = choose_series(read_index(collection), collection, wanted)
    program()  # known to be there before anyone is asked
    _ask_for_acceptance(source, accept, selection.terms())
    with _fetching(out) as progress:
        fetched = fetch_scans(selection, out / "mr", source, endpoint=endpoint, progress=progress)
    left_out = ", ".join(f"{count} {why}" for why, count in selection.left_out.items() if count)
    patients_there = len(selection.patients)
    print(
        f"In {fetched.folder}: {patients_there} patients, {fetched.files} files, {fetched.new} new."
    )
    if left_out:
        print(f"Series left out: {left_out}.")
    if selection.without:
        print(f"No series is left of: {', '.join(selection.without)}")
    return fetched.folder


def _take(
    choose: Callable[[Collection[str], Collection[str]], list[Wanted]],
    what: str,
    package: Path | None,
    out: Path,
    patients: str | None,
    accept: bool,
    address: str | None,
) -> Taken:
    """Take files out of the package, which is fetched first where an address of it is given."""
    from radiogenomics.errors import InputError
    from radiogenomics.fetching import find_source
    from radiogenomics.fetching.addresses import check_address
    from radiogenomics.fetching.brats import by_hand, take
    from radiogenomics.fetching.packages import open_package
    from radiogenomics.fetching.patients import read_patients

    source = find_source("brats")
    if (package is None) == (address is None):
        if package is not None:
            raise InputError("Give --package or --from, not both.")
        print(by_hand(source, f"radiogenomics fetch {what}"))
        raise InputError(f"Nothing was fetched: {what} needs --package (see above).")
    addresses = [check_address(address)] if address is not None else []
    wanted_patients = read_patients(patients) if patients is not None else ()
    _ask_for_acceptance(source, accept)
    with _fetching(out) as progress:
        if package is None:
            from radiogenomics.fetching.transfer import fetch_file

            package = fetch_file(source, out, addresses=addresses, progress=progress).path
        with open_package(package) as opened:
            wanted = choose(opened.sizes(), wanted_patients)
            taken = take(opened, wanted, out / what, source, progress)
    print(
        f"In {taken.folder}: {len(taken.patients)} patients, {taken.files} files, {taken.new} new."
    )
    return taken


def _ask_for_acceptance(source: Source, accept: bool, extra: Sequence[str] = ()) -> None:
    """Show the licence and what to cite; go on if it is accepted."""
    from radiogenomics.errors import InputError
    from radiogenomics.fetching import terms

    print(terms(source, extra), flush=True)
    if accept:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "Nothing was fetched. Read the licence above; if you accept it, run the same command "
            "with: --accept"
        )
    if not typer.confirm("Do you accept the licence, and will you cite these?"):
        print("Nothing was fetched.")
        raise typer.Exit


@contextmanager
def _fetching(out: Path) -> Iterator[Progress]:
    """Show progress; end soon after Ctrl-C, saying that what has come is kept."""
    with (
        stopping_soon("What has come is kept; run the same again to go on."),
        reporting(out / "progress.jsonl") as progress,
    ):
        yield progress
