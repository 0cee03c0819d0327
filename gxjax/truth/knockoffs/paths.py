"""The hidden chains of a block of people, drawn given all of their genotypes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel
from gxjax.truth.knockoffs.pair_chain import (
    Filtered,
    Later,
    draw_segment,
    filter_segment,
    start_filter,
)
from gxjax.truth.knockoffs.segments import PEOPLE, person_uniforms

__all__ = ["draw_paths", "filter_paths"]


def filter_paths(
    segments: list[HaplotypeModel], codes: list[np.ndarray]
) -> tuple[list[Filtered], np.ndarray]:
    """Filters a block of people along all segments.

    Args:
      segments: as of `cut_model`.
      codes: as of `cut_codes`.

    Returns:
      The filter before each segment; and the log likelihood of everybody's codes,
      float64 [PEOPLE].
    """
    filtered = start_filter(segments[0].theta.shape[1], PEOPLE)
    kept, total = [], np.zeros(PEOPLE)
    for segment, here in zip(segments, codes, strict=True):
        kept.append(filtered)
        filtered, found = filter_segment(filtered, segment, here)
        total += np.asarray(found)
    return kept, total


def draw_paths(
    key: jax.Array,
    segments: list[HaplotypeModel],
    codes: list[np.ndarray],
    people: np.ndarray,
) -> tuple[list[jax.Array], np.ndarray]:
    """Draws both chains of a block of people given all their codes.

    Only the filter before each segment is kept of the way forward; within a segment it
    is found again: memory grows with V / SITES.

    Args:
      key: names every random number.
      segments: as of `cut_model`.
      codes: as of `cut_codes`.
      people: int32 [PEOPLE], numbers of the people; a person's chains depend on theirs.

    Returns:
      Clusters, uint8 [SITES, 2, PEOPLE] per segment; and the log likelihood of
      everybody's codes, float64 [PEOPLE].
    """
    kept, log_likelihood = filter_paths(segments, codes)
    # Behind the last variant both chains begin anew, whatever was drawn there.
    nowhere = jnp.zeros((2, PEOPLE), jnp.int32)
    later = Later(nowhere, segments[0].alpha[0], jnp.zeros((), jnp.float32))
    paths: list[jax.Array] = []
    for number in reversed(range(len(segments))):
        later, clusters = _draw(
            key, people, number, kept[number], later, segments[number], codes[number]
        )
        paths.append(clusters)
    return paths[::-1], log_likelihood


@jax.jit
def _draw(
    key: jax.Array,
    people: jax.Array,
    number: int,
    start: Filtered,
    later: Later,
    segment: HaplotypeModel,
    codes: jax.Array,
) -> tuple[Later, jax.Array]:
    uniforms = person_uniforms(key, "truth/knockoffs/paths", people, number, 2)
    return draw_segment(start, later, segment, codes, uniforms)
