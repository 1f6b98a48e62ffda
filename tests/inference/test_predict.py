from dataclasses import replace

import keras
import numpy as np
import pytest
from synthetic import make_study
from tiny import NETWORK, tiny_config

from resunet.config import PreparationConfig
from resunet.data.preprocess import prepare, restore
from resunet.errors import InputError
from resunet.inference.engines import load_engine
from resunet.inference.fitness import IntensityRanges, Profile, intensity_profile
from resunet.inference.maps import summarise
from resunet.inference.masks import dropout_masks
from resunet.inference.models import ModelFile
from resunet.inference.predict import Passes, Predictor, predict
from resunet.network.mask_layout import mask_channels, mask_names
from resunet.network.resunet import build_resunet
from resunet.study import Source, Study

pytestmark = pytest.mark.keras

CONFIG = replace(
    tiny_config(network=replace(NETWORK, dropout_encoder=0.3, dropout_decoder=0.3)),
    preparation=PreparationConfig(),  # standardise, crop, study: as new models are
)
MAPS = ("probability", "std", "entropy", "mutual_information")


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """The stochastic network and an engine with the same weights."""
    network = build_resunet(CONFIG.network, stochastic=True)
    rng = np.random.default_rng(0)
    for variable in network.weights:
        spread = 0.3 * rng.standard_normal(variable.shape)
        positive = "variance" in variable.path or "gamma" in variable.path
        variable.assign(np.abs(1.0 + spread) + 0.1 if positive else spread)
    path = tmp_path_factory.mktemp("models") / "tiny.weights.h5"
    network.save_weights(path)
    return network, load_engine(ModelFile("tiny", path, CONFIG, threshold=0.5))


@pytest.fixture(scope="module")
def engine(networks):
    return networks[1]


@pytest.fixture(scope="module")
def study():
    return make_study(slices=4, height=40, width=36)


@pytest.fixture(scope="module")
def ten(engine, study):
    return predict(study, engine, samples=10, seed=5)


def with_empty_slice(study, index):
    images, labels = study.images.copy(), study.labels.copy()
    images[index], labels[index] = 0.0, 0
    return Study(images, "gap", Source("npz", "0" * 64), labels=labels, spacing_mm=(1.0, 1.0))


def assert_same(one, two, atol=0.0):
    for name in MAPS:
        np.testing.assert_allclose(
            getattr(one, name), getattr(two, name), rtol=0, atol=atol, err_msg=name
        )
    np.testing.assert_array_equal(one.done, two.done)
    np.testing.assert_allclose(one.std_by_t, two.std_by_t, atol=max(atol, 1e-12))


def grid_passes(network, images, samples, seed):
    """(T, S, n, n): the network called once for every pass over every slice."""
    masks = dropout_masks(CONFIG.network, samples=samples, seed=seed)
    edges = np.cumsum(mask_channels(CONFIG.network))[:-1]
    out = np.empty((len(masks), *images.shape[:3]), np.float64)
    for t, row in enumerate(masks):
        parts = [part[None, None, None] for part in np.split(row, edges)]
        named = dict(zip(mask_names(CONFIG.network), parts, strict=True))
        for index, image in enumerate(images):
            one = network({"images": image[None], **named}, training=False)
            out[t, index] = keras.ops.convert_to_numpy(one)[0, ..., 0]
    return out


def binary_entropy(p):
    return -(p * np.log(p) + (1 - p) * np.log(1 - p))


