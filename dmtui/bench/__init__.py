"""``dmtui bench``: what the emulator can carry, measured against a bare ring of processes on the same machine."""
