"""The same networks and methods in torch and captum; imported where torch is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import torch
from captum import attr

from gxjax.types import LinearFront

__all__ = ["captum_calls", "torch_network"]


def torch_network(front: LinearFront) -> torch.nn.Sequential:
    """The first member of `front`, as `bench_networks.random_front` makes them."""
    variables = jax.tree.map(lambda leaf: leaf[0], front.tail)
    first = _linear(front.kernel[0], front.bias[0])
    layers: list[torch.nn.Module] = [first]
    for index in range(len(variables["params"]) // 2):
        norm = variables["params"][f"BatchNorm_{index}"]
        running = variables["batch_stats"][f"BatchNorm_{index}"]
        dense = variables["params"][f"Dense_{index}"]
        layer = torch.nn.BatchNorm1d(len(norm["scale"]))
        layer.weight.data, layer.bias.data = (
            _tensor(norm["scale"]),
            _tensor(norm["bias"]),
        )
        layer.running_mean = _tensor(running["mean"])
        layer.running_var = _tensor(running["var"])
        # Flax adds the same 1e-5 to the variance.
        layers += [layer, torch.nn.ReLU(), _linear(dense["kernel"], dense["bias"])]
    return torch.nn.Sequential(*layers).eval()


def captum_calls(
    network: torch.nn.Module, baseline: np.ndarray, steps: int, draws: int
) -> dict[tuple[str, str], Callable]:
    """`column -> (x [B, V] -> attributions)`, settings as published.

    Args:
      network: what is attributed.
      baseline: float32 [1, V].
      steps: nodes of integrated gradients.
      draws: of SmoothGrad with sigma 1, and of GradientSHAP.
    """
    reference = torch.tensor(baseline)
    path = {"n_steps": steps, "method": "gausslegendre"}
    plain: dict[str, tuple[Any, dict[str, Any]]] = {
        "saliency": (attr.Saliency(network), {"abs": False}),
        "integrated_gradients": (
            attr.IntegratedGradients(network),
            {"baselines": reference, **path},
        ),
        "deeplift": (attr.DeepLift(network), {"baselines": reference}),
        "gradient_shap": (
            attr.GradientShap(network),
            {"baselines": reference, "n_samples": draws},
        ),
    }
    noise = {"nt_type": "smoothgrad_sq", "nt_samples": draws, "stdevs": 1.0}
    calls: dict[tuple[str, str], Callable] = {}
    for name, (method, options) in plain.items():
        tunnel = attr.NoiseTunnel(method)
        calls[name, "none"] = lambda x, m=method, o=options: m.attribute(x, **o)
        calls[name, "smoothgrad_squared"] = lambda x, t=tunnel, o=options: t.attribute(
            x, **noise, **o
        )
    return calls


def _linear(kernel: Any, bias: Any) -> torch.nn.Linear:
    layer = torch.nn.Linear(*kernel.shape)
    layer.weight.data, layer.bias.data = _tensor(kernel.T), _tensor(bias)
    return layer


def _tensor(array: Any) -> torch.Tensor:
    return torch.tensor(np.asarray(array, np.float32))