def test_a_brute_force_reference_gives_the_same(networks, study, ten):
    network, _ = networks
    prepared = prepare(study, CONFIG.preparation, 16)
    passes = grid_passes(network, prepared.images, 10, 5)
    mean = passes.mean(axis=0)
    expected = {
        "probability": mean,
        "std": np.sqrt(((passes - mean) ** 2).sum(axis=0) / 9),
        "entropy": binary_entropy(mean),
        "mutual_information": binary_entropy(mean) - binary_entropy(passes).mean(axis=0),
    }
    for name, maps in expected.items():
        for index, frame in enumerate(prepared.frames):
            native = restore(maps[index].astype(np.float32), frame, study.shape[1:])
            found = getattr(ten, name)[index]
            np.testing.assert_allclose(found, native, rtol=0, atol=1e-5, err_msg=name)
    assert ten.std.max() > 0.01

    areas = np.array(
        [
            [
                (restore(p[i].astype(np.float32), prepared.frames[i], study.shape[1:]) > 0.5).sum()
                for i in range(len(p))
            ]
            for p in passes
        ]
    )
    # a pixel that stands on the threshold may fall on either side of it
    assert np.abs(ten.area_px_samples - areas).max() <= 2
    assert ten.area_px_samples.std(axis=0).max() > 0

    brain = (prepared.images > -3.0 + 1e-3).any(axis=-1)
    by_t = [0.0] + [passes[:t].std(axis=0, ddof=1)[brain].mean() for t in range(2, 11)]
    np.testing.assert_allclose(ten.std_by_t, by_t, atol=1e-5)


def test_without_passes_it_is_the_plain_network(networks, study):
    network, engine = networks
    prediction = predict(study, engine)
    plain = build_resunet(CONFIG.network)
    plain.set_weights(network.get_weights())
    prepared = prepare(study, CONFIG.preparation, 16)
    probability = plain.predict(prepared.images, verbose=0)[..., 0]
    for index, frame in enumerate(prepared.frames):
        native = restore(probability[index], frame, study.shape[1:])
        np.testing.assert_allclose(prediction.probability[index], native, atol=1e-5)
        assert prediction.area_px_samples[0, index] == prediction.mask[index].sum()
    assert prediction.area_px_samples.shape == (1, 4)
    np.testing.assert_array_equal(prediction.std, 0.0)
    np.testing.assert_array_equal(prediction.mutual_information, 0.0)
    np.testing.assert_array_equal(prediction.std_by_t, [0.0])
    assert prediction.entropy.max() > 0.1
    assert (prediction.samples, prediction.seed) == (0, 0)


def test_one_pass_has_no_spread(engine, study):
    prediction = predict(study, engine, samples=1, seed=5)
    np.testing.assert_array_equal(prediction.std, 0.0)
    np.testing.assert_array_equal(prediction.std_by_t, [0.0])
    assert prediction.area_px_samples.shape == (1, 4)


def test_fewer_passes_are_the_first_of_more(engine, study, ten):
    more = predict(study, engine, samples=25, seed=5)
    np.testing.assert_array_equal(more.area_px_samples[:10], ten.area_px_samples)
    np.testing.assert_allclose(more.std_by_t[:10], ten.std_by_t, atol=1e-6)
    assert more.area_px_samples.shape == (25, 4)


def test_seeds_repeat_and_differ(engine, study, ten):
    assert_same(predict(study, engine, samples=10, seed=5), ten)
    other = predict(study, engine, samples=10, seed=6)
    assert np.abs(other.probability - ten.probability).max() > 1e-4


def test_entropy_bounds_mutual_information(ten):
    assert ten.mutual_information.min() >= 0.0
    assert (ten.mutual_information <= ten.entropy + 1e-6).all()
    assert ten.entropy.max() <= np.log(2) + 1e-6
    assert ten.mutual_information.max() > 1e-4


def test_the_last_spread_is_the_mean_spread_of_the_brain(networks, study, ten):
    network, _ = networks
    prepared = prepare(study, CONFIG.preparation, 16)
    spread = grid_passes(network, prepared.images, 10, 5).std(axis=0, ddof=1)
    brain = (prepared.images != -3.0).any(axis=-1)
    assert ten.std_by_t[9] == pytest.approx(spread[brain].mean(), rel=1e-3)


