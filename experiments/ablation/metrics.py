"""Figures of score columns with paired bootstrap draws: the benchmark's, and means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
from scipy.stats import rankdata

from experiments.ablation.attributions import dosage_sd
from experiments.arms import planted_arm, reference_arm
from experiments.configuration import Configuration
from experiments.evaluation.planted import found_options, locus_places
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.benchmark import (
    CORRECTED_TAU,
    Estimate,
    NullCounts,
    Places,
    Ratio,
    count_nulls,
    estimate,
    find_places,
    precision_estimate,
    rank_columns,
    recall_estimate,
    stability_samples,
)
from gxjax.benchmark.estimates import LEVEL, interval
from gxjax.benchmark.few_replicates import widened_interval
from gxjax.benchmark.places import PLANTED_KINDS, units_of
from gxjax.benchmark.weighted_mean import geometric, part_scores, tau_of
from gxjax.types import Cohort

__all__ = [
    *("Measured", "arms_of", "composite", "measure"),
    *("figures", "mean_of", "spearman"),
]

_QUANTILES = {1: 0.99, 2: 0.98}
_WEIGHTS = np.full(3, 1 / 3)


class Measured(NamedTuple):
    """What one replicate says of C score columns.

    Attributes:
      places: of the planted units, among variants.
      locus_places: likewise among loci.
      counts: real and null columns among the top.
      real: float32 [C, M, V'], scores of the arm without planted or null columns, of
        what networks are shown.
      sd: float64 [V'], standard deviation of the dosage of its columns.
    """

    places: Places
    locus_places: Places
    counts: NullCounts
    real: np.ndarray
    sd: np.ndarray


def arms_of(configuration: Configuration) -> list[str]:
    """The arms whose networks recall, precision and stability are of."""
    names = (planted_arm(configuration), reference_arm(configuration)[0], "real")
    return list(dict.fromkeys(names))


def measure(
    configuration: Configuration,
    work: Workdir,
    cohort: Cohort,
    values: Mapping[str, np.ndarray],
) -> Measured:
    """Ranks the scores of a replicate.

    Args:
      configuration: of the run.
      work: of the replicate.
      cohort: of the run.
      values: float32 [C, M, V] of each of `arms_of`, columns in one order.
    """
    planted, (reference, _) = planted_arm(configuration), reference_arm(configuration)
    arms = {name: load_arm(work, cohort, name) for name in arms_of(configuration)}
    columns = [("", "")] * len(values["real"])
    arm = arms[planted]
    ranking = rank_columns(values[planted], columns, arm.truth)
    options = found_options(configuration, work, arm)
    places = find_places(ranking, arm.truth, **options)
    loci = locus_places(ranking, arm, options, min(_QUANTILES.values()))
    truth = arms[reference].truth
    counts = count_nulls(rank_columns(values[reference], columns, truth), truth)
    shown = arms["real"].truth.shown
    sd = dosage_sd(arms["real"])[shown]
    return Measured(places, loci, counts, values["real"][:, :, shown], sd)


def figures(
    replicates: Sequence[Measured],
    key: jax.Array,
    reference: str,
    draws: int,
    groups: Sequence[int] | None = None,
) -> dict[str, Estimate]:
    """Every metric of C columns by name; draws of different columns are paired.

    The intervals are those of the benchmark's own tables for the same scores.

    Args:
      replicates: one `Measured` each, of the same C columns.
      key: of the benchmark.
      reference: the arm that precision is of.
      draws: B.
      groups: int [C]; the relative composite's tau is the median over a group, as the
        published one's is over the columns compared. None: one group.
    """
    found: dict[str, Estimate] = {}
    for percent, quantile in _QUANTILES.items():
        for metric, places in (
            ("recall", [one.places for one in replicates]),
            ("locus_recall", [one.locus_places for one in replicates]),
        ):
            kinds = [
                kind
                for kind in PLANTED_KINDS
                if any(len(units_of(p.units, kind)) for p in places)
            ]
            single = {
                kind: recall_estimate(places, kind, quantile, key, draws=draws)
                for kind in (*kinds, "all")
            }
            mean = mean_of([single[kind] for kind in kinds])
            found[f"mean_{metric}_top{percent}"] = mean
            found |= {f"{metric}_{k}_top{percent}": one for k, one in single.items()}
        found[f"precision_top{percent}"] = precision_estimate(
            [one.counts for one in replicates],
            quantile,
            rng.named(key, reference),
            draws=draws,
        )
    found["median_rsd"] = stability_samples(
        [one.real for one in replicates], rng.named(key, "real"), draws=draws
    )
    parts = [found["recall_all_top2"], found["precision_top2"], found["median_rsd"]]
    found["composite"] = composite(parts)
    found["composite_relative"] = composite(parts, groups or [0] * len(parts[0].value))
    return found


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """The mean of several figures of the same columns, draw by draw.

    Its interval is that of the draws, and with two replicates or more holds that of
    Student's t over the means of each. There is no range over members.
    """
    value = np.mean([part.value for part in parts], axis=0)
    samples = np.mean([part.samples for part in parts], axis=0)
    unknown = np.full(value.shape, np.nan)
    units = sum(part.units for part in parts)
    each = _by_replicate(parts)
    means = None if each is None else each.mean(axis=-1)
    lower, upper = widened_interval(*interval(samples), value, means, level=LEVEL)
    ends = value, lower, upper, unknown, unknown
    return Estimate(*ends, samples, units, None, means)


def composite(
    parts: Sequence[Estimate], groups: Sequence[int] | None = None
) -> Estimate:
    """Geometric mean of recall, precision and stability score, draw by draw.

    Args:
      parts: estimates of recall, precision and median RSD, of the same C columns.
      groups: int [C]: tau is the median over the columns of a group; None: tau 0.45.
    """
    values = np.stack([part.value for part in parts], axis=-1)
    drawn = np.stack([part.samples for part in parts], axis=-1)
    # On its own: what has no draws, as the RSD of two networks, has a value still.
    value = _composites(values[None], groups)[0]
    samples = _composites(drawn, groups)
    unknown = np.full(value.shape, np.nan)
    units = min(part.units for part in parts)
    each = _by_replicate(parts)
    own = None if each is None else _composites(each, groups)
    lower, upper = widened_interval(*interval(samples), value, own, level=LEVEL)
    ends = value, np.maximum(lower, 0), np.minimum(upper, 1), unknown, unknown
    return Estimate(*ends, samples, units, None, own)


def _by_replicate(parts: Sequence[Estimate]) -> np.ndarray | None:
    """Figures [R, C, parts] of each replicate; None unless all parts have them."""
    known = [part.by_replicate for part in parts if part.by_replicate is not None]
    if len(known) < len(parts) or len({len(each) for each in known}) != 1:
        return None
    return np.stack(known, axis=-1)


def _composites(parts: np.ndarray, groups: Sequence[int] | None) -> np.ndarray:
    """Composites [B, C] of parts [B, C, 3]."""
    tau = np.full(parts.shape[:2], CORRECTED_TAU)
    for group in set(groups or ()):
        own = np.flatnonzero(np.asarray(groups) == group)
        tau[:, own] = tau_of("relative", parts[:, own, 2])
    return geometric(part_scores(parts, tau), _WEIGHTS)


def spearman(
    replicates: Sequence[Measured], other: int | None, key: jax.Array, draws: int
) -> Estimate:
    """Spearman correlation over variants with a column, or with the dosage's sd.

    Members and replicates are resampled; variants are not, since the question is of
    these variants.

    Args:
      replicates: one `Measured` each, of the same C columns.
      other: the column that all are compared with, within each network; None: the sd.
      key: of the benchmark.
      draws: B.
    """
    ratios = []
    for one in replicates:
        ranks = _standard_ranks(one.real)
        against = _standard_ranks(one.sd)[None] if other is None else ranks[other]
        alike = np.einsum(
            "cmv,mv->cm", ranks, np.broadcast_to(against, ranks.shape[1:])
        )
        numerator = alike[:, :, None].astype(np.float32)
        ratios.append(Ratio(numerator, np.ones((1, 1, 1), np.float32)))
    found = estimate(ratios, rng.named(key, "spearman"), draws=draws)
    # What varies here are networks.
    networks = sum(ratio.numerator.shape[1] for ratio in ratios)
    return found._replace(units=networks, contributions=None)


def _standard_ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks over the last axis, less their mean, of length 1; 0 where all are tied."""
    ranks = np.stack([rankdata(row) for row in scores.reshape(-1, scores.shape[-1])])
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    ranks = np.divide(ranks, length, out=np.zeros(ranks.shape), where=length > 0)
    return ranks.reshape(scores.shape).astype(np.float32)
