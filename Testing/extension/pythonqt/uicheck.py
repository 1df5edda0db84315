"""What a .ui file names and Slicer lacks; needs no Qt."""

from xml.etree import ElementTree

from . import api

# Properties that hold values such as sizes and icons; the list does not show them.
_VALUES = frozenset(
    (
        "geometry",
        "size",
        "minimumSize",
        "maximumSize",
        "sizePolicy",
        "font",
        "icon",
        "iconSize",
        "palette",
        "cursor",
        "shortcut",
        "windowIcon",
        "locale",
        "pixmap",
    )
)


def connections(root: ElementTree.Element) -> list[tuple[str, str, str, str]]:
    """Sender, signal, receiver and slot of each connection."""
    fields = ("sender", "signal", "receiver", "slot")
    return [tuple(c.findtext(f, "") for f in fields) for c in root.iter("connection")]


def uiProblems(root: ElementTree.Element) -> list[str]:
    """Classes, properties, signals and slots of a .ui file that do not exist in Slicer."""
    problems, classes = [], {}
    for element in root.iter("layout"):
        if api.classNames(f"qt.{element.get('class')}") is None:
            problems.append(f"the layout {element.get('class')} does not exist in Slicer")
    for element in root.iter("widget"):
        className, name = element.get("class", ""), element.get("name", "")
        qualified = api.widgetClass(className)
        if name in classes:
            problems.append(f"two widgets are named {name!r}")
        if qualified is None:
            problems.append(f"widget {name!r}: the class {className} does not exist in Slicer")
            continue
        classes[name] = names = api.classNames(qualified)
        for prop in element.findall("property"):
            # stdset="0" marks what Designer added: a property of this one widget.
            isOwn = prop.get("stdset") == "0"
            if not isOwn and prop.get("name") not in names.properties | _VALUES:
                problems.append(f"widget {name!r}: {className} has no {prop.get('name')!r}")
    for sender, signal, receiver, slot in connections(root):
        for end in (sender, receiver):
            if end not in classes:
                problems.append(f"a connection names {end!r}, which is no widget")
        if sender in classes and not classes[sender].hasSignal(signal):
            problems.append(f"{sender!r} has no signal {signal!r}")
        if receiver in classes and not classes[receiver].has(api.splitSignature(slot)[0]):
            problems.append(f"{receiver!r} has no slot {slot!r}")
    return problems
