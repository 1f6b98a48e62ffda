import pytest

from resunet.data.sites import site_of


@pytest.mark.parametrize(
    ("patient", "site"),
    [
        ("Brats18_2013_2_1", "2013"),
        ("Brats18_CBICA_ATB_1", "CBICA"),
        ("Brats18_TCIA10_639_1", "TCIA"),
        ("Brats17_TCIA_105_1", "TCIA"),
        ("BraTS19_TMC_06290_1", "TMC"),
        ("BraTS20_Training_001", None),
        ("BraTS20_Validation_001", None),
        ("BraTS2021_00000", None),
        ("BraTS-GLI-00001-000", None),
        ("TCGA-DU-7294", "DU"),
        ("TCGA-DU-7294_19890104", "DU"),
        ("tcga-hT-7602", "HT"),
        ("patient_12", None),
        ("Brats18_CBICA", None),
        ("", None),
    ],
)
def test_which_site_a_name_carries(patient, site):
    assert site_of(patient) == site
