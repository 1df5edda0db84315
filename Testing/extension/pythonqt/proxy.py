"""PythonQt's view of Qt objects, enforced: a proxy class for each class of the list.

Each proxy class carries one descriptor per name of the list (:class:`Property`, :class:`Method`,
:class:`.signals.Signal`), so that ``super().sizeHint()`` and ``isinstance(w, qt.QWidget)`` work as
in Slicer. The PySide6 object sits in ``_qt``; :func:`wrap` and :func:`unwrap` cross the border.
"""

import numbers
from functools import cache

import shiboken6
from PySide6 import QtCore, QtGui, QtNetwork, QtSvg, QtWidgets

from . import api
from .errors import NotImitated, NotInSlicer
from .signals import Signal, connect, disconnect, guarded

QT_MODULES = (QtCore, QtGui, QtWidgets, QtNetwork, QtSvg)
# PySide6 subclasses in place of classes of Slicer, CTK and (where PySide6 differs) Qt.
STANDINS: dict[str, type] = {}
_STANDIN_NAMES: dict[type, str] = {}
# Static functions in place of Qt's, by qualified name: those that would block or are PythonQt's.
STATIC = {}
# Methods that are written anew, by name.
SPECIAL = {"connect": connect, "disconnect": disconnect}


def standIn(module: str):
    """Register a PySide6 subclass as the class of that name in ``qt``, ``ctk`` or ``slicer``."""

    def register(cls: type) -> type:
        STANDINS[f"{module}.{cls.__name__}"] = cls
        _STANDIN_NAMES[cls] = f"{module}.{cls.__name__}"
        return cls

    return register


class Property:
    """A Qt property: an attribute that is read and set, never called."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        qtObject = live(instance)
        if not isinstance(qtObject, QtCore.QObject):
            return wrap(getattr(qtObject, self.name))
        if qtObject.metaObject().indexOfProperty(self.name) >= 0:
            return wrap(qtObject.property(self.name))
        value = qtObject.property(self.name)
        if value is None:
            raise NotImitated(f"{describe(instance)}.{self.name} was not set and is not imitated")
        return wrap(value)

    def __set__(self, instance, value):
        qtObject, value = live(instance), unwrap(value)
        metaObject = qtObject.metaObject()
        index = metaObject.indexOfProperty(self.name)
        if index >= 0:
            metaProperty = metaObject.property(index)
            if not metaProperty.isWritable():
                raise NotInSlicer(f"{describe(instance)}.{self.name} cannot be written")
            self._checkType(instance, metaProperty.typeName(), value)
            setter = getattr(qtObject, "set" + self.name[0].upper() + self.name[1:], None)
            if setter is not None:
                try:
                    setter(value)
                except TypeError:
                    pass  # an int in place of an enumeration; setProperty takes it
                else:
                    return
            if not qtObject.setProperty(self.name, value):
                raise NotInSlicer(f"{describe(instance)}.{self.name} does not accept {value!r}")
        else:
            qtObject.setProperty(self.name, value)

    def _checkType(self, instance, typeName: str, value) -> None:
        """Refuse what PythonQt refuses or turns into something else without a word."""
        wanted = {"QString": str, "bool": int, "int": numbers.Real, "double": numbers.Real}
        expected = wanted.get(typeName)
        isNumpy = type(value).__module__ == "numpy" and not isinstance(value, float)
        if expected is not None and (isNumpy or not isinstance(value, expected)):
            raise TypeError(
                f"{describe(instance)}.{self.name} is a {typeName} and is set to {value!r} "
                f"({type(value).__name__}): convert it"
            )


class Method:
    """A slot, an invokable or a decorated method."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance, owner):
        return BoundMethod(self.name, instance, owner)


class BoundMethod:
    """A method of an object, or a static function of a class."""

    def __init__(self, name: str, instance, owner):
        self.name, self.instance, self.owner = name, instance, owner

    def __repr__(self):
        return f"<method {describe(self.instance or self.owner)}.{self.name}>"

    def __eq__(self, other):
        return (
            isinstance(other, BoundMethod)
            and (self.name, self.owner) == (other.name, other.owner)
            and self.instance is other.instance
        )

    def __hash__(self):
        return hash((self.name, id(self.instance)))

    def __call__(self, *args, **kwargs):
        for cls in self.owner.__mro__:
            static = STATIC.get((getattr(cls, "_name", None), self.name))
            if static is not None:
                return wrap(static(*args, **kwargs))
        refuseArguments(self, args, kwargs)
        if self.instance is None:
            return wrap(self._find(self.owner._qtClass, self.owner)(*map(unwrap, args)))
        qtObject = live(self.instance)
        # A Python override leads back here: call what the C++ class does.
        base = getattr(qtObject, "_qtBase", None)
        if base is not None:
            return wrap(self._find(base, self.instance)(qtObject, *map(unwrap, args)))
        return wrap(self._find(qtObject, self.instance)(*map(unwrap, args)))

    def _find(self, target, subject):
        found = getattr(target, self.name, None) or getattr(target, self.name + "_", None)
        if found is not None:
            return found
        names = subject._names
        name = self.name[3:4].lower() + self.name[4:]
        if self.name.startswith("set") and name in names.properties:
            return lambda *args: setattr(subject, name, args[-1])
        raise NotImitated(f"{describe(subject)}.{self.name}() is in Slicer and not in this layer")


