"""A small ``slicer.parameterNodeWrapper``: typed attributes kept in a node, joined to widgets.

Imitated: the annotations below, str, int, float, bool, enumerations, paths, lists and dictionaries
of those, MRML nodes (as references) and the widgets of :data:`CONNECTORS`. Not imitated: parameter
packs, ranges, the making of widgets. What is not imitated is refused where the class is made.
"""

import enum
import json
import pathlib
import types
import typing

import slicer
import vtk

from .errors import NotImitated
from .proxy import proxyClass
from .signals import guarded

PROPERTY = "SlicerParameterName"


class Default:
    def __init__(self, value=None, *, generator=None):
        self._value, self._generator = value, generator

    @property
    def value(self):
        return self._value if self._generator is None else self._generator()


class Validator:
    def validate(self, value) -> None:
        raise NotImplementedError


class WithinRange(Validator):
    def __init__(self, minimum, maximum):
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} and {self.maximum}")


class Minimum(Validator):
    def __init__(self, minimum):
        self.minimum = minimum

    def validate(self, value) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} is under {self.minimum}")


class Maximum(Validator):
    def __init__(self, maximum):
        self.maximum = maximum

    def validate(self, value) -> None:
        if value > self.maximum:
            raise ValueError(f"{value} is over {self.maximum}")


class Choice(Validator):
    def __init__(self, choices):
        self.choices = choices

    def validate(self, value) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {self.choices}")


class Parameter:
    """One typed attribute and how the node keeps it."""

    def __init__(self, name: str, annotated, assigned=None):
        self.name, self.type, annotations = name, annotated, []
        if typing.get_origin(annotated) is typing.Annotated:
            self.type, *annotations = typing.get_args(annotated)
        members = [t for t in typing.get_args(self.type) if t is not type(None)]
        isUnion = typing.get_origin(self.type) in (typing.Union, types.UnionType)
        self.isOptional = isUnion and len(members) < len(typing.get_args(self.type))
        if isUnion:
            self.type = members[0]
        self.validators = [a for a in annotations if isinstance(a, Validator)]
        defaults = [a for a in annotations if isinstance(a, Default)]
        self.isNode = isinstance(self.type, type) and issubclass(self.type, slicer.vtkMRMLNode)
        self.origin = typing.get_origin(self.type) or self.type
        isKept = self.origin in (str, int, float, bool, list, dict, tuple) or self._isPathOrEnum()
        if not (self.isNode or isKept):
            raise NotImitated(f"the parameter {name} has the type {annotated}")
        self.default = assigned if assigned is not None else self._emptyValue()
        if defaults:
            self.default = defaults[0].value
        elif self.validators and assigned is None:
            self.default = self._firstValid()

    def _isPathOrEnum(self) -> bool:
        return isinstance(self.origin, type) and issubclass(
            self.origin, enum.Enum | pathlib.PurePath
        )

    def _emptyValue(self):
        if self.isNode or self.isOptional:
            return None
        if issubclass(self.origin, enum.Enum):
            return next(iter(self.origin))
        return self.origin()

    def _firstValid(self):
        for validator in self.validators:
            if isinstance(validator, Choice):
                return validator.choices[0]
            if isinstance(validator, WithinRange | Minimum):
                return self.type(validator.minimum)
        return self._emptyValue()

    def isIn(self, node) -> bool:
        if self.isNode:
            return node.GetNodeReferenceID(self.name) is not None
        return node.GetParameterCount() > 0 and self.name in node.GetParameterNames()

    def write(self, node, value) -> None:
        for validator in self.validators:
            validator.validate(value)
        if self.isNode:
            if value is not None and not isinstance(value, self.type):
                raise TypeError(f"{self.name} takes a {self.type.__name__}, not {value!r}")
            node.SetNodeReferenceID(self.name, None if value is None else value.GetID())
            return
        if not (self.isOptional and value is None):
            self._checkType(value)
        node.SetParameter(self.name, self._text(value))

    def _checkType(self, value) -> None:
        accepted = (float, int) if self.origin is float else self.origin
        if not isinstance(value, accepted) or (
            self.origin is not bool and value in (True, False) and isinstance(value, bool)
        ):
            raise TypeError(f"{self.name} takes a {self.origin.__name__}, not {value!r}")

    def _text(self, value) -> str:
        if isinstance(value, enum.Enum):
            return value.name
        if isinstance(value, list | dict | tuple):
            return json.dumps(value, default=str)
        return str(value)

    def read(self, node):
        if self.isNode:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if self.isOptional and text == "None":
            return None
        if self.origin is bool:
            return text == "True"
        if self.origin in (list, dict, tuple):
            return self.origin(json.loads(text))
        if issubclass(self.origin, enum.Enum):
            return self.origin[text]
        return self.origin(text)


