from dataclasses import replace

import numpy as np
import pytest

from resunet.phantom.likeness import Comparison, compare, describe
from resunet.study import CONTRASTS, Source, Study

# The brain of the toy patient: slices 0 and 1, rows 10 to 19, columns 20 to 29, 200 pixels of
# intensity 1 to 200; slice 2 is empty.
VALUES = np.arange(1, 201, dtype=np.float32)


def toy(values=VALUES, labels=None):
    images = np.zeros((3, 30, 40, 4), np.float32)
    images[:2, 10:20, 20:30] = np.asarray(values, np.float32).reshape(2, 10, 10, -1)
    classes = np.zeros((3, 30, 40), np.uint8)
    if labels is not None:
        classes[:2, 10:20, 20:30] = np.asarray(labels).reshape(2, 10, 10)
    return Study(images, "toy", Source("npz", "0" * 64), classes)


def test_intensities_are_those_of_the_default_preparation():
    found = describe(toy())
    # 1st and 99th percentile of 1 … 200 are 2.99 and 198.01: 3 … 198 are kept, whose mean is
    # 100.5 and whose variance (196² − 1)/12
    mean, std = 100.5, np.sqrt((196**2 - 1) / 12)
    for contrast in CONTRASTS:
        assert found[f"{contrast}, healthy, 50 %"] == pytest.approx(0, abs=1e-5)
        # 10 % of 199 steps above 1
        assert found[f"{contrast}, healthy, 10 %"] == pytest.approx((20.9 - mean) / std, abs=1e-4)
        assert found[f"{contrast}, healthy, 90 %"] == pytest.approx((180.1 - mean) / std, abs=1e-4)


def test_each_contrast_is_told_on_its_own():
    values = np.stack([VALUES, VALUES[::-1], 7 * VALUES + 3, np.full(200, 5.0)], -1)
    found = describe(toy(values, np.where(np.arange(200) < 60, 2, 0)))
    mean, std = 100.5, np.sqrt((196**2 - 1) / 12)
    # oedema lies where t1 is 1 … 60, t1ce 200 … 141, t2 as t1
    assert found["t1, oedema, 50 %"] == pytest.approx((30.5 - mean) / std, abs=1e-4)
    assert found["t1ce, oedema, 50 %"] == pytest.approx((170.5 - mean) / std, abs=1e-4)
    assert found["t2, oedema, 50 %"] == pytest.approx((30.5 - mean) / std, abs=1e-4)
    assert found["flair, oedema, 50 %"] == 0  # the same everywhere


def test_classes_are_shares_of_the_tumour():
    labels = np.zeros(200, int)
    labels[:20], labels[20:80], labels[80:98], labels[98:100] = 1, 2, 4, 3
    found = describe(toy(labels=labels))
    assert found["tumour / brain"] == pytest.approx(100 / 200)
    assert found["core / tumour"] == pytest.approx(0.2)
    assert found["oedema / tumour"] == pytest.approx(0.6)
    assert found["rim / tumour"] == pytest.approx(0.2)  # BraTS 2023 calls it 3
    assert found["slices with tumour"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("pixels", "told"), [(49, False), (50, True)])
def test_quantiles_need_fifty_pixels(pixels, told):
    found = describe(toy(labels=np.where(np.arange(200) < pixels, 1, 0)))
    for name in ("t1, core, 10 %", "flair, core, 90 %"):
        assert (name in found) == told
    assert found["tumour / brain"] == pytest.approx(pixels / 200)


@pytest.mark.parametrize(
    ("row", "column", "anterior", "right"),
    [
        (0, 0, 1, 1),  # front, right
        (9, 9, -1, -1),
        (0, 9, 1, -1),
        (4.5, 4.5, 0, 0),
        (2, 7, 1 - 4 / 9, 1 - 14 / 9),
    ],
)
def test_the_centre_is_told_towards_anterior_and_right(row, column, anterior, right):
    labels = np.zeros((2, 10, 10), int)
    rows, columns = ({int(np.floor(x)), int(np.ceil(x))} for x in (row, column))
    for r in rows:
        for c in columns:
            labels[:, r, c] = 2
    found = describe(toy(labels=labels))
    assert found["centre towards anterior"] == pytest.approx(anterior)
    assert found["centre towards right"] == pytest.approx(right)


def test_without_tumour_there_are_no_shares_nor_a_centre():
    found = describe(toy())
    assert found["tumour / brain"] == found["slices with tumour"] == 0
    assert {name for name in found if "/" not in name and "slices" not in name} == {
        f"{contrast}, healthy, {q} %" for contrast in CONTRASTS for q in (10, 50, 90)
    }


def test_without_labels_nothing_is_told():
    assert describe(replace(toy(), labels=None)) == {}


# Sets


def test_sets_are_compared_by_quantiles_over_patients():
    real = [{"a": float(value)} for value in range(11)]  # 0 … 10
    found = compare(real, [{"a": 3.0}, {"a": 7.0}])
    assert found == [Comparison("a", (1.0, 5.0, 9.0), (3.4, 5.0, 6.6))]


def test_only_what_both_have_is_compared_in_the_order_of_the_real_ones():
    real = [{"b": 1.0}, {"a": 2.0, "only real": 0.0}, {"b": 3.0, "a": 2.0}]
    synthetic = [{"a": 1.0, "only synthetic": 0.0}, {}, {"b": 5.0}]
    found = compare(real, synthetic)
    assert [each.quantity for each in found] == ["b", "a"]
    # patients without the quantity do not count
    assert found[0].real == pytest.approx((1.2, 2.0, 2.8))
    assert found[0].synthetic == (5.0, 5.0, 5.0)
    assert compare(real, []) == []


@pytest.mark.parametrize(
    ("median", "differs"), [(0.9, True), (1.0, False), (2.0, False), (3.0, False), (3.1, True)]
)
def test_what_differs_lies_outside_of_what_real_ones_are(median, differs):
    assert Comparison("a", (1.0, 2.0, 3.0), (0.0, median, 9.0)).differs is differs
