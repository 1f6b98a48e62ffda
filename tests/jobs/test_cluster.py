import json
import socket
import threading

import pytest

from resunet.errors import InputError
from resunet.jobs.cluster import Cluster, read_cluster

TWO = ["a:1", "b:2"]


def config(cluster, task):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


@pytest.mark.parametrize(
    ("cluster", "task", "addresses", "index"),
    [
        ({"worker": TWO}, {"type": "worker", "index": 1}, ("a:1", "b:2"), 1),
        ({"chief": ["c:3"], "worker": TWO}, {"type": "chief", "index": 0}, ("c:3", *TWO), 0),
        ({"worker": TWO, "chief": ["c:3"]}, {"type": "worker", "index": 0}, ("c:3", *TWO), 1),
    ],
)
def test_the_cluster_is_read(cluster, task, addresses, index):
    found = read_cluster(config(cluster, task))
    assert (found.addresses, found.index, found.is_chief) == (addresses, index, index == 0)


@pytest.mark.parametrize(
    "environment",
    [{}, {"TF_CONFIG": " "}, config({"worker": ["a:1"]}, {"type": "worker", "index": 0})],
)
def test_one_process_alone_is_no_cluster(environment):
    assert read_cluster(environment) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not valid JSON"),
        ("[]", "without a cluster"),
        ('{"task": {}}', "without a cluster"),
        (config({"ps": TWO}, {})["TF_CONFIG"], "the job 'ps'"),
        (config({"worker": "a:1"}, {})["TF_CONFIG"], "worker 'a:1', which is no list"),
        (config({"worker": ["a:1", "b"]}, {})["TF_CONFIG"], "the address 'b'"),
        (config({"worker": ["a:1", "b:70000"]}, {})["TF_CONFIG"], "the address 'b:70000'"),
        (config({"worker": ["a:1", "[]:2"]}, {})["TF_CONFIG"], "the address '[]:2'"),
        (config({"worker": ["a:1", "a:1"]}, {})["TF_CONFIG"], "one address twice"),
        (config({"worker": TWO}, None)["TF_CONFIG"], "the task None"),
        (config({"worker": TWO}, {"type": "worker", "index": 2})["TF_CONFIG"], "none of the"),
        (config({"worker": TWO}, {"type": "chief", "index": 0})["TF_CONFIG"], "none of the"),
        (config({"worker": TWO}, {"type": "worker", "index": True})["TF_CONFIG"], "none of the"),
    ],
)
def test_what_cannot_be_understood_is_refused(text, told):
    with pytest.raises(InputError, match=r"^TF_CONFIG is .* is accepted\.$") as caught:
        read_cluster({"TF_CONFIG": text})
    assert told in str(caught.value)


@pytest.fixture
def addresses():
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in (one, two))


class Process(threading.Thread):
    """Waits for the others, and then has its port as TensorFlow would, till the test ends."""

    def __init__(self, cluster, leave):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.leave = leave
        self.told = []
        self.has_told = threading.Event()
        self.has_met = threading.Event()

    def run(self):
        self.cluster.wait(self.tell)
        host, _, port = self.cluster.addresses[self.cluster.index].rpartition(":")
        family = socket.AF_INET6 if "[" in host else socket.AF_INET
        with socket.create_server((host.strip("[]"), int(port)), family=family):
            self.has_met.set()
            self.leave.wait()

    def tell(self, sentence):
        self.told.append(sentence)
        self.has_told.set()


@pytest.fixture
def begin():
    leave = threading.Event()
    begun = []

    def start(cluster):
        begun.append(Process(cluster, leave))
        begun[-1].start()
        return begun[-1]

    yield start
    leave.set()
    for process in begun:
        process.join(60)


def test_all_wait_for_one_another(addresses, begin):
    chief = begin(Cluster(addresses, 0))
    assert chief.has_told.wait(60)
    assert chief.told == [f"Waiting for worker 1 ({addresses[1]})."]
    assert not chief.has_met.is_set()
    worker = begin(Cluster(addresses, 1))
    assert chief.has_met.wait(60)
    assert worker.has_met.wait(60)


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_machines_of_ipv6_find_one_another(begin):
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as one,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as two,
    ):
        addresses = tuple(f"[::1]:{each.getsockname()[1]}" for each in (one, two))
    chief = begin(Cluster(addresses, 0))
    assert chief.has_told.wait(60)
    worker = begin(Cluster(addresses, 1))
    assert chief.has_met.wait(60)
    assert worker.has_met.wait(60)


def test_who_does_not_answer_is_named(addresses):
    chief = Cluster(addresses, 0)
    assert chief.silent() == [f"worker 1 ({addresses[1]})"]
    with socket.create_server(("127.0.0.1", int(addresses[1].split(":")[1]))):
        assert chief.silent() == []
    assert Cluster(addresses, 1).silent() == [f"the chief ({addresses[0]})"]


def test_a_port_that_is_taken_is_told(addresses):
    with (
        socket.create_server(("", int(addresses[0].split(":")[1]))),
        pytest.raises(InputError, match=r"gives this process port \d+, which cannot be had"),
    ):
        Cluster(addresses, 0).wait()
