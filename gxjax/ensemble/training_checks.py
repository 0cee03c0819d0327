"""What of people, phenotypes and settings can be known to be wrong before a run."""

from __future__ import annotations

import numpy as np

from gxjax.ensemble.loss import LOSSES
from gxjax.ensemble.training_config import TrainingConfig
from gxjax.types import TRAIN, VALIDATION

__all__ = ["check_training"]


def check_training(
    phenotype: np.ndarray,
    split: np.ndarray,
    config: TrainingConfig,
    members: int,
    outputs: int,
    trait: str,
) -> None:
    """Raises ValueError where `train` could not go on.

    Args:
      phenotype: [N], or [N, P] with NaN where a person has none.
      split: int8 [N].
      config: how networks are fitted.
      members: M.
      outputs: P of the model.
      trait: a key of `LOSSES`.
    """
    _check_kind(np.shape(phenotype), outputs, trait)
    if len(phenotype) != len(split):
        raise ValueError(
            f"phenotype: found {len(phenotype)} people; expected {len(split)}, as in "
            "the split"
        )
    if members < 1:
        raise ValueError(f"members is {members}; an ensemble needs at least 1")
    people = {
        name: np.flatnonzero(split == part)
        for name, part in (("TRAIN", TRAIN), ("VALIDATION", VALIDATION))
    }
    if len(people["TRAIN"]) < config.batch_size:
        raise ValueError(
            f"the TRAIN split has {len(people['TRAIN'])} people, fewer than one batch "
            f"of batch_size = {config.batch_size}; lower it or bring more people"
        )
    if len(people["VALIDATION"]) < 2:
        raise ValueError(
            f"the VALIDATION split has {len(people['VALIDATION'])} people; early "
            "stopping needs at least 2: bring more people"
        )
    several = np.ndim(phenotype) == 2
    for name, part in people.items():
        columns = np.asarray(phenotype)[part].reshape(len(part), -1).T
        for number, values in enumerate(columns):
            _check_phenotype(values, name, number if several else None)
            measured = values[~np.isnan(values)]
            if trait == "binary" and not np.isin(measured, (0, 1)).all():
                raise ValueError(
                    "phenotype: values other than 0 (control) and 1 (case) in the "
                    f"{name} split of a binary trait"
                )


def _check_kind(shape: tuple[int, ...], outputs: int, trait: str) -> None:
    if trait not in LOSSES:
        raise ValueError(f"trait is {trait!r}; expected one of {sorted(LOSSES)}")
    if shape[1:] != ((outputs,) if outputs > 1 else ()):
        raise ValueError(
            f"phenotype: found shape {shape} for a model of {outputs} outputs; "
            "expected [people] for one, [people, outputs] for several"
        )


def _check_phenotype(values: np.ndarray, part: str, number: int | None) -> None:
    which = "" if number is None else f" {number}"
    measured = values[~np.isnan(values)]
    if number is None and len(measured) < len(values):
        raise ValueError(
            f"phenotype: {len(values) - len(measured)} of {len(values)} {part} people "
            "have none (NaN); leave them out of the split"
        )
    if not np.isfinite(measured).all():
        raise ValueError(f"phenotype{which}: infinite in the {part} split")
    if len(measured) < 2 or np.ptp(measured) == 0:
        what = "only one class or value" if len(measured) else "no values"
        raise ValueError(
            f"the {part} split has {what} of the phenotype{which}: nothing to learn"
        )
