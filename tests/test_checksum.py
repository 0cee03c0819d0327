"""A checksum of what an array holds, wherever and however it lies."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax import checksum
from gxjax.checksum import checksums


def test_checksums__find_any_changed_byte_on_any_devices():
    draw = np.random.default_rng(2)
    mesh = Mesh(np.asarray(jax.devices()).reshape(4, 2), ("a", "b"))
    sharding = NamedSharding(mesh, PartitionSpec("b", "a"))
    values = draw.normal(size=(6, 8)).astype(np.float32)
    kinds = [values, values.astype(jnp.bfloat16), values > 0, values.astype(np.int8)]
    for kind in kinds:
        whole = checksums([kind])
        assert whole == checksums([jax.device_put(jnp.asarray(kind), sharding)])
        for byte in range(kind.nbytes):
            other = bytearray(kind.tobytes())
            other[byte] ^= 1
            changed = np.frombuffer(bytes(other), kind.dtype).reshape(kind.shape)
            assert checksums([changed]) != whole
        assert checksums([kind[::-1]]) != whole


def test_checksums__see_all_of_64_bit_numbers():
    values = np.arange(4, dtype=np.int64)
    assert checksums([values]) != checksums([values + 2**40])


def test_checksums__make_nothing_of_the_size_of_an_array():
    """A device that networks fill has no room for a second of its kernels."""
    array = jax.ShapeDtypeStruct((4, 5000, 100), jnp.float32)
    plan = checksum._sums.lower(array).compile().memory_analysis()
    assert plan.temp_size_in_bytes < 0.01 * 4 * 5000 * 100 * 4