def refuseArguments(method, args, kwargs) -> None:
    if kwargs:
        raise TypeError(f"{method!r}: PythonQt takes no keyword arguments ({', '.join(kwargs)})")
    for argument in args:
        if callable(argument) and not isinstance(argument, Proxy | type):
            raise TypeError(f"{method!r}: PythonQt takes no function here; connect a signal")


class ProxyType(type):
    """The class of proxy classes: refuses class attributes that Slicer's class lacks."""

    def __getattr__(cls, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("_") and name[:-1] in cls._names.methods:
            return getattr(cls, name[:-1])
        raise NotInSlicer(f"{cls._name}.{name} does not exist in Slicer")


class Proxy(metaclass=ProxyType):
    """A wrapped object; see the package for the rules."""

    _name: str = "Proxy"
    _names: api.ClassNames = api.ClassNames("Proxy", *[frozenset()] * 2, {}, frozenset())
    _qtClass: type | None = None

    def __init__(self, *args, **kwargs):
        refuseArguments(type(self), args, kwargs)
        if self._qtClass is None:
            raise NotImitated(f"{self._name} is in Slicer and has no stand-in here")
        adopt(self, _overriding(type(self))(*map(unwrap, args)))
        created(self)

    def __getattr__(self, name: str):
        if name.startswith("__") or name == "_qt":
            raise AttributeError(name)
        if name.endswith("_") and self._names.has(name):
            return getattr(self, name[:-1])
        qtObject = live(self)
        if isinstance(qtObject, QtCore.QObject):
            if name.encode() in [bytes(n.data()) for n in qtObject.dynamicPropertyNames()]:
                return wrap(qtObject.property(name))
            for child in qtObject.children():
                if child.objectName() == name:
                    return wrap(child)
        raise NotInSlicer(f"{describe(self)} has no {name!r} in Slicer")

    def __setattr__(self, name: str, value):
        member = next((c.__dict__[name] for c in type(self).__mro__ if name in c.__dict__), None)
        qtObject = self.__dict__.get("_qt")
        isOurs = type(self)._qtClass is None or "_names" not in type(self).__dict__
        if isinstance(member, Property):
            member.__set__(self, value)
        elif isinstance(member, Method | Signal) or name in self._names.constants:
            raise NotInSlicer(f"{describe(self)}.{name} cannot be overwritten")
        elif isinstance(qtObject, QtCore.QObject) and name.encode() in [
            bytes(n.data()) for n in qtObject.dynamicPropertyNames()
        ]:
            qtObject.setProperty(name, unwrap(value))
        elif isOurs:
            object.__setattr__(self, name, value)
        else:
            raise NotInSlicer(
                f"{name!r} does not exist on {describe(self)}, and a C++ object takes no new "
                "attributes: keep the value elsewhere or derive a class"
            )

    def __eq__(self, other):
        return self._qt == other._qt if isinstance(other, Proxy) else NotImplemented

    def __hash__(self):
        return hash(self._qt)

    def __bool__(self):
        return shiboken6.isValid(self._qt)

    def __repr__(self):
        return f"<{describe(self)}>"

    def className(self) -> str:
        return self._name.partition(".")[2]

    def inherits(self, name: str) -> bool:
        return any(cls.__name__ == name for cls in type(self).__mro__)

    def delete(self) -> None:
        shiboken6.delete(live(self))


def live(proxy: Proxy):
    """The PySide6 object behind a proxy."""
    qtObject = proxy.__dict__.get("_qt")
    if qtObject is None:
        raise RuntimeError(f"{type(proxy).__name__}: super().__init__() was not called")
    if not shiboken6.isValid(qtObject):
        raise ValueError(f"{type(proxy)._name}: the C++ object was deleted")
    return qtObject


def adopt(proxy: Proxy, qtObject) -> None:
    proxy.__dict__["_qt"] = qtObject
    qtObject._proxy = proxy


def describe(subject) -> str:
    """The class and, where it has one, the object's name: for messages."""
    name = subject._name
    if isinstance(subject, type) or not isinstance(subject.__dict__.get("_qt"), QtCore.QObject):
        return name
    objectName = subject._qt.objectName() if shiboken6.isValid(subject._qt) else "deleted"
    return f"{name} {objectName!r}" if objectName else name


def created(proxy: Proxy) -> None:
    """Called for each object that Python makes; the application watches timers here."""
    for listener in CREATED:
        listener(proxy)


CREATED: list = []


def findChildren(self, kind=None, name="") -> tuple:
    qtClass = QtCore.QObject if kind is None else kind._qtClass
    found = live(self).findChildren(QtCore.QObject)
    return tuple(wrap(o) for o in found if isinstance(o, qtClass) and name in ("", o.objectName()))


def findChild(self, kind=None, name=""):
    return next(iter(findChildren(self, kind, name)), None)


SPECIAL.update(findChildren=findChildren, findChild=findChild)


@cache
def proxyClass(qualifiedName: str) -> type[Proxy]:
    """The proxy class of ``qt.QLabel``, ``ctk.ctkComboBox``, ``slicer.qMRMLWidget``..."""
    names = api.classNames(qualifiedName)
    if names is None:
        raise NotInSlicer(f"{qualifiedName} does not exist in Slicer")
    module, _, name = qualifiedName.partition(".")
    qtClass = STANDINS.get(qualifiedName)
    if qtClass is None and module == "qt":
        qtClass = next((getattr(m, name) for m in QT_MODULES if hasattr(m, name)), None)
    namespace = {"_name": qualifiedName, "_names": names, "_qtClass": qtClass}
    for constant in names.constants:
        if hasattr(qtClass, constant):
            namespace[constant] = getattr(qtClass, constant)
    namespace.update({n: Signal(n) for n in names.signals})
    namespace.update({n: SPECIAL.get(n) or Method(n) for n in names.methods})
    namespace.update({n: Property(n) for n in names.properties | _valueProperties(qtClass, names)})
    if "objectName" in names.properties and not ({"name"} & (names.properties | names.methods)):
        namespace["name"] = Property("objectName")
    bases = [proxyClass(base) for base in _basesInSlicer(qtClass, qualifiedName)] if qtClass else []
    return ProxyType(name, tuple(bases) or (Proxy,), namespace)


def _valueProperties(qtClass, names) -> set[str]:
    metaObject = getattr(qtClass, "staticMetaObject", None)
    if not isinstance(metaObject, QtCore.QMetaObject):
        return set()
    found = [metaObject.property(i) for i in range(metaObject.propertyCount())]
    return {p.name() for p in found if p.typeName() in api.VALUE_TYPES and not names.has(p.name())}


def _qualifiedName(qtClass: type) -> str | None:
    name = _STANDIN_NAMES.get(qtClass)
    if name is None and qtClass.__module__.startswith("PySide6."):
        name = f"qt.{qtClass.__name__}"
    return name if name is not None and api.classNames(name) is not None else None


def _basesInSlicer(qtClass: type, itself: str) -> list[str]:
    bases = []
    for base in qtClass.__bases__:
        name = _qualifiedName(base)
        isShown = name is not None and name != itself  # a stand-in derives from what it replaces
        bases += [name] if isShown else _basesInSlicer(base, itself)
    # The same ancestor through two ways would make the order of bases impossible.
    return list(dict.fromkeys(bases))


@cache
def _overriding(proxyType: type[Proxy]) -> type:
    """The PySide6 class to make; for a Python subclass, one whose virtuals call its methods."""
    qtClass = proxyType._qtClass
    overrides = {}
    for cls in reversed(proxyType.__mro__):
        if isinstance(cls, ProxyType) and "_names" not in cls.__dict__ and cls is not Proxy:
            for name, value in cls.__dict__.items():
                if callable(value) and not name.startswith("_") and hasattr(qtClass, name):
                    overrides[name] = _forward(name)
    if "_names" in proxyType.__dict__:
        return qtClass
    return type(proxyType.__name__, (qtClass,), {**overrides, "_qtBase": qtClass})


def _forward(name: str):
    def call(qtObject, *args):
        proxy = getattr(qtObject, "_proxy", None)
        if proxy is None:  # C++ calls while the object is being made
            return getattr(qtObject._qtBase, name)(qtObject, *args)
        return unwrap(guarded(getattr(proxy, name), *map(wrap, args)))

    return call


def wrap(value):
    """What Python code is given for a value from Qt."""
    if isinstance(value, list | tuple):
        return tuple(wrap(item) for item in value)
    if isinstance(value, dict):
        return {key: wrap(item) for key, item in value.items()}
    if not isinstance(value, shiboken6.Shiboken.Object):
        return value
    if type(value).__name__ == "QOverrideCursorGuard":
        # PySide6 hands it out as a context manager; in Qt the call returns nothing.
        return None
    known = value.__dict__.get("_proxy")
    if known is not None:
        return known
    for cls in type(value).__mro__:
        name = _qualifiedName(cls)
        if name is not None:
            proxyType = proxyClass(name)
            proxy = proxyType.__new__(proxyType)
            adopt(proxy, value)
            return proxy
    raise NotImitated(f"{type(value).__name__} is no class that Slicer shows to Python")


def unwrap(value):
    """What Qt is given for a value from Python code."""
    if isinstance(value, Proxy):
        return live(value)
    if isinstance(value, list | tuple):
        return [unwrap(item) for item in value]
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    return value
