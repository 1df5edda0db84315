"""A phantom patient: a drawn brain with a glioblastoma, for samples, tutorials and tests.

It needs numpy and scipy alone, so that it is made where it is used, inside Slicer too, and nothing
is downloaded. No patient's data went into it.
"""

from radiogenomics.phantom.case import PhantomCase, phantom_case

__all__ = ["PhantomCase", "phantom_case"]
