"""Whether a saved state is this score's: a hash of all that its sums depend on."""

from __future__ import annotations

import hashlib
import re
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.job import Job
from gxjax.attribution.networks import Networks

__all__ = ["checksum", "digest_of_program", "fingerprint"]

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
    own = (checksum(networks.kernel), networks.bias, networks.tail)
    for array in (*arrays, *jax.tree.leaves(own)):
        digest.update(np.ascontiguousarray(array).tobytes())
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


@jax.jit
def checksum(array: jax.Array) -> jax.Array:
    """uint32 [2]: sums over an array of its bits, mixed with where they lie.

    Whole numbers, so that devices and order do not matter, and nothing of the array's
    size is made. It can NOT tell arrays apart that were made to collide.
    """
    kind = jnp.uint16 if array.dtype.itemsize == 2 else jnp.uint32
    bits = jax.lax.bitcast_convert_type(array, kind).astype(jnp.uint32)
    place = jnp.zeros(bits.shape, jnp.uint32)
    for axis, size in enumerate(bits.shape):
        along = jax.lax.broadcasted_iota(jnp.uint32, bits.shape, axis)
        place = place * jnp.uint32(size % 2**32) + along
    once = _mixed(_mixed(place) ^ bits)
    # Both sums of a row at once: of one sum alone XLA would write down every term.
    sums = jax.lax.reduce(
        (once, _mixed(once)),
        (jnp.uint32(0), jnp.uint32(0)),
        lambda a, b: (a[0] + b[0], a[1] + b[1]),
        (array.ndim - 1,),
    )
    return jnp.stack([jnp.sum(each) for each in sums])


def _mixed(bits: jax.Array) -> jax.Array:
    """Every bit of a uint32 depends on every bit of the one given (MurmurHash3's end).

    Appleby, "MurmurHash3", 2011, https://github.com/aappleby/smhasher
    """
    bits = (bits ^ (bits >> 16)) * jnp.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> 13)) * jnp.uint32(0xC2B2AE35)
    return bits ^ (bits >> 16)
