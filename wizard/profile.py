"""The profile: the answers of one build."""

from typing import Literal

from pydantic import Field

from wizard.answer_types import ProfileName, Section
from wizard.steps.account.answers import Account, Site, Tags
from wizard.steps.cluster.answers import Answers as Cluster
from wizard.steps.endpoints.answers import Answers as Endpoints
from wizard.steps.kubeconfig.answers import Answers as Kubeconfig
from wizard.steps.nodes.answers import Answers as Nodes
from wizard.steps.role.answers import Answers as Role
from wizard.steps.security_group.answers import Answers as SecurityGroup
from wizard.steps.vpc.answers import Answers as Vpc


class Profile(Section):
    """The answers of one build, section by section in the order of the steps."""

    profile_version: Literal[1] = 1
    name: ProfileName
    account: Account
    tags: Tags = Field(default_factory=dict)
    site: Site
    role: Role
    vpc: Vpc
    endpoints: Endpoints = Endpoints()
    security_group: SecurityGroup
    cluster: Cluster
    nodes: Nodes = Nodes()
    kubeconfig: Kubeconfig = Kubeconfig()
