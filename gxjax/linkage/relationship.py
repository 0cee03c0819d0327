"""The genetic relationship matrix as an operator, streamed from 2-bit bytes."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.packed import decode
from gxjax.types import Progress, silent

__all__ = ["Relationship"]

_HOM, _MISSING, _HET = 0, 1, 2
_DOSAGES = 1 << 25
_MOST = 1024


class Relationship:
    """K = Z Z' / V of standardised genotypes; Z is [N, V] and is never made.

    Z is (x - 2 p) / sqrt(2 p (1 - p)), x the dosage of A1, and 0 where there is no
    call.
    """

    def __init__(
        self, source: BedSource, frequency: np.ndarray, count: int | None = None
    ):
        """Keeps the standardisation.

        Args:
          source: N people, V variants.
          frequency: float64 [V], p, between 0 and 1.
          count: what stands for V as divisor; None for V.
        """
        self._source = source
        self._count = len(frequency) if count is None else count
        self._mean = (2 * frequency).astype(np.float32)
        spread = np.sqrt(2 * frequency * (1 - frequency))
        self._scale = (1 / spread).astype(np.float32)
        octets = source.width
        self._step = min(_MOST, max(8, _DOSAGES // (4 * octets)), len(frequency))

    def __call__(self, vectors: np.ndarray, progress: Progress = silent) -> np.ndarray:
        """K times some vectors, in one pass over the files.

        Strips of variants go to the local devices in turn.

        Args:
          vectors: float64 [N, L].
          progress: called with variants done, V.

        Returns:
          float64 [N, L], as good as float32.
        """
        source, total = self._source, len(self._mean)
        spread = np.zeros((4 * source.width, vectors.shape[1]), np.float32)
        spread[source.kept_people] = vectors
        devices = jax.local_devices()
        given = [jax.device_put(spread, device) for device in devices]
        sums = [jax.device_put(np.zeros_like(spread), device) for device in devices]
        for number, start in enumerate(range(0, total, self._step)):
            turn, stop = number % len(devices), min(start + self._step, total)
            strip = self._strip(start, stop)
            sums[turn] = _add_strip(sums[turn], given[turn], *strip)
            progress(stop, total, "principal components")
        found = np.sum([np.asarray(each, np.float64) for each in sums], axis=0)
        return found[source.kept_people] / self._count

    def _strip(self, start: int, stop: int) -> tuple[np.ndarray, ...]:
        """Octets, means and scales of some variants; of scale 0 up to a whole strip."""
        pieces = self._source.pieces(start, stop)
        octets = np.concatenate([each.octets[each.rows] for each in pieces])
        lack = self._step - len(octets)
        scale = np.pad(self._scale[start:stop], (0, lack))
        mean = np.pad(self._mean[start:stop], (0, lack))
        return np.pad(octets, ((0, lack), (0, 0))), mean, scale


@partial(jax.jit, donate_argnums=0)
def _add_strip(
    sums: jax.Array,
    vectors: jax.Array,
    octets: jax.Array,
    mean: jax.Array,
    scale: jax.Array,
) -> jax.Array:
    """sums + Z Z' vectors of a strip; [people, L], people as in the files."""
    codes = decode(octets, 4 * octets.shape[1])
    dosage = 2.0 * (codes == _HOM) + (codes == _HET)
    centred = jnp.where(codes == _MISSING, 0, dosage - mean[:, None])
    z = (centred * scale[:, None]).astype(jnp.float32)
    dot = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    return sums + dot(z.T, dot(z, vectors))
