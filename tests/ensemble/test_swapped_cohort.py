"""A cohort whose variants count the other allele teaches the mirrored network."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from gxjax.attribution import score
from gxjax.cohort.build import build_cohort
from gxjax.cohort.encoding import dosages
from gxjax.ensemble import MLP, linear_front
from gxjax.ensemble.network_input import encode_dosages
from gxjax.genotypes.packed import unpack
from gxjax.types import DosageSource, Ensemble

PEOPLE, V = 200, 9
SWAPPED = np.arange(V) % 2 == 0
SIGN = np.where(SWAPPED, -1, 1).astype(np.float32)


@pytest.fixture
def cohorts(make_genotypes, random_codes):
    """`cohorts(impute)`: the same people, before and after the swap."""
    codes = random_codes(PEOPLE, V, missing=0.1)
    other = np.where(SWAPPED & (codes < 3), 2 - codes, codes)
    alleles = np.where(SWAPPED, "T", "C"), np.where(SWAPPED, "C", "T")
    plain = make_genotypes(codes)
    swapped = make_genotypes(other, A1=alleles[0], A2=alleles[1])
    phenotype = plain.samples[["FID", "IID"]].assign(
        height=np.random.default_rng(1).normal(size=PEOPLE)
    )

    def build(impute):
        return [
            build_cohort(each, phenotype, seed=1, impute=impute)[0]
            for each in (plain, swapped)
        ]

    return build


@pytest.mark.parametrize("impute", ["mean", "mode"])
def test_encoding__of_swapped_alleles_is_mirrored(cohorts, impute):
    """What stands for a missing call, too; --impute zero means no copy of A1 alone."""
    before, after = cohorts(impute)
    np.testing.assert_array_equal(before.split, after.split)
    np.testing.assert_allclose(after.encoding.scale, before.encoding.scale, rtol=1e-5)
    for name in ("mean", "fill"):
        old, new = (getattr(each.encoding, name) for each in (before, after))
        np.testing.assert_allclose(new, np.where(SWAPPED, 2 - old, old), rtol=1e-5)


def everybody(cohort):
    """Dosages float32 [N, V], with what stands for missing calls."""
    return dosages(unpack(cohort.genotypes.packed, V), cohort.encoding.fill)


def networks_on(cohort, sign):
    """Two networks; of the swapped cohort with the rows of their kernels mirrored."""
    model = MLP((5, 4))
    start = lambda key: model.init(key, jnp.ones((2, V)))  # noqa: E731
    variables = dict(jax.vmap(start)(jax.random.split(jax.random.key(5), 2)))
    parameters = jax.tree.map(
        lambda leaf: leaf * sign[None, :, None] if leaf.shape[1:] == (V, 5) else leaf,
        variables.pop("params"),
    )
    return Ensemble(
        model, parameters, variables, cohort.encoding, "quantitative", pd.DataFrame()
    )


def test_network__on_swapped_alleles_learns_and_says_the_same(cohorts):
    """Outputs, and the gradients of training, but for the sign of the kernel's rows."""
    found = []
    for cohort, sign in zip(cohorts("mean"), (abs(SIGN), SIGN), strict=True):
        ensemble = networks_on(cohort, sign)
        x = encode_dosages("dosage", everybody(cohort), cohort.encoding)

        def outputs(parameters, ensemble=ensemble, x=x):
            apply = lambda p, s: ensemble.model.apply({"params": p, **s}, x)  # noqa: E731
            return jax.vmap(apply)(parameters, ensemble.statistics)

        loss = lambda p: (outputs(p) ** 2).mean()  # noqa: E731
        slopes = jax.jit(jax.grad(loss))(ensemble.parameters)
        found.append((outputs(ensemble.parameters), slopes, sign))
    (before, old, _), (after, new, sign) = found
    np.testing.assert_allclose(after, before, atol=1e-5)
    for one, other in zip(jax.tree.leaves(old), jax.tree.leaves(new), strict=True):
        turned = one * sign[None, :, None] if one.shape[1:] == (V, 5) else one
        np.testing.assert_allclose(other, turned, atol=1e-5)


@pytest.mark.parametrize("times_input", [False, True])
def test_score__of_a_cohort_with_swapped_alleles(cohorts, key, times_input):
    found = []
    for cohort, sign in zip(cohorts("mean"), (abs(SIGN), SIGN), strict=True):
        front = linear_front(networks_on(cohort, sign))
        source = DosageSource(everybody(cohort), lambda arrays, people: arrays[people])
        people = np.arange(30, dtype=np.int32)
        given = (source, people, people.astype(np.uint32), cohort.encoding.mean[None])
        found.append(
            score(
                front,
                *given,
                [("saliency", "none"), ("deeplift", "none")],
                key=key,
                multiply_by_inputs=times_input,
                reductions=("mean_signed",),
            ).reductions["mean_signed", "all"]
        )
    signs = np.stack([SIGN, abs(SIGN) if times_input else SIGN])
    np.testing.assert_allclose(found[1], found[0] * signs[:, None], atol=1e-5)
    assert np.abs(found[0]).min(axis=(1, 2)).max() > 1e-4
