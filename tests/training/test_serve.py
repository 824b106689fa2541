"""``practice serve --scenario``: the exercise's account for other tools, and the word that it is solved."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from builders import PROFILES
from terminal import Terminal

from wizard.practice.running import ask
from wizard.training import staging
from wizard.training.scenario import shipped

NAME = "no-ecr-endpoint"
NUMBER = list(shipped()).index(NAME) + 1


def serving(*argv: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", "import sys; from screens.cli import main; sys.exit(main())", "practice", "serve"]
    return subprocess.Popen(
        [*program, "--time-scale", "0", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_an_exercise_is_served_and_told_when_it_is_solved() -> None:
    with serving("--scenario", str(NUMBER), "--learner", "kim") as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            # The name, which tells the cause, is told once it is solved.
            assert (ready["type"], ready["number"]) == ("practice", NUMBER)
            assert NAME not in json.dumps(ready)
            url = ready["endpoint_url"]
            assert not ask(url, "solved")["solved"]
            # Ids are always the same: what another account's exercise kept is true here.
            vpc = next(each for each in _vpcs(ready["env"]))
            values = {"vpc": vpc["VpcId"], **_parts(ready["env"], vpc["VpcId"])}
            # A way that is none is told as soon as the nodes are Ready.
            ec2: Any = _client(ready["env"])
            gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
            staging.solve(url, shipped()[NAME], values)
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            assert next(line for line in said if "Not solved, though the nodes are Ready:" in line)
            assert "has a way to the internet now" in next(said)
            ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
            assert json.loads(process.stdout.readline()) == {"type": "solved", "scenario": NAME, "points": 100}
        finally:
            process.terminate()
        assert process.wait(60) == 0
        assert process.stderr is not None
        told = process.stderr.read()
        assert "Solved: 100 points." in told
        assert "eks-wizard explain NODE654" in told
    state = Path(os.environ["HOME"])
    kept = next(state.rglob("progress.json"))
    assert json.loads(kept.read_text())["kim"][NAME]["points"] == 100


def test_a_seed_is_served() -> None:
    with serving("--for", str(PROFILES / "adopt-existing-vpc.yaml")) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert "vpc-4283fefc63f0cd0e8" in {vpc["VpcId"] for vpc in _vpcs(ready["env"])}
        finally:
            process.terminate()


def _client(env: dict[str, str]) -> "object":
    import boto3
    from botocore.config import Config

    return boto3.client(
        "ec2",
        region_name=env["AWS_REGION"],
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )


def _vpcs(env: dict[str, str]) -> list[dict[str, str]]:
    answer: list[dict[str, str]] = _client(env).describe_vpcs()["Vpcs"]  # type: ignore[attr-defined]
    return [vpc for vpc in answer if vpc["CidrBlock"] == "10.110.0.0/16"]


def _parts(env: dict[str, str], vpc: str) -> dict[str, str]:
    client = _client(env)
    endpoint = next(
        each
        for each in client.describe_vpc_endpoints()["VpcEndpoints"]  # type: ignore[attr-defined]
        if each["VpcId"] == vpc and each["ServiceName"].endswith("ecr.dkr")
    )
    first, second = endpoint["SubnetIds"]
    return {"subnet_a": first, "subnet_c": second, "endpoint_group": endpoint["Groups"][0]["GroupId"]}


def test_at_a_terminal_it_speaks_with_people() -> None:
    """No JSON there: the one line to type in another terminal, the story, and at last the word that it is solved."""
    environment = {**os.environ, "TERM": "xterm-256color"}
    served = Terminal(environment, "practice", "serve", "--time-scale", "0", "--scenario", str(NUMBER))
    try:
        served.until("What to do: Get both nodes of eksCluster Ready.")
        assert "{" not in served.stream
        assert NAME not in served.stream
        file = re.search(r"  \. (\S+/environment\.sh)", served.text)
        assert file is not None
        assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in Path(file[1]).read_text()
        served.press("ctrl+c")
        assert served.end() == 0
    finally:
        served.gone()
