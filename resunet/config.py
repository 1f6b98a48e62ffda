"""Every setting of a model and its training, as frozen records that cite their source.

`Config` is the whole; `resunet.presets` has the named ones. `to_dict` and `from_dict` are
exact inverses over JSON, and what is unknown or out of range is refused by its dotted name.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from resunet.errors import InputError
from resunet.records import check, read_record
from resunet.storage import SCHEMA

_MOST = 100_000_000
"""No training has more epochs, steps an epoch or slices a step."""


def _check_fraction(record: Any, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        check(0.0 <= value <= 1.0, name, value, "a number from 0 to 1")


def _check_positive(record: Any, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        check(value > 0, name, value, "a number above 0")


@dataclass(frozen=True)
class NetworkConfig:
    """The architecture; the defaults are Tables 1–3 of the paper.

    Attributes:
        input_size: Side of the square input in pixels (Table 1: 64); a multiple of
            ``2 ** len(filters)``.
        contrasts: Input channels (section 3.1: t1, t1ce, t2, flair).
        filters: Feature maps of each encoder level (Table 1).
        depths: Residual blocks of each encoder level (Table 1, "internal depth").
        dropout_encoder: Probability that a feature map is dropped (Table 3).
        dropout_decoder: The same in the decoder (Table 3).
        norm_momentum: Momentum of the moving averages in batch normalisation (Keras's
            default, which the paper uses).
        residual: Whether blocks add their input (the paper); without, it is a plain U-Net with
            the same convolutions and 1.3 % fewer parameters and no other difference.
        fine_skip: Whether the output also sees the first level's maps before they are pooled, on
            the picture's own grid. The paper's skips are all pooled, so that nothing finer than
            two pixels reaches its output but through them.
    """

    input_size: int = 64
    contrasts: int = 4
    filters: tuple[int, ...] = (16, 32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 3, 4, 4)
    dropout_encoder: float = 0.1
    dropout_decoder: float = 0.1
    norm_momentum: float = 0.99
    residual: bool = True
    fine_skip: bool = False

    def __post_init__(self) -> None:
        check(
            len(self.filters) >= 2 and all(f > 0 for f in self.filters),
            "filters",
            self.filters,
            "at least two positive whole numbers",
        )
        check(
            len(self.depths) == len(self.filters) and all(d > 0 for d in self.depths),
            "depths",
            self.depths,
            f"{len(self.filters)} positive whole numbers, one for each of filters,",
        )
        step = 2 ** len(self.filters)
        check(
            self.input_size > 0 and self.input_size % step == 0,
            "input_size",
            self.input_size,
            f"a multiple of {step}",
        )
        _check_positive(self, "contrasts")
        for name in ("dropout_encoder", "dropout_decoder", "norm_momentum"):
            value = getattr(self, name)
            check(0.0 <= value < 1.0, name, value, "a number from 0 to below 1")


@dataclass(frozen=True)
class LossConfig:
    """Focal + Dice loss, equations 2–4; the defaults are Table 3.

    Attributes:
        alpha: Factor of the focal loss (Table 3).
        gamma: Focusing exponent of the focal loss (Table 3).
        focal_weight: w_F of equation 4 (Table 3).
        dice_weight: w_D of equation 4 (Table 3).
        focal_variant: ``"lin"`` weights a pixel by (1 − p_t)^γ as Lin et al. do;
            ``"printed"`` by p_t^γ, as equation 3 is printed.
        dice_pool: ``"batch"`` is one Dice over all pixels of the batch (the paper);
            ``"sample"`` the mean of one Dice a slice.
        dice_smooth: Added to numerator and denominator of the Dice loss, in pixels.
        target: What a pixel of the network's grid is taught: ``"outline"`` is 1 where tumour
            covers more than half of it (the paper); ``"share"`` the share that it covers, which
            tells where within a pixel the outline runs.
    """

    alpha: float = 0.25
    gamma: float = 1.0
    focal_weight: float = 0.8
    dice_weight: float = 0.2
    focal_variant: Literal["lin", "printed"] = "lin"
    dice_pool: Literal["batch", "sample"] = "batch"
    dice_smooth: float = 1.0
    target: Literal["outline", "share"] = "outline"

    def __post_init__(self) -> None:
        for name in ("alpha", "gamma", "focal_weight", "dice_weight"):
            check(getattr(self, name) >= 0, name, getattr(self, name), "a number from 0 up")
        _check_positive(self, "dice_smooth")


@dataclass(frozen=True)
class PreparationConfig:
    """How a study becomes network input (section 3.1.1); part of a model for good.

    Attributes:
        scaling: ``"maximum"`` divides each contrast by its maximum (the paper);
            ``"percentile"`` maps the brain's 1st–99th percentile to 0–1;
            ``"standardise"`` takes off the mean and divides by the standard deviation of
            the brain's pixels between these percentiles.
        framing: ``"resize"`` shrinks the whole picture; ``"crop"`` the square round the
            brain, with a margin.
        scope: Whether statistics and frame come from each ``"slice"`` or from the whole
            ``"study"``.
        margin: Width left round the brain by ``"crop"``, as a fraction of its longer side.
    """

    scaling: Literal["maximum", "percentile", "standardise"] = "standardise"
    framing: Literal["resize", "crop"] = "crop"
    scope: Literal["slice", "study"] = "study"
    margin: float = 0.05

    def __post_init__(self) -> None:
        check(0.0 <= self.margin <= 1.0, "margin", self.margin, "a number from 0 to 1")


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to training slices (section 3.3.1); the defaults are the paper's.

    Attributes:
        per_sample: Whether each slice draws its own change; the paper draws once a batch.
        flip_up_down: Probability.
        flip_left_right: Probability.
        patches: Probability of blank patches.
        patches_max: Most patches at once; at least one is drawn.
        patch_side_max: Longest patch side as a fraction of the picture's side.
        noise: Probability of Gaussian noise.
        noise_mean: Mean of the noise, in units of the prepared intensities.
        noise_sigma: Its standard deviation. The paper prints σ² = 0.1, which is σ = 0.316;
            σ = 0.1 is the likelier intent.
        rotation_deg: Largest rotation either way.
        scale: Largest relative change of size either way.
        shift: Largest shift either way as a fraction of the side.
        gain: Largest relative change of a contrast's intensities either way.
        offset: Largest value added to a contrast's intensities either way.
        gamma: Largest exponent of a contrast's intensities (its inverse is the smallest);
            1 is none.
        contrast_dropout: Probability that a slice loses one contrast, any of them alike, which
            is background everywhere then. Above 0, the network learns to do without one.
    """

    per_sample: bool = False
    flip_up_down: float = 0.25
    flip_left_right: float = 0.25
    patches: float = 0.40
    patches_max: int = 6
    patch_side_max: float = 0.20
    noise: float = 0.25
    noise_mean: float = 0.05
    noise_sigma: float = 0.1
    rotation_deg: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    gain: float = 0.0
    offset: float = 0.0
    gamma: float = 1.0
    contrast_dropout: float = 0.0

    def __post_init__(self) -> None:
        _check_fraction(
            self, "flip_up_down", "flip_left_right", "patches", "patch_side_max", "noise"
        )
        _check_fraction(self, "contrast_dropout")
        check(self.patches_max >= 1, "patches_max", self.patches_max, "1 or more")
        for name in ("noise_sigma", "rotation_deg", "offset"):
            check(getattr(self, name) >= 0, name, getattr(self, name), "a number from 0 up")
        for name in ("scale", "shift", "gain"):
            value = getattr(self, name)
            check(0.0 <= value < 1.0, name, value, "a number from 0 to below 1")
        check(self.gamma >= 1.0, "gamma", self.gamma, "a number from 1 up")


