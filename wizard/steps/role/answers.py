"""What is asked about the IAM roles of the cluster and of its nodes."""

from wizard.answer_types import Policy, PolicyArn, RoleChoice, RolePath, Section, Unique


class Answers(Section):
    """``cluster_policies`` are names of AWS managed policies, or ARNs; path and boundary are for created roles."""

    cluster: RoleChoice
    cluster_policies: Unique[Policy] = ("AmazonEKSClusterPolicy",)
    node: RoleChoice
    path: RolePath = "/"
    permissions_boundary: PolicyArn | None = None
