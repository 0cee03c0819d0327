"""The state of a training run on disk: whole or not at all, and checked when read."""

from gxjax.ensemble.checkpoint.checkpoints import Checkpoints, Record, Restored

__all__ = ["Checkpoints", "Record", "Restored"]
