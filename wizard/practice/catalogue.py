"""What AWS has on offer in the practice account: versions, images, add-ons, endpoint services.

Literal data as of late 2026; the real account is always asked live, so nothing here ages into the wizard. Tests
replace parts of it to let a newer version or image appear.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True)
class KubernetesVersion:
    """One Kubernetes version on EKS; dates are ISO days, ``status`` is STANDARD_SUPPORT or EXTENDED_SUPPORT."""

    version: str
    status: str
    released: str
    end_of_standard_support: str
    end_of_extended_support: str
    patch: str
    default: bool = False


@dataclass(frozen=True)
class Catalogue:
    """``releases``: the newest AL2023 AMI release of each version; ``addons``: versions by add-on, newest first;
    ``missing_endpoint_services``: suffixes such as "eks" that the region does not offer; ``failing_endpoint_services``:
    those of which every endpoint that is made fails; ``endpoint_deletion_seconds``: how long an endpoint takes to go;
    ``standard_vcpus``: EC2's quota of vCPUs."""

    versions: tuple[KubernetesVersion, ...] = (
        KubernetesVersion("1.36", "STANDARD_SUPPORT", "2026-06-10", "2027-08-10", "2028-08-10", "1.36.2"),
        KubernetesVersion("1.35", "STANDARD_SUPPORT", "2026-01-27", "2027-03-27", "2028-03-27", "1.35.6", True),
        KubernetesVersion("1.34", "STANDARD_SUPPORT", "2025-10-02", "2026-12-02", "2027-12-02", "1.34.9"),
        KubernetesVersion("1.33", "EXTENDED_SUPPORT", "2025-05-29", "2026-07-29", "2027-07-29", "1.33.12"),
        KubernetesVersion("1.32", "EXTENDED_SUPPORT", "2025-01-23", "2026-03-23", "2027-03-23", "1.32.13"),
    )
    releases: dict[str, str] = field(
        default_factory=lambda: {
            "1.36": "1.36.2-20260714",
            "1.35": "1.35.6-20260714",
            "1.34": "1.34.9-20260714",
            "1.33": "1.33.12-20260714",
            "1.32": "1.32.13-20260714",
        }
    )
    addons: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "vpc-cni": ("v1.21.1-eksbuild.3", "v1.20.4-eksbuild.2"),
            "coredns": ("v1.13.2-eksbuild.1", "v1.12.4-eksbuild.1"),
            "kube-proxy": ("v1.35.0-eksbuild.2", "v1.34.1-eksbuild.2"),
            "eks-pod-identity-agent": ("v1.3.10-eksbuild.2",),
            "aws-ebs-csi-driver": ("v1.54.0-eksbuild.1",),
            "metrics-server": ("v0.8.0-eksbuild.6",),
        }
    )
    missing_endpoint_services: tuple[str, ...] = ()
    failing_endpoint_services: tuple[str, ...] = ()
    endpoint_deletion_seconds: float = 30.0
    standard_vcpus: int = 256
    former_releases: tuple[tuple[str, str], ...] = (
        ("1.33", "1.33.4-20250920"),
        ("1.34", "1.34.1-20251106"),
    )

    @property
    def every_release(self) -> list[tuple[str, str]]:
        """Every AMI release that was ever on offer here, as (version, release): images outlive their parameter."""
        return sorted({*self.former_releases, *self.releases.items()})

    def version(self, version: str) -> KubernetesVersion | None:
        """The version on offer, or None."""
        return next((offered for offered in self.versions if offered.version == version), None)

    @property
    def default_version(self) -> str:
        """What CreateCluster takes when no version is asked for."""
        return next((offered.version for offered in self.versions if offered.default), self.versions[0].version)

    def with_changes(self, changes: dict[str, Any]) -> "Catalogue":
        """A catalogue with the named fields replaced, from JSON data. Raises TypeError, ValueError.

        ``releases`` and ``addons`` are merged; ``versions`` (objects) and lists of endpoint services are replaced.
        """
        if unknown := set(changes) - {known.name for known in fields(self)}:
            raise ValueError(f"the catalogue has no {sorted(unknown)}")
        made: dict[str, Any] = {}
        if "versions" in changes:
            made["versions"] = tuple(KubernetesVersion(**version) for version in changes["versions"])
        if "releases" in changes:
            made["releases"] = {**self.releases, **changes["releases"]}
            made["former_releases"] = tuple(self.every_release)
        if "addons" in changes:
            made["addons"] = {**self.addons, **{name: tuple(found) for name, found in changes["addons"].items()}}
        for services in ("missing_endpoint_services", "failing_endpoint_services"):
            if services in changes:
                made[services] = tuple(changes[services])
        if "endpoint_deletion_seconds" in changes:
            made["endpoint_deletion_seconds"] = float(changes["endpoint_deletion_seconds"])
        if "standard_vcpus" in changes:
            made["standard_vcpus"] = int(changes["standard_vcpus"])
        return replace(self, **made)
