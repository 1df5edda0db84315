"""Static checks of source that runs in Slicer: every name it uses exists there. Needs no Qt.

What cannot be typed from the text (methods of nodes, of widgets held in attributes) is left to
the tests that run the panel.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache

from . import api

# What Slicer brings, and Slicer's own scripted modules that one imports by name.
_BUNDLED = {"numpy", "scipy", "SimpleITK", "vtk", "slicer", "qt", "ctk"}
_SLICER_MODULES = {
    "SampleData",
    "SegmentStatistics",
    "SegmentStatisticsPlugins",
    "SegmentEditorEffects",
}
_OURS = {"radiogenomics", "RadiogenomicsLib", "Radiogenomics"}
_PIP = {"pip_install", "pip_uninstall", "pip_ensure", "executePythonModule"}
_HELD = {
    "slicer.app": "slicer.app",
    "slicer.modules": "slicer.modules",
    "slicer.app.layoutManager()": "slicer.app.layoutManager()",
}


def problems(source: str) -> list[str]:
    """What a source file names and Slicer lacks, one line each with its line number."""
    tree = ast.parse(source)
    return [f"line {line}: {text}" for line, text in sorted(set(_problems(tree)))]


def _problems(tree: ast.Module) -> Iterator[tuple[int, str]]:
    yield from _imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            chain = _chain(node)
            if chain is not None:
                yield from ((node.lineno, text) for text in _unknown(chain))
        if isinstance(node, ast.Call):
            yield from ((node.lineno, text) for text in _call(node))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    topLevel = {id(node) for node in _fileScope(tree.body)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
            for alias in node.names:
                if alias.name != "*":
                    chain = f"{node.module}.{alias.name}"
                    yield from ((node.lineno, text) for text in _unknown(chain))
        else:
            continue
        for module in modules:
            root = module.partition(".")[0]
            allowed = _BUNDLED | _SLICER_MODULES | _OURS | set(sys.stdlib_module_names)
            if root == "pip" or (id(node) in topLevel and root not in allowed):
                yield node.lineno, f"{module} is not bundled with Slicer"
            if root == "slicer" and "." in module and module not in api.raw()["modules"]:
                yield node.lineno, f"the module {module} does not exist in Slicer"


def _fileScope(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run on import: those within if and try too, those in functions not."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _fileScope(getattr(node, field, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _fileScope(handler.body)


def _chain(node: ast.AST) -> str | None:
    """``slicer.app.layoutManager().setLayout`` as text, if it starts at a module's name."""
    if isinstance(node, ast.Name):
        return node.id if node.id in ("slicer", "qt", "ctk") else None
    if isinstance(node, ast.Attribute):
        value = _chain(node.value)
        return f"{value}.{node.attr}" if value is not None else None
    if isinstance(node, ast.Call):
        value = _chain(node.func)
        return f"{value}()" if value == "slicer.app.layoutManager" else None
    return None


def _unknown(chain: str) -> Iterator[str]:
    root, _, name = chain.rpartition(".")
    if root in ("qt", "ctk"):
        if name in ("Signal", "Slot", "Property"):
            yield f"{chain} is PySide6's"
        elif api.classNames(chain) is None:
            yield f"{chain} does not exist in Slicer"
    elif root == "slicer":
        known = api.listed("slicer") | {m.partition(".")[2] for m in api.raw()["modules"]}
        if name not in known and api.classNames(chain) is None:
            yield f"{chain} does not exist in Slicer"
    elif root in api.raw()["modules"]:
        if name not in api.functions(root):
            yield f"{chain} does not exist in Slicer"
        if name in _PIP:
            yield f"{chain}: nothing is installed into Slicer"
    elif root in _HELD:
        isOurs = root == "slicer.modules" and name.lower().startswith("radiogenomics")
        if name.removesuffix("_") not in api.listed(_HELD[root]) and not isOurs:
            yield f"{chain} does not exist in Slicer"
    elif api.classNames(root) is not None and not api.classNames(root).has(name):
        yield f"{chain} does not exist in Slicer"


def _call(node: ast.Call) -> Iterator[str]:
    chain = _chain(node.func)
    if chain is not None:
        if chain == "qt.QMessageBox" or chain.startswith("qt.QMessageBox."):
            yield f"{chain}(): messages go through slicer.util, which does not block in tests"
        root, _, name = chain.rpartition(".")
        if root in api.raw()["modules"] and name in api.functions(root):
            yield from _misfit(chain, api.functions(root)[name], node)
    isConnect = isinstance(node.func, ast.Attribute) and node.func.attr in ("connect", "disconnect")
    if isConnect and len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
        signal = node.args[0].value
        if isinstance(signal, str) and not _isSignal(signal):
            yield f"no class of Slicer has a signal {signal!r}"


def _misfit(chain: str, text: str, node: ast.Call) -> Iterator[str]:
    signature = _signature(text)
    isStarred = any(isinstance(argument, ast.Starred) for argument in node.args)
    if signature is None or isStarred or any(keyword.arg is None for keyword in node.keywords):
        return
    try:
        signature.bind(*node.args, **{keyword.arg: keyword.value for keyword in node.keywords})
    except TypeError as error:
        yield f"{chain}{text.partition(' ->')[0]}: {error}"


@cache
def _signature(text: str) -> inspect.Signature | None:
    if not text.startswith("("):
        return None  # a class whose constructor is not described
    # Defaults that have no source, such as "<function <lambda> at 0x...>".
    text = re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "None", text)
    function = ast.parse(f"def f{text}: pass").body[0].args
    kind = inspect.Parameter
    positional = [*function.posonlyargs, *function.args]
    required = len(positional) - len(function.defaults)
    parameters = [
        kind(a.arg, kind.POSITIONAL_OR_KEYWORD, default=kind.empty if i < required else None)
        for i, a in enumerate(positional)
    ]
    if function.vararg:
        parameters.append(kind(function.vararg.arg, kind.VAR_POSITIONAL))
    parameters += [
        kind(a.arg, kind.KEYWORD_ONLY, default=kind.empty if default is None else None)
        for a, default in zip(function.kwonlyargs, function.kw_defaults, strict=True)
    ]
    if function.kwarg:
        parameters.append(kind(function.kwarg.arg, kind.VAR_KEYWORD))
    return inspect.Signature(parameters)


@cache
def _isSignal(signature: str) -> bool:
    """Whether some class has it; where no class shows the arguments of that name, the name does."""
    try:
        name, arguments = api.splitSignature(signature)
    except ValueError:
        return False
    classes = (api.classNames(name) for name in api.raw()["classes"])
    known = {overload for cls in classes for overload in cls.signals.get(name, ())}
    if known - {None}:
        return arguments in known
    return bool(known) or name in api.listed("slicer.app")
