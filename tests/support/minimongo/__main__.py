"""`python -m support.minimongo --port 27117 --file runs.sqlite`, in the folder tests/."""

import argparse
from pathlib import Path

from support.minimongo.wire import TcpServer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--file", type=Path, required=True)
options = parser.parse_args()
with TcpServer(options.file, options.port) as server:
    server.serve_forever()
