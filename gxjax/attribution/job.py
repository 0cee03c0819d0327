"""A score to be computed: whom, with what, how it is cut, the shapes of its totals."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh

from gxjax.attribution.channels import DOSAGE
from gxjax.attribution.people import working_set
from gxjax.attribution.plan import Plan
from gxjax.types import Channels, DosageSource, LinearFront

__all__ = [
    "AXES",
    "Job",
    "batch_in",
    "blocks_of_people",
    "fitting_tiles",
    "members_per_device",
    "one_device",
    "padded_width",
    "platform",
    "totals_shapes",
]

AXES = ("member", "sample", "variant")


class Job(NamedTuple):
    """A checked score to be computed; `score` says what the fields mean.

    Attributes:
      weights: float32 [N, G], 1 where a person is of a stratum; the first is everybody.
      room: bytes for the largest array of a method on a batch.
      resident: whether all blocks that a `DosageReader` reads may be on the devices at
        once; else the next is read while one is attributed.
    """

    front: LinearFront
    dosages: DosageSource
    people: np.ndarray
    person_ids: np.ndarray
    weights: np.ndarray
    baseline: np.ndarray
    plan: Plan
    key: jax.Array
    batch_size: int
    mesh: Mesh
    tiles: int
    room: int
    resident: bool = True

    @property
    def channels(self) -> Channels:
        """What the networks see of a dosage."""
        return self.front.channels or DOSAGE


def one_device() -> Mesh:
    """The mesh of the first device alone."""
    return Mesh(np.asarray(jax.devices()[:1]).reshape(1, 1, 1), AXES)


def platform(mesh: Mesh) -> str:
    """What the devices of a mesh are: cpu, gpu or tpu."""
    return mesh.devices.flat[0].platform


def fitting_tiles(
    plan: Plan, people: int, kernel_shape: tuple, mesh: Mesh, channels: int = 1
) -> int:
    """How many tiles a device cuts its variants into, so that they stay in the cache.

    The rows of a tile take one `working_set`, the attributions of a group's draws a
    quarter of one.

    Args:
      plan: what is computed.
      people: B.
      kernel_shape: (M, V L, H).
      mesh: the devices.
      channels: L.
    """
    room = working_set(platform(mesh)) // channels
    draws = plan.noise.draws if plan.noise else 1
    here = -(-people // mesh.shape["sample"])
    width = min(room // (4 * kernel_shape[2]), room // (16 * here * draws))
    return -(
        -padded_width(kernel_shape[1] // channels, mesh)
        // mesh.shape["variant"]
        // max(width, 256)
    )


def padded_width(variants: int, mesh: Mesh) -> int:
    """V, and columns of zeros to a multiple of the devices that share them."""
    return variants + -variants % mesh.shape["variant"]


def batch_in(mesh: Mesh, people: int, wished: int) -> int:
    """People per block: not many more than there are, and a multiple of the devices.

    Args:
      mesh: the devices.
      people: how many a block has at most.
      wished: the batch asked for, which is kept if there are as many people.

    Raises:
      ValueError: the mesh has other axes.
    """
    if tuple(mesh.axis_names) != AXES:
        raise ValueError(f"mesh: axes {mesh.axis_names}; expected {AXES}")
    share = mesh.shape["sample"]
    return wished if people == wished else people + -people % share


def members_per_device(job: Job) -> int:
    """M over the mesh axis `member`.

    Raises:
      ValueError: the mesh does not fit the members or the batch.
    """
    shape = job.mesh.shape
    members = job.front.kernel.shape[0]
    if members % shape["member"] or job.batch_size % shape["sample"]:
        raise ValueError(
            f"mesh {dict(shape)}: {members} members or batch_size={job.batch_size} is "
            "no multiple of its axis member or sample; choose another mesh"
        )
    return members // shape["member"]


def totals_shapes(job: Job) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of `step.Sums`."""
    members, hidden = job.front.bias.shape
    width = padded_width(job.baseline.shape[1], job.mesh)
    strata, reductions = job.weights.shape[1], len(job.plan.reductions)
    columns = sum(len(group.columns) for group in job.plan.tiled)
    start = (2, job.mesh.shape["sample"], members)
    return (
        (*start, columns, reductions, strata, width),
        (*start, len(job.plan.quadratic), strata, hidden, hidden),
    )


def blocks_of_people(job: Job) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Equal blocks of rows, ids and weights; the last is filled up with weight 0."""
    count, size = len(job.people), job.batch_size
    blocks = []
    for start in range(0, count, size):
        places = np.arange(start, start + size)
        inside = (places < count)[:, None]
        places = np.minimum(places, count - 1)
        weights = np.where(inside, job.weights[places], 0).astype(np.float32)
        rows = job.people[places].astype(np.int32)
        blocks.append((rows, job.person_ids[places].astype(np.uint32), weights))
    return blocks
