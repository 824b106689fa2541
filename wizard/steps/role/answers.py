"""What is asked about the IAM roles of the cluster and of its nodes."""

from wizard.answer_types import Create, Policy, PolicyArn, RoleChoice, RolePath, Section, Unique


class Answers(Section):
    """``cluster_policies`` are names of AWS managed policies, or ARNs; path and boundary are for created roles."""

    cluster: RoleChoice
    cluster_policies: Unique[Policy] = ("AmazonEKSClusterPolicy",)
    node: RoleChoice
    path: RolePath = "/"
    permissions_boundary: PolicyArn | None = None


# What a node needs to register, to get addresses for its pods, and to pull images (EKS user guide, node IAM role).
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")


def node_role_arn(answers: Answers, partition: str, account: str) -> str:
    """The ARN of the nodes' role that is named, or that a role to be made will have."""
    if not isinstance(answers.node, Create):
        return answers.node.use
    return f"arn:{partition}:iam::{account}:role{answers.path}{answers.node.create}"


def managed_policy(name: str, partition: str) -> str:
    """The ARN of an AWS managed policy; an ARN is returned as it is."""
    return name if name.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{name}"


def cluster_policies(answers: Answers, partition: str) -> tuple[str, ...]:
    """The ARNs of the policies that the cluster role carries."""
    return tuple(managed_policy(name, partition) for name in answers.cluster_policies)


def node_policies(partition: str) -> tuple[str, ...]:
    """The ARNs of the policies that the node role carries."""
    return tuple(managed_policy(name, partition) for name in NODE_POLICIES)
