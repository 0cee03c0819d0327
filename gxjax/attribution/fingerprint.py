"""Whether a saved state is this score's: a hash of all that its sums depend on."""

from __future__ import annotations

import hashlib
import re
from functools import cache

import jax
import numpy as np

from gxjax.attribution.job import Job
from gxjax.attribution.networks import Networks
from gxjax.checksum import checksums

__all__ = ["digest_of_program", "fingerprint"]

_NAME = r'@("[^"]+"|[\w.$-]+)'


def fingerprint(job: Job, program: str, networks: Networks) -> str:
    """A hash of all that the sums depend on but the dosages.

    Nothing in it was rounded: what a program computed from these differs in its last
    bits between processors, and must not make a state look like another's.

    Args:
      job: whom, and under which keys.
      program: the step before compilation: methods, head and settings are in it, to
        the last operation.
      networks: on the mesh.
    """
    digest = hashlib.blake2b(digest_of_program(program).encode())
    key = jax.random.key_data(job.key) if _typed(job.key) else job.key
    arrays = (key, job.people, job.person_ids, job.weights, job.baseline)
    own = (networks.bias, networks.tail)
    for array in (*arrays, *jax.tree.leaves(own)):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(str(checksums([networks.kernel])).encode())
    return digest.hexdigest()


def _typed(key: jax.Array) -> bool:
    return jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)


def digest_of_program(text: str) -> str:
    """A hash of a StableHLO module which only depends on what it computes.

    A function called twice is lowered once or, where JAX's caches were full, twice
    under two names. So every function counts as the hash of its text, in which those
    that it calls stand as theirs.
    """
    head, *parts = re.split(rf"^  func\.func \w+ {_NAME}", text, flags=re.MULTILINE)
    bodies = dict(zip(parts[::2], parts[1::2], strict=True))

    @cache
    def digest(name: str) -> str:
        def called(found: re.Match) -> str:
            return digest(found[1]) if found[1] in bodies else found[0]

        # The last function's text ends with the brace of the module.
        body = re.sub(_NAME, called, bodies[name].rstrip("} \n"))
        return hashlib.blake2b(body.encode()).hexdigest()

    return hashlib.blake2b((head + digest("main")).encode()).hexdigest()
