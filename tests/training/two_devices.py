"""Started by test_steps: fifty steps on one device and on two, as JSON.

The argument is the network's precision. In float64 what remains between the two is the program's
own; in float32 rounding is there too, which the network amplifies from step to step.
"""

import json
import sys

import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from tiny import packed, tiny_config  # noqa: E402

from resunet.config import NetworkConfig  # noqa: E402
from resunet.network import resunet  # noqa: E402
from resunet.presets import preset  # noqa: E402
from resunet.training import steps  # noqa: E402
from resunet.training.device import one_device  # noqa: E402

precision = sys.argv[1]
if precision == "float64":
    convolution = resunet._Layers.convolution

    def of_one_precision(self, *arguments, dtype=None, **others):
        return convolution(self, *arguments, **others)

    resunet._Layers.convolution = of_one_precision
    steps.dtype_policy = lambda config: precision

# dropout and momentum as the defaults are
network = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1))
augment = preset("small-data").augment
config = tiny_config(network=network, augment=augment, epochs=10, steps_per_epoch=5)
rate = {"float32": 1e-4, "float64": 1e-3}[precision]
data, others = packed(8), packed(5, seed=1)
results, weights = {}, {}
for name, strategy in {
    "one": one_device(),
    "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
}.items():
    trainer = steps.Trainer(config, strategy)
    batches = trainer.batches(data, 0)
    done = [trainer.train(next(batches), rate) for _ in range(50)]
    validated = trainer.validate(others)
    weights[name] = [v.numpy() for v in trainer.network.variables]
    results[name] = {
        "replicas": strategy.num_replicas_in_sync,
        "losses": [step.mean_loss for step in done],
        "true": [step.true for step in done],
        "slices": [step.slices for step in done],
        "validation": [validated.mean_loss, validated.slices, validated.true],
    }
pairs = zip(weights["one"], weights["two"], strict=True)
results["weights"] = max(float(abs(one - two).max()) for one, two in pairs)
json.dump(results, sys.stdout)
