"""so3g on one file, by the lines of the input: `scan` (process_file), `hour` and `minutes` (get_data of one field).
Answers {ms, count, sum} as JSON. Arguments: file, field, start."""
import json
import logging
import sys
import time

import so3g.hk

logging.disable(logging.CRITICAL)
path, field, start = sys.argv[1], sys.argv[2], float(sys.argv[3])


def scan():
    scanner = so3g.hk.HKArchiveScanner()
    scanner.process_file(path)
    return scanner.finalize()


def read(first, last):
    data, _ = archive.get_data([field], start=first, end=last)
    return data[field]


archive = scan()
work = {
    "scan": scan,
    "hour": lambda: read(start, start + 3600),
    "minutes": lambda: read(start + 1200, start + 1500),
}
for line in sys.stdin:
    what = line.strip()
    before = time.perf_counter()
    result = work[what]()
    ms = 1000 * (time.perf_counter() - before)
    answer = {"ms": ms} if what == "scan" else {"ms": ms, "count": len(result), "sum": float(result.sum())}
    print(json.dumps(answer), flush=True)
