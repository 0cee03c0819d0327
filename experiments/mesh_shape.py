"""How a flag says what devices a mesh has along its three axes."""

from __future__ import annotations

import re

__all__ = ["mesh_shape"]


def mesh_shape(flag: str, text: str) -> tuple[int, int, int] | None:
    """Devices along member, sample and variant, as in "1,1,8"; None for "auto".

    Args:
      flag: its name, for the message.
      text: its value.

    Raises:
      ValueError: anything else.
    """
    if text == "auto":
        return None
    numbers = text.replace(" ", "")
    if not re.fullmatch(r"[1-9]\d*,[1-9]\d*,[1-9]\d*", numbers):
        raise ValueError(
            f"--{flag}={text}: expected 'auto', or three positive whole numbers of "
            "devices (member,sample,variant), for example 1,1,8"
        )
    member, sample, variant = map(int, numbers.split(","))
    return member, sample, variant
