import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest
from tiny import ROOT, python_environment

from resunet.cohort.workers import ClusterWorkers, LocalWorkers
from resunet.errors import InputError


def process_and_double(number):
    return os.getpid(), 2 * number


def end(number):
    os._exit(3)


def test_each_item_is_done_once():
    found = dict(LocalWorkers(2).map(process_and_double, [5, 6, 7, 8, 9]))
    assert {index: doubled for index, (_, doubled) in found.items()} == {
        index: 2 * (5 + index) for index in range(5)
    }
    assert os.getpid() not in {process for process, _ in found.values()}


@pytest.mark.parametrize(("count", "items"), [(1, range(9)), (4, range(3)), (4, range(0))])
def test_one_worker_or_few_items_need_no_process(count, items):
    found = dict(LocalWorkers(count).map(process_and_double, list(items)))
    assert [found[index][0] for index in items] == [os.getpid()] * len(items)


def test_a_lost_process_is_told():
    with pytest.raises(InputError, match="ended unexpectedly"):
        list(LocalWorkers(2).map(end, [1, 2, 3, 4]))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system knows no SIGKILL")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGKILL"])
def test_no_process_outlives_the_one_that_started_it(number):
    words = "from cohort.test_workers import map_forever; map_forever()"
    parent = subprocess.Popen(
        [sys.executable, "-c", words], cwd=ROOT, env=python_environment(), stdout=subprocess.PIPE
    )
    try:
        children = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
        parent.send_signal(getattr(signal, number))
        parent.wait(20)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
    finally:
        parent.kill()
        parent.stdout.close()


def say_and_wait(_):
    os.write(1, f"{os.getpid()}\n".encode())
    threading.Event().wait()


def map_forever():
    list(LocalWorkers(2).map(say_and_wait, [1, 2, 3, 4]))


def test_a_cluster_without_dask_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install -r requirements-cluster\.txt"):
        ClusterWorkers("tcp://127.0.0.1:9")
