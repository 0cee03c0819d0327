"""What lies in the folder of a store: a Zarr v3 array, and a marker of how far it is.

zarr.json, c/0/0, c/0/1, ...   the array; every Zarr v3 library with sharding reads it
gxjax.json                     the marker: bits, shape, what it was made of, shards done
gxjax.lock                     while it is built: who builds it
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import tensorstore as ts

from gxjax.genotypes.store_layout import StoreLayout, array_metadata
from gxjax.genotypes.store_lock import LOCK, locked

__all__ = [
    "Marker",
    "Vault",
    "kvstore_spec",
    "naming_store",
]

MARKER = b"gxjax.json"
# By bits. Whoever knows 2 alone must not take dosages for four calls each.
_FORMATS = {2: "gxjax packed genotypes 1", 8: "gxjax dosages 1"}
_REMOTE = ("gs", "s3", "memory")
_CACHE_BYTES = 1 << 26


class Marker(NamedTuple):
    """How far a store is, and of what; `gxjax.json`.

    Attributes:
      layout: `StoreLayout`.
      source: what tells one source from another, by name.
      done: shards finished, of the product of `layout.grid`.
      bits: of a code, 2 or 8.
    """

    layout: StoreLayout
    source: dict[str, Any]
    done: int
    bits: int = 2

    @property
    def is_complete(self) -> bool:
        """Whether every shard was written."""
        down, across = self.layout.grid
        return self.done == down * across


class Vault(NamedTuple):
    """The folder of a store, local or remote.

    Attributes:
      path: as messages name it.
      keys: the key-value store of the folder.
    """

    path: str
    keys: ts.KvStore

    @classmethod
    def at(cls, path: str | Path) -> Vault:
        """The folder at a path or URL; nothing is created."""
        keys = ts.KvStore.open(kvstore_spec(path), context=_context()).result()
        return cls(str(path).rstrip("/"), keys)

    def alone(self) -> AbstractContextManager[None]:
        """Keeps other builders out of a local folder; of a bucket nothing is guarded.

        Raises:
          FileExistsError: another builder is at work there.
          OSError: the folder can't be written to.
        """
        spec = self.keys.spec().to_json()
        return locked(Path(spec["path"])) if spec["driver"] == "file" else nullcontext()

    def read_marker(self) -> Marker | None:
        """The marker, or None where there is none.

        Raises:
          ValueError: it is damaged.
        """
        with naming_store(self.path):
            found = self.keys.read(MARKER).result()
        if found.state != "value":
            return None
        try:
            fields = json.loads(found.value)
            bits = {text: bits for bits, text in _FORMATS.items()}[fields["format"]]
            layout = StoreLayout(*(tuple(fields[key]) for key in StoreLayout._fields))
            for size in layout:
                if [type(length) for length in size] != [int, int] or min(size) < 1:
                    raise ValueError(f"sizes {size}")
            return Marker(layout, dict(fields["source"]), int(fields["done"]), bits)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f"{self.path}/{MARKER.decode()}: damaged, or of another version "
                f"({error!r}); expected '{_FORMATS[2]}' or '{_FORMATS[8]}'. Delete the "
                "folder and build the store anew"
            ) from error

    def write_marker(self, marker: Marker) -> None:
        """Replaces the marker, whole or not at all."""
        layout = {key: list(size) for key, size in marker.layout._asdict().items()}
        fields = {
            "format": _FORMATS[marker.bits],
            **layout,
            "source": marker.source,
            "done": marker.done,
        }
        text = json.dumps(fields, indent=1) + "\n"
        with naming_store(self.path):
            self.keys.write(MARKER, text.encode()).result()

    def open_array(self, layout: StoreLayout, *, create: bool) -> ts.TensorStore:
        """The Zarr array; a missing chunk is an error, and zeros are written.

        To write, what was written is not cached: it would not be read again.
        """
        spec = {
            "driver": "zarr3",
            "kvstore": self.keys.spec().to_json(),
            "fill_missing_data_reads": False,
            "store_data_equal_to_fill_value": True,
            # Else every gather asks anew whether each shard's index has changed.
            "recheck_cached_data": "open",
            "metadata": array_metadata(layout),
        }
        context = _context()
        if create:
            context = ts.Context({"cache_pool": {}}, parent=context)
        return ts.open(spec, open=True, create=create, context=context).result()

    def shards(self) -> set[str]:
        """Names of the shards that are there."""
        with naming_store(self.path):
            found = self.keys.list(ts.KvStore.KeyRange(b"c/", b"c0")).result()
        return {name.decode() for name in found}

    def clear(self) -> None:
        """Deletes a store, but for its lock; refuses a folder that holds anything else.

        Raises:
          FileExistsError: the folder holds something, but not our marker.
        """
        with naming_store(self.path):
            names = set(self.keys.list().result()) - {LOCK}
        if names and MARKER not in names:
            raise FileExistsError(
                f"{self.path}: holds {min(names).decode()} and no {MARKER.decode()}; "
                "expected a store or no folder. Choose another path"
            )
        # The marker last: killed in between, the rest must still pass for ours.
        with naming_store(self.path):
            for ends in (
                (b"", MARKER),
                (MARKER + b"\0", LOCK),
                (LOCK + b"\0", b""),
                (MARKER, MARKER + b"\0"),
            ):
                self.keys.delete_range(ts.KvStore.KeyRange(*ends)).result()


def kvstore_spec(path: str | Path) -> dict[str, Any]:
    """TensorStore's specification of the folder at a path or URL.

    Args:
      path: a local folder, or `gs://bucket/folder`, `s3://bucket/folder`,
        `memory://folder` (of this process, for tests).

    Raises:
      ValueError: another scheme, or a URL that went through `pathlib.Path`.
    """
    text = str(path).rstrip("/")
    scheme, separator, _ = text.partition("://")
    if separator:
        if scheme not in _REMOTE:
            raise ValueError(
                f"{path}: scheme {scheme!r}; expected a local folder, or one of "
                + ", ".join(f"{known}://" for known in _REMOTE)
            )
        return ts.KvStore.Spec(f"{text}/").to_json()
    if text.startswith(tuple(f"{scheme}:/" for scheme in _REMOTE)):
        raise ValueError(f"{path}: one slash behind the scheme; give a URL as str")
    # TensorStore takes no "..".
    return {"driver": "file", "path": f"{Path(text).resolve()}/"}


@functools.cache
def _context() -> ts.Context:
    """One for the process: it holds `memory://` and caches the indexes of shards."""
    return ts.Context({"cache_pool": {"total_bytes_limit": _CACHE_BYTES}})


@contextmanager
def naming_store(path: str) -> Iterator[None]:
    """Turns what TensorStore raises into an OSError that names the store."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        raise OSError(f"{path}: {error}") from error
