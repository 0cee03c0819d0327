"""Libraries that only one format needs."""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["load_library"]


def load_library(name: str, extra: str, what: str) -> ModuleType:
    """Imports an optional library.

    Args:
      name: of the module.
      extra: which of gxjax's extras brings it.
      what: the format that needs it, for the message.

    Raises:
      ValueError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(
            f"{what} needs the library {name}, which is not installed; install it: "
            f"pip install 'gxjax[{extra}]'"
        ) from error
