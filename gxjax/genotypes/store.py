"""The packed matrix on disk or in a bucket: read in part, every chunk checked.

A store is a Zarr v3 array of bytes, sharded; `store_layout.py` says how and why. Other
Zarr v3 libraries read it too, but take a missing shard for genotypes of 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore as ts

from gxjax.genotypes.store_files import Vault, naming_store
from gxjax.genotypes.store_layout import StoreLayout

__all__ = ["Store", "open_store"]

Rows = int | slice | np.ndarray | list[int]


@dataclass(frozen=True, eq=False)
class Store:
    """Packed genotypes that stay where they are until they are read.

    Stands for `Genotypes.packed` and `Block.packed`: it has their `shape`, `dtype` and
    `len`, and indexing by rows, or by rows and a slice of bytes, gives NumPy arrays.
    `np.asarray` reads all of it. Little of what was read is kept: read once what is
    used twice. A checksum tells a chunk that changed since it was written; it can not
    tell that the source was wrong.

    Attributes:
      path: folder or URL.
      layout: `StoreLayout`: shape, shards and chunks.
      bits: of a code, 2 or 8.
    """

    path: str
    layout: StoreLayout
    array: ts.TensorStore = field(repr=False)
    bits: int = 2

    @property
    def shape(self) -> tuple[int, int]:
        """(N, ceil(V / 4)), or (N, V) where codes have 8 bits."""
        return self.layout.shape

    @property
    def dtype(self) -> np.dtype:
        """uint8."""
        return np.dtype(np.uint8)

    @property
    def ndim(self) -> int:
        """2."""
        return 2

    @property
    def size(self) -> int:
        """Bytes of the matrix."""
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the matrix."""
        return self.size

    def __len__(self) -> int:
        return self.shape[0]

    def read(
        self, rows: Rows = slice(None), columns: slice = slice(None)
    ) -> np.ndarray:
        """Reads a part, touching no chunk but those it lies in.

        Args:
          rows: a slice, a mask of N, or integers [n] in [-N, N), in any order.
          columns: a slice of bytes, of step 1; byte j holds variants 4 j to 4 j + 3,
            or variant j alone where codes have 8 bits.

        Returns:
          uint8 [n, bytes], an array of its own.

        Raises:
          IndexError: a row lies outside.
          ValueError: columns with a step.
          OSError: a chunk is missing or was changed; the message names it.
        """
        left, right, step = columns.indices(self.shape[1])
        if step != 1:
            raise ValueError(f"columns: step {step}; expected a slice of step 1")
        chosen, count = _rows(rows, len(self))
        if count == 0 or right <= left:
            return np.empty((count, max(right - left, 0)), np.uint8)
        with naming_store(self.path):
            return self.array[chosen, left:right].read().result()

    def __getitem__(self, index: Any) -> np.ndarray:
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        if not isinstance(columns, slice):
            raise TypeError(
                f"a store is indexed by rows, or by rows and a slice of bytes; found "
                f"{type(columns).__name__} for the bytes"
            )
        if isinstance(rows, int | np.integer):
            return self.read(np.array([rows]), columns)[0]
        return self.read(rows, columns)

    def __array__(
        self, dtype: np.dtype | None = None, copy: bool | None = None
    ) -> np.ndarray:
        if copy is False:
            raise ValueError(f"{self.path}: a store is on disk; copy=False can not be")
        return self.read().astype(dtype or np.uint8, copy=False)


def open_store(path: str | Path) -> Store:
    """Opens what `build_store` or `write_store` finished.

    Args:
      path: a local folder, or `gs://bucket/folder`, `s3://bucket/folder`.

    Returns:
      `Store`; only metadata and the list of shards are read yet.

    Raises:
      FileNotFoundError: no store is there.
      ValueError: the store is unfinished, or its metadata is damaged.
      OSError: shards are missing, or the place can't be read.
    """
    vault = Vault.at(path)
    marker = vault.read_marker()
    if marker is None:
        raise FileNotFoundError(
            f"{vault.path}: no store of genotypes (no gxjax.json); make one with "
            "build_store"
        )
    down, across = marker.layout.grid
    if not marker.is_complete:
        raise ValueError(
            f"{vault.path}: unfinished, {marker.done} of {down * across} shards; run "
            "the same build again, it goes on from there"
        )
    expected = {f"c/{i}/{j}" for i in range(down) for j in range(across)}
    missing = sorted(expected - vault.shards())
    if missing:
        raise FileNotFoundError(
            f"{vault.path}/{missing[0]}: missing, as are {len(missing) - 1} more of "
            f"{len(expected)} shards; copy the store again, or build it anew"
        )
    try:
        array = vault.open_array(marker.layout, create=False)
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"{vault.path}/zarr.json: missing, damaged, or not of this store "
            f"({error}); copy the store again, or build it anew"
        ) from error
    return Store(vault.path, marker.layout, array, marker.bits)


def _rows(rows: Rows, total: int) -> tuple[slice | np.ndarray, int]:
    """Rows as a slice of step 1 or as int64 in [0, total), and how many they are."""
    if isinstance(rows, slice):
        wanted = range(*rows.indices(total))
        if wanted.step == 1:
            return slice(wanted.start, wanted.stop), len(wanted)
        return np.array(wanted, np.int64), len(wanted)
    indices = np.asarray(rows)
    if indices.dtype == bool:
        if indices.shape != (total,):
            raise IndexError(f"rows: a mask {indices.shape}; expected ({total},)")
        indices = np.flatnonzero(indices)
    if not indices.size:
        return np.empty(0, np.int64), 0
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise IndexError(
            f"rows: {indices.dtype} {indices.shape}; expected integers [n], a mask "
            "or a slice"
        )
    if indices.min() < -total or indices.max() >= total:
        raise IndexError(
            f"rows: found {indices.min()} to {indices.max()}, expected -{total} to "
            f"{total - 1}"
        )
    indices = indices.astype(np.int64)
    return np.where(indices < 0, indices + total, indices), len(indices)
