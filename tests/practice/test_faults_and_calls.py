"""Faults by rule, the log of calls, and what the practice account does not have."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError


def vpcs(account: Any) -> int:
    """How many VPCs there are besides the default one, once everything has settled."""
    account.faults()
    account.settled()
    filters = [{"Name": "is-default", "Values": ["false"]}]
    return len(account.client("ec2").describe_vpcs(Filters=filters)["Vpcs"])


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("ec2", lambda client: client.describe_vpcs(), "UnauthorizedOperation", 403),
        ("iam", lambda client: client.list_roles(), "AccessDenied", 403),
        ("eks", lambda client: client.list_clusters(), "AccessDeniedException", 403),
        ("ssm", lambda client: client.get_parameter(Name="x"), "AccessDeniedException", 400),
        ("sts", lambda client: client.get_caller_identity(), "AccessDenied", 403),
        ("cloudformation", lambda client: client.describe_stacks(), "AccessDenied", 403),
    ],
)
def test_a_refusal_has_the_services_own_form(account: Any, service: str, call: Any, code: str, status: int) -> None:
    account.faults({"service": service, "what": "refuse"})
    with pytest.raises(ClientError) as error:
        call(account.client(service))
    assert error.value.response["Error"]["Code"] == code
    assert "is not authorized to perform" in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_throttles_and_errors_pass_after_their_times(account: Any) -> None:
    ec2 = account.client("ec2")
    account.faults({"operation": "DescribeVpcs", "what": "throttle", "skip": 1, "times": 1})
    ec2.describe_vpcs()
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        ec2.describe_vpcs()
    ec2.describe_vpcs()
    account.faults({"what": "error", "status": 500, "code": "InternalError", "message": "oops", "times": 1})
    with pytest.raises(ClientError, match=r"InternalError.*oops"):
        ec2.describe_vpcs()
    ec2.describe_vpcs()


def test_each_write_may_meet_a_fault_once(account: Any) -> None:
    ec2 = account.client("ec2")
    account.faults({"what": "throttle", "once_per_call": True, "writes_only": True})
    ec2.describe_vpcs()
    for cidr in ("10.1.0.0/16", "10.2.0.0/16"):
        with pytest.raises(ClientError, match="RequestLimitExceeded"):
            ec2.create_vpc(CidrBlock=cidr)
        ec2.create_vpc(CidrBlock=cidr)
    assert vpcs(account) == 2


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_reset_connection_may_have_done_it(account: Any, when: str, made: int) -> None:
    account.faults({"operation": "CreateVpc", "what": "reset", "when": when})
    with pytest.raises(ConnectionClosedError):
        account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    assert account.calls()[-1]["outcome"] == "lost"
    assert vpcs(account) == made


def test_silence_lasts_until_the_client_gives_up(account: Any) -> None:
    account.faults({"operation": "CreateVpc", "what": "silence", "when": "after"})
    impatient = Config(proxies={}, retries={"total_max_attempts": 1}, read_timeout=0.5)
    import boto3

    ec2 = boto3.client(
        "ec2",
        region_name=account.region,
        endpoint_url=account.endpoint_url,
        aws_access_key_id=account.practice.access_key_id,
        aws_secret_access_key=account.practice.secret_access_key,
        config=impatient,
    )
    with pytest.raises(ReadTimeoutError):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    assert vpcs(account) == 1


def test_an_error_after_the_fact(account: Any) -> None:
    account.faults({"operation": "CreateVpc", "what": "error", "when": "after", "times": 1})
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    assert vpcs(account) == 1


def test_a_held_call_waits_for_its_release(account: Any) -> None:
    account.faults({"operation": "CreateVpc", "what": "hold", "times": 1})
    assert account.held(timeout=0) is None
    made: list[Any] = []
    ec2 = account.client("ec2")
    thread = threading.Thread(target=lambda: made.append(ec2.create_vpc(CidrBlock="10.1.0.0/16")))
    thread.start()
    held = account.held()
    assert held is not None
    assert (held["service"], held["operation"], held["outcome"]) == ("ec2", "CreateVpc", "open")
    assert made == []
    account.release()
    thread.join(10)
    assert made[0]["Vpc"]["CidrBlock"] == "10.1.0.0/16"
    assert account.held(timeout=0) is None


def test_a_delay_takes_real_seconds(account: Any) -> None:
    account.faults({"operation": "DescribeVpcs", "what": "delay", "seconds": 0.3})
    began = time.monotonic()
    account.client("ec2").describe_vpcs()
    assert time.monotonic() - began >= 0.3


def test_a_rule_that_cannot_be_is_refused(account: Any) -> None:
    for rule in ({"what": "explode"}, {"operation": "("}, {"nothing": 1}):
        with pytest.raises(AssertionError, match="POST faults"):
            account.faults(rule)


def test_calls_are_logged_in_order_with_what_became_of_them(account: Any) -> None:
    ec2, eks = account.client("ec2"), account.client("eks")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    with pytest.raises(ClientError):
        eks.describe_cluster(name="none")
    first, second = account.calls()
    assert (first["number"], first["service"], first["operation"], first["write"]) == (1, "ec2", "CreateVpc", True)
    assert first["params"]["CidrBlock"] == "10.1.0.0/16"
    assert (first["outcome"], first["status"]) == ("done", 200)
    assert "Boto3" in first["user_agent"]
    assert (second["operation"], second["write"], second["outcome"]) == ("DescribeCluster", False, "refused")
    assert (second["code"], second["status"]) == ("ResourceNotFoundException", 404)
    assert account.writes() == ["ec2.CreateVpc"]
    assert account.calls(after=1) == [second]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("ec2", lambda client: client.describe_network_insights_paths()),
        ("eks", lambda client: client.list_insights(clusterName="x")),
        ("service-quotas", lambda client: client.list_services()),
        ("pricing", lambda client: client.get_products(ServiceCode="AmazonEKS")),
        ("sts", lambda client: client.decode_authorization_message(EncodedMessage="x")),
    ],
)
def test_what_is_not_there_says_so_in_the_services_own_form(account: Any, service: str, call: Any) -> None:
    with pytest.raises(ClientError) as error:
        call(account.client(service))
    assert error.value.response["Error"]["Code"] == "NotImplementedInPractice"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_reset_empties_everything(account: Any) -> None:
    account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    account.faults({"operation": "CreateVpc", "what": "throttle"})
    account.catalogue(releases={"1.35": "1.35.7-20260801"})
    account.reset()
    assert account.calls() == []
    account.client("ec2").create_vpc(CidrBlock="10.2.0.0/16")
    assert vpcs(account) == 1


def test_twenty_clients_at_once_are_all_answered(account: Any) -> None:
    ec2 = account.client("ec2")

    def work(number: int) -> str:
        vpc_id = str(ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"])
        for _ in range(5):
            ec2.describe_vpcs()
            ec2.describe_route_tables()
        return vpc_id

    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(work, range(20)))
    assert len(set(made)) == 20
    assert vpcs(account) == 20
    assert {call["outcome"] for call in account.calls()} == {"done"}
    assert [call["number"] for call in account.calls()] == list(range(1, len(account.calls()) + 1))
