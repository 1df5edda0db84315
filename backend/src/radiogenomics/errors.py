"""The exceptions that a user of the package can catch.

Standard library only: every package of the project may import this module, inside Slicer too.
A message says what is wrong, where (file, patient, gene, row) and what to do about it.
"""


class RadiogenomicsError(Exception):
    """Base of every exception that the package raises on purpose."""


class InputError(RadiogenomicsError):
    """Something the user gave cannot be used: a file, a value, an option."""


class LabelmapError(InputError):
    """A segmentation file cannot be read as a labelmap, or its labels are not known."""


class UnknownLabelError(LabelmapError):
    """What the label values of a file mean is not known: no preset, or one that lacks a value."""


class StudyError(RadiogenomicsError):
    """A study folder cannot be opened, read or written."""


class NotAStudyError(StudyError, InputError):
    """A folder that was given as a study is none, is damaged, or is of a newer format."""


class StudyLockedError(StudyError):
    """Another process is writing to the study folder."""


class TrainingError(RadiogenomicsError):
    """A training cannot go on, or its run folder cannot be used."""


def reason_of(error: RadiogenomicsError | OSError) -> str:
    """Say why one file or case failed, where the others go on."""
    if isinstance(error, RadiogenomicsError):
        return str(error)
    return f"{error.filename} cannot be read: {error.strerror or error}."
