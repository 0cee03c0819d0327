"""Makes a store: from `.bed` files in a stream, or from a matrix that is in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import chex
import numpy as np
import tensorstore as ts

from gxjax.genotypes.bed_source import BedSource, open_bed_source
from gxjax.genotypes.packed import packed_width
from gxjax.genotypes.store import Store, open_store
from gxjax.genotypes.store_files import Marker, Vault, naming_store
from gxjax.genotypes.store_layout import StoreLayout, layout_of_store
from gxjax.genotypes.transpose_part import transpose_part
from gxjax.types import Genotypes, Progress, silent

__all__ = ["build_store", "write_store"]

_GIB = 1 << 30
_IN_FLIGHT = 3
# Turns in which the buffers are filled: the first can't overlap with a write.
_TURNS = 16
# What a shard in flight takes: TensorStore's copy of it, its chunks encoded, the file.
_COPIES = 3

Fill = Callable[[slice, slice, np.ndarray], None]
"""`fill(rows, octets, out)`: puts that part of the matrix into `out`."""


def build_store(
    bed: BedSource | str | Path | Sequence[str | Path],
    path: str | Path,
    *,
    people: np.ndarray | None = None,
    variants: np.ndarray | None = None,
    max_memory: int = _GIB,
    replace: bool = False,
    progress: Progress = silent,
) -> Genotypes:
    """Transposes PLINK 1 filesets into a store, in a stream.

    Where a fileset has dosages beside it (`open_bed_source`), codes have 8 bits.

    Killed at any moment, it goes on from the last finished part when called again with
    the same arguments (`max_memory` may differ), and ends byte-identical. Called again
    when finished, it only opens the store. A second builder in a local folder is
    refused; in a bucket, or where a file system has no locks, it is not noticed.

    Args:
      bed: a prefix as of `read_plink`, several filesets of the same people, whose
        variants follow each other, or a `BedSource`, filtered or not.
      path: folder to be made, or `gs://bucket/folder`, `s3://bucket/folder`.
      people: rows of the `.fam`, or of what the source keeps of it, a mask or
        increasing integers; None for all.
      variants: variants of all filesets, or of those that the source keeps, likewise.
      max_memory: bytes. Counts the two buffers that are filled and written in turn, and
        TensorStore's copies of the shards in flight; counts neither the interpreter and
        its libraries, nor the tables of people and variants, nor pages of the `.bed`
        that the kernel lends (1,024 variants at a time). With less memory than a strip
        of 32,768 variants of all people takes (8 KiB a person), the `.bed` is read in
        several passes over each strip.
      replace: whether a store of another source or selection at `path` gives way.
      progress: called with shards done, shards.

    Returns:
      `Genotypes` of the people and variants kept, whose `packed` is the `Store`.

    Raises:
      FileNotFoundError: a file of a fileset is missing, or no fileset fits an `@`.
      FileExistsError: `path` has something else, a store of another source, or another
        builder.
      ValueError: a file contradicts the format or the others (as of `read_plink`), a
        selection is not increasing, or `max_memory` is too little for one shard.
      OSError: the store can't be written to.
    """
    source = bed if isinstance(bed, BedSource) else open_bed_source(bed)
    source = source.select(people, variants)
    width = packed_width(len(source.variants), source.bits)
    layout = layout_of_store(len(source.samples), width)
    together = _shards_together(layout, max_memory)
    vault = Vault.at(path)

    def fill(rows: slice, octets: slice, out: np.ndarray) -> None:
        transpose_part(source, rows, octets, out)

    fresh = Marker(layout, source.fingerprint, 0, source.bits)
    with vault.alone():
        marker = _resumed(vault, fresh, replace)
        _write_shards(vault, marker, together, fill, progress)
    packed: Any = open_store(path)
    return Genotypes(packed, source.variants, source.samples, source.bits)


def write_store(
    packed: np.ndarray | Store,
    path: str | Path,
    progress: Progress = silent,
    bits: int = 2,
) -> Store:
    """Writes a packed matrix that is at hand as a store, in place of an older one.

    Args:
      packed: uint8 [N, ceil(V / 4)] or, of 8 bits, [N, V]; may be a memmap, or another
        `Store`.
      path: as of `build_store`.
      progress: called with shards done, shards.
      bits: 2 or 8, of a code; a `Store` knows its own.

    Returns:
      The `Store`.

    Raises:
      FileExistsError: `path` has something that is not a store, or a builder.
      ValueError: the matrix is empty, or is the store at `path` itself.
      OSError: the store can't be written to.
    """
    chex.assert_rank(packed, 2)
    chex.assert_type(packed, np.uint8)
    layout = layout_of_store(*packed.shape)
    vault = Vault.at(path)
    if isinstance(packed, Store) and Vault.at(packed.path).keys.url == vault.keys.url:
        raise ValueError(f"{path}: the store to copy is there; choose another path")

    bits = packed.bits if isinstance(packed, Store) else bits

    def fill(rows: slice, octets: slice, out: np.ndarray) -> None:
        out[:] = packed[rows, octets]

    with vault.alone():
        marker = _begun(vault, Marker(layout, {"matrix": "in memory"}, 0, bits))
        _write_shards(vault, marker, 1, fill, progress)
    return open_store(path)


def _shards_together(layout: StoreLayout, max_memory: int) -> int:
    """How many shards a buffer may hold, so that all fits into `max_memory`."""
    shard = layout.shard[0] * layout.shard[1]
    flying = _IN_FLIGHT * _COPIES * shard
    together = (max_memory - flying) // (2 * shard)
    if together < 1:
        raise ValueError(
            f"max_memory: {max_memory} bytes; a store of {layout.shape[0]} people x "
            f"{layout.shape[1]} bytes needs {flying + 2 * shard} at least "
            f"({(flying + 2 * shard) / _GIB:.2g} GiB)"
        )
    down, across = layout.grid
    return min(together, down, -(-down * across // _TURNS))


def _begun(vault: Vault, fresh: Marker) -> Marker:
    """The marker of a store that is begun, in place of what was there."""
    vault.clear()
    vault.write_marker(fresh)
    return fresh


def _resumed(vault: Vault, fresh: Marker, replace: bool) -> Marker:
    """The marker to go on from; refuses a store of another source, or replaces it."""
    found = vault.read_marker()
    if found is None:
        return _begun(vault, fresh)
    differ = [
        name
        for name in sorted(fresh.source.keys() | found.source.keys())
        if fresh.source.get(name) != found.source.get(name)
    ]
    if not differ and (found.layout, found.bits) != (fresh.layout, fresh.bits):
        differ = [f"the layout {found.layout} of {found.bits} bits"]
    if differ and replace:
        return _begun(vault, fresh)
    if differ:
        raise FileExistsError(
            f"{vault.path}: a store of another source or selection is there (other "
            f"{', '.join(differ)}); choose another path, delete it, or say replace=True"
        )
    return found


def _write_shards(
    vault: Vault, marker: Marker, together: int, fill: Fill, progress: Progress
) -> None:
    """Fills one buffer while the other is written; the marker follows what is safe."""
    layout, total = marker.layout, marker.layout.grid[0] * marker.layout.grid[1]
    progress(marker.done, total, "building the store")
    if marker.is_complete:
        return
    rows, width = layout.shard
    buffers = [np.empty((together * rows, width), np.uint8) for _ in range(2)]
    with naming_store(vault.path):
        array = vault.open_array(layout, create=True)
    written: Future[None] | None = None
    reached = marker.done
    with ThreadPoolExecutor(1) as writer:
        for turn, (first, count) in enumerate(_runs(layout, marker.done, together)):
            people, octets = layout.region(first, count)
            part = buffers[turn % 2][: people.stop - people.start]
            part = part[:, : octets.stop - octets.start]
            fill(people, octets, part)
            if written is not None:
                _finish(vault, marker, reached, written)
                progress(reached, total, "building the store")
            written = writer.submit(_write, vault, array, layout, first, count, part)
            reached = first + count
        assert written is not None
        _finish(vault, marker, reached, written)
        progress(reached, total, "building the store")


def _runs(layout: StoreLayout, done: int, together: int) -> Iterator[tuple[int, int]]:
    """The shards left, as runs of adjacent ones: number of the first, how many."""
    down, across = layout.grid
    while done < down * across:
        count = min(together, down - done % down)
        yield done, count
        done += count


def _finish(vault: Vault, marker: Marker, reached: int, written: Future[None]) -> None:
    written.result()
    vault.write_marker(marker._replace(done=reached))


def _write(
    vault: Vault,
    array: ts.TensorStore,
    layout: StoreLayout,
    first: int,
    count: int,
    part: np.ndarray,
) -> None:
    """Writes shards out of a buffer, a few at a time, and waits until all are safe."""
    flying: deque[Any] = deque()
    rows = layout.shard[0]
    with naming_store(vault.path):
        for number in range(count):
            if len(flying) == _IN_FLIGHT:
                flying.popleft().result()
            block = part[number * rows : (number + 1) * rows]
            region = array[layout.region(first + number)]
            flying.append(region.write(block))
        for shard in flying:
            shard.result()
