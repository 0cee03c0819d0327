"""Where everything lies: THE place that says how training is spread over devices.

Three axes: `member` (each device trains other networks, nothing is exchanged),
`variant` (each has other rows of the first layer; the pre-activations are summed once a
step) and `sample` (each has other people of a batch; the first layer's gradient is
summed, which is a thousand times more). So the default fills `member` first, then
`variant`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

__all__ = [
    "AXES",
    "check_mesh",
    "default_shape",
    "from_host",
    "make_mesh",
    "member_axes",
    "replicated",
    "state_shardings",
    "worthwhile",
]

AXES = ("member", "sample", "variant")


def make_mesh(
    shape: tuple[int, int, int] | None = None,
    *,
    members: int,
    granules: int,
    devices: Sequence[Any] | None = None,
) -> Mesh:
    """A mesh of devices of all hosts.

    Args:
      shape: devices along member, sample, variant; None for `default_shape`.
      members: M.
      granules: of the layout of columns.
      devices: those to use, all if left out.

    Raises:
      ValueError: more devices than there are, or numbers that do not divide.
    """
    devices = list(jax.devices() if devices is None else devices)
    if shape is None:
        devices = worthwhile(devices)
        shape = default_shape(len(devices), members, granules)
    wanted = math.prod(shape)
    if wanted > len(devices):
        raise ValueError(
            f"mesh {shape}: {wanted} devices; expected at most {len(devices)}, which "
            "is how many there are"
        )
    used = np.asarray(devices[:wanted]).reshape(shape)
    return Mesh(used, AXES, axis_types=(AxisType.Auto,) * 3)


def worthwhile(devices: Sequence[Any]) -> list[Any]:
    """All accelerators; of processors one device a process, which uses all cores.

    Further ones are simulated. They bring no speed, and where they are more than the
    cores, programs that sum over devices may wait for each other's threads forever.
    """
    if devices[0].platform != "cpu":
        return list(devices)
    first: dict[int, Any] = {}
    for device in devices:
        first.setdefault(device.process_index, device)
    return list(first.values())


def default_shape(count: int, members: int, granules: int) -> tuple[int, int, int]:
    """As many devices as fit along `member`, the rest along `variant`.

    Devices that neither axis can use stay idle: `sample` would cost more than it gives.
    """
    best = (1, 1, 1)
    for member in range(1, min(count, members) + 1):
        if members % member:
            continue
        room = count // member
        variant = max(n for n in range(1, room + 1) if granules % n == 0)
        if (member * variant, member) > (math.prod(best), best[0]):
            best = (member, 1, variant)
    return best


def check_mesh(mesh: Mesh, members: int, batch_size: int, granules: int) -> None:
    """Raises ValueError where an axis does not divide what it cuts."""
    if tuple(mesh.axis_names) != AXES:
        raise ValueError(f"mesh: found axes {mesh.axis_names}; expected {AXES}")
    cuts = (members, "members"), (batch_size, "people of a batch"), (granules, "parts")
    for axis, (total, what) in zip(AXES, cuts, strict=True):
        if total % mesh.shape[axis]:
            raise ValueError(
                f"mesh: {mesh.shape[axis]} devices along {axis} do not divide {total} "
                f"{what}; expected a divisor"
            )


def member_axes(tree: Any, shared: bool) -> Any:
    """The member axis of every leaf of a tree of states, for `vmap`.

    It is the first, but for the first layer's weights and their moments where members
    share their batches: those lie as [D, M, H], one matrix for one product.

    Args:
      tree: of one member or of all.
      shared: whether members share their batches.
    """

    def axis(path: Any, leaf: Any) -> int:
        return 1 if shared and _is_front_kernel(path) else 0

    return jax.tree_util.tree_map_with_path(axis, tree)


def state_shardings(mesh: Mesh, tree: Any, shared: bool) -> Any:
    """A sharding for every leaf of a tree of all members' states."""
    whole = replicated(mesh)
    kernel = ("variant", "member") if shared else ("member", "variant")

    def sharding(path: Any, leaf: Any) -> NamedSharding:
        if _is_front_kernel(path):
            return NamedSharding(mesh, PartitionSpec(*kernel))
        # Numbers of a member are wanted on every host, and cost nothing.
        small = leaf.ndim < 2
        return whole if small else NamedSharding(mesh, PartitionSpec("member"))

    return jax.tree_util.tree_map_with_path(sharding, tree)


def replicated(mesh: Mesh) -> NamedSharding:
    """On every device."""
    return NamedSharding(mesh, PartitionSpec())


def from_host(values: np.ndarray, mesh: Mesh, spec: PartitionSpec) -> jax.Array:
    """An array that every process has whole, cut over the devices."""
    sharding = NamedSharding(mesh, spec)
    return jax.make_array_from_callback(
        values.shape, sharding, lambda index: values[index]
    )


def _is_front_kernel(path: Any) -> bool:
    """Whether a leaf at this path is a first layer's weights, or a moment of them."""
    names = [getattr(part, "key", getattr(part, "name", None)) for part in path]
    return names[-2:] == ["front", "kernel"]
