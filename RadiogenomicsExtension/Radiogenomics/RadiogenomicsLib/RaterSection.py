"""The panel's section for who works, and as what."""

from slicer.i18n import tr as _

from radiogenomics.mrml.session import Change
from radiogenomics.study import Role
from RadiogenomicsLib.Messages import errorsShown
from RadiogenomicsLib.Settings import remember, remembered
from RadiogenomicsLib.Ui import fillBox, loadSection


class RaterSection:
    """Signs a rater in: always by a button, never from the computer's user name."""

    def __init__(self, workplace):
        self._workplace = workplace
        self.widget, self.ui = loadSection("Rater")
        words = {Role.READER: _("reader"), Role.REVIEWER: _("reviewer")}
        fillBox(
            self.ui.roleBox,
            [(words[role], str(role)) for role in Role],
            remembered("role") or str(Role.READER),
        )
        self.ui.signInButton.connect("clicked(bool)", self._onSignIn)
        self.ui.nameBox.connect("currentTextChanged(QString)", self._onName)
        workplace.listen(self._onChange)
        self._show()

    def signIn(self, name, role):
        """Sign a rater in, and remember both for the next session."""
        with errorsShown(_("Sign in")):
            self._workplace.session.sign_in(name, Role(role))
            remember("rater", self._workplace.session.rater.name)
            remember("role", role)

    def _onSignIn(self, _clicked=False):
        self.signIn(self.ui.nameBox.currentText, self.ui.roleBox.currentData)

    def _onName(self, name):
        """Propose the role that the study knows a rater in."""
        study = self._workplace.session.study
        role = study.settings.raters.get(name) if study else None
        if role is not None:
            self.ui.roleBox.currentIndex = self.ui.roleBox.findData(str(role))

    def _onChange(self, change):
        if change is Change.STUDY:
            self._show()

    def _show(self):
        session = self._workplace.session
        known = dict.fromkeys(session.study.settings.raters if session.study else [])
        name = session.rater.name if session.rater else remembered("rater")
        if name:
            known[name] = None
        fillBox(self.ui.nameBox, [(one, one) for one in known], name)
        if not known:
            self.ui.nameBox.setCurrentText("")
        self._onName(self.ui.nameBox.currentText)
        if session.rater is None:
            self.ui.whoLabel.text = _("Nobody is signed in.")
        else:
            self.ui.whoLabel.text = _("Signed in: {name}, {role}").format(
                name=session.rater.name, role=session.rater.role
            )
