"""Return codes of device-mapper targets and of prep functions (include/linux/device-mapper.h, reference 2.8)."""

from __future__ import annotations

DM_MAPIO_SUBMITTED = 0
DM_MAPIO_REMAPPED = 1
DM_MAPIO_REQUEUE = 2
DM_MAPIO_DELAY_REQUEUE = 3
DM_ENDIO_INCOMPLETE = 1
DM_ENDIO_REQUEUE = 2
DM_ENDIO_DELAY_REQUEUE = 3

BLKPREP_OK = 0
BLKPREP_KILL = 1
BLKPREP_DEFER = 2
