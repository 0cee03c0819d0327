"""An arm's dosages for attribution: read packed, cut over devices, decoded on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.cohort.encoding import dosages
from gxjax.ensemble.mesh import from_host
from gxjax.ensemble.packed_columns import packed_columns
from gxjax.genotypes.packed import Bits, decode, dosage_table, packed_width, unpack
from gxjax.types import Arm, Block, DosageSource

__all__ = ["ArmReader", "PlacedPeople", "dosage_source"]


class PlacedPeople(NamedTuple):
    """Some people of an arm on a mesh of G devices along `variant`.

    Attributes:
      packed: uint8 [B, G, octets]: each device has its own columns, and, along
        `sample`, its own people.
      fill: float32 [G, W], the dosage that stands for a missing call; W columns a
        device, beyond the last 0.
      bits: of a code; static.
    """

    packed: jax.Array
    fill: jax.Array
    bits: Bits


def dosage_source(arm: Arm) -> DosageSource:
    """An arm's dosages for attribution; nothing is read or placed before a score asks.

    A score reads the people that it scores and no others, and of them each process what
    its own devices need. A matrix that two blocks share (decoys) is read for each.
    `fetch` gives a few people's dosages by way of the host, inside a step or not.
    """
    fill = np.asarray(arm.encoding.fill)
    # Blocks come by the hundred; what they have in common is placed once a mesh.
    placed = cache(partial(_placed_fill, fill))
    return DosageSource((), ArmReader(arm.blocks, fill, placed))


@dataclass(frozen=True, eq=False)
class ArmReader:
    """`DosageSource.fetch` of an arm, which also reads people onto a mesh for a score.

    Attributes:
      blocks: of the arm.
      fill: float32 [V], the dosage that stands for a missing call.
      placed: mesh -> `PlacedPeople.fill`.
    """

    blocks: tuple[Block, ...]
    fill: np.ndarray
    placed: Callable[[Mesh], jax.Array]

    @property
    def bits(self) -> int:
        """Of the codes that are read: those of blocks side by side are alike."""
        return max(block.bits for block in self.blocks)

    def __call__(self, arrays: Any, people: Any) -> jax.Array:
        """Dosages float32 [B, V] of `people` int32 [B], missing calls filled.

        Raises:
          ValueError: the arm has no such people; a JaxRuntimeError inside a step.
        """
        if not isinstance(people, jax.core.Tracer):
            return jnp.asarray(self._on_host(people))
        shape = jax.ShapeDtypeStruct((*people.shape, len(self.fill)), np.float32)
        return jax.pure_callback(self._on_host, shape, people)

    def _on_host(self, people: Any) -> np.ndarray:
        people = self._checked(people)
        count = len(self.fill)
        whole = packed_columns(self.blocks, people, 0, 1, count)[:, 0]
        found = dosage_table(self.bits)[unpack(whole, count, self.bits)]
        return np.where(np.isnan(found), self.fill[None], found)

    def read(self, people: Any, mesh: Mesh) -> PlacedPeople:
        """`PlacedPeople` of int [B]; every process reads what its devices hold.

        Raises:
          ValueError: the arm has no such people.
        """
        people, width = self._checked(people), _columns(len(self.fill), mesh)
        octets = packed_width(width, self.bits)
        shape = len(people), mesh.shape["variant"], octets
        sharding = NamedSharding(mesh, PartitionSpec("sample", "variant"))
        here = list(sharding.addressable_devices_indices_map(shape).values())
        # Once for all devices of this process: they are neighbours, so are their parts.
        rows, parts = (_hull(here, axis, shape[axis]) for axis in (0, 1))
        found = packed_columns(
            self.blocks,
            people[rows.start : rows.stop],
            parts.start * width,
            len(parts),
            width,
        )

        def part(index: Any) -> np.ndarray:
            own, its = (_hull([index], axis, shape[axis]) for axis in (0, 1))
            return found[
                own.start - rows.start : own.stop - rows.start,
                its.start - parts.start : its.stop - parts.start,
            ]

        packed = jax.make_array_from_callback(shape, sharding, part)
        return PlacedPeople(packed, self.placed(mesh), Bits(self.bits))

    @staticmethod
    def decode(arrays: PlacedPeople) -> jax.Array:
        """Dosages float32 [B, G W], missing calls filled; no device needs another."""
        packed, fill, bits = arrays
        codes = decode(packed, packed.shape[-1] * 8 // bits, bits)
        codes = codes[..., : fill.shape[1]]
        return dosages(codes.reshape(len(codes), -1), fill.reshape(-1), bits)

    def size(self, people: int, mesh: Mesh) -> int:
        """Bytes per device of `PlacedPeople`."""
        width = _columns(len(self.fill), mesh)
        octets = packed_width(width, self.bits)
        return -(-people // mesh.shape["sample"]) * octets + 4 * width

    def _checked(self, people: Any) -> np.ndarray:
        people, count = np.asarray(people), len(self.blocks[0].rows)
        if people.size and not 0 <= people.min() <= people.max() < count:
            raise ValueError(
                f"people: found {people.min()} to {people.max()}; expected rows of the "
                f"arm, 0 to {count - 1}"
            )
        return people


def _columns(variants: int, mesh: Mesh) -> int:
    """Columns of each device, the last ones' filled up."""
    return -(-variants // mesh.shape["variant"])


def _placed_fill(fill: np.ndarray, mesh: Mesh) -> jax.Array:
    width = _columns(len(fill), mesh)
    padded = np.zeros((mesh.shape["variant"], width), np.float32)
    padded.reshape(-1)[: len(fill)] = fill
    return from_host(padded, mesh, PartitionSpec("variant"))


def _hull(indices: list[Any], axis: int, total: int) -> range:
    """All that devices have of an axis, and what may lie between."""
    ends = [index[axis].indices(total) for index in indices]
    return range(min(first for first, *_ in ends), max(last for _, last, _ in ends))
