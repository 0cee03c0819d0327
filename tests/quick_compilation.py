"""Programs that are compiled fast, not to run fast: for rooms of many tiny ones."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax


@contextmanager
def quick_compilation() -> Iterator[None]:
    """Without most of XLA's optimisation; what it compiled is forgotten behind it.

    Such programs round otherwise, so a later test that compares bits with another
    process must not be given them.
    """
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
    jax.clear_caches()
