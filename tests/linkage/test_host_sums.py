from importlib import import_module

import numpy as np
import pytest

from gxjax.genotypes.packed import pack
from gxjax.linkage import Window, host_sums, pair_sums, prune
from gxjax.linkage.host_sums import host_pair_sums, host_product_sums


def draw(people, missing, seed):
    """uint8 [N, 24] of codes; three variants without a call, two that do not vary."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 3, (people, 24)).astype(np.uint8)
    codes[generator.random(codes.shape) < missing] = 3
    codes[:, [1, 9, 23]] = 3
    codes[:, 4], codes[:, 5] = 2, 1
    return codes, generator.random(people) < 0.8


def as_bed(codes, people):
    """Rows as in a `.bed`, and the mask of who takes part."""
    octets = pack(np.array([3, 2, 0, 1], np.uint8)[codes.T])
    return octets, pack(people[None, :].astype(np.uint8))[0]


@pytest.mark.parametrize("people", [3, 150, 9001])
@pytest.mark.parametrize("missing", [0, 0.002, 0.3])
@pytest.mark.parametrize("haploid", [False, True])
def test_host_sums__equal_plain_sums(sums, people, missing, haploid):
    codes, counted = draw(people, missing, seed=people)
    counted[0] = True
    octets, mask = as_bed(codes, counted)
    seen = np.where(haploid & (codes == 1), 3, codes)
    wanted = np.stack(sums(seen, counted * 1.0))
    found = host_product_sums(octets, octets[10:], mask, haploid, True)
    np.testing.assert_array_equal(found, wanted[:, :, 10:])
    places = np.arange(24)
    pairs = host_pair_sums(octets, octets[::-1], mask, haploid)
    np.testing.assert_array_equal(pairs, wanted[:, places, places[::-1]])


@pytest.mark.parametrize("frequent", [-1, 1])
def test_host_sums__are_the_same_however_missing_calls_are_summed(
    sums, frequent, monkeypatch
):
    monkeypatch.setattr(host_sums, "_FREQUENT", frequent)
    codes, counted = draw(9001, 0.04, seed=1)
    octets, mask = as_bed(codes, counted)
    found = host_product_sums(octets, octets, mask, False, True)
    np.testing.assert_array_equal(found, np.stack(sums(codes, counted * 1.0)))


@pytest.mark.parametrize("missing", [0, 0.05])
def test_device_sums__are_those_of_the_host(cohort, missing, monkeypatch):
    for chromosome in ("1", "X", "MT"):
        source, _ = cohort(3, {chromosome: 70}, missing=missing)
        summer = pair_sums.PairSummer(source, np.ones(150, bool))
        octets = summer.read(np.arange(70))
        found = {}
        for accelerated in (False, True):
            monkeypatch.setattr(pair_sums, "_is_accelerated", lambda: accelerated)  # noqa: B023
            found[accelerated] = summer.products(octets[:9], octets, chromosome, True)
        for host, device in zip(found[False], found[True], strict=True):
            np.testing.assert_array_equal(host, device)


@pytest.mark.parametrize("sizes", [(1, 2), (3, 8), (128, 128)])
def test_prune__is_the_same_in_blocks_of_any_size(cohort, sizes, monkeypatch):
    module = import_module("gxjax.linkage.prune")
    source, _ = cohort(4, {"1": 150, "X": 50})
    wanted = prune(source, Window(40), 3, 0.1).kept
    monkeypatch.setattr(module, "_FEWEST_NEW", sizes[0])
    monkeypatch.setattr(module, "_OLD", sizes[1])
    np.testing.assert_array_equal(prune(source, Window(40), 3, 0.1).kept, wanted)
