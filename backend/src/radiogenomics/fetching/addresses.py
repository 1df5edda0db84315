"""Which addresses may be fetched from: https, and plain http on this computer alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from radiogenomics.errors import InputError
from radiogenomics.fetching.errors import FetchError


def is_loopback(address: str) -> bool:
    """Whether an address lies on this computer."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(address: str) -> str:
    """Return an address that a user gave, if it may be fetched from.

    Raises
    ------
    InputError
        If it is neither https nor plain http on this computer, or carries a password.
    """
    parts = _parts(address)
    allowed = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))
    )
    if parts is None or not allowed or not parts.hostname:
        raise InputError(
            f"{shown(address)} cannot be fetched from: give an address that begins with https:// "
            "(http:// is for this computer alone, such as http://127.0.0.1:8000/)."
        )
    if parts.username is not None or parts.password is not None:
        raise InputError("An address with a user name or password in it is not taken.")
    return address


def check_redirect(origin: str, target: str) -> str:
    """Return the address that a server points to, if it may be followed.

    Over https anywhere; over plain http from this computer to itself alone.

    Raises
    ------
    FetchError
        Otherwise: what comes over http could be exchanged by anyone on the way.
    """
    scheme = urlsplit(target).scheme
    at_home = scheme == "http" and is_loopback(origin) and is_loopback(target)
    if scheme != "https" and not at_home:
        raise FetchError(
            f"{shown(origin)} points to {shown(target)}, which is not https. It was not "
            "followed. Look on the publisher's page for the present address and give it with "
            "--from."
        )
    return target


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


def shown(address: str) -> str:
    """Return the address without its query, which can hold a key."""
    return address.partition("?")[0]
