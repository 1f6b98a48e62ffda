"""The survey on a Dask cluster of two processes."""

import os

import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, survey, write_patient

from resunet.cohort.workers import ClusterWorkers
from resunet.errors import InputError

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(repository):
    places = [str(repository), str(repository / "tests")]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", os.pathsep.join(places))
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            yield cluster


def process(_):
    return os.getpid()


def fail(_):
    raise ModuleNotFoundError("No module named 'resunet'")


def test_two_processes_survey_what_one_does(cluster, tmp_path):
    for number, patient in enumerate("abcdef"):
        write_patient(tmp_path / "data/training", patient, *pictures_of(number))
    workers = ClusterWorkers(cluster.scheduler_address)
    found = survey(tmp_path / "data", workers=workers, folder=tmp_path / "cluster")["training"]
    alone = survey(tmp_path / "data", folder=tmp_path / "alone")["training"]
    np.testing.assert_array_equal(found.hits, alone.hits)
    assert list(found.patients) == list(alone.patients) == list("abcdef")
    for name, counts in found.patients.items():
        np.testing.assert_array_equal(counts.measures, alone.patients[name].measures)
        np.testing.assert_array_equal(counts.prints, alone.patients[name].prints)
    processes = {each for _, each in workers.map(process, list(range(8)))}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_workers_without_the_program_are_told(cluster):
    with pytest.raises(
        InputError, match=r"The workers of tcp.* cannot .*No module named 'resunet'"
    ):
        list(ClusterWorkers(cluster.scheduler_address).map(fail, [1]))


def test_no_scheduler_is_told(monkeypatch):
    monkeypatch.setattr("resunet.cohort.workers._CONNECTING_SECONDS", 0.3)
    with pytest.raises(InputError, match=r"No scheduler answers at tcp://127\.0\.0\.1:9; the"):
        list(ClusterWorkers("tcp://127.0.0.1:9").map(process, [1]))
    with pytest.raises(InputError, match="No scheduler answers at nonsense://x"):
        list(ClusterWorkers("nonsense://x").map(process, [1]))
