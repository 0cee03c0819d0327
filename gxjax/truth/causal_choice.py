"""Chooses causal variants among real ones, by frequency, LD and distance."""

from __future__ import annotations

import jax
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.tables import normalise_chromosome
from gxjax.truth.causal_rules import UNIT_SIZES, CausalCounts, CausalRules
from gxjax.types import Genotypes, Neighbours, Progress, silent

__all__ = ["choose_causal", "frequencies_of", "tags_of", "train_calls", "twins_of"]

_NOT_DIPLOID = ("X", "Y", "MT", "0")


def choose_causal(
    key: jax.Array,
    variants: pd.DataFrame,
    train_counts: np.ndarray,
    counts: CausalCounts,
    rules: CausalRules,
    neighbours: Neighbours | None,
) -> dict[str, np.ndarray]:
    """The causal variants of every kind.

    Every kind has a random order of all V variants of its own, and takes the first ones
    in it that are fit and free, in the order of `UNIT_SIZES`. So more of one kind never
    moves a kind before it, and moves one behind it only where both want the same
    variant or two in LD (or near each other).

    Args:
      key: of the truth.
      variants: table of V rows.
      train_counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing.
      counts: units per kind.
      rules: which variants are fit.
      neighbours: of the V variants; None where no rule is about LD.

    Returns:
      Per kind with a count above 0, int64 [n, variants of a unit].

    Raises:
      ValueError: too few variants; the message says which rule leaves how many.
    """
    free = _Free(variants, rules, neighbours)
    chosen: dict[str, np.ndarray] = {}
    for (kind, size), units in zip(UNIT_SIZES.items(), counts, strict=True):
        if not units:
            continue
        stages = _fitness(kind, variants, train_counts, rules, neighbours)
        fit = np.logical_and.reduce([mask for _, mask in stages])
        random = rng.generator(key, f"truth/generative/{kind}/variants")
        order = random.permutation(len(variants))
        order = order[fit[order]]
        taken = free.take(order, units * size, spaced=kind != "polygenic")
        if len(taken) < units * size:
            raise ValueError(_too_few(kind, units * size, len(taken), stages))
        chosen[kind] = taken.reshape(units, size)
    return chosen


def train_calls(
    genotypes: Genotypes,
    train: np.ndarray,
    given: np.ndarray | None,
    progress: Progress = silent,
) -> np.ndarray:
    """int64 [V, 4]: TRAIN people with hard call 0, 1, 2 and missing.

    Args:
      genotypes: N people, V variants.
      train: bool [N].
      given: these counts where they are known; None to count.
      progress: called with people done, TRAIN people.

    Raises:
      ValueError: the counts given are not of V variants.
    """
    variants = len(genotypes.variants)
    if given is None:
        people, bits = np.flatnonzero(train), genotypes.bits
        return count_codes(genotypes.packed, variants, people, progress, bits)
    if np.shape(given) != (variants, 4):
        raise ValueError(
            f"train_counts: found shape {np.shape(given)}; expected ({variants}, 4)"
        )
    return np.asarray(given)


def frequencies_of(train_counts: np.ndarray) -> np.ndarray:
    """float64 [V]: frequency of A1 among hard calls; 0 where nobody is called."""
    called = train_counts[:, :3].astype(np.float64)
    return called @ np.arange(3.0) / np.maximum(2 * called.sum(axis=1), 1)


def tags_of(neighbours: Neighbours, r2: float) -> np.ndarray:
    """int64 [V]: neighbours with r^2 of at least `r2`."""
    before = np.append(0, np.cumsum(neighbours.r2 >= r2))
    return before[neighbours.starts[1:]] - before[neighbours.starts[:-1]]


def twins_of(columns: np.ndarray, neighbours: Neighbours, r2: float) -> np.ndarray:
    """Variants, int64 [.], with r^2 of at least `r2` with any of some `columns`."""
    found = [np.empty(0, np.int64)]
    for own in _rows(columns, neighbours):
        found.append(neighbours.columns[own][neighbours.r2[own] >= r2].astype(np.int64))
    return np.unique(np.concatenate(found))


