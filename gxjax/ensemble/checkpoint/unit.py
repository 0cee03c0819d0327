"""One checkpoint of a training run: what it consists of, and how damage is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath
from jax.sharding import SingleDeviceSharding

from gxjax.checksum import checksums
from gxjax.ensemble.checkpoint.file_list import check_list

__all__ = [
    "as_json",
    "changed",
    "check_fits",
    "handler",
    "load_arrays",
    "load_content",
    "make_content",
    "named_leaves",
    "save_arguments",
]

_RECORD = "record.json"


def handler(
    processes: ocp.options.MultiprocessingOptions | None = None,
) -> ocp.CompositeCheckpointHandler:
    """Orbax's part: `state` are the arrays, `record` says what they are."""
    processes = processes or ocp.options.MultiprocessingOptions()
    return ocp.CompositeCheckpointHandler(
        state=ocp.StandardCheckpointHandler(multiprocessing_options=processes),
        record=ocp.JsonCheckpointHandler(_RECORD, multiprocessing_options=processes),
    )


def named_leaves(tree: Any) -> dict[str, Any]:
    """The leaves of a pytree by their path.

    A flat dictionary, because orbax has no way to write what has no leaves, such as the
    empty states of optax.

    Raises:
      TypeError: a leaf is no array of numbers.
    """
    leaves = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        name = jax.tree_util.keystr(path)
        if not isinstance(leaf, (jax.Array, np.ndarray, jax.ShapeDtypeStruct)):
            raise TypeError(
                f"state{name} is a {type(leaf).__name__}; expected a jax or numpy "
                "array (numbers of Python belong into the record)"
            )
        if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            raise TypeError(
                f"state{name} is a PRNG key; expected its numbers: jax.random.key_data"
            )
        leaves[name] = leaf
    return leaves


def make_content(
    step: int,
    belongs_to: Mapping[str, Any],
    record: Mapping[str, Any],
    leaves: dict[str, Any],
) -> dict[str, Any]:
    """What `record.json` says: the caller's words, and every array's name and checksum.

    Waits until the arrays are computed.
    """
    sums = checksums(list(leaves.values()))
    described = {
        name: {"shape": leaf.shape, "dtype": str(leaf.dtype), "checksum": value}
        for (name, leaf), value in zip(leaves.items(), sums, strict=True)
    }
    content = {"step": step, "belongs_to": belongs_to, "record": record}
    return as_json({**content, "leaves": described})


def save_arguments(
    content: dict[str, Any], leaves: dict[str, Any]
) -> ocp.args.Composite:
    """What orbax shall write; arrays of numpy are copied, the caller may change them.

    Arrays of jax need no copy: orbax fetches them to the host before it returns, and on
    a CPU, where that is the same memory, jax does not give it away while in use.
    """
    kept = {
        name: leaf.copy() if isinstance(leaf, np.ndarray) else leaf
        for name, leaf in leaves.items()
    }
    described = {"sha256": _digest(content), "content": content}
    return ocp.args.Composite(
        state=ocp.args.StandardSave(kept), record=ocp.args.JsonSave(described)
    )


def load_content(folder: epath.Path) -> dict[str, Any]:
    """Checks the list of files, on process 0, and reads `record.json`.

    Raises:
      OSError, ValueError, KeyError, TypeError: it is damaged.
    """
    if jax.process_index() == 0:
        check_list(folder)
    described = json.loads((folder / "record" / _RECORD).read_text())
    content = described["content"]
    if _digest(content) != described["sha256"]:
        raise ValueError(f"{_RECORD} has other contents than were written")
    return content


def check_fits(
    folder: epath.Path,
    content: dict[str, Any],
    belongs_to: Mapping[str, Any],
    wanted: dict[str, Any],
) -> None:
    """Raises ValueError for the checkpoint of another run, or of other arrays."""
    if other := _differences(content["belongs_to"], belongs_to):
        raise ValueError(
            f"{folder}: the checkpoint of another run: {'; '.join(other[:5])}; "
            "expected the same run, or an empty folder"
        )
    found = {
        name: (tuple(leaf["shape"]), leaf["dtype"])
        for name, leaf in content["leaves"].items()
    }
    expected = {name: (leaf.shape, str(leaf.dtype)) for name, leaf in wanted.items()}
    if other := _differences(found, expected):
        raise ValueError(
            f"{folder}: the checkpoint of other networks: {'; '.join(other[:5])}; "
            "expected the same arrays, or an empty folder"
        )


def load_arrays(folder: epath.Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Reads the arrays, each with the sharding of its namesake in `wanted`.

    Each process reads by itself: one that fails does not leave the others waiting.

    Raises:
      Exception: whatever orbax and tensorstore make of damaged files.
    """
    process = jax.process_index()
    alone = ocp.options.MultiprocessingOptions(
        primary_host=process, active_processes={process}
    )
    target = ocp.args.StandardRestore({n: _target(leaf) for n, leaf in wanted.items()})
    with ocp.Checkpointer(handler(alone), multiprocessing_options=alone) as reader:
        found = reader.restore(folder, args=ocp.args.Composite(state=target))
    return {name: found["state"][name] for name in wanted}


def changed(leaves: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Names of the arrays that are not what was saved."""
    sums = zip(leaves, checksums(list(leaves.values())), strict=True)
    return [
        name for name, value in sums if value != content["leaves"][name]["checksum"]
    ]


def as_json(value: Any) -> Any:
    """The value as it comes back from JSON; numbers of numpy become Python's."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(
        f"a checkpoint's record holds a {type(value).__name__}; expected what JSON can "
        "write: numbers, text, lists, dictionaries"
    )


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _target(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf
    sharding = leaf.sharding or SingleDeviceSharding(jax.devices()[0])
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)


def _differences(old: Any, new: Any, name: str = "") -> list[str]:
    """What differs between two nested dictionaries, in words."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return [] if _same(old, new) else [f"{name} was {old}, is now {new}"]
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        path = f"{name}.{key}" if name else str(key)
        if key not in new:
            found.append(f"{path} was {old[key]}, is now missing")
        elif key not in old:
            found.append(f"{path} was missing, is now {new[key]}")
        else:
            found += _differences(old[key], new[key], path)
    return found


def _same(old: Any, new: Any) -> bool:
    # Not ==, for which NaN differs from itself and 1 equals True.
    return repr(old) == repr(new)
