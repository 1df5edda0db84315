"""An imitation of the Python side of Slicer's application, to test the panel without Slicer.

It is an imitation: a panel that passes here has kept PythonQt's rules and has used only names that
a running Slicer has, but it has not met Slicer's own widgets. The self test in a real Slicer
remains the last word.

What is real: Qt (through PySide6, without a screen), VTK, the MRML scene, its nodes and logics and
most of ``slicer.util`` (from slicer-core). What is imitated: how PythonQt shows Qt to Python
(:mod:`.proxy`), the widgets of CTK and Slicer (:mod:`.ctkwidgets`, :mod:`.mrmlwidgets`,
:mod:`.segmenteditor`), the application (:mod:`.application`, :mod:`.views`), the base classes of
scripted modules (:mod:`.scripted`) and ``parameterNodeWrapper`` (:mod:`.parameternode`).

The rules come from ``slicer_api.json.gz``, which was read off a running Slicer, and
from PythonQt's own behaviour:

* a property is an attribute: ``button.text`` is a string, ``button.text()`` fails;
* a property, method, signal or constant that the list does not have for the class is refused
  (:class:`NotInSlicer`, an AttributeError);
* one that it has and that this imitation lacks says so (:class:`NotImitated`): extend the stand-in;
* ``button.connect("clicked(bool)", f)`` with a signature the class does not have is refused, where
  PythonQt would print a line and go on; ``button.clicked.connect(f)`` works;
* a slot gets as many arguments as it takes, as in PythonQt: ``lambda case=case: ...`` on
  ``clicked(bool)`` is given the bool;
* a plain C++ object takes no new attribute; an instance of a Python subclass does;
* methods take no keyword arguments and no functions;
* lists from C++ arrive as tuples, enumerations are flat (``qt.QMessageBox.Yes``);
* there is no ``qt.Signal``, ``qt.Slot`` or ``qt.Property``.

Qt is 6 here and 5.15 in Slicer. What only Qt 6 has is not in the list and so refused; what only
Qt 5 has is translated (``currentIndexChanged(QString)``) or not imitated.

An object that nobody holds and that has no parent is deleted, as in Slicer: ``runTimers`` and
``waitFor`` collect it first. A warning of Qt fails the test (``slicerApplication.qtWarnings``).

Dialogs never block. What they show is kept in ``slicerApplication.dialogs``, what they answer is
given before with ``slicerApplication.answer(...)``; a question without an answer fails the test.

A stand-in declares behaviour only. A property that it does not declare is kept as a dynamic Qt
property, so ``widget.maskingSectionVisible = False`` needs no code here. To add a widget, write a
PySide6 subclass named as in Slicer in one of the widget modules; to add a name that the list
misses and Slicer's sources show, put it in ``api.ADDED`` with its reason.
"""
