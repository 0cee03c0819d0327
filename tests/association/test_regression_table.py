import numpy as np
import pytest

from gxjax.association.regression_table import p_text, write_regression


def test_p_text__no_p_is_0():
    given = np.array([0.0, 1.0, 12.5, 299.0, 512 - np.log10(1.5), np.nan])
    found = p_text(given)
    assert found[0] == "1"
    assert found[1] == "0.1"
    np.testing.assert_allclose(float(found[2]), 10**-12.5, rtol=1e-5)
    assert found[3] == "1e-299"
    assert found[4] == "1.5e-512"
    assert found[5] == "NA"


def test_write_regression__raises_without_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        write_regression(None, tmp_path / "nowhere" / "x.glm.linear")
