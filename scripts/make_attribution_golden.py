"""Writes tests/golden/attribution_captum.npz: captum's attributions of a small network.

Run with an interpreter that has torch and captum:
    python scripts/make_attribution_golden.py tests/golden/attribution_captum.npz

The network is Linear, batch norm (running statistics), ReLU, twice, then Linear, with
every activation a module of its own, as captum's DeepLIFT needs. float64 throughout.
"""

import sys

import captum
import numpy as np
import torch
from captum.attr import DeepLift, IntegratedGradients, Saliency
from torch import nn

V, WIDTHS, PEOPLE = 30, (16, 8), 12


def network():
    """The network, with batch norms that do something."""
    layers, width = [], V
    for hidden in WIDTHS:
        layers += [nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU()]
        width = hidden
    model = nn.Sequential(*layers, nn.Linear(width, 1)).double()
    for module in model:
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)
            module.running_mean.normal_(std=0.3)
            module.running_var.uniform_(0.3, 1.5)
    return model.eval()


def main(path):
    torch.manual_seed(5)
    model = network()
    x = torch.randint(0, 3, (PEOPLE, V)).double()
    baseline = torch.rand(1, V).double() * 2
    common = {"inputs": x, "baselines": baseline}
    gauss = {"n_steps": 50, "method": "gausslegendre"}
    results = {
        "saliency": Saliency(model).attribute(x, abs=False),
        "integrated_gradients": IntegratedGradients(model).attribute(**common, **gauss),
        "integrated_gradients_local": IntegratedGradients(
            model, multiply_by_inputs=False
        ).attribute(**common, **gauss),
        "deeplift": DeepLift(model).attribute(**common),
        "deeplift_local": DeepLift(model, multiply_by_inputs=False).attribute(**common),
    }
    arrays = {f"weight.{k}": v for k, v in model.state_dict().items()}
    arrays |= {"x": x, "baseline": baseline[0], "output": model(x)[:, 0]} | results
    arrays = {k: v.detach().numpy() for k, v in arrays.items()}
    np.savez_compressed(path, **arrays, captum=captum.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
