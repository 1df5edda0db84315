"""Every name that our source and .ui files take from Slicer exists in a running Slicer."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from pythonqt import api, static, uicheck

REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSION = REPOSITORY / "RadiogenomicsExtension"
MRML = REPOSITORY / "backend" / "src" / "radiogenomics" / "mrml"
SOURCES = sorted([*EXTENSION.rglob("*.py"), *MRML.rglob("*.py")])
FORMS = sorted(EXTENSION.rglob("*.ui"))

pytestmark = pytest.mark.skipif(
    not api.available(), reason=f"the list of Slicer's names is not there ({api.API_FILE.name})"
)


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_there_is_something_to_check():
    assert SOURCES


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_source_file_names_only_what_slicer_has(path):
    assert static.problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FORMS, ids=_name)
def test_a_form_names_only_what_slicer_has(path):
    assert uicheck.uiProblems(ElementTree.parse(path).getroot()) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("slicer.arrayFromVolume(node)", "slicer.arrayFromVolume does not exist"),
        ("from slicer import arrayFromVolume", "slicer.arrayFromVolume does not exist"),
        ("slicer.util.arrayFromVolumes(node)", "slicer.util.arrayFromVolumes does not exist"),
        ("slicer.util.errorDisplay()", "missing a required argument: 'text'"),
        ("slicer.util.errorDisplay('a', title='b', d=1)", None),
        ("slicer.util.settingsValue('a', 1, convert=int)", "unexpected keyword argument 'convert'"),
        ("slicer.util.settingsValue('a', 1, converter=int)", None),
        ("slicer.util.launchConsoleProcess(['a'], blocking=False, cwd='b')", None),
        ("slicer.util.launchConsoleProcess(['a'], shell=True)", "argument 'shell'"),
        ("slicer.app.frobnicate()", "slicer.app.frobnicate does not exist"),
        ("slicer.app.layoutManager().setLayouts(3)", "setLayouts does not exist"),
        ("slicer.app.layoutManager().setLayout(3)", None),
        ("slicer.modules.radiogenomics.path", None),
        ("slicer.modules.radiology.path", "slicer.modules.radiology does not exist"),
        ("qt.QLabelX()", "qt.QLabelX does not exist"),
        ("done = qt.Signal()", "PySide6"),
        ("qt.Qt.AlignLefty", "qt.Qt.AlignLefty does not exist"),
        ("qt.QTimer.singleShot(0, f)", None),
        ("qt.QMessageBox.warning(None, 'a', 'b')", "go through slicer.util"),
        ("ctk.ctkCollapsibleButtons()", "does not exist"),
        ("slicer.qMRMLNodeComboBoxes()", "does not exist"),
        ("import pandas", "pandas is not bundled"),
        ("try:\n    import requests\nexcept ImportError:\n    pass", "requests is not bundled"),
        ("def f():\n    import pandas", None),
        ("def f():\n    import pip", "pip is not bundled"),
        ("slicer.util.pip_install('pandas')", "nothing is installed"),
        ("import slicer.parameterNodeWrappers", "the module slicer.parameterNodeWrappers"),
        ("from slicer.util import VTKObservationMixin", None),
        ("from slicer.util import VTKMixin", "slicer.util.VTKMixin does not exist"),
        ("button.connect('clicked(int)', f)", "no class of Slicer has a signal 'clicked(int)'"),
        ("button.connect('clicked(bool)', f)", None),
        ("button.connect('clicked', f)", "'clicked'"),
    ],
)
def test_the_check_finds(source, problem):
    found = static.problems(source)
    assert (found == []) if problem is None else (problem in " ".join(found))
