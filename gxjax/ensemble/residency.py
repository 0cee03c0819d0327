"""Packed genotypes for training: whole on the devices, or streamed a batch at a time.

Either way a step gets the same bytes, so the same networks come out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.cohort.encoding import dosages
from gxjax.ensemble.layout import Layout
from gxjax.ensemble.mesh import from_host, replicated
from gxjax.ensemble.network_input import encode_dosages
from gxjax.ensemble.placing import place_matrix, place_rows
from gxjax.genotypes.packed import Bits, decode
from gxjax.types import Arm, Block, Encoding

__all__ = ["Batch", "Feed", "PlacedArm", "encoded", "make_feed", "network_inputs"]

_AHEAD = 2
"""Batches under way while one is trained on: one being read, one being sent."""


class PlacedArm(NamedTuple):
    """What of an arm stays on the devices.

    Attributes:
      packed: per block uint8 [N', G, octets], cut along G, and `rows` int32 [N]; a
        matrix that two blocks share (decoys) is there once. None where it is streamed.
      rows: per block int32 [N].
      encoding: `Encoding` of the places of the layout.
      bits: of a code, per block; static.
    """

    packed: tuple[jax.Array, ...] | None
    rows: tuple[jax.Array, ...]
    encoding: Encoding
    bits: tuple[Bits, ...]


class Batch(NamedTuple):
    """What a step is sent.

    Attributes:
      people: int32 [B], or [M, B] where members have their own batches.
      packed: per block uint8 [B, G, octets], where genotypes are streamed, else None.
    """

    people: jax.Array
    packed: tuple[jax.Array, ...] | None


class Feed(NamedTuple):
    """Batches for the steps of a run.

    Attributes:
      arm: what stays on the devices.
      blocks: the arm's, on the host.
      layout: of the columns.
      mesh: the devices.
    """

    arm: PlacedArm
    blocks: tuple[Block, ...]
    layout: Layout
    mesh: Mesh

    def batches(self, order: Iterable[np.ndarray]) -> Iterator[Batch]:
        """Batches of people int32 [B] or [M, B], sent before they are needed."""
        if self.arm.packed is not None:
            yield from map(self._send, order)
            return
        with ThreadPoolExecutor(1) as reader:
            pending: deque[Future[Batch]] = deque()
            for people in order:
                pending.append(reader.submit(self._send, people))
                if len(pending) > _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()

    def _send(self, people: np.ndarray) -> Batch:
        axes = ("member", "sample") if people.ndim == 2 else ("sample",)
        sent = from_host(people.astype(np.int32), self.mesh, PartitionSpec(*axes))
        if self.arm.packed is not None:
            return Batch(sent, None)
        packed = tuple(
            place_rows(block, self.layout.granules, octets, people, self.mesh, axes)
            for block, octets in zip(self.blocks, self.layout.octets, strict=True)
        )
        return Batch(sent, packed)


def make_feed(
    arm: Arm, encoding: Encoding, layout: Layout, mesh: Mesh, *, resident: bool
) -> Feed:
    """Places an arm on the devices of a mesh.

    Args:
      arm: N people; V columns.
      encoding: as of `Ensemble`, of all channels of these columns.
      layout: of its columns.
      mesh: axes member, sample, variant.
      resident: whether the packed matrix stays on the devices, cut along `variant`;
        else each batch is sent when its step is near.
    """
    placed: dict[int, jax.Array] = {}
    if resident:
        for block, octets in zip(arm.blocks, layout.octets, strict=True):
            if id(block.packed) not in placed:
                placed[id(block.packed)] = place_matrix(
                    block, layout.granules, octets, mesh
                )
    whole = replicated(mesh)
    rows = tuple(from_host(np.asarray(b.rows), mesh, whole.spec) for b in arm.blocks)
    place = lambda values: from_host(  # noqa: E731
        layout.spread(np.asarray(values)), mesh, PartitionSpec("variant")
    )
    placed_encoding = jax.tree.map(place, encoding)
    packed = tuple(placed[id(b.packed)] for b in arm.blocks) if resident else None
    bits = tuple(Bits(block.bits) for block in arm.blocks)
    placed_arm = PlacedArm(packed, rows, placed_encoding, bits)
    return Feed(placed_arm, arm.blocks, layout, mesh)


def encoded(
    arm: PlacedArm, batch: Batch, channels: str, dtype: Any = jnp.float32
) -> jax.Array:
    """Network input [B, D] of a batch of people [B], inside a jitted step."""
    if batch.packed is not None:
        rows = batch.packed
    else:
        assert arm.packed is not None
        rows = tuple(
            packed[own[batch.people]]
            for packed, own in zip(arm.packed, arm.rows, strict=True)
        )
    # [B, G, columns of a granule] for each block; a granule's are then made adjacent.
    into = max(arm.bits)
    parts = [
        decode(part, part.shape[-1] * 8 // bits, bits, into)
        for part, bits in zip(rows, arm.bits, strict=True)
    ]
    codes = jnp.concatenate(parts, axis=2)
    filled = dosages(codes.reshape(codes.shape[0], -1), arm.encoding.fill, into)
    return encode_dosages(channels, filled, arm.encoding, dtype)


def network_inputs(model: Any, arm: PlacedArm, batch: Batch, mesh: Mesh) -> jax.Array:
    """Encoded inputs [B, D], or [M, B, D] where members have their own batches.

    Inside a jitted step; cut over the devices of the mesh.
    """

    def one(batch: Batch) -> jax.Array:
        return encoded(arm, batch, model.channels, model.dtype)

    if batch.people.ndim == 2:
        x, spec = jax.vmap(one)(batch), PartitionSpec("member", "sample", "variant")
    else:
        x, spec = one(batch), PartitionSpec("sample", "variant")
    return jax.lax.with_sharding_constraint(x, NamedSharding(mesh, spec))
