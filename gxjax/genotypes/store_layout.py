"""How a packed matrix is cut: shards of 1,024 people x 8 KiB, chunks of 4 people.

A shard (32,768 variants of 1,024 people, 8,192 of 8 bits) is one file: 37.5 GB are
4,700 of them. A chunk is the least that is read, with a checksum of its own: a batch of
random people costs 4 times its bytes, and a host reads its own people and columns only.

Measured: each chunk costs some 20 us of processor time beside its bytes, to write and
to read. Chunks of 8 KiB would halve the speed of both; those of 32 KiB lose a tenth to
a fifth; with more people in a chunk random gathers get slower in step. Shards of 16 KiB
would gather a quarter faster, but then a strip of all people, one shard wide, which is
what a build wants to hold, takes twice the memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["StoreLayout", "array_metadata", "layout_of_store"]

_SHARD_ROWS, _SHARD_BYTES = 1024, 8192
_CHUNK_ROWS = 4
_ALIGNMENT = 64


class StoreLayout(NamedTuple):
    """How a packed matrix is cut into objects.

    Attributes:
      shape: (N, bytes of a row): ceil(V / 4), or V where codes have 8 bits.
      shard: rows and bytes of a shard, which is one file and is written at once.
      chunk: rows and bytes of a chunk, the least that is read, with a checksum each; a
        shard is as wide as one chunk.
    """

    shape: tuple[int, int]
    shard: tuple[int, int]
    chunk: tuple[int, int]

    @property
    def grid(self) -> tuple[int, int]:
        """Shards down and across."""
        down, across = (
            -(-total // size)
            for total, size in zip(self.shape, self.shard, strict=True)
        )
        return down, across

    def region(self, shard: int, count: int = 1) -> tuple[slice, slice]:
        """Rows and bytes of `count` shards below each other.

        They are numbered down first, so that a build reads a strip of variants once.
        """
        across, down = divmod(shard, self.grid[0])
        (people, octets), (rows, width) = self.shape, self.shard
        return (
            slice(down * rows, min((down + count) * rows, people)),
            slice(across * width, min((across + 1) * width, octets)),
        )


def layout_of_store(people: int, octets: int) -> StoreLayout:
    """The layout of a packed matrix of N = `people` rows of `octets` bytes.

    Raises:
      ValueError: the matrix is empty.
    """
    if people < 1 or octets < 1:
        raise ValueError(f"a store of {people} people x {octets} bytes; expected some")
    rows = _even(people, _SHARD_ROWS, _CHUNK_ROWS)
    width = _even(octets, _SHARD_BYTES, _ALIGNMENT)
    return StoreLayout((people, octets), (rows, width), (_CHUNK_ROWS, width))


def array_metadata(layout: StoreLayout) -> dict[str, Any]:
    """The metadata of the Zarr v3 array: sharded, a checksum behind every chunk."""
    sharding = {
        "chunk_shape": list(layout.chunk),
        "codecs": [{"name": "bytes"}, {"name": "crc32c"}],
        "index_codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "crc32c"},
        ],
        "index_location": "end",
    }
    return {
        "shape": list(layout.shape),
        "data_type": "uint8",
        "fill_value": 0,
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": list(layout.shard)},
        },
        "chunk_key_encoding": {"name": "default"},
        "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        "dimension_names": ["person", "byte"],
    }


def _even(total: int, most: int, step: int) -> int:
    """The size of parts of at most `most`, nearly equal, a multiple of `step`."""
    parts = -(-total // most)
    return -(-total // (parts * step)) * step
