"""How VTK draws without anybody's help: EGL, OSMesa, a display that is there, or Xvfb.

Each is tried in a process of its own, since a driver that fails may end the process. Standard
library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from radiogenomics.errors import InputError

VARIABLE = "VTK_DEFAULT_OPENGL_WINDOW"
"""Names the class of VTK's windows; one that the user has set is used as it is."""

_EGL = "vtkEGLRenderWindow"
_OSMESA = "vtkOSOpenGLRenderWindow"
_X = "vtkXOpenGLRenderWindow"
_PATIENCE_S = 30.0
_XVFB = ("-screen", "0", "1280x1024x24", "-nolisten", "tcp")

# Draws a red picture and looks whether it is red.
_TRIAL = """
import sys
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(8, 8)
renderer = vtkRenderer()
renderer.SetBackground(1, 0, 0)
window.AddRenderer(renderer)
window.Render()
pixels = vtkUnsignedCharArray()
window.GetRGBACharPixelData(0, 0, 7, 7, 0, pixels)
first = [pixels.GetValue(index) for index in range(3)]
sys.exit(0 if window.GetClassName() == sys.argv[1] and first == [255, 0, 0] else 1)
"""

_ADVICE = (
    "Nothing was found to draw the views with: neither EGL, nor OSMesa, nor a display, nor Xvfb "
    "works here. On Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri, or "
    "apt-get install xvfb."
)


@dataclass
class Rendering:
    """What draws, as long as it is wanted.

    Attributes
    ----------
    name
        For people: ``EGL``, ``OSMesa``, ``display``, ``Xvfb``, ``system`` or ``as set``.
    environment
        What VTK is to find in the environment.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    _display: subprocess.Popen[bytes] | None = None

    def use(self) -> None:
        """Let windows that are made from now on be drawn so."""
        os.environ.update(self.environment)

    def end(self) -> None:
        """End the display, where one was started."""
        if self._display is not None:
            self._display.terminate()
            self._display.wait()


class Search:
    """Looks for a way to draw, beginning at once; `finish` waits for it."""

    def __init__(self) -> None:
        self._first = _trial(_EGL) if self._is_needed else None

    @property
    def _is_needed(self) -> bool:
        return sys.platform.startswith("linux") and not os.environ.get(VARIABLE)

    def finish(self) -> Rendering:
        """Return the first way that works.

        Raises
        ------
        InputError
            If there is none; the message says what to install.
        """
        if self._first is None:
            return Rendering("as set" if os.environ.get(VARIABLE) else "system")
        if _works(self._first):
            return Rendering("EGL", {VARIABLE: _EGL})
        if _works(_trial(_OSMESA)):
            return Rendering("OSMesa", {VARIABLE: _OSMESA})
        if os.environ.get("DISPLAY") and _works(_trial(_X)):
            return Rendering("display", {VARIABLE: _X})
        return _virtual_display()

    def stop(self) -> None:
        """End the search; safe after it has finished."""
        if self._first is not None and self._first.poll() is None:
            self._first.kill()
            self._first.wait()


def _virtual_display() -> Rendering:
    program = shutil.which("Xvfb")
    if program is None:
        raise InputError(_ADVICE)
    readable, writable = os.pipe()
    display = subprocess.Popen(
        [program, "-displayfd", str(writable), *_XVFB],
        pass_fds=(writable,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for this program, which still draws while it ends.
        start_new_session=True,
    )
    os.close(writable)
    with os.fdopen(readable, "rb") as told:
        number = told.readline().decode().strip()
    found = Rendering("Xvfb", {VARIABLE: _X, "DISPLAY": f":{number}"}, display)
    if not number or not _works(_trial(_X, found.environment)):
        found.end()
        raise InputError(_ADVICE)
    return found


def _trial(window: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _TRIAL, window],
        env={**os.environ, **(environment or {}), VARIABLE: window},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _works(trial: subprocess.Popen[bytes]) -> bool:
    try:
        return trial.wait(_PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        trial.kill()
        trial.wait()
        return False
