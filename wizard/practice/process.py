"""Starting and stopping the practice account's process. Knows neither moto nor what the account does."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

ACCOUNT_ID = "123456789012"
REGION = "ap-northeast-1"
ACCESS_KEY_ID = "AKIAPRACTICEACCOUNT0"
SECRET_ACCESS_KEY = "practice-practice-practice-practice-prac"  # noqa: S105 - a fixed one, of an account that is none
_LOOPBACK = "127.0.0.1,localhost"
_UNSET = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CA_BUNDLE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
)  # fmt: skip


class PracticeUnavailableError(Exception):
    """The practice account could not be started; the text says why and what to do."""


@dataclass(frozen=True)
class PracticeAccount:
    """A running practice account; leaving it as a context manager, or ``stop()``, ends it.

    ``env`` is what a shell sets for the aws CLI and kubectl to use it, ``unset`` what it must unset.
    ``time_scale`` is real seconds per AWS second; at 0 every read moves time on.
    """

    endpoint_url: str
    region: str
    account_id: str
    time_scale: float
    folder: Path
    env: Mapping[str, str]
    unset: tuple[str, ...]
    access_key_id: str
    secret_access_key: str
    process: "subprocess.Popen[str]" = field(repr=False, compare=False)

    def stop(self) -> None:
        """Ends the process; returns when it is gone."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def discard(self) -> None:
        """Ends the process, and removes the account's folder; where it ended by itself the log is kept."""
        runs = self.process.poll() is None
        self.stop()
        if runs:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "PracticeAccount":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *, time_scale: float, settle: float | None = None, folder: Path | None = None, port: int = 0
) -> PracticeAccount:
    """Starts a practice account that ends with this process at the latest.

    ``settle``: AWS seconds until new things can be seen (None: as the account thinks right). ``folder`` is for its
    config, credentials, kubeconfig and log; a temporary one by default. Raises PracticeUnavailableError.
    """
    if find_spec("moto") is None or find_spec("cryptography") is None or find_spec("flask") is None:
        raise PracticeUnavailableError(
            "The practice account needs packages that are not installed: pip install 'eks-wizard[practice]'."
        )
    folder = folder or Path(tempfile.mkdtemp(prefix="eks-wizard-practice-"))
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "practice.log"
    command = [sys.executable, "-m", "wizard.practice", "--with-parent", "--port", str(port)]
    command += ["--time-scale", repr(time_scale), "--folder", str(folder)]
    if settle is not None:
        command += ["--settle", repr(settle)]
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=Path(__file__).parents[2],
        )
    line = process.stdout.readline() if process.stdout else ""
    try:
        ready = json.loads(line)
    except ValueError:
        process.kill()
        process.communicate()
        raise PracticeUnavailableError(f"The practice account did not start; {log} says why.") from None
    return PracticeAccount(
        endpoint_url=ready["endpoint_url"],
        region=ready["region"],
        account_id=ACCOUNT_ID,
        time_scale=time_scale,
        folder=folder,
        env=ready["env"],
        unset=tuple(ready["unset"]),
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
        process=process,
    )


def environment(endpoint_url: str, folder: Path) -> dict[str, str]:
    """What a shell sets to use the account; writes the config and credentials files that it names."""
    config, credentials = folder / "aws-config", folder / "aws-credentials"
    config.write_text(f"[default]\nregion = {REGION}\noutput = json\n")
    credentials.write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    )
    credentials.chmod(0o600)
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
        "KUBECONFIG": str(folder / "kubeconfig"),
    }


def unset() -> list[str]:
    """What a shell must unset: what would lead away from the account, and what is set here of that kind."""
    own = {name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")}
    return sorted({*_UNSET, *own, *(f"AWS_ENDPOINT_URL_{service}" for service in _SERVICES)})


_SERVICES = (
    "AUTO_SCALING", "CLOUDFORMATION", "EC2", "EKS", "IAM", "KMS", "PRICING", "ROUTE_53", "S3", "SERVICE_QUOTAS",
    "SSM", "STS",
)  # fmt: skip
