"""Memory of this process, as reported by Linux."""

import pathlib

PROCESS = pathlib.Path("/proc/self")


def resident_mib():
    """Resident memory in MiB."""
    return _status("VmRSS")


def peak_mib():
    """Peak resident memory since the start or `forget_peak`, in MiB."""
    return _status("VmHWM")


def forget_peak():
    """Resets the peak reported by `peak_mib`."""
    (PROCESS / "clear_refs").write_text("5")


def _status(field):
    for line in (PROCESS / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) / 1024
    raise OSError(f"{PROCESS / 'status'}: no {field}")
