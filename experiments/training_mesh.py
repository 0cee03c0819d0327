"""The devices, of all hosts, that training is spread over."""

from __future__ import annotations

import math

import jax
from jax.sharding import Mesh

from experiments.mesh_shape import mesh_shape
from gxjax.ensemble.layout import GRANULES
from gxjax.ensemble.mesh import default_shape, make_mesh, worthwhile

__all__ = ["training_mesh"]


def training_mesh(text: str, members: int, people: int) -> Mesh:
    """The mesh that --training_mesh asks for.

    Devices of one host are neighbours along `variant`, where most is exchanged.

    Args:
      text: "auto", or devices along member, sample and variant, as in "2,1,4".
      members: M, which the first must divide.
      people: of a batch, or of a part of one that is accumulated, which the second must
        divide.

    Raises:
      ValueError: not three positive whole numbers, more devices than there are, numbers
        that do not divide, or a host left without a device that is used.
    """
    devices = jax.devices()
    shape = mesh_shape("training_mesh", text)
    if shape is None:
        devices = worthwhile(devices)
        shape = default_shape(len(devices), members, GRANULES)
    said = f"--training_mesh={text}"
    if math.prod(shape) > len(devices):
        raise ValueError(
            f"{said}: {math.prod(shape)} devices; {_there_are(len(devices))}"
        )
    if members % shape[0] or people % shape[1] or GRANULES % shape[2]:
        raise ValueError(
            f"{said}: its first number must divide --members ({members}), its second "
            f"the people of a batch or of its parts ({people}, see --batch_size and "
            f"--accumulate), its third {GRANULES}"
        )
    mesh = make_mesh(shape, members=members, granules=GRANULES, devices=devices)
    used = {device.process_index for device in mesh.devices.flat}
    if len(used) < jax.process_count():
        raise ValueError(
            f"{said}: {mesh.size} devices ({'x'.join(map(str, shape))}), on "
            f"{len(used)} of {jax.process_count()} processes; "
            f"{_there_are(len(devices))}. Start fewer processes, or name numbers that "
            "use a device of each"
        )
    return mesh


def _there_are(count: int) -> str:
    hosts = jax.process_count()
    where = "this host has" if hosts == 1 else f"the {hosts} processes have"
    return f"{where} {count}"
