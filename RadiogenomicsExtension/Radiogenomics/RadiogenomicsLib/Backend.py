"""Makes the package `radiogenomics` importable inside Slicer: the one that came with this module.

The extension carries its packages in a folder beside this file, not in the module path itself,
where Slicer would take every .py for a module. Standard library only.
"""

import importlib
import logging
import sys
from pathlib import Path

PACKAGE = "radiogenomics"


def sourceFolder(here=None):
    """Return the folder that holds the package: the installed copy, or the source tree's.

    Parameters
    ----------
    here : pathlib.Path, optional
        The folder to look from, instead of this file's.

    Raises
    ------
    ImportError
        If the package is in neither place.
    """
    here = Path(__file__).resolve().parent if here is None else Path(here)
    bundled = here / "backend"
    # The module path may point into a checkout, where nothing was copied.
    candidates = [bundled, here.parent.parent.parent / "backend" / "src"]
    for folder in candidates:
        if (folder / PACKAGE / "__init__.py").is_file():
            return folder
    looked = " nor in ".join(str(folder) for folder in candidates)
    raise ImportError(
        f"The package '{PACKAGE}' is missing: it is neither in {looked}. Install the extension "
        "again through the Extensions Manager, or point the module path to a complete checkout.",
        name=PACKAGE,
    )


def ensureImportable(here=None):
    """Make ``import radiogenomics`` find the package of `sourceFolder`, and return that folder.

    It wins over a copy that was installed with pip, of whatever version, also over one that another
    extension has imported already. Calling it again changes nothing.

    Raises
    ------
    ImportError
        If the package is missing.
    """
    folder = sourceFolder(here)
    entry = str(folder)
    if entry not in sys.path[:1]:
        sys.path[:] = [entry, *(path for path in sys.path if path != entry)]
        importlib.invalidate_caches()
    _forgetOthers(folder)
    return folder


def _forgetOthers(folder):
    """Drop what was imported under the package's name from elsewhere, rather than mix the two."""
    loaded = sys.modules.get(PACKAGE)
    if loaded is None:
        return
    places = [Path(place).resolve() for place in getattr(loaded, "__path__", ())]
    if (folder / PACKAGE).resolve() in places:
        return
    logging.warning(
        "A package '%s' from %s had been imported; Radiogenomics uses its own, from %s",
        PACKAGE,
        ", ".join(str(place) for place in places) or "an unknown place",
        folder,
    )
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
