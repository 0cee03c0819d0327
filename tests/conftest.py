"""Eight simulated devices, strict ranks, and peers that CI may not go without."""

import importlib
import os

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=8")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def key():
    """The key of every test that needs one."""
    return jax.random.key(0)


@pytest.fixture
def peer():
    """Imports an independent tool by name; its absence is a failure in CI."""

    def load(name):
        if os.environ.get("GXJAX_REQUIRE_PEERS") == "1":
            return importlib.import_module(name)
        return pytest.importorskip(name)

    return load
