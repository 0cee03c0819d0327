"""Two bits a genotype: packing, selection, and decoding under jit.

Packed matrices are interleaved: column 4 j + r of a row is bits 2 r and 2 r + 1 of byte
j, as in a PLINK `.bed`. The unused bits of a last byte are 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import chex
import jax
import jax.numpy as jnp
import numpy as np

__all__ = [
    "assert_packed",
    "decode",
    "gather_codes",
    "pack",
    "packed_width",
    "select_variants",
    "unpack",
]

_CODES_PER_BLOCK = 1 << 24
_UNPACK = (
    ((np.arange(256)[:, None] >> np.arange(0, 8, 2)[None, :]) & 3)
    .astype(np.uint8)
    .view(np.uint32)[:, 0]
)


def packed_width(count: int) -> int:
    """Bytes that `count` 2-bit codes take."""
    return -(-count // 4)


def pack(codes: np.ndarray) -> np.ndarray:
    """Packs codes four to a byte.

    Args:
      codes: uint8 [N, V] of 0, 1, 2, 3.

    Returns:
      uint8 [N, ceil(V / 4)].
    """
    chex.assert_rank(codes, 2)
    chex.assert_type(codes, np.uint8)
    people, count = codes.shape
    full = np.zeros((people, packed_width(count), 4), np.uint8)
    full.reshape(people, -1)[:, :count] = codes
    packed = full[:, :, 0].copy()
    for place in (1, 2, 3):
        packed |= full[:, :, place] << np.uint8(2 * place)
    return packed


def unpack(packed: np.ndarray, count: int) -> np.ndarray:
    """The inverse of `pack`.

    Args:
      packed: uint8 [N, ceil(V / 4)].
      count: V.

    Returns:
      uint8 [N, V] of codes.
    """
    assert_packed(packed, count)
    wide = _UNPACK[packed].view(np.uint8)
    return wide.reshape(packed.shape[0], 4 * packed.shape[1])[:, :count]


def select_variants(packed: np.ndarray, count: int, indices: np.ndarray) -> np.ndarray:
    """The packed matrix of some columns, in the order asked for.

    Works on blocks of people, so the unpacked matrix never exists as a whole.

    Args:
      packed: uint8 [N, ceil(V / 4)].
      count: V.
      indices: integers [V'] in [0, V); repeats are allowed.

    Returns:
      uint8 [N, ceil(V' / 4)].

    Raises:
      IndexError: an index lies outside [0, V).
    """
    assert_packed(packed, count)
    indices = np.asarray(indices)
    if indices.size == 0:
        return np.zeros((packed.shape[0], 0), np.uint8)
    chex.assert_type(indices, int)
    if indices.min() < 0 or indices.max() >= count:
        raise IndexError(
            f"indices: found {indices.min()} to {indices.max()}, expected 0 to "
            f"{count - 1}"
        )
    byte, shift = indices >> 2, (2 * (indices & 3)).astype(np.uint8)
    selected = np.empty((packed.shape[0], packed_width(indices.size)), np.uint8)
    step = max(1, _CODES_PER_BLOCK // indices.size)
    for start in range(0, packed.shape[0], step):
        rows = np.take(packed[start : start + step], byte, axis=1)
        selected[start : start + step] = pack((rows >> shift[None, :]) & np.uint8(3))
    return selected


def decode(rows: jax.Array, count: int) -> jax.Array:
    """Unpacks a batch inside a jitted step.

    Args:
      rows: uint8 [..., ceil(V / 4)], of one axis or more.
      count: V, static.

    Returns:
      uint8 [..., V] of codes.
    """
    chex.assert_type(rows, np.uint8)
    chex.assert_axis_dimension(rows, -1, packed_width(count))
    places = (1,) * rows.ndim + (4,)
    shifts = jnp.arange(0, 8, 2, dtype=jnp.uint8).reshape(places)
    codes = (rows[..., None] >> shifts) & jnp.uint8(3)
    return codes.reshape(*rows.shape[:-1], 4 * rows.shape[-1])[..., :count]


def gather_codes(
    arrays: Sequence[tuple[jax.Array, jax.Array]],
    counts: tuple[int, ...],
    people: jax.Array,
) -> jax.Array:
    """The codes of some people in all input columns, decoded inside a jitted step.

    Args:
      arrays: per block of columns, `packed` uint8 [N', ceil(V_b / 4)] and `rows` int32
        [N]: person i's codes are row rows[i]. A block of decoys is the real matrix with
        permuted rows.
      counts: V_b per block, static.
      people: int32 [B] in [0, N). JAX clamps what lies outside: check before.

    Returns:
      uint8 [B, V] of codes, V the sum of V_b.
    """
    chex.assert_rank(people, 1)
    chex.assert_equal(len(arrays), len(counts))
    blocks = [
        decode(packed[rows[people]], count)
        for (packed, rows), count in zip(arrays, counts, strict=True)
    ]
    return jnp.concatenate(blocks, axis=1)


def assert_packed(packed: np.ndarray | jax.Array, count: int) -> None:
    """Asserts that `packed` is a matrix of `count` packed columns."""
    chex.assert_type(packed, np.uint8)
    chex.assert_shape(packed, (None, packed_width(count)))
