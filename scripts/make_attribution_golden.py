"""Writes tests/golden/attribution_captum.npz: captum's attributions of small networks.

Run with an interpreter that has torch and captum:
    python scripts/make_attribution_golden.py tests/golden/attribution_captum.npz

The network is Linear, batch norm (running statistics, one scale in four negative), an
activation, twice, then Linear, with every activation a module of its own, as captum's
DeepLIFT needs. The same weights serve every activation. float64 throughout.
Methods that draw are stored as the mean and standard error over `DRAWS` single draws.
"""

import sys

import captum
import numpy as np
import torch
from captum.attr import (
    DeepLift,
    DeepLiftShap,
    GradientShap,
    InputXGradient,
    IntegratedGradients,
    NoiseTunnel,
    Saliency,
)
from torch import nn

V, WIDTHS, PEOPLE, BASELINES, DRAWS, DRAWN_PEOPLE = 30, (16, 8), 6, 4, 2000, 3
SIGMA = 0.5
ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


def network(activation, weights=None):
    """The network, with batch norms that do something."""
    layers, width = [], V
    for hidden in WIDTHS:
        layers += [nn.Linear(width, hidden), nn.BatchNorm1d(hidden), activation()]
        width = hidden
    model = nn.Sequential(*layers, nn.Linear(width, 1)).double()
    for module in model:
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.weight.data[::4] *= -1
            nn.init.normal_(module.bias, std=0.3)
            module.running_mean.normal_(std=0.3)
            module.running_var.uniform_(0.3, 1.5)
    if weights is not None:
        model.load_state_dict(weights)
    return model.eval()


def deterministic(model, x, baselines):
    """Attributions [PEOPLE, V] of all methods; one baseline but for DeepLiftSHAP."""
    common = {"inputs": x, "baselines": baselines[:1]}
    gauss = {"n_steps": 50, "method": "gausslegendre"}
    local_path = IntegratedGradients(model, multiply_by_inputs=False)
    local_rescale = DeepLift(model, multiply_by_inputs=False)
    return {
        "saliency": Saliency(model).attribute(x, abs=False),
        "input_x_gradient": InputXGradient(model).attribute(x),
        "integrated_gradients": IntegratedGradients(model).attribute(**common, **gauss),
        "integrated_gradients_local": local_path.attribute(**common, **gauss),
        "deeplift": DeepLift(model).attribute(**common),
        "deeplift_local": local_rescale.attribute(**common),
        "deeplift_shap": DeepLiftShap(model).attribute(x, baselines),
    }


def moments(draw):
    """Mean and standard error over draws, [2, DRAWN_PEOPLE, V]."""
    drawn = torch.stack([draw() for _ in range(DRAWS)])
    return torch.stack([drawn.mean(0), drawn.std(0) / DRAWS**0.5])


def stochastic(model, x, baselines):
    """Moments of GradientSHAP, and of methods under noise."""
    shap, noise = GradientShap(model), {"nt_samples": 1, "stdevs": SIGMA}
    saliency = NoiseTunnel(Saliency(model))
    deeplift = NoiseTunnel(DeepLift(model))
    one = baselines[:1]
    return {
        "gradient_shap": moments(lambda: shap.attribute(x, one, n_samples=1)),
        "gradient_shap_many": moments(
            lambda: shap.attribute(x, baselines, n_samples=1)
        ),
        "saliency_smoothgrad": moments(
            lambda: saliency.attribute(x, nt_type="smoothgrad", abs=False, **noise)
        ),
        "deeplift_smoothgrad_squared": moments(
            lambda: deeplift.attribute(
                x, nt_type="smoothgrad_sq", baselines=one, **noise
            )
        ),
    }


def main(path):
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002  (captum draws its baselines from it)
    weights = network(nn.ReLU).state_dict()
    x = torch.randint(0, 3, (PEOPLE, V)).double()
    baselines = torch.rand(BASELINES, V).double() * 2
    arrays = {f"weight.{k}": v for k, v in weights.items()}
    arrays |= {"x": x, "baselines": baselines}
    for name, activation in ACTIVATIONS.items():
        found = deterministic(network(activation, weights), x, baselines)
        kept = found if name == "relu" else ("integrated_gradients", "deeplift")
        arrays |= {f"{name}.{method}": found[method] for method in kept}
    drawn = stochastic(network(nn.ReLU, weights), x[:DRAWN_PEOPLE], baselines)
    arrays |= {f"moments.{name}": values for name, values in drawn.items()}
    arrays = {k: v.detach().numpy() for k, v in arrays.items()}
    np.savez_compressed(path, **arrays, captum=captum.__version__, sigma=SIGMA)


if __name__ == "__main__":
    main(sys.argv[1])
