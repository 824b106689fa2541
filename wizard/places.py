"""Where the program keeps its files on this machine. Nothing is created by asking."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs


@dataclass(frozen=True)
class Places:
    """``state``: journals, locks, drafts, logs. ``config``: the operator's own profiles."""

    state: Path
    config: Path

    def of_cluster(self, account: str, region: str, cluster: str) -> Path:
        """The folder of one cluster's journal, lock and evidence."""
        return self.state / "clusters" / account / region / cluster


def places() -> Places:
    """The places of this operator, as the platform has them (XDG on Linux, AppData on Windows)."""
    dirs = PlatformDirs("eks-wizard", appauthor=False)
    return Places(state=Path(dirs.user_state_dir), config=Path(dirs.user_config_dir))
