"""Network interfaces have addresses of their subnet that nothing else has, and groups that exist."""

from collections.abc import Iterable
from typing import Any

from wizard.practice import aws
from wizard.practice.aws import Call, Handler
from wizard.practice.patches import backend
from wizard.practice.protocol import AwsError, Params


def make(region: str, subnet_id: str, description: str, group_ids: Iterable[str], kind: str = "interface") -> str:
    """Makes an interface in use by AWS itself; returns its id. Raises AwsError when the subnet is full."""
    with aws.moto_lock:
        made = backend.ec2(region).create_network_interface(
            backend.subnet(region, subnet_id),
            free_address(region, subnet_id),
            group_ids=list(group_ids),
            description=description,
        )
        made.interface_type = kind
        made.requester_managed = True
        made.status = "in-use"
        _keep_address(made)
        return str(made.id)


def remove(region: str, interface_id: str) -> None:
    """Takes an interface away, if it is there; its address is free again."""
    with aws.moto_lock:
        removed = backend.ec2(region).enis.pop(interface_id, None)
        if removed is not None:
            removed.subnet.del_subnet_ip(removed.private_ip_address)


def _keep_address(interface: Any) -> None:
    """Has moto give the address to no instance."""
    interface.subnet._subnet_ips[interface.private_ip_address] = interface


def free_address(region: str, subnet_id: str) -> str:
    """The next address of the subnet that neither an interface nor an instance has."""
    subnet = backend.subnet(region, subnet_id)
    taken = {
        address["PrivateIpAddress"]
        for interface in backend.ec2(region).enis.values()
        if interface.subnet.id == subnet_id
        for address in interface.private_ip_addresses
    } | set(subnet._subnet_ips)
    hosts = list(subnet.cidr.hosts())
    # AWS keeps the first four addresses and the last one.
    for host in hosts[3:]:
        if str(host) not in taken:
            return str(host)
    message = f"The specified subnet does not have enough free addresses to satisfy the request: {subnet_id}"
    raise AwsError("InsufficientFreeAddressesInSubnet", message)


def using(region: str, *, group_id: str | None = None, subnet_id: str | None = None) -> list[Any]:
    """moto's interfaces that use a security group or a subnet."""
    return [
        interface
        for interface in backend.ec2(region).enis.values()
        if (subnet_id and interface.subnet.id == subnet_id)
        or (group_id and group_id in {group.id for group in interface.group_set})
    ]


def _create(call: Call) -> Params:
    with aws.moto_lock:
        for group_id in call.params.get("Groups", []):
            backend.security_group(call.region, group_id)
        if not call.params.get("PrivateIpAddress") and not call.params.get("PrivateIpAddresses"):
            call = call.having(PrivateIpAddress=free_address(call.region, call.params["SubnetId"]))
        answer = aws.moto(call)
        _keep_address(backend.ec2(call.region).enis[answer["NetworkInterface"]["NetworkInterfaceId"]])
    return answer


def _delete(call: Call) -> Params:
    with aws.moto_lock:
        interface = backend.ec2(call.region).enis.get(call.params["NetworkInterfaceId"])
        if interface is not None and interface.requester_managed:
            message = f"You are not allowed to manage '{interface.id}'."
            raise AwsError("OperationNotPermitted", message)
        answer = aws.moto(call)
        if interface is not None:
            interface.subnet.del_subnet_ip(interface.private_ip_address)
    return answer


def _delete_subnet(call: Call) -> Params:
    subnet_id = call.params["SubnetId"]
    with aws.moto_lock:
        if using(call.region, subnet_id=subnet_id):
            message = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            raise AwsError("DependencyViolation", message)
        answer = aws.moto(call)
        # A subnet's association with a route table ends with it.
        for table in backend.ec2(call.region).route_tables.values():
            for association in [one for one, subnet in table._associations.items() if subnet == subnet_id]:
                del table._associations[association]
        return answer


HANDLERS: dict[str, Handler] = {
    "ec2.CreateNetworkInterface": _create,
    "ec2.DeleteNetworkInterface": _delete,
    "ec2.DeleteSubnet": _delete_subnet,
}
