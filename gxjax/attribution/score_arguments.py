"""What a score is handed, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from gxjax.attribution.channels import DOSAGE
from gxjax.attribution.method import METHODS, Method
from gxjax.attribution.noise import NOISES
from gxjax.types import DosageSource, LinearFront

__all__ = ["check_score_arguments"]


def _variants(front: LinearFront) -> int:
    """V, of a kernel with a row for each of a variant's channels."""
    rows, count = front.kernel.shape[1], len((front.channels or DOSAGE).functions)
    if rows % count:
        raise ValueError(
            f"front: a kernel of {rows} rows with {count} channels per variant; "
            "expected a multiple, the channels of a variant beside each other"
        )
    return rows // count


def check_score_arguments(
    front: LinearFront,
    dosages: DosageSource,
    people: np.ndarray,
    person_ids: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    batch_size: int,
    methods: Mapping[str, Method] = METHODS,
) -> None:
    """Raises ValueError where shapes or types disagree or a column is unknown."""
    people, person_ids = np.asarray(people), np.asarray(person_ids)
    width = _variants(front)
    shape = np.shape(baseline)
    if len(shape) != 2 or shape[1] != width or not shape[0]:
        raise ValueError(
            f"baseline: found shape {shape}, expected [K, {width}], one "
            "column per variant of the networks"
        )
    if people.ndim != 1 or people.shape != person_ids.shape or not people.size:
        raise ValueError(
            f"people {people.shape} and person_ids {person_ids.shape}: expected the "
            "same length, at least 1"
        )
    if people.dtype.kind not in "iu" or front.kernel.dtype.itemsize < 4:
        raise ValueError(
            f"people of type {people.dtype} and a kernel of type {front.kernel.dtype}: "
            "expected integers, and float32 or float64"
        )
    rows = jax.ShapeDtypeStruct((1,), np.int32)
    found = jax.eval_shape(dosages.fetch, dosages.arrays, rows).shape
    if found != (1, width):
        raise ValueError(
            f"dosages: fetch gives {found} for one person; the networks have {width} "
            f"variants, so expected (1, {width})"
        )
    if batch_size < 1 or not columns:
        raise ValueError(
            f"batch_size={batch_size} with {len(columns)} columns: expected at least 1 "
            "of each"
        )
    for name, noise in columns:
        if name not in methods or noise not in NOISES:
            raise ValueError(
                f"columns: found ({name!r}, {noise!r}), expected a method among "
                f"{', '.join(sorted(methods))} (add yours by `register`) and a noise "
                f"among {', '.join(NOISES)}"
            )
