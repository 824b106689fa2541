"""``python -m wizard.practice``: the practice account as a process of its own."""

import argparse
import gc
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from wizard.practice import isolation
from wizard.practice.process import REGION, environment, unset


def main() -> int:
    """Serves until SIGTERM; prints one JSON line on stdout when ready."""
    parser = argparse.ArgumentParser(prog="python -m wizard.practice", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--time-scale", type=float, default=1 / 60, help="real seconds per AWS second; 0: by reads")
    parser.add_argument("--settle", type=float, help="AWS seconds until new things can be seen")
    parser.add_argument("--folder", type=Path, help="where to write config, credentials and kubeconfig")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if arguments.with_parent:
        # Ctrl-C in a terminal, or its end, reaches every process there; the parent needs the account to stop in order.
        for name in ("SIGINT", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
    # What is loaded stays: looking through it for garbage would take as long as a third of the loading itself.
    gc.disable()
    unset_here = unset()
    isolation.isolate()
    # Read by moto when it is imported.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from wizard.practice.account import account
    from wizard.practice.server import listen

    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="eks-wizard-practice-"))
    folder.mkdir(parents=True, exist_ok=True)
    account.open(arguments.time_scale, arguments.settle, folder)
    server = listen(arguments.port)
    endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    ready = {
        "type": "practice",
        "endpoint_url": endpoint_url,
        "region": REGION,
        "env": environment(endpoint_url, folder),
        "unset": unset_here,
        "time_scale": arguments.time_scale,
        "folder": str(folder),
    }
    print(json.dumps(ready), flush=True)
    if arguments.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    account.at_rest.clear()
    threading.Thread(target=_warm_up, daemon=True).start()
    try:
        server.serve_forever(poll_interval=3600)
    except KeyboardInterrupt:
        return 130
    return 0


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def _warm_up() -> None:
    from wizard.practice import aws
    from wizard.practice.account import account

    # The first call of a service loads its models; the operator need not wait for that.
    try:
        for service, operation in (("ec2", "DescribeVpcs"), ("iam", "ListRoles"), ("eks", "ListClusters")):
            aws.carry_out(aws.Call(service, operation))
    finally:
        gc.freeze()
        gc.enable()
        account.at_rest.set()


if __name__ == "__main__":
    sys.exit(main())
