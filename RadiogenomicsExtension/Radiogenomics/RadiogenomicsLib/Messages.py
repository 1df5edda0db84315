"""How the panel tells of errors: once, in words, with what to do."""

import logging
import traceback
from contextlib import contextmanager

import slicer
from slicer.i18n import tr as _

from radiogenomics.errors import RadiogenomicsError


@contextmanager
def errorsShown(what):
    """Show an expected error of the body in a dialog and go on; a fault of ours is shown as such.

    Parameters
    ----------
    what : str
        What was tried, such as "Save the segmentation", for the dialog's title.
    """
    try:
        yield
    except RadiogenomicsError as error:
        slicer.util.errorDisplay(str(error), windowTitle=what)
    except Exception as error:
        logging.exception(what)
        slicer.util.errorDisplay(
            _("Something unexpected went wrong: {error}. What was saved is unchanged.").format(
                error=f"{type(error).__name__}: {error}"
            ),
            windowTitle=what,
            detailedText=traceback.format_exc(),
        )


@contextmanager
def busy():
    """Show the waiting cursor while the body runs."""
    with slicer.util.WaitCursor():
        yield
