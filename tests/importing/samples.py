"""Systems as people meet them: what ``dmsetup table`` and ``multipath -ll`` print there (names and WWIDs made up)."""

from __future__ import annotations

ALUA_TABLE = (
    "mpatha: 0 209715200 multipath 3 queue_if_no_path pg_init_retries 50 1 alua 2 1 "
    "service-time 0 4 2 8:16 1 1 8:48 1 1 65:240 1 1 8:272 1 1 "
    "service-time 0 4 2 8:80 1 1 8:112 1 1 66:16 1 1 66:48 1 1\n"
)
ALUA_LL = """\
mpatha (3600a098038302d414b2b4d4453474f62) dm-2 NETAPP,LUN C-Mode
size=100G features='3 queue_if_no_path pg_init_retries 50' hwhandler='1 alua' wp=rw
|-+- policy='service-time 0' prio=50 status=active
| |- 2:0:0:1 sdb  8:16   active ready running
| |- 2:0:1:1 sdd  8:48   active ready running
| |- 3:0:0:1 sdaf 65:240 active ready running
| `- 3:0:1:1 sdix 8:272  active ready running
`-+- policy='service-time 0' prio=10 status=enabled
  |- 2:0:2:1 sdf  8:80   active ready running
  |- 2:0:3:1 sdh  8:112  active ready running
  |- 3:0:2:1 sdah 66:16  active ready running
  `- 3:0:3:1 sdaj 66:48  active ready running
"""
RDAC_TABLE = (
    "360080e50002d65a40000a5e953a1b2c3: 0 41943040 multipath 3 queue_if_no_path pg_init_retries 50 1 rdac 2 1 "
    "round-robin 0 2 1 8:0 1 8:32 1 round-robin 0 2 1 8:16 1 8:48 1\n"
)
RDAC_LL = """\
360080e50002d65a40000a5e953a1b2c3 dm-0 LSI,INF-01-00
size=20G features='3 queue_if_no_path pg_init_retries 50' hwhandler='1 rdac' wp=rw
|-+- policy='round-robin 0' prio=14 status=active
| |- 6:0:0:0 sda 8:0  active ready running
| `- 7:0:0:0 sdc 8:32 active ready running
`-+- policy='round-robin 0' prio=9 status=enabled
  |- 6:0:1:0 sdb 8:16 active ghost running
  `- 7:0:1:0 sdd 8:48 active ghost running
"""
NVME_TABLE = "nvme.1: 0 1953525168 multipath 2 queue_mode mq 0 1 1 queue-length 0 2 1 259:1 1 259:3 1\n"
NVME_LL = """\
nvme.1 (eui.0025385b71b0a1c2) dm-4 NVMe,Samsung SSD 983
size=932G features='2 queue_mode mq' hwhandler='0' wp=rw
`-+- policy='queue-length 0' prio=1 status=active
  |- 0:0:1:1 nvme0n1 259:1 active ready running
  `- #:#:#:# nvme1n1 259:3 active ready running
uuid.6f0c3c4a-1a72-4a6e-9d45-5be7f7fd3aa7 [nvme]:nvme2n1 NVMe,Linux,5.14.0
size=2097152 features='n/a' hwhandler='ANA' wp=rw
|-+- policy='n/a' prio=50 status=optimized
| `- 2:1:1 nvme2c1n1 0:0 n/a optimized live
`-+- policy='n/a' prio=1 status=inaccessible
  `- 2:2:1 nvme2c2n1 0:0 n/a inaccessible live
"""
OLD_LL = """\
mpath1 (3600d0230003414f30000203a7bc41a00) dm-1 IBM,2107900
[size=55G][features=1 queue_if_no_path][hwhandler=0][rw]
\\_ round-robin 0 [prio=2][active]
 \\_ 0:0:0:0 sda 8:0   [active][ready]
 \\_ 1:0:0:0 sdb 8:16  [active][ready]
"""
STACK_TABLE = """\
data\\x20one: 0 2097152 multipath 1 queue_if_no_path 0 1 1 service-time 0 2 2 8:0 1 1 8:16 1 1
vg0-root: 0 1048576 linear 253:0 2048
vg0-root: 1048576 8192 linear 253:0 1050624
vg0-swap: 0 2048 linear 259:7 0
luks-3f: 0 2093056 crypt aes-xts-plain64 :64:logon:cryptsetup:x-d0 0 253:0 4096
empty:
"""
STACK_LL = """\
\x1b[1mdata\\x20one (3600140500000000000000000000000001) dm-0 LIO-ORG,disk0\x1b[0m
size=1.0G features='1 queue_if_no_path' hwhandler='0' wp=rw
`-+- policy='service-time 0' prio=1 status=active
  |- 2:0:0:0 sda 8:0  active ready  running
  `- 3:0:0:0 sdb 8:16 failed faulty offline
"""
TWO_TABLE = """\
mpatha: 0 131072 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1
mpathb: 0 131072 multipath 0 0 2 2 round-robin 0 1 1 8:32 1 round-robin 0 1 1 8:48 1
"""
SYSTEMS = {
    "alua": (ALUA_TABLE, ALUA_LL),
    "rdac": (RDAC_TABLE, RDAC_LL),
    "nvme": (NVME_TABLE, NVME_LL),
    "old": ("", OLD_LL),
    "stack": (STACK_TABLE, STACK_LL),
    "two": (TWO_TABLE, ""),
}
