from dataclasses import replace

import numpy as np
from stored_results import stored, stored_set

from resunet.cohort.intensities import BINS, histogram
from resunet.ui.datasets.scanners import intensity_histograms


def test_a_value_lies_in_the_bin_that_its_edges_tell():
    counts = np.zeros((4, BINS), np.int64)
    counts[3] = histogram(np.array([0.0, 300.0, 300.0, 1e9], np.float32))
    made = stored(replace(stored_set(), intensities=counts))
    flair = intensity_histograms(made)[3]
    assert flair.title == "FLAIR"
    [at] = np.flatnonzero(flair.counts["training"])  # the open bins at both ends are left out
    assert flair.counts["training"][at] == 2
    assert flair.edges[at] <= 300.0 < flair.edges[at + 1]
