"""What a device can do at most: bytes of memory and floating-point operations a second.

Published figures for accelerators; a CPU has none that says what its cores and memory
modules add up to, so it is measured, and only when asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["Peaks", "device_peaks", "measure_peaks"]


@dataclass(frozen=True)
class Peaks:
    """What one device can do at most.

    Attributes:
      name: the device kind, as JAX says it.
      bandwidth: of its memory, bytes / s.
      products: floating-point operations / s of matrix products by the type that they
        are computed in, at JAX's default precision: float32 is TF32 on a GPU of NVIDIA,
        and one pass in bfloat16 on a TPU. With `jax_default_matmul_precision` raised
        the device can do less than is said here.
      source: where the figures are from.
    """

    name: str
    bandwidth: float
    products: Mapping[str, float]
    source: str


_A100 = (
    "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/"
    "nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf"
)
_H100 = "https://www.nvidia.com/en-us/data-center/h100/"
_H100_PCIE = (
    "https://resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet"
)
_H200 = "https://www.nvidia.com/en-us/data-center/h200/"
_TPU = "https://cloud.google.com/tpu/docs/"

# Device kind: GB / s, bfloat16 TFLOP / s, float32 TFLOP / s (TF32, dense: half of what
# NVIDIA prints for sparse matrices), source. A slice of a GPU (MIG) has a name of its
# own and is not here.
_PUBLISHED = {
    "NVIDIA A100-SXM4-40GB": (1555, 312, 156, _A100),
    "NVIDIA A100-PCIE-40GB": (1555, 312, 156, _A100),
    "NVIDIA A100-SXM4-80GB": (2039, 312, 156, _A100),
    "NVIDIA A100 80GB PCIe": (1935, 312, 156, _A100),
    "NVIDIA H100 80GB HBM3": (3350, 989.5, 494.5, _H100),
    "NVIDIA H100 NVL": (3900, 835.5, 417.5, _H100),
    "NVIDIA H100 PCIe": (2000, 756.5, 378, _H100_PCIE),
    "NVIDIA H200": (4800, 989.5, 494.5, _H200),
    "NVIDIA H200 NVL": (4800, 835.5, 417.5, _H200),
    "TPU v4": (1200, 275, 275, _TPU + "v4"),
    "TPU v5 lite": (819, 197, 197, _TPU + "v5e"),
    "TPU v5e": (819, 197, 197, _TPU + "v5e"),
    "TPU v5": (2765, 459, 459, _TPU + "v5p"),
    "TPU v5p": (2765, 459, 459, _TPU + "v5p"),
    "TPU v6 lite": (1638, 918, 918, _TPU + "v6e"),
    "TPU v6e": (1638, 918, 918, _TPU + "v6e"),
}


def device_peaks(device: Any) -> Peaks | None:
    """The published figures of a JAX device; None for a kind that is not in the table.

    They are of the chip at its highest clock: a copy or a product alone reaches 80 to
    95 % of them. `measure_peaks` says what this very device reaches.
    """
    kind = str(device.device_kind)
    if kind not in _PUBLISHED:
        return None
    bandwidth, bfloat16, float32, source = _PUBLISHED[kind]
    products = {"bfloat16": bfloat16 * 1e12, "float32": float32 * 1e12}
    return Peaks(kind, bandwidth * 1e9, products, source)


def measure_peaks(dtype: Any = jnp.float32, device: Any = None) -> Peaks:
    """What a device reaches in a multiply-add of long vectors, and a square product.

    Takes about a second and, on a CPU, 256 MiB (1 GiB on an accelerator). It can not
    tell the load that others put on the machine from the machine's own limits: measure
    when it is idle. One process is measured; several that share a CPU reach less each.

    Args:
      dtype: of the product.
      device: a JAX device; the default one if left out.
    """
    device = device or jax.devices()[0]
    on_cpu = device.platform == "cpu"
    # Several times the largest cache, and a product that fills every core.
    length, width = (2**25, 1024) if on_cpu else (2**27, 8192)
    with jax.default_device(device):
        x, y = jnp.ones(length, jnp.float32), jnp.ones(length, jnp.float32)
        # In place, as an optimiser works: fresh memory would cost page faults.
        add = jax.jit(lambda x, y: x + 1e-6 * y, donate_argnums=0)
        per_add = _seconds(add, x, y)
        del x, y
        keys = jax.random.split(jax.random.key(0))
        a, b = (jax.random.normal(key, (width, width), dtype) for key in keys)
        # Scaled so that a product of products neither grows nor fades.
        per_product = _seconds(jax.jit(jnp.matmul), a, b / width**0.5)
    return Peaks(
        str(device.device_kind),
        3 * 4 * length / per_add,
        {jnp.dtype(dtype).name: 2 * width**3 / per_product},
        "measured",
    )


def _seconds(step: Callable[..., Any], x: Any, y: Any, budget: float = 0.25) -> float:
    """The least seconds of `x = step(x, y)`, repeated for `budget` seconds.

    Thrice at least: where others slow the machine down, the first may take it all.
    """
    # Several in a row: one alone is too short on an accelerator to be timed.
    count = 1 if next(iter(x.devices())).platform == "cpu" else 8
    x = jax.block_until_ready(step(x, y))
    best, samples, begun = float("inf"), 0, time.perf_counter()
    while samples < 3 or time.perf_counter() - begun < budget:
        started = time.perf_counter()
        for _ in range(count):
            x = step(x, y)
        jax.block_until_ready(x)
        best = min(best, (time.perf_counter() - started) / count)
        samples += 1
    return best
