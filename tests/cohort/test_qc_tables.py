import numpy as np
import pytest

from gxjax.cohort.qc_tables import qc_tables


def test_qc_tables__by_hand(make_genotypes):
    codes = np.array([[2, 3, 1], [1, 3, 2], [0, 3, 2], [2, 0, 0]])
    sex, parent = np.array([2, 2, 1, 1], np.int8), ["0", "0", "0", "p"]
    genotypes = make_genotypes(codes, CHROM=["chr1", "1", "23"], SEX=sex, PAT=parent)
    found = qc_tables(genotypes)
    frequency, *rest = found["afreq"].to_dict("records")
    assert frequency == {
        **{"CHROM": "1", "ID": "v0", "REF": "T", "ALT": "C"},
        **{"ALT_FREQS": 0.5, "OBS_CT": 6},
    }
    assert np.isnan(rest[0]["ALT_FREQS"])
    assert (rest[1]["CHROM"], rest[1]["ALT_FREQS"], rest[1]["OBS_CT"]) == ("X", 0.8, 5)
    assert list(found["vmiss"]["F_MISS"]) == [0, 0.75, 0]
    assert list(found["smiss"]["MISSING_CT"]) == [1, 1, 1, 0]
    assert list(found["hardy"]["ID"]) == ["v0", "v1"]
    # REF is counted: one has two copies, one has one, one has none.
    assert list(found["hardy"].iloc[0, 4:7]) == [1, 1, 1]
    assert list(found["hardy.x"].iloc[0, 4:9]) == [0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("reports", "names"),
    [
        (["freq"], ["afreq"]),
        (["missing"], ["vmiss", "smiss"]),
        (["hardy"], ["hardy"]),
        ([], []),
    ],
)
def test_qc_tables__only_what_is_asked_for(make_genotypes, reports, names):
    genotypes = make_genotypes([[0, 1], [2, 1]])
    assert list(qc_tables(genotypes, reports)) == names


def test_qc_tables__raises_on_an_unknown_report(make_genotypes):
    with pytest.raises(ValueError, match="reports: 'frequency'; expected some of"):
        qc_tables(make_genotypes([[0]]), ["frequency"])


def test_qc_tables__other_species(make_genotypes):
    genotypes = make_genotypes([[0, 1], [2, 1]], CHROM=["29", "30"])
    with pytest.raises(ValueError, match="'29' is no chromosome"):
        qc_tables(genotypes)
    found = qc_tables(genotypes, ["freq"], chr_set=29)["afreq"]
    assert list(found["CHROM"]) == ["29", "X"]