class _Free:
    """Which variants are not taken yet, nor near to one that is."""

    def __init__(
        self,
        variants: pd.DataFrame,
        rules: CausalRules,
        neighbours: Neighbours | None,
    ):
        self._free = np.ones(len(variants), bool)
        self._rules, self._neighbours = rules, neighbours
        self._chromosome = variants["CHROM"].to_numpy()
        self._position = variants["POS"].to_numpy()

    def take(self, order: np.ndarray, wanted: int, *, spaced: bool) -> np.ndarray:
        """The first `wanted` free ones in `order`; fewer where there are no more.

        Those that are not `spaced` may be near each other.
        """
        if not spaced:
            taken = order[self._free[order]][:wanted]
            self._free[taken] = False
            return taken
        found: list[int] = []
        for variant in order.tolist():
            if len(found) == wanted:
                break
            if self._free[variant]:
                found.append(variant)
                self._block(variant)
        return np.array(found, np.int64)

    def _block(self, variant: int) -> None:
        self._free[variant] = False
        if self._rules.causal_r2 < 1 and self._neighbours is not None:
            (own,) = _rows(np.array([variant]), self._neighbours)
            linked = self._neighbours.r2[own] > self._rules.causal_r2
            self._free[self._neighbours.columns[own][linked]] = False
        if self._rules.apart_kb > 0:
            near = np.abs(self._position - self._position[variant])
            close = near < 1000 * self._rules.apart_kb
            same = self._chromosome == self._chromosome[variant]
            self._free[same & close] = False


def _rows(columns: np.ndarray, neighbours: Neighbours) -> list[slice]:
    starts = neighbours.starts
    return [slice(int(starts[j]), int(starts[j + 1])) for j in columns]


def _fitness(
    kind: str,
    variants: pd.DataFrame,
    train_counts: np.ndarray,
    rules: CausalRules,
    neighbours: Neighbours | None,
) -> list[tuple[str, np.ndarray]]:
    """Masks [V] with the words that name them, one per rule."""
    frequency = frequencies_of(train_counts)
    maf, (low, high) = np.minimum(frequency, 1 - frequency), rules.range_of(kind)
    chromosomes = normalise_chromosome(variants["CHROM"], rules.chr_set)
    stages = [
        ("not on X, Y or MT", ~chromosomes.isin(_NOT_DIPLOID).to_numpy()),
        (f"MAF {low:g} to {high:g}", (maf >= low) & (maf <= high) & (maf > 0)),
    ]
    if kind in ("dominant", "recessive"):
        stages.append(("A1 the minor allele", frequency <= 0.5))
    stages.append(
        (
            f"{rules.class_people} people in each class",
            _rarer_class(kind, train_counts, frequency) >= rules.class_people,
        )
    )
    if rules.asks_tags and neighbours is not None:
        tags = tags_of(neighbours, rules.tag_r2)
        most = np.inf if rules.most_tags is None else rules.most_tags
        words = f"{rules.least_tags} to {most:g} tags with r^2 >= {rules.tag_r2:g}"
        stages.append((words, (tags >= rules.least_tags) & (tags <= most)))
    return stages


def _rarer_class(
    kind: str, train_counts: np.ndarray, frequency: np.ndarray
) -> np.ndarray:
    """int64 [V]: TRAIN people in the rarer of the two classes that a coding has."""
    total = train_counts[:, :3].sum(axis=1)
    other = np.where(frequency <= 0.5, train_counts[:, 0], train_counts[:, 2])
    inside = train_counts[:, 2] if kind == "recessive" else total - other
    return np.minimum(inside, total - inside)


def _too_few(
    kind: str, wanted: int, found: int, stages: list[tuple[str, np.ndarray]]
) -> str:
    left, words = np.ones(len(stages[0][1]), bool), []
    for name, mask in stages:
        left &= mask
        words.append(f"{left.sum()} {name}")
    return (
        f"counts: {wanted} {kind} variants wanted, {found} found. Of {len(left)} "
        f"variants there are {', of these '.join(words)}; {found} were free, neither "
        "taken nor in LD with (or too near to) others. Ask for fewer, or relax rules"
    )
