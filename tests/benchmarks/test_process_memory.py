import numpy as np

from benchmarks.process_memory import forget_peak, peak_mib, resident_mib


def test_peak():
    before = resident_mib()
    numbers = np.ones(2**26)  # 512 MiB
    assert resident_mib() > before + 500
    del numbers
    assert peak_mib() > before + 500
    forget_peak()
    assert peak_mib() < before + 100
