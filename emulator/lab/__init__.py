"""The Lab: a scenario opened by a program, acted on with the same words as in the console, watched with typed results.

Run by whoever writes a failure drill: a test, a script, ``dmtui console``.  See docs/lab.md.
"""

from __future__ import annotations

from emulator.lab.lab import Lab, SyncLab
from emulator.lab.results import DeviceInfo, IoResult, LabError, LineError, LogEntry, Result
from emulator.lab.session import Job

__all__ = ["DeviceInfo", "IoResult", "Job", "Lab", "LabError", "LineError", "LogEntry", "Result", "SyncLab"]
