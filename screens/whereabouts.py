"""``where``: the files that are read and written."""

import os
from pathlib import Path
from typing import Any

from screens.exit_codes import Exit
from screens.output import Output
from screens.session import kubeconfig_of, running_at
from screens.stopping import Stopping
from wizard import kubeconfig
from wizard.places import places
from wizard.training import progress


def where(arguments: Any, output: Output, _stop: Stopping) -> Exit:
    """Each place, what it is for, and whether it is there."""
    practice = running_at(arguments)
    aws = Path.home() / ".aws"
    state = practice.folder if practice else places().state
    kept = kubeconfig_of(practice) if practice else kubeconfig.path(os.environ)
    for name, use, path in (
        ("aws config", "reads", Path(os.environ.get("AWS_CONFIG_FILE") or aws / "config")),
        ("aws credentials", "reads", Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or aws / "credentials")),
        ("kubeconfig", "writes", kept),
        ("drafts", "writes", places().state / "drafts"),
        ("practice", "writes", progress.path_in(places())),
        ("profiles", "writes", places().config / "profiles"),
        ("journals", "writes", state / "clusters"),
        ("log", "writes", state / "log" / "eks-wizard.log"),
    ):
        there = path.expanduser().exists()
        output.event({"type": "place", "name": name, "use": use, "path": str(path), "exists": there})
        output.result(f"{name:<16} {use:<7} {'exists' if there else 'not there':<10} {path}")
    return Exit.DONE