def test_a_prediction_says_what_made_it(engine, study, ten):
    assert ten.probability.shape == study.shape
    assert ten.done.all()
    assert (ten.samples, ten.seed, ten.threshold) == (10, 5, 0.5)
    assert ten.model_id == engine.model_id
    assert ten.engine == engine.name
    assert ten.model_sha256 == engine.model_sha256
    assert len(ten.model_sha256) == 64
    assert ten.area_px_samples.dtype == np.int64


def test_the_threshold_can_be_another(engine, study, ten):
    # so low that it is exceeded in the frame wherever the network says anything
    low = predict(study, engine, samples=10, seed=5, threshold=0.0)
    assert low.threshold == 0.0
    np.testing.assert_array_equal(low.probability, ten.probability)
    assert (low.area_px_samples >= ten.area_px_samples).all()
    np.testing.assert_array_equal(low.area_px_samples[0], low.mask.sum(axis=(1, 2)))


def test_a_slice_without_brain_is_done_and_empty(engine, study):
    gap = with_empty_slice(study, 1)
    prediction = predict(gap, engine, samples=3)
    assert prediction.done.all()
    for name in MAPS:
        np.testing.assert_array_equal(getattr(prediction, name)[1], 0.0)
        assert getattr(prediction, name)[0].max() > 0
    np.testing.assert_array_equal(prediction.area_px_samples[:, 1], 0)


def test_a_study_without_brain_is_all_zero(engine):
    study = Study(np.zeros((2, 20, 20, 4), np.float32), "empty", Source("npz", "0" * 64))
    prediction = predict(study, engine, samples=3)
    assert prediction.done.all()
    np.testing.assert_array_equal(prediction.probability, 0.0)
    np.testing.assert_array_equal(prediction.std_by_t, 0.0)


def test_only_the_slices_asked_for_are_done(engine, study, ten):
    told = []
    some = predict(study, engine, samples=10, seed=5, slices=[2, 0], on_slice=told.append)
    assert told == [2, 0]
    np.testing.assert_array_equal(some.done, [True, False, True, False])
    np.testing.assert_allclose(some.probability[[0, 2]], ten.probability[[0, 2]], atol=1e-6)
    np.testing.assert_array_equal(some.probability[[1, 3]], 0.0)
    np.testing.assert_array_equal(some.area_px_samples[:, [0, 2]], ten.area_px_samples[:, [0, 2]])
    np.testing.assert_array_equal(some.area_px_samples[:, [1, 3]], 0)


@pytest.mark.parametrize("portions", [[[3], [1, 0], [2]], [[0], [1], [2], [3]], [[3, 2, 1, 0]]])
def test_any_order_in_any_portions_gives_the_same(engine, study, ten, portions):
    predictor = Predictor(study, engine, samples=10, seed=5)
    for portion in portions:
        assert list(predictor.compute(portion)) == portion
    assert_same(predictor.prediction(), ten, atol=1e-6)
    np.testing.assert_array_equal(predictor.prediction().area_px_samples, ten.area_px_samples)


def test_computing_a_slice_twice_changes_nothing(engine, study, ten):
    predictor = Predictor(study, engine, samples=10, seed=5)
    for portion in ([0, 1, 2, 3], [1, 1], [3]):
        list(predictor.compute(portion))
    assert_same(predictor.prediction(), ten, atol=1e-6)


def test_a_prediction_of_what_is_done_so_far_stays_as_it_was(engine, study):
    predictor = Predictor(study, engine, samples=2)
    list(predictor.compute([0]))
    early = predictor.prediction()
    kept = early.probability.copy()
    list(predictor.compute([1, 2]))
    np.testing.assert_array_equal(early.done, [True, False, False, False])
    np.testing.assert_array_equal(early.probability, kept)
    np.testing.assert_array_equal(predictor.prediction().done, [True, True, True, False])


