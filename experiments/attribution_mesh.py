"""The devices that attribution is spread over."""

from __future__ import annotations

import math

import jax
import numpy as np
from jax.sharding import Mesh

from experiments.mesh_shape import mesh_shape

__all__ = ["attribution_mesh"]

_AXES = ("member", "sample", "variant")


def attribution_mesh(text: str, members: int, batch_size: int) -> Mesh:
    """The mesh that --attribution_mesh asks for.

    Args:
      text: "auto", or devices along member, sample and variant, as in "1,1,8".
      members: M, which the first must divide.
      batch_size: B, which the second must divide.

    Raises:
      ValueError: not three positive whole numbers, more devices than there are, or
        numbers that do not divide.
    """
    devices = jax.local_devices()
    shape = mesh_shape("attribution_mesh", text)
    shape = shape or _automatic(len(devices), batch_size)
    if math.prod(shape) > len(devices):
        raise ValueError(
            f"--attribution_mesh={text}: {math.prod(shape)} devices; this host has "
            f"{len(devices)}"
        )
    if members % shape[0] or batch_size % shape[1]:
        raise ValueError(
            f"--attribution_mesh={text}: its first number must divide --members "
            f"({members}), its second the people of a batch ({batch_size}, see "
            "--attribution_batch_size)"
        )
    used = np.asarray(devices[: math.prod(shape)])
    return Mesh(used.reshape(shape), _AXES)


def _automatic(count: int, batch_size: int) -> tuple[int, int, int]:
    """Over people, who need no sums between devices until the end, or variants."""
    return (1, count, 1) if batch_size % count == 0 else (1, 1, count)
