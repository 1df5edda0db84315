"""The panel's section for the brain mask: its outline, and correcting and keeping it."""

from slicer.i18n import tr as _

from radiogenomics.mrml.brain_mask import saved_words
from radiogenomics.mrml.session import Change
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Ui import loadSection


class BrainMaskSection:
    """Shows the mask with which the skull was stripped, and lends it the editor to be corrected."""

    def __init__(self, workplace, segment):
        self._workplace = workplace
        self._segment = segment
        self._words = ""
        self.widget, self.ui = loadSection("BrainMask")
        self.ui.outlineBox.connect("toggled(bool)", self._onOutline)
        self.ui.correctButton.connect("toggled(bool)", self._onCorrect)
        self.ui.saveButton.connect("clicked(bool)", lambda _clicked: self.save())
        workplace.listen(self._onChange)
        self._show()

    def save(self):
        """Let the corrected mask count; the message says how the images follow."""
        layer = self._layer()
        if layer is None:
            return
        with errorsShown(_("Save the brain mask")), busy():
            session = self._workplace.session
            saved = layer.save(session.rater.name)
            self._words = saved_words(session.open.case, saved)
        self._show()

    def _layer(self):
        current = self._workplace.session.open
        return None if current is None else current.nodes.brain_mask

    def _onOutline(self, checked):
        layer = self._layer()
        if layer is not None:
            layer.visible = checked

    def _onCorrect(self, checked):
        layer = self._layer()
        if not checked or layer is None:
            self._segment.takeBack()
        else:
            with errorsShown(_("Correct the brain mask")), busy():
                current = self._workplace.session.open
                volume = current.nodes.head_volume(current.case)
                layer.visible = True
                self._segment.lend(layer.node, volume)
        self._show()

    def _onChange(self, change):
        if change is Change.CASE:
            self._words = ""
            _set(self.ui.correctButton, False)
        if change in (Change.CASE, Change.SAVED):
            self._show()

    def _show(self):
        layer = self._layer()
        self.ui.content.enabled = layer is not None
        _set(self.ui.outlineBox, layer is not None and layer.visible)
        if layer is None:
            isOpen = self._workplace.session.open is not None
            self.ui.maskLabel.text = _("This case has no brain mask.") if isOpen else ""
        else:
            self.ui.maskLabel.text = self._words or _(
                "The outline shows what was taken for brain. A corrected mask counts once it is "
                "saved; the images follow when the case is prepared again."
            )


def _set(button, checked):
    """Check a button or box without telling anybody."""
    blocked = button.blockSignals(True)
    button.checked = checked
    button.blockSignals(blocked)
