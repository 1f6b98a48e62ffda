"""Started by test_loop: trains straight through, and to a stop after three steps.

Arguments: the data folder and the two run folders, whose settings are there already.
"""

import sys
from pathlib import Path

from resunet.data.cache import packed_slices
from resunet.data.cases import cases_of_split, find_cases
from resunet.jobs.run_folder import RunFolder
from resunet.training.device import configure_runtime
from resunet.training.loop import train
from resunet.training.outcome import Watch

configure_runtime(deterministic=True)
data, *folders = (Path(word) for word in sys.argv[1:])
straight, stopped = (RunFolder(folder) for folder in folders)
config, _ = straight.read_config()
training, validation = (
    packed_slices(
        cases_of_split(find_cases(data), split, data),
        config.preparation,
        config.network.input_size,
    )
    for split in ("training", "validating")
)
print(train(config, training, validation, straight).state)
steps = []
watch = Watch(
    on_step=lambda position, totals: steps.append(position.step),
    should_stop=lambda: len(steps) == 3,
)
print(train(config, training, validation, stopped, watch=watch).state)