def test_more_slices_than_one_portion(engine):
    study = make_study(slices=11, height=24, width=24)
    whole = predict(study, engine, samples=2)
    assert whole.done.all()
    single = predict(study, engine, samples=2, slices=[9])
    np.testing.assert_allclose(single.probability[9], whole.probability[9], atol=1e-6)


@pytest.mark.parametrize("arguments", [{"samples": -1}, {"seed": -1}])
def test_negative_numbers_are_refused(engine, study, arguments):
    with pytest.raises(InputError, match="0 or more"):
        predict(study, engine, **arguments)


def test_summary_of_two_passes_by_hand():
    passes = np.array([[[0.2, 0.0]], [[0.6, 1.0]]], np.float32)
    summary = summarise(passes)
    np.testing.assert_allclose(summary.probability, [[0.4, 0.5]], rtol=1e-6)
    # ddof 1: |a − b| / √2
    np.testing.assert_allclose(summary.std, [[0.4 / np.sqrt(2), 1 / np.sqrt(2)]], rtol=1e-6)
    entropy = [[-(0.4 * np.log(0.4) + 0.6 * np.log(0.6)), np.log(2)]]
    np.testing.assert_allclose(summary.entropy, entropy, rtol=1e-6)
    inner = (-(0.2 * np.log(0.2) + 0.8 * np.log(0.8)) - (0.6 * np.log(0.6) + 0.4 * np.log(0.4))) / 2
    # sure passes that disagree: all of the uncertainty is between them
    information = [[entropy[0][0] - inner, np.log(2)]]
    np.testing.assert_allclose(summary.mutual_information, information, rtol=1e-5)


def test_a_single_slice_is_warned_of_where_the_model_prepares_whole_patients(engine, study):
    alone = Study(study.images[1:2].copy(), "one", Source("npz", "0" * 64))
    assert "single slice" in predict(alone, engine).warnings[0]
    assert predict(study, engine).warnings == ()


def test_who_stops_asking_loses_none_of_what_was_computed_together(engine, study):
    predictor = Predictor(study, engine, samples=2)
    assert next(predictor.compute([2, 0, 1])) == 2
    assert predictor.done.tolist() == [True, True, True, False]
    whole = predict(study, engine, samples=2)
    np.testing.assert_allclose(
        predictor.prediction().probability[:3], whole.probability[:3], rtol=0, atol=1e-6
    )


class Changed:
    """An engine with other settings, or none of its newer attributes."""

    def __init__(self, engine, **changes):
        names = ("name", "model_id", "config", "threshold", "passes")
        vars(self).update({name: getattr(engine, name) for name in names} | changes)


def test_an_engine_that_knows_no_digest_and_no_ranges_will_do(engine, study):
    prediction = predict(study, Changed(engine))
    assert (prediction.model_sha256, prediction.warnings) == ("", ())
    assert (prediction.temperature, prediction.doubt_level, prediction.unlike) == (1.0, None, ())


def test_a_prediction_knows_the_calibration_it_was_made_with(engine, study):
    prediction = predict(study, Changed(engine, temperature=1.6, doubt_level=0.3))
    assert (prediction.temperature, prediction.doubt_level) == (1.6, 0.3)


def test_a_study_unlike_the_training_patients_is_warned_of_from_the_first_slice(engine):
    study = make_study(slices=9, height=40, width=36, spacing_mm=None)
    found = intensity_profile(study, CONFIG.preparation, 16)
    same = IntensityRanges(found, found, 30)
    assert predict(study, Changed(engine, intensities=same), slices=[3]).warnings == ()
    values = found.values.copy()
    values[1] += 5.0
    other = Profile(values, found.correlations)
    unlike = Changed(engine, intensities=IntensityRanges(other, other, 30))
    prediction = predict(study, unlike, slices=[3])
    (warning,) = prediction.warnings
    assert warning.startswith("The intensities of T1CE lie far outside those of the 30 patients")
    assert prediction.unlike == ("unusual intensities of T1CE",)
    # of too few slices nothing is told
    assert predict(make_study(slices=4, height=40, width=36), unlike).warnings == ()


