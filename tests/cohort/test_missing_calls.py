import numpy as np
import pytest

from gxjax.cohort.chromosome import AUTOSOMAL, CHR_Y, HAPLOID
from gxjax.cohort.missing_calls import count_missing_calls
from gxjax.types import silent


def count(genotypes, kind, people, variants):
    kind = np.array(kind, np.int8)
    return count_missing_calls(genotypes, people, variants, kind, silent)


def test_count_missing_calls__of_men_only_on_y(make_genotypes):
    codes = [[3, 3, 3], [3, 3, 0], [1, 3, 3]]
    genotypes = make_genotypes(codes, SEX=np.array([1, 2, 0], np.int8))
    kind = [AUTOSOMAL, CHR_Y, HAPLOID]
    missing, calls = count(genotypes, kind, np.arange(3), np.arange(3))
    np.testing.assert_array_equal(missing, [3, 1, 1])
    np.testing.assert_array_equal(calls, [3, 2, 2])
    missing, calls = count(genotypes, kind, np.array([0, 2]), np.array([1, 2]))
    np.testing.assert_array_equal(missing, [2, 1])
    np.testing.assert_array_equal(calls, [2, 1])


@pytest.mark.parametrize("sex", [1, 2])
def test_count_missing_calls__nothing_but_y(make_genotypes, sex):
    genotypes = make_genotypes([[3, 0], [3, 3]], SEX=np.int8(sex))
    missing, calls = count(genotypes, [CHR_Y] * 2, np.arange(2), np.arange(2))
    np.testing.assert_array_equal(missing, [1, 2] if sex == 1 else [0, 0])
    np.testing.assert_array_equal(calls, [2, 2] if sex == 1 else [0, 0])
