"""Forgets what was imported, so that Reload reads the files anew (`imp` is gone in Python 3.12)."""

import sys

_PACKAGES = ("RadiogenomicsLib", "radiogenomics")


def forgetModules():
    """Drop this module's packages from Python's cache; the next import reads them again."""
    for name in list(sys.modules):
        if name.split(".")[0] in _PACKAGES:
            del sys.modules[name]
