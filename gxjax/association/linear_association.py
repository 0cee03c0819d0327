"""The GWAS comparator: one linear regression per variant, on packed genotypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gxjax.association.student import log10_two_sided
from gxjax.genotypes.packed import decode
from gxjax.types import Block, Progress, silent

__all__ = ["linear_association"]

_PEOPLE = 4096
_BYTES = 1024
# What is read of a store at a time, with as many people: 128 MiB. A store is read once,
# but for the chunks that lie across the ends of a strip.
_STRIP = 32 * _BYTES
_PERFECT = 1e-12


def linear_association(
    blocks: Sequence[Block],
    variants: pd.DataFrame,
    phenotype: np.ndarray,
    people: np.ndarray,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Regresses the phenotype on each variant's dosage, with an intercept.

    Ordinary least squares on the people called at the variant, t with n - 2 degrees of
    freedom: `plink2 --glm allow-no-covars omit-ref` on those people. No covariates: the
    phenotype is adjusted already. T_STAT is as good as float64 gives it to about 1e-6.

    A marginal test sees neither epistasis without main effects nor, in full, recessive
    effects; it corrects neither for structure nor for relatives; on a 0/1 phenotype it
    is the linear probability model and not `--glm`'s logistic one.

    Args:
      blocks: `Block`s of NumPy arrays whose counts sum to V.
      variants: V rows with CHROM, POS, ID, A1, A2.
      phenotype: float [N].
      people: integers [n], the people to use, for example TRAIN.
      progress: called with columns done, V.

    Returns:
      V rows `#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT P NEG_LOG10_P`. REF is
      A2, ALT is A1 (which plink2's A1 is under omit-ref only); BETA is per copy of A1.
      NEG_LOG10_P is finite where P underflows to 0. NaN where the variant does not
      vary, or fewer than 3 people are called.

    Raises:
      ValueError: the phenotype of these people is not finite or constant.
    """
    chex.assert_equal(sum(block.count for block in blocks), len(variants))
    chex.assert_rank([phenotype, people], 1)
    y = np.asarray(phenotype, np.float64)[people]
    if not np.isfinite(y).all():
        raise ValueError("phenotype: not finite for some of the people asked for")
    if y.size == 0 or np.ptp(y) == 0:
        raise ValueError(f"phenotype: constant over the {y.size} people asked for")
    centred, unit = (y - y.mean()) / y.std(), y.std()
    before, parts = 0, []
    for block in blocks:

        def said(columns: int, before: int = before) -> None:
            progress(before + columns, len(variants), "linear association")

        parts += list(_sums(block, people, centred, said))
        before += block.count
    statistics = _fit(np.concatenate(parts, axis=2), centred)
    statistics["BETA"] *= unit
    statistics["SE"] *= unit
    return pd.concat([_describe(variants), pd.DataFrame(statistics)], axis=1)


def _sums(
    block: Block, people: np.ndarray, y: np.ndarray, said: Callable[[int], None]
) -> Iterator[np.ndarray]:
    """Per strip of columns: float64 [3 codes, 3, columns]. Says how many it has done.

    Summed in float32 over 4096 people, in float64 beyond. y goes in as a multiple of
    1/256, whose sums are exact there, and a small rest, because rounding errors of
    sums would otherwise show in the residual of a strong association.
    """
    high = np.round(y * 256) / 256
    weights = np.stack([np.ones_like(y), high, y - high, y * y]).astype(np.float32)
    rows = np.asarray(block.rows)[people]
    for left in range(0, block.packed.shape[1], _STRIP):
        octets = slice(left, left + _STRIP)
        width = min(4 * _STRIP, block.count - 4 * left)
        total = np.zeros((3, 4, 4 * min(_STRIP, block.packed.shape[1] - left)))
        for start in range(0, len(rows), _PEOPLE):
            here = slice(start, start + _PEOPLE)
            padding = max(start + _PEOPLE - len(rows), 0) if start else 0
            weight = np.pad(weights[:, here], ((0, 0), (0, padding)))
            _add(total, block.packed[rows[here], octets], weight)
            said(4 * left + width * min(start + _PEOPLE, len(rows)) // len(rows))
        one, high_sum, low_sum, square = total[:, :, :width].swapaxes(0, 1)
        yield np.stack([one, high_sum + low_sum, square], axis=1)


def _add(total: np.ndarray, packed: np.ndarray, weights: np.ndarray) -> None:
    """Adds what `_weigh` finds, a slice of columns at a time, to total [3, 4, .]."""
    padding = weights.shape[1] - len(packed)
    for left in range(0, packed.shape[1], _BYTES):
        octets = packed[:, left : left + _BYTES]
        into = total[:, :, 4 * left : 4 * (left + octets.shape[1])]
        padded = np.pad(octets, ((0, padding), (0, 0)))
        into += np.asarray(_weigh(padded, weights), np.float64)


@jax.jit
def _weigh(packed: jax.Array, weights: jax.Array) -> jax.Array:
    """Sums of each of 4 weights over the people with code 1, 2 and 3: [3, 4, columns].

    Padded people have weight 0.
    """
    codes = decode(packed, 4 * packed.shape[1])
    return jnp.stack(
        [
            jnp.matmul(
                weights,
                (codes == code).astype(jnp.float32),
                precision=jax.lax.Precision.HIGHEST,
            )
            for code in (1, 2, 3)
        ]
    )


def _fit(sums: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Least squares from the sums of 1, y and y**2 per code, y of mean 0."""
    one, two, missing = sums
    called = len(y) - missing[0]
    n = np.where(called > 2, called, np.nan)
    g, gg, gy = one[0] + 2 * two[0], one[0] + 4 * two[0], one[1] + 2 * two[1]
    total = y.sum() - missing[1]
    xx, xy = gg - g * g / n, gy - g * total / n
    yy = (y @ y - missing[2]) - total * total / n
    xx = np.where(xx > 0.5 / n, xx, np.nan)
    yy = np.where(yy > _PERFECT * len(y), yy, np.nan)
    beta = xy / xx
    rest = np.maximum(yy - beta * xy, _PERFECT * yy)
    error = np.sqrt(rest / (n - 2) / xx)
    log10 = log10_two_sided(beta / error, n - 2)
    return {
        "OBS_CT": called.astype(np.int64),
        "BETA": beta,
        "SE": error,
        "T_STAT": beta / error,
        "P": 10.0**log10,
        "NEG_LOG10_P": -log10,
    }


def _describe(variants: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "#CHROM": variants["CHROM"].to_numpy(),
            "POS": variants["POS"].to_numpy(),
            "ID": variants["ID"].to_numpy(),
            "REF": variants["A2"].to_numpy(),
            "ALT": variants["A1"].to_numpy(),
            "A1": variants["A1"].to_numpy(),
            "TEST": "ADD",
        }
    )
