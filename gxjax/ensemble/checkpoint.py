"""Checkpoints of a training run, and the trained ensemble as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pandas as pd

from gxjax.ensemble.mlp import MLP
from gxjax.types import Encoding, Ensemble

__all__ = ["Checkpoints", "load_ensemble", "save_ensemble"]


class Checkpoints:
    """The newest states of one training run, saved in the background.

    A context manager: leaving it waits for the last save.
    """

    def __init__(self, directory: Path) -> None:
        options = ocp.CheckpointManagerOptions(max_to_keep=2, create=True)
        self.manager = ocp.CheckpointManager(directory.absolute(), options=options)

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *exception: object) -> None:
        self.manager.wait_until_finished()
        self.manager.close()

    def save(self, epoch: int, state: Any, history: list[dict]) -> None:
        """Saves `state` (a pytree of arrays) and the history up to `epoch`."""
        self.manager.save(
            epoch,
            args=ocp.args.Composite(
                state=ocp.args.StandardSave(state),
                history=ocp.args.JsonSave({"rows": history}),
            ),
        )

    def restore(self, like: Any) -> tuple[int, Any, list[dict]] | None:
        """The newest (epoch, state, history), or None where nothing is saved.

        Args:
          like: a pytree of the state's structure; shapes, types and shardings are taken
            from its arrays.
        """
        epoch = self.manager.latest_step()
        if epoch is None:
            return None
        abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        found = self.manager.restore(
            epoch,
            args=ocp.args.Composite(
                state=ocp.args.StandardRestore(abstract),
                history=ocp.args.JsonRestore(),
            ),
        )
        return epoch, found["state"], found["history"]["rows"]


def save_ensemble(ensemble: Ensemble, directory: Path) -> None:
    """Writes parameters, encoding, model and history of an ensemble into `directory`.

    The encoding travels with the parameters, so that training and attribution can not
    disagree. `directory` must not hold an ensemble yet.
    """
    directory.mkdir(parents=True, exist_ok=True)
    model = ensemble.model
    configuration = {
        "widths": list(model.widths),
        "activation": model.activation,
        "dropout": model.dropout,
        "batch_norm": model.batch_norm,
        "momentum": model.momentum,
        "dtype": jnp.dtype(model.dtype).name,
        "trait": ensemble.trait,
    }
    (directory / "model.json").write_text(json.dumps(configuration, indent=1) + "\n")
    ensemble.history.to_csv(
        directory / "history.tsv", sep="\t", index=False, na_rep="NA"
    )
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(directory.absolute() / "parameters", _tree(ensemble))


def load_ensemble(directory: Path) -> Ensemble:
    """Reads what `save_ensemble` wrote.

    Raises:
      FileNotFoundError: if `directory` holds no ensemble.
    """
    description = directory / "model.json"
    if not description.exists():
        raise FileNotFoundError(
            f"{directory}: no trained ensemble here (no model.json)"
        )
    configuration = json.loads(description.read_text())
    trait = configuration.pop("trait")
    configuration["widths"] = tuple(configuration["widths"])
    configuration["dtype"] = jnp.dtype(configuration["dtype"])
    with ocp.StandardCheckpointer() as checkpointer:
        path = directory.absolute() / "parameters"
        metadata = checkpointer.metadata(path).item_metadata.tree
        # A named device makes the restored arrays' place independent of the saver's.
        device = jax.sharding.SingleDeviceSharding(jax.devices()[0])
        like = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=device),
            metadata,
        )
        tree = checkpointer.restore(path, like)
    history = pd.read_csv(directory / "history.tsv", sep="\t")
    encoding = Encoding(**{name: np.asarray(v) for name, v in tree["encoding"].items()})
    return Ensemble(
        MLP(**configuration),
        tree["parameters"],
        tree.get("statistics", {}),
        encoding,
        trait,
        history,
    )


def _tree(ensemble: Ensemble) -> dict[str, Any]:
    tree = {
        "parameters": ensemble.parameters,
        "encoding": ensemble.encoding._asdict(),
    }
    if ensemble.statistics:
        tree["statistics"] = ensemble.statistics
    return tree
