import dataclasses

import numpy as np
import pytest
from bright import CONFIG
from synthetic import make_study

from resunet.errors import InputError
from resunet.evaluation.ways import WAYS, Mirrored, Together, make_way
from resunet.inference.predict import Passes


class LeftEngine:
    """Finds tumour where t1 is bright, more surely towards the grid's first columns.

    Args:
        strength: What it says in the first column.
        sees: The grid and the preparation.
    """

    name = "left"
    threshold = 0.5
    intensities = None
    temperature = 1.0
    doubt_level = None

    def __init__(self, strength=0.9, sees=CONFIG):
        self.config = sees
        self.strength = strength
        self.model_id = f"left-{strength}@0"
        self.model_sha256 = f"{strength}"
        self.calls = 0

    def passes(self, images, masks):
        self.calls += len(images) * len(masks)
        fall = self.strength * np.linspace(1.0, 0.5, images.shape[2], dtype=np.float32)
        found = (images[..., 0] > 0.3) * fall
        drawn = np.linspace(1.0, 0.8, len(masks), dtype=np.float32)[:, None, None, None]
        return (found[None] * drawn).astype(np.float32)


@pytest.fixture(scope="module")
def study():
    return make_study(slices=3, height=32, width=32)


def passes_of(way, study):
    return list(way.over(study)(range(study.shape[0])))


def test_every_way_gives_passes_on_the_studys_own_frame(study):
    engines = {name: [LeftEngine()] for name in WAYS}
    engines["ensemble"] = engines["ensemble-flip"] = [LeftEngine(), LeftEngine(0.7)]
    costs = {}
    for name, some in engines.items():
        way = make_way(name, some, samples=5)
        found = passes_of(way, study)
        plain = list(Passes(study, some[0], samples=0, seed=0)(range(3)))
        for one, other in zip(found, plain, strict=True):
            assert one.probability.shape == (way.cost, *other.probability.shape[1:])
            assert one.frame == other.frame
            np.testing.assert_array_equal(one.brain, other.brain)
        costs[name] = way.cost
    assert costs == {
        "deterministic": 1,
        "dropout": 5,
        "flip": 2,
        "dropout-flip": 10,
        "ensemble": 2,
        "ensemble-flip": 4,
    }


def test_a_network_is_called_as_often_as_a_way_costs(study):
    engine = LeftEngine()
    way = make_way("dropout-flip", [engine], samples=4)
    passes_of(way, study)
    assert engine.calls == 3 * way.cost


def test_the_first_passes_are_those_of_one_network(study):
    engine = LeftEngine()
    alone = list(Passes(study, engine, samples=4, seed=7)(range(3)))
    for one, other in zip(
        passes_of(make_way("dropout-flip", [engine], samples=4, seed=7), study), alone, strict=True
    ):
        np.testing.assert_array_equal(one.probability[:4], other.probability)


def test_the_mirrored_pass_lies_where_the_slice_lies(study):
    found = passes_of(make_way("flip", [LeftEngine()], samples=0), study)[1].probability
    # both see the same bright pixels, each surer on another side
    np.testing.assert_array_equal(found[0] > 0, found[1] > 0)
    assert (found[0] > 0).any()
    fall = 0.9 * np.linspace(1.0, 0.5, found.shape[-1])
    at = np.argwhere(found[0] > 0)
    for row, column in at:
        assert found[0, row, column] == pytest.approx(fall[column])
        assert found[1, row, column] == pytest.approx(fall[-1 - column])


def test_twice_mirrored_is_not_mirrored():
    images = np.random.default_rng(0).uniform(size=(2, 16, 16, 4)).astype(np.float32)
    masks = np.ones((3, 1), np.float32)
    engine = LeftEngine()
    twice = Mirrored(Mirrored(engine)).passes(images, masks)
    np.testing.assert_array_equal(twice, engine.passes(images, masks))
    assert (Mirrored(engine).passes(images, masks) != twice).any()


def test_what_may_differ_is_in_the_key():
    one, other = LeftEngine(), LeftEngine(0.7)
    hot = LeftEngine()
    hot.temperature = 2.0
    ways = [
        make_way("deterministic", [one], samples=0),
        make_way("deterministic", [other], samples=0),
        make_way("deterministic", [hot], samples=0),
        make_way("deterministic", [one], samples=0, threshold=0.4),
        make_way("flip", [one], samples=0),
        make_way("dropout", [one], samples=4),
        make_way("dropout", [one], samples=5),
        make_way("dropout", [one], samples=4, seed=1),
        make_way("ensemble", [one, other], samples=0),
    ]
    keys = [repr(way.key) for way in ways]
    assert len(set(keys)) == len(keys)
    # what is not drawn does not depend on T or seed
    same = make_way("flip", [one], samples=9, seed=3)
    assert same.key == ways[4].key


def test_what_does_not_go_together_is_refused():
    larger = dataclasses.replace(CONFIG, network=dataclasses.replace(CONFIG.network, input_size=32))
    with pytest.raises(InputError, match="networks of one preparation and one grid"):
        make_way("ensemble", [LeftEngine(), LeftEngine(sees=larger)], samples=0)
    with pytest.raises(InputError, match=r"ensemble was given 1 network, where two or more"):
        make_way("ensemble", [LeftEngine()], samples=0)
    with pytest.raises(InputError, match=r"flip was given 2 networks, where one is"):
        make_way("flip", [LeftEngine(), LeftEngine()], samples=0)
    with pytest.raises(InputError, match="oracle is not a way to predict; deterministic,"):
        make_way("oracle", [LeftEngine()], samples=0)
    with pytest.raises(InputError, match="samples is 1 for dropout, where 2 or more"):
        make_way("dropout", [LeftEngine()], samples=1)
    with pytest.raises(InputError, match="no network to predict with"):
        Together("none", [])
    with pytest.raises(InputError, match="seed -1, where 0 or more"):
        Together("x", [LeftEngine()], seed=-1)
