"""Importing the extension imports nothing that Slicer lacks, and does nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# What Slicer's reviewers allow at file scope, beside the standard library.
BUNDLED = {"numpy", "scipy", "SimpleITK", "vtk", "vtkmodules", "slicer", "qt", "ctk"}
# Modules of Slicer itself, and ours.
SCRIPTED = {"ScriptedLoadableModule", "SegmentStatistics", "SegmentStatisticsPlugins", "SampleData"}
OURS = {"Radiogenomics", "RadiogenomicsLib", "radiogenomics"}

# A value may be computed when a file is imported, but not by asking the application or the machine.
ASKS = {"slicer", "qt", "ctk", "vtk", "subprocess", "urllib", "open", "print", "exec", "eval"}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
IMPORTS = (ast.Import, ast.ImportFrom)


def at_file_scope(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those of a class's body among them."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from at_file_scope(statement.body)
        elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            yield from at_file_scope(statement.orelse)
        elif isinstance(statement, ast.If) and "sys.platform" in ast.unparse(statement.test):
            yield from at_file_scope(statement.body + statement.orelse)
        elif isinstance(statement, ast.Try):
            for part in (statement.body, statement.orelse, statement.finalbody):
                yield from at_file_scope(part)
            for handler in statement.handlers:
                yield from at_file_scope(handler.body)
        elif not isinstance(statement, DEFINITIONS):
            yield statement


def foreign_imports(source: str) -> list[str]:
    """Return the modules imported at file scope that Slicer does not have."""
    modules = []
    for statement in at_file_scope(ast.parse(source).body):
        if isinstance(statement, ast.Import):
            modules += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            modules.append(statement.module)
    allowed = BUNDLED | SCRIPTED | OURS | sys.stdlib_module_names
    return [name for name in modules if name.split(".")[0] not in allowed]


def deeds(source: str) -> list[str]:
    """Return what a file does when it is imported, beside importing, defining and naming."""
    found = []
    for statement in at_file_scope(ast.parse(source).body):
        text = ast.unparse(statement)
        if isinstance(statement, ASSIGNMENTS):
            calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
            if any(ast.unparse(call.func).split(".")[0] in ASKS for call in calls):
                found.append(text)
        elif isinstance(statement, ast.Expr):
            # The one thing that has to happen: the packages become importable.
            what = ast.unparse(statement.value)
            if not isinstance(statement.value, ast.Constant) and "ensureImportable(" not in what:
                found.append(text)
        elif not isinstance(statement, (*IMPORTS, ast.Pass)):
            found.append(text)
    return found


@pytest.fixture
def sources(tree) -> list[Path]:
    files = [tree.module / name for name in tree.scripts()]
    return files + [tree.backend / name for name in tree.backend_scripts()]


def test_no_file_imports_at_file_scope_what_slicer_lacks(sources):
    found = {path.name: foreign_imports(path.read_text(encoding="utf-8")) for path in sources}
    assert {name: modules for name, modules in found.items() if modules} == {}


def test_no_file_does_anything_when_it_is_imported(sources):
    found = {path.name: deeds(path.read_text(encoding="utf-8")) for path in sources}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import pandas.api", ["pandas.api"]),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None", ["torch"]),
        ("class A:\n    from rich import print", ["rich"]),
        ("import numpy as np\nfrom scipy import ndimage\nimport json, qt", []),
        ("def f():\n    import pandas", []),
        ("if TYPE_CHECKING:\n    import pandas", []),
    ],
)
def test_the_check_sees_an_import(source, modules):
    assert foreign_imports(source) == modules


@pytest.mark.parametrize(
    "source",
    [
        "slicer.util.pip_install('pandas')",
        "logic = slicer.vtkSlicerTerminologiesModuleLogic()",
        "for name in names:\n    print(name)",
        "with open('x') as file:\n    pass",
        "class A:\n    icon = qt.QIcon('x')",
        "if True:\n    x = 1",
    ],
)
def test_the_check_sees_a_deed(source):
    assert len(deeds(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "LIMITS = frozenset({1, 2})\nHERE = Path(__file__).parent",
        "Backend.ensureImportable()",
        "@dataclass(frozen=True)\nclass A:\n    x: int = field(default=1)\n\n    def f(self):\n"
        "        slicer.util.infoDisplay('x')",
    ],
)
def test_the_check_lets_definitions_pass(source):
    assert deeds(source) == []
