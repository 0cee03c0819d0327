"""All measures of faithfulness of all columns, at a few people and every network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax.attribution.front import NoiseLaw
from gxjax.attribution.method import METHODS, Method
from gxjax.attribution.noise import NOISES
from gxjax.faithfulness.curves import (
    deletion_insertion,
    relative_curves,
)
from gxjax.faithfulness.fronted import member_noise_law
from gxjax.faithfulness.infidelity import infidelity, infidelity_parts
from gxjax.faithfulness.measure_tables import Parts, curve_table, measure_table
from gxjax.faithfulness.network import check_counted, check_dosages, check_people
from gxjax.faithfulness.person_attributions import person_attributions
from gxjax.faithfulness.sensitivity import changed_calls, largest_change
from gxjax.faithfulness.settings import Settings
from gxjax.types import LinearFront, Progress, silent

__all__ = ["Faithfulness", "claims_change", "measure_faithfulness"]

CLAIMING = ("none", "mean")
"""Statistics over draws that keep an attribution in units of the output."""


class Faithfulness(NamedTuple):
    """Two tables.

    Attributes:
      measures: `method noise measure value lower upper`.
      curves: `method noise curve fraction value lower upper`.
    """

    measures: pd.DataFrame
    curves: pd.DataFrame


def claims_change(noise: str) -> bool:
    """Whether a column's attributions claim a change of output, in its units.

    Squares, their roots and variances do not: they rank variants, and have no
    infidelity.

    Raises:
      ValueError: for a noise that is none of `gxjax.attribution.NOISES`.
    """
    if noise not in NOISES:
        raise ValueError(f"noise: found {noise!r}; expected one of {list(NOISES)}")
    return noise == "none" or NOISES[noise] in CLAIMING


def measure_faithfulness(
    front: LinearFront,
    dosages: Any,
    person_ids: Any,
    baseline: Any,
    columns: Sequence[tuple[str, str]],
    *,
    key: jax.Array,
    settings: Settings | None = None,
    methods: Mapping[str, Method] | None = None,
    counted: Any = None,
    progress: Progress = silent,
) -> Faithfulness:
    """Deletion, insertion, infidelity and max-sensitivity of every column.

    - deletion, insertion: area under the curve from the person's output (1) to the
      baseline's (0) in the order of |attribution|; a random order is the method
      "random". deletion_gain and insertion_gain are by how much less, or more, area a
      column has than that order: above 0 is better than chance.
    - infidelity: `infidelity_parts`, 0 is best and 1 what a constant reaches; and
      infidelity_scaled, under the best factor per person. NaN for columns without
      `claims_change`, whose attributions are in other units than the output.
    - max_sensitivity: the largest change of an attribution in L2 norm over
      `changed_calls`, summed over people, relative to the attributions' norms.

    Variants are replaced by the mean of the baseline's rows. One network at a time and
    one person at a time; per network and person a pass over V x H for each column's
    curves, one for the sets, an attribution per column, and `perturbed` more of the
    first `sensitivity_people`. Take 50 people or more: on a simulated trait a gain
    known to +-0.15 from 48 people and 3 networks was known to +-0.5 from 8.

    What this can NOT tell: see `deletion_insertion`, `infidelity`, `max_sensitivity`.
    All of it is about the network. A method faithful to a network that found nothing
    finds nothing, faithfully.

    Args:
      front: M networks.
      dosages: float [B, V], some tens of people.
      person_ids: uint32 [B].
      baseline: float [K, V], dosages.
      columns: C pairs (method, noise).
      key: JAX key.
      settings: of attributions and measures.
      methods: by name; `METHODS` if left out.
      counted: bool [V], the variants that networks are shown (`Truth.typed`), which the
        fractions of deletion and insertion are of; all if left out.
      progress: called after every column, of all and of each person perturbed.

    Returns:
      `Faithfulness`; values are means over members, intervals are bootstrapped over
      members and people.

    Raises:
      ValueError: shapes disagree, unknown columns, no variant that counts, or settings
        out of range.
    """
    settings = settings or Settings()
    methods = METHODS if methods is None else methods
    check_dosages(front, "dosages", dosages, 2)
    check_dosages(front, "baseline", baseline, 2)
    check_people(person_ids, len(dosages))
    members = front.kernel.shape[0]
    job = _Job(
        front, np.asarray(dosages, np.float32), np.asarray(person_ids),
        np.asarray(baseline, np.float32), tuple(columns), key, settings, methods,
        check_counted(front, counted),
    )  # fmt: skip
    found = []
    for member in range(members):

        def report(done: int, total: int, note: str, before: int = member) -> None:
            progress(before * total + done, members * total, note)

        found.append(_of_member(job, member, report))
    parts = Parts(*(np.stack(each, axis=-2) for each in zip(*found, strict=True)))
    measures = measure_table(job.columns, settings.fractions, parts, key)
    return Faithfulness(
        measures, curve_table(job.columns, settings.fractions, parts, key)
    )


class _Job(NamedTuple):
    front: LinearFront
    dosages: np.ndarray
    ids: np.ndarray
    baseline: np.ndarray
    columns: tuple[tuple[str, str], ...]
    key: jax.Array
    settings: Settings
    methods: Mapping[str, Method]
    counted: np.ndarray


def _of_member(job: _Job, member: int, progress: Progress) -> Parts:
    """`Parts` of one network, without their axis of members."""
    found, moved, size = _explanations(job, member, progress)
    replacement = job.baseline.mean(axis=0)
    words: dict[str, Any] = {"key": job.key, "member": member, "person_ids": job.ids}
    curves = deletion_insertion(
        job.front, job.dosages, replacement, np.abs(found),
        fractions=job.settings.fractions, counted=job.counted, **words,
    )  # fmt: skip
    paths = [
        relative_curves(curves, each) for each in (curves.deletion, curves.insertion)
    ]
    (deletion, change), (insertion, _) = paths
    claiming = [
        place for place, (_, noise) in enumerate(job.columns) if claims_change(noise)
    ]
    claims = [_claim(job, place, found[place], replacement) for place in claiming]
    sets = infidelity(
        job.front, job.dosages, replacement, claims, subsets=job.settings.subsets,
        share=job.settings.share, **words,
    )  # fmt: skip
    errors = np.full((2, len(job.columns), len(job.ids)), np.nan)
    errors[0, claiming], variance = infidelity_parts(sets)
    errors[1, claiming], _ = infidelity_parts(sets, scaled=True)
    return Parts(
        np.moveaxis(deletion, 2, 1), np.moveaxis(insertion, 2, 1), change,
        errors[0], errors[1], variance, moved, size,
    )  # fmt: skip


def _claim(job: _Job, place: int, found: np.ndarray, replacement: np.ndarray):
    """What a column says is lost where each variant is replaced; [B, V]."""
    times_input = job.methods[job.columns[place][0]].times_input
    if times_input and job.settings.multiply_by_inputs:
        return found
    return found * (job.dosages - replacement[None])


def _explanations(job: _Job, member: int, progress: Progress):
    """Attributions [C, B, V]; how far they move, and their norms, [C, P]."""
    steps, size = job.settings, 1 + job.settings.perturbed
    asked = min(steps.sensitivity_people, len(job.dosages))
    total, done = len(job.columns) * (1 + asked), 0
    options: dict[str, Any] = {
        "key": job.key, "member": member, "methods": job.methods,
        "multiply_by_inputs": steps.multiply_by_inputs, "draws": steps.draws,
        "sigma": steps.sigma, "law": _law(job, member), "batch_size": size,
    }  # fmt: skip
    found = np.zeros((len(job.columns), *job.dosages.shape), np.float32)
    moved, norms = np.zeros((2, len(job.columns), asked))
    for person in range(-1, asked):
        # All as they are, in blocks of the size of one person's perturbed genotypes.
        rows, ids = job.dosages, job.ids
        if person >= 0:
            near = changed_calls(
                rows[person], key=job.key, person=int(ids[person]),
                count=steps.perturbed, share=steps.changed,
            )  # fmt: skip
            rows = np.concatenate([rows[person][None], near])
            ids = np.repeat(ids[person], size)
        for place, column in enumerate(job.columns):
            values = person_attributions(
                job.front, rows, job.baseline, column, person_ids=ids, **options
            )
            if person < 0:
                found[place] = values
            else:
                change = largest_change(values)
                moved[place, person], norms[place, person] = change
            done += 1
            progress(done, total, f"faithfulness, network {member}")
    return found, moved, norms


def _law(job: _Job, member: int) -> NoiseLaw | None:
    """Once for all columns that draw noise behind the front; None if none does."""
    noisy = any(
        noise != "none" and name in job.methods and job.methods[name].parts is None
        for name, noise in job.columns
    )
    return member_noise_law(job.front, member) if noisy else None