@dataclass(frozen=True)
class TrainingConfig:
    """Optimisation (section 3.3.2); the defaults are Table 3.

    Attributes:
        optimizer: ``"adam"`` or ``"adamw"`` (decoupled weight decay).
        learning_rate: Initial learning rate (Table 3).
        weight_decay: Weight decay (Table 3: 0).
        batch_size: Slices a step, over all devices (Table 3).
        epochs: Most epochs (Table 3).
        steps_per_epoch: Steps between two validations. The paper's 8,000 slices in
            batches of 64 make 125; see the notes in ``docs/training.md`` on why this does
            not follow the amount of data.
        schedule: ``"plateau"`` halves the rate when the validation loss stagnates (the
            paper); ``"cosine"`` falls to zero over the planned steps.
        warmup_steps: Steps over which the rate rises linearly at the start.
        plateau_factor: Factor of a reduction (section 3.3.2).
        plateau_patience: Epochs without improvement before one (section 3.3.2).
        early_stopping_patience: Epochs without improvement before the end (section
            3.3.2); 0 never stops early.
        average: Momentum of a moving average of the weights over the steps, which is then what
            is validated, kept and used in place of the weights themselves; 0 averages nothing.
        select: Which epoch's weights are kept for use: ``"best"`` of the lowest validation loss
            (the paper), or ``"last"``, which asks nothing of the validating patients.
        mixed_precision: Whether layers compute in 16 bits (bfloat16 or float16, as the
            device has them), with float32 weights.
        deterministic: Whether repetition is bit-equal, at about a quarter of the speed.
        xla: Whether the step is compiled by XLA, on one device.
        tensorboard: Whether events for TensorBoard are written, once an epoch.
    """

    optimizer: Literal["adam", "adamw"] = "adam"
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    batch_size: int = 64
    epochs: int = 40
    steps_per_epoch: int = 125
    schedule: Literal["plateau", "cosine"] = "plateau"
    warmup_steps: int = 0
    plateau_factor: float = 0.5
    plateau_patience: int = 2
    early_stopping_patience: int = 5
    average: float = 0.0
    select: Literal["best", "last"] = "best"
    mixed_precision: bool = False
    deterministic: bool = False
    xla: bool = False
    tensorboard: bool = False

    def __post_init__(self) -> None:
        _check_positive(
            self, "learning_rate", "batch_size", "epochs", "steps_per_epoch", "plateau_patience"
        )
        for name in ("batch_size", "epochs", "steps_per_epoch", "warmup_steps", "plateau_patience"):
            value = getattr(self, name)
            check(value <= _MOST, name, value, f"a whole number up to {_MOST:,}")
        for name in ("weight_decay", "warmup_steps", "early_stopping_patience"):
            check(getattr(self, name) >= 0, name, getattr(self, name), "a number from 0 up")
        value = self.plateau_factor
        check(0.0 < value < 1.0, "plateau_factor", value, "a number between 0 and 1")
        check(0.0 <= self.average < 1.0, "average", self.average, "a number from 0 to below 1")


@dataclass(frozen=True)
class Config:
    """A model and how it is trained.

    Attributes:
        preset: Name of the preset it began as.
        seed: Seed of initial weights, order, augmentation and dropout; 0 or more.
    """

    preset: str = "paper"
    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    preparation: PreparationConfig = field(default_factory=PreparationConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check(0 <= self.seed < 2**31, "seed", self.seed, "a whole number from 0 to 2³¹ − 1")


def to_dict(config: Config) -> dict[str, Any]:
    """The configuration as JSON values, with the schema's number."""
    return {"schema": SCHEMA, **dataclasses.asdict(config)}


def from_dict(values: Any) -> Config:
    """The inverse of `to_dict`; keys left out take their defaults.

    Raises:
        InputError: Names the unknown key or bad value, dotted from the top.
    """
    if not isinstance(values, dict):
        raise InputError(f"The configuration is {type(values).__name__}, not a JSON object.")
    values = dict(values)
    schema = values.pop("schema", SCHEMA)
    if schema != SCHEMA:
        raise InputError(
            f"schema is {schema!r}, where {SCHEMA} is accepted: a newer version of the program "
            "wrote this configuration."
        )
    return read_record(Config, values)
