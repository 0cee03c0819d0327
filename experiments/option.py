"""A field of a dataclass that becomes a flag."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["option"]


def option(default: Any, text: str, **bounds: Any) -> Any:
    """A field that becomes a flag; bounds: lower, upper, choices, is_path, saved."""
    return dataclasses.field(default=default, metadata={"help": text, **bounds})
