"""Started by test_steps: the first steps on one device and on two, as JSON."""

import json
import sys

import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from tiny import packed, tiny_config  # noqa: E402

from resunet.config import NetworkConfig, preset  # noqa: E402
from resunet.training.device import one_device  # noqa: E402
from resunet.training.steps import Trainer  # noqa: E402

# dropout and momentum as the defaults are
network = NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 1))
config = tiny_config(network=network, augment=preset("small-data").augment, learning_rate=1e-3)
data, others = packed(8), packed(5, seed=1)
results = {}
for name, strategy in {
    "one": one_device(),
    "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
}.items():
    trainer = Trainer(config, strategy)
    batches = trainer.batches(data, 0)
    steps = [trainer.train(next(batches), 1e-3) for _ in range(3)]
    validated = trainer.validate(others)
    results[name] = {
        "replicas": strategy.num_replicas_in_sync,
        "losses": [step.mean_loss for step in steps],
        "true": [step.true for step in steps],
        "slices": [step.slices for step in steps],
        "validation": [validated.mean_loss, validated.slices, validated.true],
        "statistics": [float(v.numpy().sum()) for v in trainer.network.non_trainable_variables[:6]],
    }
json.dump(results, sys.stdout)
