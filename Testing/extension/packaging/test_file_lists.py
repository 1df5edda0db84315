"""Every file is listed in CMake, and every listed file is there."""

from __future__ import annotations

import pytest


def difference(listed: list[str], there: set[str]) -> str:
    """Return what to change in the list, ready to be pasted; empty where it is right."""
    lines = [f"+  {name}" for name in sorted(there - set(listed))]
    lines += [f"-  {name}" for name in sorted(set(listed) - there)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("variable", "files"),
    [
        ("MODULE_PYTHON_SCRIPTS", "scripts"),
        ("MODULE_PYTHON_RESOURCES", "resources"),
        ("BACKEND_PYTHON_SCRIPTS", "backend_scripts"),
    ],
)
def test_the_list_is_the_tree_sorted(tree, variable, files):
    listed, there = tree.listed(variable), getattr(tree, files)()
    changes = difference(listed, there)
    assert not changes, f"{tree.module / 'CMakeLists.txt'}, {variable}:\n{changes}"
    assert listed == sorted(listed)


def test_a_folder_of_scripts_is_a_package(tree):
    # Without __init__.py a folder is imported in a checkout and may be found elsewhere in Slicer.
    for names in (tree.scripts(), tree.backend_scripts()):
        for name in names:
            folder = name.rpartition("/")[0]
            assert not folder or f"{folder}/__init__.py" in names, name
