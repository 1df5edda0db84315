"""TCGA barcodes, and the choice of one sample a patient. Standard library only."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from radiogenomics.errors import InputError
from radiogenomics.expression.report import Dropped, named

PATIENT_ID_LENGTH = 12
# R writes the hyphens of a column name as dots.
_BARCODE = re.compile(
    r"TCGA(?P<sep>[-.])[A-Z0-9]{2}(?P=sep)[A-Z0-9]{4}"
    r"(?:(?P=sep)(?P<sample>\d{2})(?P<vial>[A-Z]?)"
    r"(?:(?P=sep)\d{2}(?P<analyte>[A-Z]?)(?:(?P=sep)(?P<plate>[A-Z0-9]{4}))?)?(?:(?P=sep).*)?)?"
)
_PRIMARY_TUMOUR = "01"
_SAMPLE_TYPES = {
    "02": "recurrent tumour",
    "03": "blood cancer",
    "05": "additional new primary tumour",
    "06": "metastasis",
    "07": "additional metastasis",
    "10": "blood, normal",
    "11": "solid tissue, normal",
    "12": "buccal cells, normal",
    "14": "bone marrow, normal",
    "20": "control analyte",
    "50": "cell line",
    "60": "xenograft",
    "61": "xenograft",
}
SAMPLE_RULE = (
    "of several samples of a patient, the first vial is taken (A before B, which is often "
    "paraffin-embedded), then analyte H before R before T, then the later plate, then the higher "
    "barcode, as Broad's Firehose does after the vial"
)


@dataclass(frozen=True)
class Barcode:
    """The parts of a TCGA barcode that tell samples of a patient apart.

    Attributes
    ----------
    text
        With hyphens.
    sample_type, vial, analyte, plate
        Such as ``01``, ``A``, ``R``, ``1849``; empty where the barcode ends before.
    """

    text: str
    sample_type: str
    vial: str
    analyte: str
    plate: str

    @property
    def patient_id(self) -> str:
        """The first twelve characters, such as ``TCGA-02-0006``."""
        return self.text[:PATIENT_ID_LENGTH]

    @property
    def is_primary_tumour(self) -> bool:
        """Whether it is of sample type 01, or of a patient without naming a sample."""
        return self.sample_type in {"", _PRIMARY_TUMOUR}


@dataclass(frozen=True)
class SampleChoice:
    """Which samples stand for their patients.

    Attributes
    ----------
    indices
        Of the samples taken, in their order.
    patient_ids
        Their patients, each once.
    dropped
        The samples left out, by reason.
    notes
        The rule, where it had to decide.
    """

    indices: tuple[int, ...]
    patient_ids: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]


def parse_barcode(text: str) -> Barcode | None:
    """Return the parts of a barcode of a patient, a sample or an aliquot; None if it is none."""
    match = _BARCODE.fullmatch(text)
    if match is None:
        return None
    return Barcode(
        text=text.replace(match["sep"], "-"),
        sample_type=match["sample"] or "",
        vial=match["vial"] or "",
        analyte=match["analyte"] or "",
        plate=match["plate"] or "",
    )


def is_barcode(text: str) -> bool:
    """Whether a text is a TCGA barcode of a patient, a sample or an aliquot."""
    return _BARCODE.fullmatch(text) is not None


def patient_id_of(identifier: str) -> str:
    """Return the patient id of a sample: ``TCGA-02-0006-01A-01R-1849-01`` gives ``TCGA-02-0006``.

    An identifier that is no TCGA barcode is a patient id already and comes back as it is.
    """
    barcode = parse_barcode(identifier)
    return identifier if barcode is None else barcode.patient_id


def choose_samples(source: str, names: Sequence[str]) -> SampleChoice:
    """Choose one sample a patient: the primary tumour, and of several the one by `SAMPLE_RULE`.

    Normal tissue and recurrences must not stand for the patient's untreated tumour.

    Parameters
    ----------
    source
        For the messages.
    names
        Patient ids or TCGA barcodes.

    Raises
    ------
    InputError
        If no primary tumour is among them, or a patient occurs twice without a barcode that tells
        the two apart.
    """
    others: dict[str, list[str]] = defaultdict(list)
    samples: dict[str, list[int]] = defaultdict(list)
    barcodes = [parse_barcode(name) for name in names]
    for index, (name, barcode) in enumerate(zip(names, barcodes, strict=True)):
        if barcode is None:
            samples[name].append(index)
        elif barcode.is_primary_tumour:
            samples[barcode.patient_id].append(index)
        else:
            others[barcode.sample_type].append(name)
    dropped = [
        Dropped("samples", _not_primary(sample_type), len(found), tuple(found[:3]))
        for sample_type, found in sorted(others.items())
    ]
    if not samples:
        counts = "; ".join(f"{one.count} {one.reason}" for one in dropped)
        raise InputError(
            f"{source} holds no primary tumour (sample type {_PRIMARY_TUMOUR}): {counts}."
        )
    _refuse_indistinguishable(source, names, samples)
    taken: dict[int, str] = {}
    beaten: dict[str, list[str]] = defaultdict(list)
    for patient_id, indices in samples.items():
        own = [(barcodes[index], index) for index in indices]
        ranked = _ranked([(code, index) for code, index in own if code is not None])
        taken[ranked[0][1] if ranked else indices[0]] = patient_id
        for code, index in ranked[1:]:
            beaten[_why(ranked[0][0], code)].append(names[index])
    dropped += [
        Dropped("samples", reason, len(found), tuple(found[:3])) for reason, found in beaten.items()
    ]
    indices_taken = tuple(sorted(taken))
    return SampleChoice(
        indices=indices_taken,
        patient_ids=tuple(taken[index] for index in indices_taken),
        dropped=tuple(dropped),
        notes=(SAMPLE_RULE[0].upper() + SAMPLE_RULE[1:] + ".",) if beaten else (),
    )


def _not_primary(sample_type: str) -> str:
    kind = _SAMPLE_TYPES.get(sample_type, "other")
    return f"of sample type {sample_type} ({kind}), not a primary tumour"


def _refuse_indistinguishable(
    source: str, names: Sequence[str], samples: dict[str, list[int]]
) -> None:
    twice = []
    for patient_id, indices in samples.items():
        codes = [parse_barcode(names[index]) for index in indices]
        texts = Counter("" if code is None else code.text for code in codes)
        if len(indices) > len(texts):
            twice.append(patient_id)
    if twice:
        raise InputError(
            f"{source}: {len(twice)} patient{'s occur' if len(twice) > 1 else ' occurs'} more than "
            f"once ({named(twice)}); keep one sample of each."
        )


def _ranked(samples: list[tuple[Barcode, int]]) -> list[tuple[Barcode, int]]:
    """Sort by preference, the best first; the last key of `SAMPLE_RULE` is sorted by first."""
    by_barcode = sorted(samples, key=lambda sample: sample[0].text, reverse=True)
    by_plate = sorted(by_barcode, key=lambda sample: sample[0].plate, reverse=True)
    return sorted(by_plate, key=lambda sample: (_vial(sample[0]), _analyte(sample[0])))


def _vial(barcode: Barcode) -> str:
    return barcode.vial or "~"  # a sample that names no vial comes after those that do


def _analyte(barcode: Barcode) -> int:
    return {"H": 0, "R": 1, "T": 2}.get(barcode.analyte, 3)


def _why(taken: Barcode, left: Barcode) -> str:
    if _vial(taken) != _vial(left):
        return "another vial of a patient was taken"
    if _analyte(taken) != _analyte(left):
        return "another analyte of a patient was taken"
    if taken.plate != left.plate:
        return "an aliquot of the patient on a later plate was taken"
    return "another aliquot of a patient was taken"
