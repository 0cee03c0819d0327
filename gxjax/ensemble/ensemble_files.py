"""A trained ensemble as files: parameters and encoding, the model, the history."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pandas as pd

from gxjax.ensemble.mlp import MLP
from gxjax.replacing import replacing
from gxjax.types import Encoding, Ensemble

__all__ = ["chosen_members", "load_ensemble", "save_ensemble"]

_FIELDS = (
    *("widths", "activation", "dropout", "norm", "momentum", "dtype"),
    *("outputs", "wide", "channels"),
)
"""What makes an `MLP` what it is; how its first product is computed is not."""

_TRAITS = ("quantitative", "binary")


def save_ensemble(ensemble: Ensemble, directory: Path) -> None:
    """Writes parameters, encoding, model and history of an ensemble into `directory`.

    The encoding travels with the parameters, so that training and attribution can not
    disagree. `model.json` appears last: a directory without one holds no ensemble, and
    what a killed save left there is replaced.

    Raises:
      FileExistsError: `directory` holds an ensemble.
      TypeError: the model is no `MLP`, so a file could not say what it is, or the
        parameters are those of another process, which has to save them.
    """
    model = ensemble.model
    if not isinstance(model, MLP):
        raise TypeError(
            f"ensemble.model: found {type(model).__name__}; expected an MLP: save the "
            "variables of a network of your own yourself, and see `linear_front_of`"
        )
    if isinstance(ensemble.parameters["front"]["kernel"], jax.ShapeDtypeStruct):
        raise TypeError(
            "ensemble.parameters: found shapes without numbers; expected arrays: of an "
            f"ensemble trained by several processes, process 0 has them, and this is "
            f"process {jax.process_index()}"
        )
    description, parameters = directory / "model.json", directory / "parameters"
    if description.exists() and parameters.exists():
        raise FileExistsError(
            f"{directory}: holds a trained ensemble; save to another directory, or "
            "remove it first"
        )
    directory.mkdir(parents=True, exist_ok=True)
    description.unlink(missing_ok=True)
    with _checkpointer() as checkpointer:
        checkpointer.save(parameters.absolute(), _tree(ensemble), force=True)
    with replacing(directory / "history.tsv") as path:
        ensemble.history.to_csv(path, sep="\t", index=False, na_rep="NA")
    configuration = {name: getattr(model, name) for name in _FIELDS}
    configuration["dtype"] = jnp.dtype(model.dtype).name
    configuration["trait"] = ensemble.trait
    with replacing(description) as path:
        path.write_text(json.dumps(configuration, indent=1) + "\n")


def load_ensemble(directory: Path, members: str | slice | None = None) -> Ensemble:
    """Reads what `save_ensemble` wrote.

    Args:
      directory: of the ensemble.
      members: which of them, for example "3:5" or slice(3, 5) for members 3 and 4; None
        for all. The file of a parameter is one array of all members: it is read whole
        into host memory, and only the members asked for get on the device.

    Returns:
      `Ensemble`, its arrays on the first device, its history of the members loaded,
      under the numbers that they were trained under.

    Raises:
      FileNotFoundError: `directory` holds no ensemble.
      ValueError: `model.json` is damaged or of another version, or `members` is empty
        or names members that there are not.
    """
    model, trait = _read_model(directory / "model.json")
    path = directory.absolute() / "parameters"
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: not there, though model.json is; train this ensemble again"
        )
    history = pd.read_csv(directory / "history.tsv", sep="\t")
    with _checkpointer() as checkpointer:
        metadata = checkpointer.metadata(path).item_metadata.tree
        count = jax.tree.leaves(metadata["parameters"])[0].shape[0]
        if members is None:
            tree = checkpointer.restore(path, jax.tree.map(_on_device, metadata))
        else:
            chosen = chosen_members(members, count)
            history = history[history["member"].isin(range(count)[chosen])]
            history = history.reset_index(drop=True)
            tree = checkpointer.restore(path, jax.tree.map(_on_host, metadata))
            for name in tree.keys() - {"encoding"}:
                tree[name] = jax.tree.map(lambda a: jnp.array(a[chosen]), tree[name])
    encoding = Encoding(**{name: np.asarray(v) for name, v in tree["encoding"].items()})
    statistics = tree.get("statistics", {})
    return Ensemble(model, tree["parameters"], statistics, encoding, trait, history)


def _read_model(description: Path) -> tuple[MLP, str]:
    """The network that `model.json` describes, and its trait."""
    if not description.exists():
        raise FileNotFoundError(
            f"{description.parent}: no trained ensemble here (no model.json)"
        )
    try:
        found = json.loads(description.read_text())
    except ValueError as error:
        raise ValueError(
            f"{description}: damaged, not JSON ({error}); train this ensemble again"
        ) from error
    wanted = {*_FIELDS, "trait"}
    if not isinstance(found, dict) or set(found) != wanted:
        names = sorted(found) if isinstance(found, dict) else type(found).__name__
        raise ValueError(
            f"{description}: found {names}; expected {sorted(wanted)}: it is damaged "
            "or of another version of gxjax; train this ensemble again"
        )
    try:
        trait = found.pop("trait")
        if trait not in _TRAITS:
            raise ValueError(f"trait: found {trait!r}; expected one of {_TRAITS}")
        found["widths"] = tuple(found["widths"])
        found["dtype"] = jnp.dtype(found["dtype"])
        return MLP(**found), trait
    except (TypeError, ValueError) as error:
        raise ValueError(f"{description}: {error}") from error


def chosen_members(members: str | slice, count: int) -> slice:
    """A slice such as "3:5" of `count` members.

    Raises:
      ValueError: it is none, empty, or names members that there are not.
    """
    given = members
    if isinstance(members, str):
        found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", members)
        if not found:
            raise ValueError(
                f"members: found {members!r}; expected START:STOP, for example 3:5 for "
                "members 3 and 4"
            )
        members = slice(*(int(end) if end else None for end in found.groups()))
    start = 0 if members.start is None else members.start
    stop = count if members.stop is None else members.stop
    if members.step not in (None, 1) or not 0 <= start < stop <= count:
        raise ValueError(
            f"members: found {given!r} of {count} members; expected START:STOP with "
            f"0 <= START < STOP <= {count}"
        )
    return slice(start, stop)


def _checkpointer() -> ocp.StandardCheckpointer:
    """Of this process alone: of several, orbax would wait for the others."""
    process = jax.process_index()
    alone = ocp.options.MultiprocessingOptions(
        primary_host=process, active_processes={process}
    )
    return ocp.StandardCheckpointer(multiprocessing_options=alone)


def _on_device(leaf: Any) -> jax.ShapeDtypeStruct:
    # A named device makes the restored arrays' place independent of the saver's.
    device = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=device)


def _on_host(leaf: Any) -> np.ndarray:
    # An array tells orbax to restore to the host; this one takes no memory itself.
    return np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape)


def _tree(ensemble: Ensemble) -> dict[str, Any]:
    tree = {
        "parameters": ensemble.parameters,
        "encoding": ensemble.encoding._asdict(),
    }
    if ensemble.statistics:
        tree["statistics"] = ensemble.statistics
    return tree