def parameterNodeWrapper(classtype=None):
    """Turn a class with annotations into one that keeps them in a parameter node."""
    if classtype is None:
        return parameterNodeWrapper
    hints = typing.get_type_hints(classtype, include_extras=True)
    parameters = {n: Parameter(n, hint, getattr(classtype, n, None)) for n, hint in hints.items()}
    reserved = {n for n in vars(_Wrapper) if not n.startswith("__")} & set(parameters)
    if reserved:
        raise ValueError(f"reserved names of a parameter node wrapper: {sorted(reserved)}")
    own = {n: v for n, v in vars(classtype).items() if n not in ("__dict__", "__weakref__")}
    made = type(classtype.__name__, (_Wrapper, *classtype.__bases__[:-1], object), own)
    made.allParameters = parameters
    for name in parameters:
        setattr(made, name, _attribute(name))
    return made


def _attribute(name: str) -> property:
    return property(lambda self: self.getValue(name), lambda self, v: self.setValue(name, v))


def isParameterNodeWrapper(classOrObject) -> bool:
    cls = classOrObject if isinstance(classOrObject, type) else type(classOrObject)
    return issubclass(cls, _Wrapper)


class _Wrapper:
    """What a wrapped class can do."""

    allParameters: typing.ClassVar[dict] = {}

    def __init__(self, parameterNode, prefix=None):
        if prefix:
            raise NotImitated("a prefix of parameters")
        self.parameterNode = parameterNode
        self._guis: dict[int, tuple] = {}
        self._isUpdating = False
        for parameter in self.allParameters.values():
            if not parameter.isIn(parameterNode):
                parameter.write(parameterNode, parameter.default)

    def _parameter(self, name: str) -> Parameter:
        if name not in self.allParameters:
            raise ValueError(f"no parameter {name!r}; there are {sorted(self.allParameters)}")
        return self.allParameters[name]

    def default(self, name: str) -> Default:
        return Default(self._parameter(name).default)

    def dataType(self, name: str):
        return self._parameter(name).type

    def isCached(self, name: str) -> bool:
        return not self._parameter(name).isNode

    def getValue(self, name: str):
        parameter = self._parameter(name)
        if not parameter.isIn(self.parameterNode):  # the scene was closed meanwhile
            parameter.write(self.parameterNode, parameter.default)
        return parameter.read(self.parameterNode)

    def setValue(self, name: str, value) -> None:
        self._parameter(name).write(self.parameterNode, value)

    def AddObserver(self, event, callback, priority=0.0):
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag) -> None:
        self.parameterNode.RemoveObserver(tag)

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified):
        return self.parameterNode.EndModify(wasModified)

    def Modified(self) -> None:
        self.parameterNode.Modified()

    def connectGui(self, gui) -> int:
        """Join every widget that has the property ``SlicerParameterName``."""
        if hasattr(gui, "isWidgetType"):
            widgets = gui.findChildren(proxyClass("qt.QWidget"))
        else:
            widgets = vars(gui).values()
        named = {w.property(PROPERTY): w for w in widgets if w.property(PROPERTY)}
        return self.connectParametersToGui(named)

    def connectParametersToGui(self, mapping) -> int:
        joined = []
        for name, widget in mapping.items():
            connector = Connector(self._parameter(name), widget)
            connector.write(self.getValue(name))
            connector.listen(self._reading(connector))
            joined.append(connector)
        tag = max(self._guis, default=-1) + 1
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: guarded(self._toGui))
        self._guis[tag] = (observer, joined)
        return tag

    def disconnectGui(self, tag: int) -> None:
        observer, joined = self._guis.pop(tag, (None, ()))
        for connector in joined:
            connector.stop()
        if observer is not None:
            self.RemoveObserver(observer)

    def _reading(self, connector):
        def changed() -> None:
            if not self._isUpdating:
                self.setValue(connector.parameter.name, connector.read())

        return changed

    def _toGui(self) -> None:
        if self._isUpdating:
            return
        self._isUpdating = True
        try:
            for _, joined in list(self._guis.values()):
                for connector in joined:
                    connector.write(self.getValue(connector.parameter.name))
        finally:
            self._isUpdating = False


