"""Two bits a genotype, or eight: packing, selection, and decoding under jit.

Packed matrices are interleaved: column 4 j + r of a row is bits 2 r and 2 r + 1 of byte
j, as in a PLINK `.bed`. The unused bits of a last byte are 0. Where dosages are no hard
calls, byte j is column j: 127 times the dosage, or 255 where it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import chex
import jax
import jax.numpy as jnp
import numpy as np

from gxjax.types import MISSING

__all__ = [
    "DOSAGE_PER_BYTE",
    "MISSING_BYTE",
    "Bits",
    "assert_packed",
    "byte_codes",
    "decode",
    "dosage_table",
    "gather_codes",
    "pack",
    "packed_width",
    "select_variants",
    "unpack",
]

MISSING_BYTE = 255
"""The 8-bit code of a missing dosage."""

DOSAGE_PER_BYTE = np.float32(1 / 127)
"""The dosage of code 1 of 8 bits. Times 127 it is 1 in float32, exactly: hard calls are
the same of 8 bits as of 2."""

_CODES_PER_BLOCK = 1 << 24
_BYTE_OF_CALL = np.array([0, 127, 254, MISSING_BYTE], np.uint8)
_UNPACK = (
    ((np.arange(256)[:, None] >> np.arange(0, 8, 2)[None, :]) & 3)
    .astype(np.uint8)
    .view(np.uint32)[:, 0]
)


@jax.tree_util.register_static
class Bits(int):
    """Bits a code in a pytree of arrays: static under `jit`, and no leaf."""


def packed_width(count: int, bits: int = 2) -> int:
    """Bytes that `count` codes of 2 or 8 bits take."""
    return -(-count * bits // 8)


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


def unpack(packed: np.ndarray, count: int, bits: int = 2) -> np.ndarray:
    """The inverse of `pack`; codes of 8 bits are as they are.

    Args:
      packed: uint8 [N, ceil(V / 4)], or [N, V] of 8 bits.
      count: V.
      bits: 2 or 8.

    Returns:
      uint8 [N, V] of codes.
    """
    assert_packed(packed, count, bits)
    if bits == 8:
        return packed
    wide = _UNPACK[packed].view(np.uint8)
    return wide.reshape(packed.shape[0], 4 * packed.shape[1])[:, :count]


def byte_codes(codes: np.ndarray) -> np.ndarray:
    """2-bit codes, uint8 of any shape, as those of 8 bits: 0, 127, 254, 255."""
    return _BYTE_OF_CALL[codes]


def dosage_table(bits: int) -> np.ndarray:
    """float32 [4], or [256] of 8 bits: the dosage of every code, NaN if missing."""
    if bits == 2:
        return np.array([0, 1, 2, np.nan], np.float32)
    table = np.arange(256, dtype=np.float32) * DOSAGE_PER_BYTE
    table[MISSING_BYTE] = np.nan
    return table


def select_variants(
    packed: np.ndarray, count: int, indices: np.ndarray, bits: int = 2
) -> np.ndarray:
    """The packed matrix of some columns, in the order asked for.

    Works on blocks of people, so the unpacked matrix never exists as a whole.

    Args:
      packed: uint8 [N, ceil(V / 4)], or [N, V] of 8 bits.
      count: V.
      indices: integers [V'] in [0, V); repeats are allowed.
      bits: 2 or 8.

    Returns:
      uint8 [N, ceil(V' / 4)], or [N, V'].

    Raises:
      IndexError: an index lies outside [0, V).
    """
    assert_packed(packed, count, bits)
    indices = np.asarray(indices)
    if indices.size == 0:
        return np.zeros((packed.shape[0], 0), np.uint8)
    chex.assert_type(indices, int)
    if indices.min() < 0 or indices.max() >= count:
        raise IndexError(
            f"indices: found {indices.min()} to {indices.max()}, expected 0 to "
            f"{count - 1}"
        )
    if bits == 8:
        return np.take(packed, indices, axis=1)
    byte, shift = indices >> 2, (2 * (indices & 3)).astype(np.uint8)
    selected = np.empty((packed.shape[0], packed_width(indices.size)), np.uint8)
    step = max(1, _CODES_PER_BLOCK // indices.size)
    for start in range(0, packed.shape[0], step):
        rows = np.take(packed[start : start + step], byte, axis=1)
        selected[start : start + step] = pack((rows >> shift[None, :]) & np.uint8(3))
    return selected


def decode(
    rows: jax.Array, count: int, bits: int = 2, into: int | None = None
) -> jax.Array:
    """Unpacks a batch inside a jitted step.

    Args:
      rows: uint8 [..., ceil(V / 4)] or, of 8 bits, [..., V]; of one axis or more.
      count: V, static.
      bits: 2 or 8, static.
      into: bits of the codes wanted, static: 8 where columns of either kind come
        together. None for `bits`.

    Returns:
      uint8 [..., V] of codes.
    """
    chex.assert_type(rows, np.uint8)
    chex.assert_axis_dimension(rows, -1, packed_width(count, bits))
    if bits == 8:
        return rows
    codes = _decode_calls(rows, count)
    if into == 8:
        return jnp.where(
            codes == MISSING, jnp.uint8(MISSING_BYTE), codes * np.uint8(127)
        )
    return codes


def _decode_calls(rows: jax.Array, count: int) -> jax.Array:
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


def assert_packed(packed: np.ndarray | jax.Array, count: int, bits: int = 2) -> None:
    """Asserts that `packed` is a matrix of `count` packed columns."""
    chex.assert_type(packed, np.uint8)
    chex.assert_shape(packed, (None, packed_width(count, bits)))
