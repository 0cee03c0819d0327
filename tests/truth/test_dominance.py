"""The class that the effect does not tell apart has equal means of y."""

import numpy as np
import pytest

from gxjax.truth.dominance import EQUAL_MEANS, draw_dominant, draw_recessive


@pytest.fixture
def phenotype():
    y = np.random.default_rng(1).standard_normal(8000)
    return (y - y.mean()) / y.std()


@pytest.mark.parametrize("rho", [-0.2, 0.2])
def test_draw_dominant__carriers_agree_whatever_their_copies(phenotype, rho):
    draft = draw_dominant(np.random.default_rng(2), phenotype, rho)
    means = [phenotype[draft.codes == dosage].mean() for dosage in range(3)]
    carriers = phenotype[draft.codes > 0]
    effect = abs(carriers.mean() - means[0])
    assert abs(means[2] - means[1]) <= EQUAL_MEANS * effect
    assert 0.10 <= len(carriers) / 8000 <= 0.14
    achieved = np.corrcoef(phenotype, draft.codes > 0)[0, 1]
    assert abs(achieved - draft.achieved) < 1e-9
    assert abs(achieved - draft.target) < 0.004
    assert np.sign(achieved) == np.sign(rho)


@pytest.mark.parametrize("rho", [-0.35, 0.35])
def test_draw_recessive__others_agree_whatever_their_copies(phenotype, rho):
    draft = draw_recessive(np.random.default_rng(2), phenotype, rho)
    means = [phenotype[draft.codes == dosage].mean() for dosage in range(3)]
    effect = abs(means[2] - phenotype[draft.codes < 2].mean())
    assert abs(means[1] - means[0]) <= EQUAL_MEANS * effect
    assert 30 <= (draft.codes == 2).sum() <= 112
    achieved = np.corrcoef(phenotype, draft.codes == 2)[0, 1]
    assert abs(achieved - draft.achieved) < 1e-9
    assert abs(achieved - draft.target) < 0.005
    assert np.sign(achieved) == np.sign(rho)
