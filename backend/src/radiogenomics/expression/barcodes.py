"""TCGA barcodes and the patient ids inside them. Standard library only."""

from __future__ import annotations

import re

from radiogenomics.errors import InputError

PATIENT_ID_LENGTH = 12
_BARCODE = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?:-(?P<sample>\d{2})[A-Z]?(?:-.*)?)?")
_PRIMARY_TUMOUR = "01"


def is_barcode(text: str) -> bool:
    """Whether a text is a TCGA barcode of a patient, a sample or an aliquot."""
    return _BARCODE.fullmatch(text) is not None


def patient_id_of(identifier: str) -> str:
    """Return the patient id of a row: ``TCGA-02-0006-01A-01R-1849-01`` gives ``TCGA-02-0006``.

    An identifier that is no TCGA barcode is a patient id already and comes back as it is.

    Raises
    ------
    InputError
        If the barcode names a sample that is not a primary tumour (sample type 01): normal tissue
        and recurrences must not stand for the patient's untreated tumour.
    """
    barcode = _BARCODE.fullmatch(identifier)
    if barcode is None:
        return identifier
    sample = barcode["sample"]
    if sample is not None and sample != _PRIMARY_TUMOUR:
        raise InputError(
            f"{identifier} is of sample type {sample}, not a primary tumour "
            f"({_PRIMARY_TUMOUR}); remove its row from the expression file."
        )
    return identifier[:PATIENT_ID_LENGTH]