def without_t2(study):
    images = study.images.copy()
    images[..., 2] = 0.0
    return Study(images, "lacking", study.source, spacing_mm=(1.0, 1.0), missing=("t2",))


def test_a_study_that_lacks_a_contrast_is_refused_by_name(engine, study):
    with pytest.raises(InputError) as caught:
        predict(without_t2(study), engine)
    assert "lacks T2" in str(caught.value)
    assert engine.model_id in str(caught.value)


def test_a_model_that_was_trained_for_it_does_without_and_says_so(engine, study):
    augment = replace(CONFIG.augment, contrast_dropout=0.2)
    able = Changed(engine, config=replace(CONFIG, augment=augment))
    prediction = predict(without_t2(study), able)
    assert prediction.done.all()
    assert prediction.probability.max() > 0
    (warning,) = prediction.warnings
    assert warning.startswith("Predicted without T2")
    alone = Study(without_t2(study).images[1:2].copy(), "one", study.source, missing=("t2",))
    assert len(predict(alone, able).warnings) == 2  # and that it is a single slice
    assert predict(alone, able).unlike == ("T2 is missing", "a single slice of a patient")
    assert predict(study, able).warnings == ()


class Bright:
    """Stands for a network that takes a slice's own brightness for its probability."""

    name, model_id, model_sha256, intensities, threshold = "by hand", "toy", "", None, 0.5

    def __init__(self):
        preparation = PreparationConfig(scaling="maximum", framing="resize", scope="study")
        self.config = replace(CONFIG, preparation=preparation)
        self.computed = []

    def passes(self, images, masks):
        self.computed.append((len(images), len(masks)))
        return np.repeat(images[None, ..., 0], len(masks), axis=0)


def stack(areas):
    """A study whose slices hold so many bright pixels each."""
    size = CONFIG.network.input_size
    images = np.full((len(areas), size, size, 4), 0.1, np.float32)
    for index, area in enumerate(areas):
        images[index].reshape(-1, 4)[:area] = 1.0
    return Study(images, "stack", Source("npz", "0" * 64))


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ([0, 5, 9, 5, 0], 2),
        ([7], 0),
        ([3, 8, 8, 1], 1),  # of equal ones the lowest
        # of 150 slices every fifth is looked at, 2, 7, 12 …; the best is then found round 62
        ([max(40 - abs(index - 60), 0) for index in range(150)], 60),
    ],
    ids=["middle", "single", "equal", "between"],
)
def test_the_slice_with_most_tumour_is_found_without_computing_all(areas, expected):
    engine = Bright()
    predictor = Predictor(stack(areas), engine, samples=25)
    assert predictor.strongest_slice() == expected
    assert {passes for _, passes in engine.computed} == {1}
    assert sum(slices for slices, _ in engine.computed) <= 40
    assert not predictor.done.any()


def test_without_tumour_no_slice_holds_most_of_it():
    assert Predictor(stack([0, 9, 0]), Bright(), threshold=1.0).strongest_slice() is None


@pytest.mark.parametrize("samples", [0, 3])
def test_averaged_with_the_mirrored_slice_no_side_is_preferred(engine, study, samples):
    mirrored = replace(
        study,
        images=np.ascontiguousarray(study.images[:, :, ::-1]),
        labels=np.ascontiguousarray(study.labels[:, :, ::-1]),
    )
    slices = range(study.shape[0])

    def passes(of, flip):
        found = Passes(of, engine, samples=samples, seed=5, flip=flip)(slices)
        return np.stack([each.probability for each in found])

    once, there = passes(study, True), passes(mirrored, True)
    assert once.shape == (4, max(samples, 1), 16, 16)
    np.testing.assert_allclose(there[..., ::-1], once, atol=1e-5)
    assert not np.allclose(passes(mirrored, False)[..., ::-1], passes(study, False), atol=1e-3)
