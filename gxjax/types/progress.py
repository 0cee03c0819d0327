"""How a long call says how far it is."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[int, int, str], None]
"""`progress(done, total, note)`: how a long library call says how far it is."""


def silent(done: int, total: int, note: str = "") -> None:
    """The progress callback that says nothing."""
