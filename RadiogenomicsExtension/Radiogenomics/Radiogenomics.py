"""The Radiogenomics module: describes itself, shows its panel, and tests itself. No logic."""

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class Radiogenomics(ScriptedLoadableModule):
    """Describes the module to the application."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Radiogenomics")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        parent.dependencies = ["Segmentations", "SegmentEditor", "SegmentStatistics"]
        parent.contributors = ["The Radiogenomics contributors"]
        parent.helpText = _(
            "Segment the enhancing and the edema region of a glioblastoma and see ten shape "
            "features of each follow every brush stroke; review the cases of a study; see what a "
            "network predicts from gene expression beside what was measured. This is research "
            "software and no medical device."
        )
        parent.acknowledgementText = _(
            "After Smedley and Hsu, Using deep neural networks for radiogenomic analysis, "
            "ISBI 2018."
        )
        # Sample Data and Segment Statistics are modules too: they have to be there first.
        slicer.app.connect("startupCompleted()", _register)


class RadiogenomicsWidget(ScriptedLoadableModuleWidget):
    """Shows the panel, and tells it when it is entered, left and ended."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        self.panel = None

    def setup(self):
        """Build the panel; called when the module is first opened and after a reload."""
        ScriptedLoadableModuleWidget.setup(self)
        from RadiogenomicsLib.Panel import Panel

        self.panel = Panel()
        self.layout.addWidget(self.panel.widget)
        # Again: a module loaded after the start was not told of it, and a reload makes new classes.
        _register()

    def enter(self):
        """Let the panel work: shortcuts, views, observers of its own."""
        if self.panel:
            self.panel.enter()

    def exit(self):
        """Take back what `enter` set up."""
        if self.panel:
            self.panel.exit()

    def cleanup(self):
        """End the panel; what is unsaved is kept. Called on reload and when Slicer ends."""
        if self.panel:
            self.panel.end()
            self.panel = None

    def onReload(self):
        """Load the files of the panel and of the package anew, then the module."""
        from RadiogenomicsLib import Reloading

        wasEntered = self.panel is not None and self.panel.isEntered
        self.cleanup()
        Reloading.forgetModules()
        ScriptedLoadableModuleWidget.onReload(self)
        if wasEntered:
            # Slicer sets a reloaded module up, and enters it only when it is chosen anew.
            slicer.modules.RadiogenomicsWidget.enter()


class RadiogenomicsTest(ScriptedLoadableModuleTest):
    """The self test: Reload and Test in Slicer, or Testing/application/run_self_test.py."""

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Run every step of the self test; raises at the first that fails."""
        from RadiogenomicsLib.SelfTest import SelfTest

        self.setUp()
        SelfTest(self.delayDisplay).run()


def _register():
    from RadiogenomicsLib import SampleCase, SegmentStatisticsPlugin

    SampleCase.register()
    SegmentStatisticsPlugin.registerPlugin()
