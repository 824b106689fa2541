"""``token``: the credential that kubectl asks for, where the aws CLI is missing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from screens.exit_codes import Exit
from screens.output import Output
from screens.session import access, running_at
from screens.stopping import Stopping
from wizard.cloud import Cloud
from wizard.kube import exec_credential
from wizard.kube import token as signed

# EKS takes a token for 15 minutes; a minute is left for clocks that differ, as the aws CLI does.
_LIFETIME = timedelta(minutes=14)


def token(arguments: Any, output: Output, _stop: Stopping) -> Exit:
    """Prints an ExecCredential."""
    cloud = Cloud(access(arguments, arguments.region, running_at(arguments)))
    url = cloud.identity_url(arguments.cluster_name, cloud.region or "")
    output.document(json.dumps(exec_credential(signed(url), datetime.now(UTC) + _LIFETIME)) + "\n")
    return Exit.DONE
