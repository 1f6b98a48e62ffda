"""Two threads of a fresh process want the network at once, each for something else.

As in the app, where the viewer still loads its engine when another page is opened.
"""

import sys
import threading
from pathlib import Path

from tiny import tiny_config

from resunet.inference.engines import load_engine
from resunet.inference.features import plan_of
from resunet.inference.models import find_model


def main() -> None:
    """Prints what each thread came back with."""
    wants = {
        "engine": lambda: load_engine(find_model(Path(sys.argv[1]))).name,
        "plan": lambda: plan_of(tiny_config().network).trainable,
    }
    begin = threading.Barrier(len(wants))

    def run(name: str) -> None:
        begin.wait()
        print(name, wants[name](), flush=True)

    threads = [threading.Thread(target=run, args=(name,)) for name in wants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
