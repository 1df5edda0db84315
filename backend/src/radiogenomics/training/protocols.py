"""Protocols: named sets of settings in TOML files. Standard library only.

A protocol, an override such as ``network.learning_rate=0.3`` and a run's ``config.json`` are all
read by the same rules: a key that is not known is refused, and so is a value of another kind.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

from radiogenomics.errors import InputError
from radiogenomics.models.baseline_settings import BaselineSettings
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.training.config import TrainingConfig

PROTOCOLS = ("nested", "paper", "chosen", "quick")
"""Those that ship with the package; the first is the default."""

_PARTS: dict[str, type] = {"autoencoder": AutoencoderSettings, "network": NetworkSettings}
_BASELINES: dict[str, type] = get_type_hints(BaselineSettings)
_SUFFIX = ".toml"
_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


# What a file has to say, since it decides what the errors are an estimate of.
_DECIDING = ("choice", "expression_steps", "target_scaling")

_OWN = (
    "description",
    "folds",
    "inner_folds",
    "repeats",
    "stacked_fits",
    "keep_fold_models",
    "interval_level",
)


def _kinds() -> dict[str, type]:
    """Return the kind of every setting by its dotted key."""
    own = get_type_hints(TrainingConfig)
    kinds: dict[str, type] = {name: own[name] for name in _OWN}
    kinds |= {"choice": str, "expression_steps": str, "target_scaling": str, "widths": int}
    for part, settings in _PARTS.items():
        for name, kind in get_type_hints(settings).items():
            if name != "widths":
                kinds[f"{part}.{name}"] = kind if kind in _WORDS else str
    for part, settings in _BASELINES.items():
        for name, kind in get_type_hints(settings).items():
            kinds[f"{part}.{name}"] = kind if kind in _WORDS else get_args(kind)[0]
    return kinds


_KINDS = _kinds()
_LISTS = {"widths"} | {
    f"{part}.{name}"
    for part, settings in _BASELINES.items()
    for name, kind in get_type_hints(settings).items()
    if kind not in _WORDS
}
"""The settings that hold several values of their kind."""
_GRIDS = {
    f"{part}.grid.{key.partition('.')[2]}": kind
    for part in _PARTS
    for key, kind in _KINDS.items()
    if key.startswith(f"{part}.")
}


def load_protocol(
    name: str,
    overrides: Sequence[str] = (),
    *,
    models: tuple[str, ...] = ("network",),
    folds: int | None = None,
    repeats: int | None = None,
    seed: int = 1,
    rater: str | None = None,
) -> TrainingConfig:
    """Return the settings of a protocol with what is overridden.

    Parameters
    ----------
    name
        One of `PROTOCOLS`, or the path of a TOML file.
    overrides
        Texts such as ``network.learning_rate=0.3``; the value is written as in TOML, a word may go
        without quotes. A setting that is overridden is no longer searched.
    models, folds, repeats, seed, rater
        As in `TrainingConfig`; folds and repeats None for the protocol's.

    Raises
    ------
    InputError
        If there is no such protocol, a key is unknown, a value is impossible, or a file leaves open
        who chooses the settings or whom the steps are fitted on.
    """
    text, where, short = _read(name)
    try:
        values = _flat(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} cannot be read as TOML: {error}.") from error
    values = {key: _checked(key, value, where) for key, value in values.items()}
    for override in overrides:
        key, value = _parse_override(override)
        values[key] = value
        part, _, setting = key.partition(".")
        if setting and not setting.startswith("grid."):
            values.pop(f"{part}.grid.{setting}", None)
    if folds is not None:
        values["folds"] = folds
    if repeats is not None:
        values["repeats"] = repeats
    undecided = [key for key in _DECIDING if key not in values]
    if undecided:
        raise InputError(
            f"{where} does not say {', '.join(undecided)}, which decide whether the errors are an "
            "honest estimate. Change a copy of one of the package's protocols, or some settings of "
            f"one, as with --protocol {PROTOCOLS[0]} --set folds=5."
        )
    return _build(values, protocol=short, models=models, seed=seed, rater=rater)


def settings_of(config: TrainingConfig) -> dict[str, Any]:
    """Return the settings as plain values, in the form of a protocol file with more keys."""
    values = dataclasses.asdict(config)
    values["models"] = list(config.models)
    values["widths"] = list(config.network.widths)
    for part in _PARTS:
        del values[part]["widths"]
        grid = values.pop(f"{part}_grid")
        values[part]["grid"] = {name: list(each) for name, each in grid.items()}
    for part, own in values.pop("baseline_settings").items():
        values[part] = {
            name: list(each) if isinstance(each, tuple) else each for name, each in own.items()
        }
    return values


def settings_from(values: Mapping[str, Any], where: str) -> TrainingConfig:
    """Rebuild the settings from what `settings_of` returned.

    Raises
    ------
    InputError
        If a setting is absent, unknown or of the wrong kind.
    """
    rest = dict(values)
    try:
        own = {name: rest.pop(name) for name in ("protocol", "models", "seed", "rater")}
    except KeyError as error:
        raise InputError(f"{where} lacks the setting {error}.") from error
    flat = {key: _checked(key, value, where) for key, value in _flat(rest).items()}
    return _build(flat, **{**own, "models": tuple(own["models"])})


def _read(name: str) -> tuple[str, str, str]:
    """Return a protocol's text, where it is, and its short name."""
    if name in PROTOCOLS:
        file = importlib.resources.files("radiogenomics.training") / "protocols" / (name + _SUFFIX)
        return file.read_text(encoding="utf-8"), f"protocol {name}", name
    path = Path(name)
    if path.suffix != _SUFFIX:
        close = difflib.get_close_matches(name, PROTOCOLS)
        raise InputError(
            f"{name!r} is no protocol; "
            + (f"did you mean {close[0]}? " if close else "")
            + f"Use {', '.join(PROTOCOLS)}, or the path of a file that ends in {_SUFFIX}."
        )
    try:
        return path.read_text(encoding="utf-8"), str(path), path.stem
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the protocol {path}: {error}.") from error


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _parse_override(text: str) -> tuple[str, Any]:
    key, equals, written = (part.strip() for part in text.partition("="))
    if not equals or not written:
        raise InputError(f"--set {text}: write key=value, such as network.learning_rate=0.3.")
    for form in (written, f"[{written}]" if "," in written else "", f'"{written}"'):
        try:
            value = tomllib.loads(f"value = {form}")["value"]
            break
        except (tomllib.TOMLDecodeError, KeyError):
            continue
    else:
        raise InputError(f"--set {text}: {written!r} is no value.")
    return key, _checked(key, value, "--set")


