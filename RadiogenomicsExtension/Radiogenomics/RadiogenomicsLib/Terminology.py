"""Our terminology, so that the segments' meaning is found in Slicer's selector too."""

import logging

import slicer

from radiogenomics.study.labels import TERMINOLOGY
from RadiogenomicsLib.Ui import RESOURCES


def load():
    """Load the terminology once; NCIt C113842 Enhancing Lesion is in none of Slicer's own."""
    logic = slicer.modules.terminologies.logic()
    if not logic.LoadTerminologyFromFile(
        str(RESOURCES / "Terminologies" / f"{TERMINOLOGY}.term.json")
    ):
        logging.warning("The terminology of Radiogenomics could not be loaded.")
