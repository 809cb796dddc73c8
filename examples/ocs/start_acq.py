#!/usr/bin/env python3
"""Starts the data acquisition of an agent and tells its status.

    start_acq.py [INSTANCE-ID]        (default fake-data1)

Needs `pip install ocs`, and OCS_CONFIG_DIR: the directory with the site's default.yaml. Run it on the router's machine:
agents and clients of OCS use the plain port, which listens on the loopback alone.
"""

import sys
import time

from ocs.ocs_client import OCSClient


def main() -> int:
    agent = OCSClient(sys.argv[1] if len(sys.argv) > 1 else "fake-data1")
    reply = agent.acq.start()
    # An acquisition that runs already is no failure.
    print(reply.msg)
    for _ in range(30):
        status = agent.acq.status()
        if status.session.get("status") == "running":
            print(status)
            return 0
        time.sleep(0.5)
    print(f"not running after 15 s: {status}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
