"""Peaks: published ones by exact name, measured ones on this machine."""

from types import SimpleNamespace

import jax.numpy as jnp
import pytest

from gxjax.ensemble import peaks as measuring
from gxjax.ensemble.peaks import device_peaks, measure_peaks


@pytest.mark.parametrize(
    ("kind", "bandwidth", "bfloat16", "float32"),
    [
        ("NVIDIA H200", 4.8e12, 989.5e12, 494.5e12),
        ("NVIDIA A100-SXM4-80GB", 2.039e12, 312e12, 156e12),
        ("TPU v5 lite", 0.819e12, 197e12, 197e12),
    ],
)
def test_device_peaks__published(kind, bandwidth, bfloat16, float32):
    peaks = device_peaks(SimpleNamespace(device_kind=kind))
    assert peaks.bandwidth == pytest.approx(bandwidth)
    assert peaks.products == pytest.approx({"bfloat16": bfloat16, "float32": float32})
    assert peaks.source.startswith("https://")


@pytest.mark.parametrize("kind", ["cpu", "NVIDIA H100 80GB HBM3 MIG 1g.10gb"])
def test_device_peaks__none_for_what_has_no_figures(kind):
    assert device_peaks(SimpleNamespace(device_kind=kind)) is None


def test_measure_peaks__is_plausible():
    peaks = measure_peaks()
    # Less than any machine that runs these tests, more than any CPU there is.
    assert 1e9 < peaks.bandwidth < 2e12
    assert 1e9 < peaks.products["float32"] < 1e14
    assert peaks.source == "measured"


def test_seconds__is_the_least_of_three_even_where_the_first_takes_all(monkeypatch):
    # The begin; begin and end of each sample; the look whether it was enough.
    told = iter([0, *(0, 9), *(9, 9.5), *(10, 11), 12])
    clock = SimpleNamespace(perf_counter=lambda: next(told))
    monkeypatch.setattr(measuring, "time", clock)
    x = jnp.zeros(3)
    assert measuring._seconds(lambda x, y: x + y, x, x) == 0.5


def test_measure_peaks__counts_what_it_does(monkeypatch):
    monkeypatch.setattr("gxjax.ensemble.peaks._seconds", lambda step, x, y: 2.0)
    peaks = measure_peaks(jnp.bfloat16)
    # Two vectors of float32 read and one written; 1024 multiply-adds an entry.
    assert peaks.bandwidth == 3 * 4 * 2**25 / 2
    assert peaks.products == {"bfloat16": 1024**2 * 1024}
