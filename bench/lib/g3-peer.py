"""so3g on one file: milliseconds of process_file and get_data, as JSON. Arguments: file, field, start."""
import json
import logging
import sys
import time

import so3g.hk

logging.disable(logging.CRITICAL)
path, field, start = sys.argv[1], sys.argv[2], float(sys.argv[3])


def timed(work, times):
    took = []
    for _ in range(times):
        before = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - before)
    return 1000 * min(took), result


def scan():
    scanner = so3g.hk.HKArchiveScanner()
    scanner.process_file(path)
    return scanner.finalize()


def read(first, last):
    data, _ = archive.get_data([field], start=first, end=last)
    return data[field]


scan_ms, archive = timed(scan, 3)
hour_ms, hour = timed(lambda: read(start, start + 3600), 9)
minutes_ms, minutes = timed(lambda: read(start + 1200, start + 1500), 25)
print(json.dumps({
    "scanMs": scan_ms, "hourMs": hour_ms, "minutesMs": minutes_ms,
    "hour": [len(hour), float(hour.sum())], "minutes": [len(minutes), float(minutes.sum())],
}))
