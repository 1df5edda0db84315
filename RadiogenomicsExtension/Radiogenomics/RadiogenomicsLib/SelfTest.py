"""The self test of the real application: what a rater does, checked against known values."""

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import slicer

from radiogenomics.mrml.grids import LABELS, fill_segments
from radiogenomics.mrml.predicted import read_prediction_source
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.mrml.session import Session
from radiogenomics.phantom import phantom_case
from radiogenomics.shape import labelmap_features
from radiogenomics.study import Role, State, Study
from radiogenomics.study.predictions import Prediction, write_predictions
from RadiogenomicsLib import SampleCase, Views

VERDICT = "RADIOGENOMICS SELF TEST PASSED"
"""Printed once every step has passed; the script that runs Slicer looks for it."""

# The phantom of seed 4 at 2 mm, measured by the command line.
_SPACING = 2.0
_PATIENCE_S = 10.0


class SelfTest:
    """Runs on any MRML scene; what needs the panel runs only where there is one.

    Parameters
    ----------
    tell : callable
        Told of each step, in words.
    scene : vtkMRMLScene, optional
        The application's by default.
    """

    def __init__(self, tell=print, scene=None):
        self._tell = tell
        self._scene = slicer.mrmlScene if scene is None else scene
        self._pending = []
        self._phantom = phantom_case(4, _SPACING)

    def run(self):
        """Run every step; raises AssertionError at the first that fails."""
        with tempfile.TemporaryDirectory() as folder:
            study = self._makeStudy(Path(folder) / "study")
            session = Session(self._scene, self._schedule, lambda _change: None, self._fail)
            try:
                self._openAndSegment(session, study)
                self._saveAndReopen(session)
                self._predict(session)
                self._review(session)
            finally:
                session.end()
            self._testPanel(study)
        self._tell(VERDICT)
        print(VERDICT, flush=True)

    def _makeStudy(self, folder):
        self._tell("Create a study")
        study = Study.create(
            folder,
            name="Self test",
            labels="brats",
            raters={"Reader": Role.READER, "Reviewer": Role.REVIEWER},
        )
        case = study.add_case("PHANTOM-4")
        nodes = SampleCase.addPhantom(self._scene, 4, _SPACING)
        for name, node in zip(("t1c", "flair", "t2"), nodes, strict=False):
            case.add_image(name, lambda path, node=node: _writeVolume(path, node), {})
        for node in nodes:
            self._scene.RemoveNode(node)
        return study

    def _openAndSegment(self, session, study):
        self._tell("Open the case, segment it, and follow the features")
        session.open_study(study.root)
        session.sign_in("Reader", Role.READER)
        session.open_case("PHANTOM-4")
        node = session.live.node
        _check(list(find_roi_segments(node)) == ["enhancing", "edema"], "two standard segments")
        labels = {roi: self._phantom.labels[roi] for roi in LABELS}
        fill_segments(node, self._phantom.labelmap, labels)
        _check(self._pending, "an event of the segmentation asks for a new measurement")
        self._runPending()
        _check(_features(session) == self._known(), "live values equal those of the labelmap")
        _check(session.is_dirty, "the drawing is not saved yet")

    def _saveAndReopen(self, session):
        self._tell("Save, close and open again")
        saved = session.save()
        _check(saved.path.exists() and saved.version == 1, "version 1 is on the disk")
        session.close_case()
        session.open_case("PHANTOM-4")
        _check(_features(session) == self._known(), "the saved version measures the same")

    def _predict(self, session):
        self._tell("Show predictions beside the measured values")
        diameter = self._known()["edema"]["max_diameter"]
        path = session.study.root / "runs" / "first" / "predictions.csv"
        one = Prediction(
            "PHANTOM-4",
            "edema",
            "max_diameter",
            "mm",
            diameter,
            diameter - 5,
            diameter - 8,
            diameter - 2,
            "network",
            "out_of_fold",
            1,
            "first",
        )
        write_predictions(path, [one])
        session.board.use_predictions(read_prediction_source(path))
        row = next(
            row
            for row in session.board.features
            if (row.roi, row.feature) == ("edema", "max_diameter")
        )
        _check(abs(row.difference + 5) < 1e-9 and row.is_outside, "predicted, and outside")
        table = session.board.table.node.GetTable()
        _check(table.GetNumberOfRows() == 20, "twenty rows in the table node")

    def _review(self, session):
        self._tell("Submit and approve")
        Review(session).submit()
        session.sign_in("Reviewer", Role.REVIEWER)
        session.open_case("PHANTOM-4", "Reader")
        _check(not session.is_editable, "a reviewer looks and does not draw")
        Review(session).approve()
        _check(session.study.case("PHANTOM-4").status is State.APPROVED, "approved")

    def _testPanel(self, study):
        """Walk through the panel of the application, where there is one."""
        if not hasattr(slicer, "app") or slicer.util.mainWindow() is None:
            return
        self._tell("Walk through the panel")
        slicer.util.selectModule("Radiogenomics")
        panel = slicer.modules.RadiogenomicsWidget.panel
        with _settingsKept():
            self._lookAtApproved(panel, study)
            self._drawAsAnother(panel)
            self._tell("Close the scene")
            self._scene.Clear(False)
            _check(panel.workplace.session.open is None, "a closed scene closes the case")
            panel.workplace.session.close_study()

    def _lookAtApproved(self, panel, study):
        panel.study.openStudy(str(study.root))
        panel.rater.signIn("Reader", str(Role.READER))
        panel.study.openCase("PHANTOM-4")
        slicer.app.processEvents()
        rows = panel.workplace.session.board.features
        _check(len(rows) == 20, "the panel shows twenty features")
        panel.features.selectRow(5)
        _check(
            panel.workplace.highlight.selected == ("enhancing", "max_diameter"),
            "a row selects a feature",
        )
        _check(panel.segment.ui.editor.readOnly, "what is approved is read-only")

    def _drawAsAnother(self, panel):
        """Let Slicer's timer find what was drawn, as it does while somebody paints."""
        self._tell("Draw in the panel")
        panel.rater.signIn("Second reader", str(Role.READER))
        panel.study.openCase("PHANTOM-4")
        session = panel.workplace.session
        _check(not panel.segment.ui.editor.readOnly, "one's own segmentation can be drawn")
        labels = {roi: self._phantom.labels[roi] for roi in LABELS}
        fill_segments(session.live.node, self._phantom.labelmap, labels)
        end = time.monotonic() + _PATIENCE_S
        while session.live.is_pending and time.monotonic() < end:
            slicer.app.processEvents()
        volume = self._known()["enhancing"]["volume"]
        _check(session.board.features[0].measured == volume, "the table follows by itself")
        panel.segment.switchRoi()
        _check(panel.segment.ui.edemaButton.checked, "a key changes the region")
        panel.segment.save()
        _check(session.open.version == 1, "the panel saves version 1")
        _check(len(Views.pictures()) > 0, "the views can be pictured")

    def _known(self):
        labels = {roi: self._phantom.labels[roi] for roi in ("enhancing", "edema")}
        return labelmap_features(self._phantom.labelmap, self._phantom.spacing, labels)

    def _schedule(self, _milliseconds, function):
        self._pending.append(function)

    def _runPending(self):
        while self._pending:
            self._pending.pop(0)()

    def _fail(self, message):
        raise AssertionError(message)


def _features(session):
    session.update()
    return {roi: one.measurement.features for roi, one in session.live.rois.items()}


def _writeVolume(path, node):
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(str(path))
    if not storage.WriteData(node):
        raise OSError(f"{path} cannot be written")


@contextmanager
def _settingsKept():
    """Leave in the user's settings who worked before the test, and on which study."""
    from RadiogenomicsLib.Settings import remember, remembered  # noqa: PLC0415  (needs Qt)

    before = {name: remembered(name) for name in ("study", "rater", "role")}
    try:
        yield
    finally:
        for name, text in before.items():
            remember(name, text)


def _check(holds, what):
    if not holds:
        raise AssertionError(f"This does not hold: {what}.")
