"""What tests run in: eight simulated devices, programs kept, a search that repeats.

Imported before JAX, which reads most of this once; children of tests inherit it.
"""

import os
from importlib.metadata import version
from pathlib import Path

from hypothesis import HealthCheck, settings

# XLA's newer code for a CPU takes twice as long to compile, which is most of the time
# of tests. By version: XLA ends a process that is given a flag it does not know.
IS_KNOWN = version("jaxlib").startswith("0.10.")
EMITTERS = "--xla_cpu_use_fusion_emitters=false" if IS_KNOWN else ""
DEVICES = "--xla_force_host_platform_device_count=8"
QUICK_CHILD = {"XLA_FLAGS": EMITTERS, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
"""Of a process with one device, whose programs are compiled fast, not to run fast."""

os.environ.setdefault("XLA_FLAGS", f"{DEVICES} {EMITTERS}".strip())
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Half of the time of the tests is XLA's. Workers of xdist, and processes that tests
# start, share what was compiled. JAX may find what another one is still writing: it
# warns, which setup.cfg lets pass, and compiles anew.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR",
    str(Path(__file__).parents[1] / ".pytest_cache" / "compiled"),
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# The same examples in every run, however slow the machine; by hand,
# GXJAX_RANDOM_SEARCH=1 looks for others.
settings.register_profile(
    "gxjax",
    deadline=None,
    derandomize=os.environ.get("GXJAX_RANDOM_SEARCH") != "1",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gxjax")
