"""The real aws CLI and the real kubectl solve exercises, as a learner at another terminal does, without the wizard."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wizard.practice.process import start
from wizard.practice.running import ask
from wizard.training import staging
from wizard.training.scenario import shipped

pytestmark = pytest.mark.skipif(not shutil.which("aws"), reason="the aws CLI is not installed")
NEEDS_KUBECTL = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
READS = {
    "{ENDPOINT}": "aws ec2 describe-vpc-endpoints --output text --query",
    "{TABLE}": "aws ec2 describe-route-tables --output text --query",
    "{GROUP}": "aws autoscaling describe-auto-scaling-groups --output text --query",
}
# One line after the other, as they are typed into a shell.
TYPED = {
    "s3-wrong-route-table": """
        endpoint=$({ENDPOINT} "VpcEndpoints[?ends_with(ServiceName, '.s3')] | [0].VpcEndpointId")
        table=$({TABLE} "RouteTables[?Associations[?SubnetId]] | [0].RouteTableId")
        aws ec2 modify-vpc-endpoint --vpc-endpoint-id "$endpoint" --add-route-table-ids "$table"
    """,
    "endpoint-group-admits-nobody": """
        group=$({ENDPOINT} "VpcEndpoints[?ends_with(ServiceName, '.ec2')] | [0].Groups[0].GroupId")
        aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 10.110.0.0/16
        name=$({GROUP} "AutoScalingGroups[0].AutoScalingGroupName")
        aws autoscaling start-instance-refresh --auto-scaling-group-name "$name"
    """,
    "role-made-again": """
        role=$(aws iam get-role --role-name eksNodeRole --output text --query Role.Arn)
        aws eks delete-access-entry --cluster-name eksCluster --principal-arn "$role"
        aws eks create-access-entry --cluster-name eksCluster --principal-arn "$role" --type EC2_LINUX
    """,
    "node-role-without-cni-policy": """
        aws iam attach-role-policy --role-name eksNodeRole --policy-arn arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy
    """,
}


def shell(practice: Any, folder: Path, typed: str) -> str:
    """What lines print in a shell that is set up for the practice account, each of which has to succeed."""
    home = folder / "shell"
    home.mkdir(exist_ok=True)
    for short, command in READS.items():
        typed = typed.replace(short, command)
    told = subprocess.run(
        ["/bin/sh", "-euc", typed],
        check=False, capture_output=True, text=True, timeout=100,
        env={**practice.env, "PATH": os.environ["PATH"], "HOME": str(home)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return told.stdout


@NEEDS_KUBECTL
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "s3-wrong-route-table" else pytest.mark.long) for name in TYPED],
)
def test_a_learner_solves_it_at_another_terminal(name: str, tmp_path: Path) -> None:
    # Real tools are slow: the account's time runs.
    with start(time_scale=0.01, folder=tmp_path / "practice") as practice:
        staging.begin(practice.endpoint_url, shipped()[name])
        node = ask(practice.endpoint_url, "solved")["nodes"][0]["instance"]
        line = shipped()[name].scenario.debrief.line
        console = f"aws ec2 get-console-output --output text --query Output --instance-id {shlex.quote(node)}"
        assert line
        assert line in shell(practice, tmp_path, console)
        looks = "aws eks update-kubeconfig --name eksCluster >/dev/null; kubectl get node --no-headers 2>&1"
        before = shell(practice, tmp_path, looks)
        assert " Ready " not in before

        shell(practice, tmp_path, TYPED[name])
        staging.wait(practice.endpoint_url, 200)
        after = shell(practice, tmp_path, looks)
        assert len([row for row in after.splitlines() if row.split()[1] == "Ready"]) == 2
        assert ask(practice.endpoint_url, "solved")["solved"]
