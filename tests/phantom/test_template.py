import socket
import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from resunet.errors import InputError
from resunet.phantom.template import NOTICE, _to_study, load_template

# Axes


def test_the_origin_and_its_axes(template):
    # the maps' voxels (x, y, z) lie at (x − 98, y − 134, z − 72) mm; rows run backwards
    # through 233 voxels, columns through 197
    assert template.t1.shape == (189, 233, 197)
    np.testing.assert_array_equal(template.index_of((0, 0, 0)), [72, 232 - 134, 196 - 98])
    # 10 mm right: a smaller column; 20 mm anterior: a smaller row; 30 mm up: a higher slice
    np.testing.assert_array_equal(template.index_of((10, 20, 30)), [102, 78, 88])
    np.testing.assert_array_equal(template.index_of((-0.5, -1.5, -2.5)), [69.5, 99.5, 98.5])


def test_the_maps_lie_where_their_files_say(template):
    from nilearn import datasets

    rng = np.random.default_rng(0)
    points = np.stack([rng.integers(-70, 71, 500), rng.integers(-90, 60, 500)], 1)
    points = np.column_stack([points, rng.integers(-40, 70, 500)]).astype(float)
    for volume, load in (
        (template.t1, datasets.load_mni152_template),
        (template.grey, datasets.load_mni152_gm_template),
        (template.white, datasets.load_mni152_wm_template),
    ):
        image = load(resolution=1)
        stored = np.asarray(image.dataobj)
        inverse = np.linalg.inv(image.affine)
        for point in points:
            voxel = np.rint(inverse @ [*point, 1]).astype(int)[:3]
            assert value_at(volume, template, point) == np.float32(stored[tuple(voxel)])


def value_at(volume, template, mni_mm):
    return volume[tuple(np.rint(template.index_of(tuple(mni_mm))).astype(int))]


def test_files_are_turned_from_ras_to_the_axes_of_a_study():
    # the maps' sides are mirror images of each other, so that they would not show a mistake
    stored = np.random.default_rng(0).random((3, 4, 5), np.float32)  # right, anterior, superior
    turned = _to_study(stored)
    assert turned.shape == (5, 4, 3)
    for x, y, z in ((0, 0, 0), (2, 0, 1), (1, 3, 4)):
        assert turned[z, 3 - y, 2 - x] == stored[x, y, z]


@pytest.mark.parametrize("side", [-1, 1], ids=["left", "right"])
def test_the_brain_lies_the_right_way_round(template, side):
    # the cerebellum, and what is across from it at the front: the face
    assert value_at(template.depth, template, (side * 25, -65, -35)) > 5
    assert value_at(template.depth, template, (side * 25, 65, -35)) < -5
    # the occipital pole reaches farther from the commissure than the frontal pole
    assert value_at(template.depth, template, (side * 15, -96, -5)) > 0
    assert value_at(template.depth, template, (side * 15, 96, -5)) < -10
    # the vertex is above; below, at the same distance, is the neck
    assert value_at(template.depth, template, (side * 10, -30, 70)) > 0
    assert value_at(template.depth, template, (side * 30, -30, -70)) < 0


def test_tissues_where_anatomy_has_them(template):
    for side in (-1, 1):
        assert value_at(template.white, template, (side * 26, -22, 32)) > 0.8  # corona radiata
        assert value_at(template.grey, template, (side * 12, 10, 10)) > 0.5  # caudate nucleus
        ventricle = (side * 5, 0, 16)  # the body of the lateral one: neither grey nor white
        white = value_at(template.white, template, ventricle)
        assert white + value_at(template.grey, template, ventricle) < 0.3
        assert value_at(template.depth, template, ventricle) > 20
    assert value_at(template.white, template, (0, 26, 4)) > 0.5  # genu of the corpus callosum


# Values


def test_shares_and_intensities(template):
    for volume in (template.t1, template.grey, template.white):
        assert volume.dtype == np.float32
        assert volume.flags.c_contiguous
        assert volume.min() == 0
        assert volume.max() <= 1
    inside = template.depth > 3
    total = template.grey + template.white
    assert total.max() < 1.02
    # more grey than white matter, and some fluid
    assert 0.5 < template.grey[inside].sum() / total[inside].sum() < 0.7
    assert 0.02 < 1 - total[inside].mean() < 0.3
    # on T1 white matter is bright, fluid dark
    medians = [
        np.median(template.t1[inside & where])
        for where in (template.white > 0.9, template.grey > 0.9, total < 0.2)
    ]
    assert medians == sorted(medians, reverse=True)


def test_depth_is_the_distance_to_the_surface(template):
    inside = template.t1 > 0.05
    assert (template.depth[inside] >= 1).all()
    assert (template.depth[~inside] <= -1).all()
    assert 1.5e6 < inside.sum() < 2.2e6  # mm³
    # as far off as the nearest voxel across the surface, found by trying all
    places = np.argwhere(inside & (template.depth < 6))[::60013]
    assert len(places) > 5
    others = np.argwhere(~inside & (template.depth >= -1))
    for place in places:
        nearest = np.sqrt(np.square(others - place).sum(1).min())
        assert template.depth[tuple(place)] == pytest.approx(nearest, rel=1e-5)


# Where the maps come from


def test_they_are_read_once(template):
    assert load_template() is template


def test_they_are_read_without_network(template, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("no connection may be tried")

    for way in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, way, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(AssertionError, match="no connection"):
        socket.create_connection(("localhost", 9))
    # without the two distances, which take nearly all of the time
    monkeypatch.setattr(ndimage, "distance_transform_edt", lambda mask: np.zeros(mask.shape))
    again = load_template.__wrapped__()  # past the cache
    np.testing.assert_array_equal(again.t1, template.t1)
    np.testing.assert_array_equal(again.grey, template.grey)


def test_without_nilearn_one_sentence_says_what_to_install(monkeypatch, repository):
    monkeypatch.setitem(sys.modules, "nilearn", None)
    with pytest.raises(InputError) as caught:
        load_template.__wrapped__()
    sentence = str(caught.value)
    assert "nilearn" in sentence
    assert "pip install -r requirements-phantom.txt" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "nilearn" in (repository / "requirements-phantom.txt").read_text()


def test_nilearn_is_not_needed_before_the_maps_are(repository):
    code = "import sys, resunet.cli.phantom; sys.exit('nilearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0


def test_the_notice_says_what_the_maps_terms_ask_for():
    text = " ".join(NOTICE.split())
    assert "Copyright (C) 1993–2009 Louis Collins, McConnell Brain Imaging Centre" in text
    assert "McGill University" in text
    assert "Permission to use, copy, modify, and distribute" in text
    assert 'provided "as is"' in text
    assert "No patient" in text
    assert "Please cite: Fonov V" in text
