"""The views are drawn by whatever works: EGL, OSMesa, a display or Xvfb, found without help."""

import os
import shutil
import subprocess
import sys

import pytest

from radiogenomics.viewer.rendering import VARIABLE

# Asks for a way to draw, draws with it, and says which it was and what colour came out.
ASK = """
from radiogenomics.errors import InputError
from radiogenomics.viewer.rendering import Search
search = Search()
try:
    rendering = search.finish()
except InputError as error:
    print(error)
    raise SystemExit(2)
rendering.use()
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window, renderer = vtkRenderWindow(), vtkRenderer()
window.SetOffScreenRendering(1)
window.SetSize(4, 4)
renderer.SetBackground(0, 0, 1)
window.AddRenderer(renderer)
window.Render()
pixels = vtkUnsignedCharArray()
window.GetRGBACharPixelData(0, 0, 3, 3, 0, pixels)
print(rendering.name, [pixels.GetValue(index) for index in range(3)])
del renderer, window
rendering.end()
"""

NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}


def ask(**environment):
    """Look for a way to draw in a process of its own, with that environment."""
    clean = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "DISPLAY")}
    return subprocess.run(
        [sys.executable, "-c", ASK],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def no_osmesa(tmp_path):
    """An environment in which the library of OSMesa is found, but is none."""
    for name in ("libOSMesa.so", "libOSMesa.so.8", "libOSMesa.so.6"):
        (tmp_path / name).write_bytes(b"no library")
    return {"LD_LIBRARY_PATH": str(tmp_path)}


def needs(condition, what):
    if not condition:
        if os.environ.get("CI"):
            pytest.fail(f"{what} is missing, and continuous integration is to have it")
        pytest.skip(f"{what} is not installed here")


def has_library(name):
    listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False)
    return name in listed.stdout


def test_egl_is_taken_where_it_works():
    needs(has_library("libEGL.so.1"), "libegl1")
    assert ask().stdout == "EGL [0, 0, 255]\n"


def test_osmesa_is_taken_where_egl_does_not_work():
    needs(has_library("libOSMesa.so"), "libosmesa6")
    assert ask(**NO_EGL).stdout == "OSMesa [0, 0, 255]\n"


def test_a_virtual_display_is_started_where_neither_works_and_ended_with_the_program(no_osmesa):
    needs(shutil.which("Xvfb"), "Xvfb")
    asked = ask(**NO_EGL, **no_osmesa)
    assert asked.stdout == "Xvfb [0, 0, 255]\n"
    running = subprocess.run(["ps", "-eo", "comm"], capture_output=True, text=True, check=True)
    assert "Xvfb" not in running.stdout


def test_what_to_install_is_said_where_nothing_works(no_osmesa):
    asked = ask(**NO_EGL, **no_osmesa, PATH="/nonexistent")
    assert asked.returncode == 2
    assert "apt-get install libegl1" in asked.stdout


def test_what_the_user_has_set_is_used_as_it_is():
    needs(has_library("libOSMesa.so"), "libosmesa6")
    assert ask(**{VARIABLE: "vtkOSOpenGLRenderWindow"}).stdout == "as set [0, 0, 255]\n"