class Connector:
    """A widget as the place of one value."""

    def __init__(self, parameter: Parameter, widget):
        self.parameter, self.widget, self._function = parameter, widget, None
        for className, signal, read, write in CONNECTORS:
            if isinstance(widget, proxyClass(className)):
                self._signal, self._read, self._write = signal, read, write
                break
        else:
            raise NotImitated(f"{widget!r} cannot hold the parameter {parameter.name}")
        for validator in parameter.validators:
            if isinstance(validator, Choice) and hasattr(widget, "addItems"):
                widget.clear()
                widget.addItems([str(choice) for choice in validator.choices])
        isEnum = isinstance(parameter.origin, type) and issubclass(parameter.origin, enum.Enum)
        if isEnum and hasattr(widget, "addItems"):
            widget.clear()
            widget.addItems([choice.name for choice in parameter.origin])

    def read(self):
        value = self._read(self.widget)
        origin = self.parameter.origin
        if self.parameter.isNode or isinstance(value, origin):
            return value
        return origin[value] if issubclass(origin, enum.Enum) else origin(value)

    def write(self, value) -> None:
        if self.read() != value:
            if isinstance(value, enum.Enum):
                value = value.name
            elif not self.parameter.isNode and not isinstance(value, bool | int | float):
                value = "" if value is None else str(value)
            self._write(self.widget, value)

    def listen(self, function) -> None:
        self._function = function
        self.widget.connect(self._signal, function)

    def stop(self) -> None:
        self.widget.disconnect(self._signal, self._function)


def _property(name: str):
    return lambda widget: getattr(widget, name), lambda widget, v: setattr(widget, name, v)


CONNECTORS = (
    (
        "slicer.qMRMLNodeComboBox",
        "currentNodeChanged(vtkMRMLNode*)",
        lambda widget: widget.currentNode(),
        lambda widget, node: widget.setCurrentNode(node),
    ),
    ("ctk.ctkPathLineEdit", "currentPathChanged(QString)", *_property("currentPath")),
    ("ctk.ctkSliderWidget", "valueChanged(double)", *_property("value")),
    ("qt.QCheckBox", "toggled(bool)", *_property("checked")),
    ("qt.QPushButton", "toggled(bool)", *_property("checked")),
    (
        "qt.QComboBox",
        "currentIndexChanged(int)",
        lambda widget: widget.currentText,
        lambda widget, text: widget.setCurrentText(text),
    ),
    ("qt.QLineEdit", "textChanged(QString)", *_property("text")),
    ("qt.QPlainTextEdit", "textChanged()", *_property("plainText")),
    ("qt.QSpinBox", "valueChanged(int)", *_property("value")),
    ("qt.QDoubleSpinBox", "valueChanged(double)", *_property("value")),
    ("qt.QLabel", "objectNameChanged(QString)", *_property("text")),
)
