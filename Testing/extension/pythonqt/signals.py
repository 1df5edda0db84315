"""Signals as PythonQt has them: connected by C++ signature or as an attribute."""

import inspect
import sys

from . import api
from .errors import NotImitated, NotInSlicer

# Signals of Qt 5 (Slicer) whose Qt 6 counterpart has another name.
_RENAMED = {
    ("activated", ("QString",)): "textActivated",
    ("highlighted", ("QString",)): "textHighlighted",
    ("buttonClicked", ("int",)): "idClicked",
    ("buttonPressed", ("int",)): "idPressed",
    ("buttonReleased", ("int",)): "idReleased",
    ("error", ("QProcess::ProcessError",)): "errorOccurred",
}


class Signal:
    """A signal of a class; on an object it is something to connect to."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else BoundSignal(self.name, instance)


class BoundSignal:
    """``button.clicked``: connected with its longest signature, emitted when called."""

    def __init__(self, name: str, instance):
        self.name, self.instance = name, instance

    def connect(self, function) -> bool:
        return _add(self.instance, self.name, self._longest(), function)

    def disconnect(self, function) -> bool:
        return _remove(self.instance, self.name, self._longest(), function)

    def emit(self, *args) -> None:
        from .proxy import live, unwrap

        getattr(live(self.instance), self.name).emit(*map(unwrap, args))

    __call__ = emit

    def _longest(self):
        known = self.instance._names.signals[self.name]
        return max(known, key=lambda arguments: -1 if arguments is None else len(arguments))


def connect(proxy, signal: str, *target) -> bool:
    """Connect ``"clicked(bool)"`` to a callable, or to a receiver and ``"slot()"``."""
    name, arguments = _checked(proxy, signal)
    return _add(proxy, name, arguments, _callable(*target))


def disconnect(proxy, signal: str, *target) -> bool:
    name, arguments = _checked(proxy, signal)
    return _remove(proxy, name, arguments, _callable(*target) if target else None)


def _checked(proxy, signal):
    if not isinstance(signal, str):
        raise TypeError(f"{proxy!r}.connect: the signal is named by its signature, not {signal!r}")
    name, arguments = api.splitSignature(signal)
    if not proxy._names.hasSignal(signal):
        known = [
            f"{name}({','.join(a)})" if a is not None else name
            for a in proxy._names.signals.get(name, ())
        ]
        raise NotInSlicer(
            f"{proxy!r} has no signal {signal!r} in Slicer"
            + (f"; it has {', '.join(known)}" if known else "")
        )
    return name, arguments


def _callable(first, slot: str | None = None, *_):
    if slot is None:
        if not callable(first):
            raise TypeError(f"a signal is connected to something to call, not {first!r}")
        return first
    name, _ = api.splitSignature(slot)
    return getattr(first, name)


def _add(proxy, name: str, arguments, function) -> bool:
    from .proxy import live, wrap

    if not callable(function):
        raise TypeError(f"{proxy!r}.{name}: {function!r} cannot be called")
    source, adapt = _source(live(proxy), name, arguments)
    count = None if arguments is None else len(arguments)

    def receive(*args):
        args = [wrap(argument) for argument in adapt(*args)][:count]
        guarded(function, *args[: argumentsTaken(function)])

    source.connect(receive)
    _connections(live(proxy)).append((name, arguments, function, source, receive))
    return True


def _remove(proxy, name: str, arguments, function) -> bool:
    from .proxy import live

    connections = _connections(live(proxy))
    found = [
        entry
        for entry in connections
        if entry[:2] == (name, arguments) and (function is None or entry[2] == function)
    ]
    for entry in found[: None if function is None else 1]:
        entry[3].disconnect(entry[4])
        connections.remove(entry)
    return bool(found)


def _connections(qtObject) -> list:
    return qtObject.__dict__.setdefault("_connections", [])


def _source(qtObject, name: str, arguments):
    """The PySide6 signal of a C++ signature, and what its arguments must be turned into."""

    def same(*args):
        return args

    if (name, arguments) == ("currentIndexChanged", ("QString",)):
        # Qt 6 has only the index.
        return qtObject.currentIndexChanged, lambda index: (qtObject.itemText(index),)
    renamed = _RENAMED.get((name, arguments))
    renamed = getattr(qtObject, "_signalNames", {}).get(name, renamed)
    source = getattr(qtObject, renamed, None) if renamed else None
    source = source if source is not None else getattr(qtObject, name, None)
    if source is None or not hasattr(source, "connect"):
        raise NotImitated(f"{type(qtObject).__name__}.{name}: this stand-in never emits it")
    if arguments == ("bool",) and name == "currentNodeChanged":
        return source, lambda node: (node is not None,)
    for signature in _overloads(qtObject, name):
        if arguments is not None and signature[: len(arguments)] == arguments and signature:
            return _overload(source, signature), same
    return source, same


def _overload(source, signature):
    try:
        return source[",".join(signature)]
    except (KeyError, IndexError, TypeError):
        return source  # there is one only


def _overloads(qtObject, name: str):
    metaObject = qtObject.metaObject()
    for index in range(metaObject.methodCount()):
        signature = bytes(metaObject.method(index).methodSignature().data()).decode()
        found, arguments = api.splitSignature(signature)
        if found == name:
            yield arguments


def argumentsTaken(function) -> int | None:
    """How many arguments PythonQt passes: a Python function's own count; None for all."""
    isMethod = inspect.ismethod(function)
    plain = function.__func__ if isMethod else function
    if not inspect.isfunction(plain) or plain.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return plain.__code__.co_argcount - int(isMethod)


def guarded(function, *args):
    """Call what Qt would call: an exception goes to sys.excepthook and no further."""
    try:
        return function(*args)
    except Exception:
        sys.excepthook(*sys.exc_info())
        return None