def _checked(key: str, value: Any, where: str) -> Any:
    """Return a value as its kind, or refuse key or value by name."""
    if key in _GRIDS:
        if not isinstance(value, list):
            raise InputError(f"{where}: {key} is {value!r}; give a list in brackets.")
        return tuple(_as(_GRIDS[key], key, each, where) for each in value)
    if key not in _KINDS:
        close = difflib.get_close_matches(key, [*_KINDS, *_GRIDS], cutoff=0.5)
        raise InputError(
            f"{where}: there is no setting {key}; "
            + (f"did you mean {' or '.join(close)}?" if close else f"use {', '.join(_KINDS)}.")
        )
    if key in _LISTS:
        listed = value if isinstance(value, list) else [value]
        return tuple(_as(_KINDS[key], key, each, where) for each in listed)
    return _as(_KINDS[key], key, value, where)


def _as(kind: type, key: str, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # True is a whole number to Python, and to nobody else.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"{where}: {key} is {value!r}; it must be {_WORDS[kind]}.")
    return value


def _build(values: Mapping[str, Any], **own: Any) -> TrainingConfig:
    given: dict[str, Any] = {
        key: value for key, value in values.items() if "." not in key and key != "widths"
    }
    given["baseline_settings"] = BaselineSettings(
        **{part: settings(**_of_part(values, part)) for part, settings in _BASELINES.items()}
    )
    for part, settings in _PARTS.items():
        grid_prefix = f"{part}.grid."
        chosen = _of_part(values, part)
        if "widths" in values:
            chosen["widths"] = values["widths"]
        given[part] = settings(**chosen)
        given[f"{part}_grid"] = {
            key.removeprefix(grid_prefix): value
            for key, value in values.items()
            if key.startswith(grid_prefix)
        }
    return TrainingConfig(**given, **own)


def _of_part(values: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the settings of a part by their own name, without its grid."""
    return {
        key.removeprefix(f"{part}."): value
        for key, value in values.items()
        if key.startswith(f"{part}.") and not key.startswith(f"{part}.grid.")
    }
