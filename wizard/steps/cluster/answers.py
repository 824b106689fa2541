"""What is asked about the cluster."""

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from wizard.answer_types import (
    AddonName,
    ClusterName,
    KubernetesVersion,
    Principal,
    Section,
    ServiceCidr,
    Unique,
    YesNo,
    refused,
)

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]


def _not_config_map(mode: Any) -> Any:
    if mode == "CONFIG_MAP":
        # Access entries are refused in that mode, and the wizard's nodes join by one (EKS user guide, access entries).
        raise refused("authentication_config_map")
    return mode


class Answers(Section):
    """``version`` None takes EKS's default version when the cluster is made; ``admins`` are ARNs."""

    name: ClusterName
    version: KubernetesVersion | None = None
    service_cidr: ServiceCidr = IPv4Network("172.20.0.0/16")
    authentication: Annotated[Literal["API", "API_AND_CONFIG_MAP"], BeforeValidator(_not_config_map)] = (
        "API_AND_CONFIG_MAP"
    )
    admins: Unique[Principal] = ()
    support: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    deletion_protection: YesNo = False
    logs: Unique[LogType] = ()
    addons: Unique[AddonName] = ("vpc-cni", "kube-proxy", "coredns")
