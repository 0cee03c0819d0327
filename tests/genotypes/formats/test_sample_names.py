"""One id a person, and what becomes of it."""

import pytest

from gxjax.genotypes.formats import sample_table, samples_of_psam
from gxjax.genotypes.formats.library import load_library


@pytest.mark.parametrize(
    ("options", "family", "person"),
    [
        ({}, "0", "a_b"),
        ({"double_id": True}, "a_b", "a_b"),
        ({"const_fid": "x"}, "x", "a_b"),
        ({"id_delim": "_"}, "a", "b"),
    ],
)
def test_sample_table__families(options, family, person):
    table = sample_table("x.vcf", ["a_b"], **options)
    assert table.iloc[0].tolist() == [family, person, "0", "0", 0]


@pytest.mark.parametrize(
    ("ids", "options", "message"),
    [
        (["a", "a"], {}, "x.vcf: person FID 0 IID a comes twice"),
        (["a", "b c"], {}, "'b c' of person 2"),
        (["", "b"], {}, "'' of person 1"),
        (["a", "0"], {}, "'0' of person 2"),
        (["a_b", "ab"], {"id_delim": "_"}, "the id 'ab' is not FID_IID"),
        (["a_b", "a_b_c"], {"id_delim": "_"}, "'a_b_c' is not FID_IID"),
    ],
)
def test_sample_table__raises_on_what_is_no_id(ids, options, message):
    with pytest.raises(ValueError, match=message):
        sample_table("x.vcf", ids, **options)


def test_samples_of_psam__by_iid_or_both(tmp_path):
    psam = tmp_path / "x.psam"
    psam.write_text("#FID IID SEX\nf a 1\ng b 2\n")
    name = samples_of_psam(psam)
    assert name("x.vcf", ["a", "b"])["SEX"].tolist() == [1, 2]
    assert name("x.vcf", ["f_a", "g_b"])["FID"].tolist() == ["f", "g"]
    with pytest.raises(ValueError, match=r"x.psam: person 1 is f a, but 'b' in x.vcf"):
        name("x.vcf", ["b", "a"])
    with pytest.raises(ValueError, match=r"x.psam: 2 people, but x.vcf has 1"):
        name("x.vcf", ["a"])


def test_load_library__says_how_to_install():
    match = r"x.bgen needs the library no_such_module.*pip install 'gxjax\[bgen\]'"
    with pytest.raises(ValueError, match=match):
        load_library("no_such_module", "bgen", "x.bgen")
