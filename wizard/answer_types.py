"""What one answer may look like: the types that the steps' models are made of.

Everything a person types, in a profile or in a field, arrives as text, and these types read it. They raise
``PydanticCustomError`` with the key of a sentence in words/profile.yaml, never with prose. Patterns are stricter than
AWS's where AWS would take what a shell, a log or a template could stumble over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Kind = Literal["text", "integer", "cidr", "arn", "yes_no", "choice", "many", "rows", "create_or_use"]

# Stands before the name of a branch in pydantic's locations, so that it can be told from a key of the profile: no
# profile can hold it.
BRANCH: Final = "\0"


def refused(key: str, **about: Any) -> PydanticCustomError:
    """The error whose sentence is ``key`` of words/profile.yaml, filled with ``about``.

    ``about["at"]``, where given, is the last part of the path: the item of a list that the error is about.
    """
    return PydanticCustomError(key, key, about or None)


class Section(BaseModel):
    """A part of the profile: never changes, and knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


@dataclass(frozen=True)
class Text:
    """Text of one form. ``name`` is the key of the sentence that refuses another one; ``then`` looks closer at it."""

    name: str
    pattern: str
    most: int = 255
    kind: Kind = "text"
    then: Callable[[str], Any] | None = None

    def read(self, value: object) -> Any:
        """The answer as the model keeps it. Raises PydanticCustomError."""
        if value is None:
            raise refused("empty")
        if isinstance(value, IPv4Network):
            value = str(value)
        if not isinstance(value, str):
            raise refused("not_one_value")
        if len(value) > self.most:
            raise refused("too_long", most=self.most)
        if self.then is not None:
            value = self.then(value)
            if not isinstance(value, str):
                return value
        if not re.fullmatch(self.pattern, value):
            raise refused(self.name)
        return value

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.to_string_ser_schema(when_used="json")
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # Editors read unquoted digits as a number and true as a boolean; here both are the text they are written as.
        native = ["number"] * any(re.fullmatch(self.pattern, text) for text in ("4711", "123456789012", "1.35"))
        native += ["boolean"] * bool(re.fullmatch(self.pattern, "true"))
        schema: JsonSchemaValue = {"type": ["string", *native] if native else "string", "maxLength": self.most}
        # What Python calls a letter, other readers of the pattern don't.
        return schema if r"\W" in self.pattern else {**schema, "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Whole:
    """A whole number from ``least`` to ``most``, in plain decimal digits."""

    least: int
    most: int
    kind: Kind = "integer"

    def read(self, value: object) -> int:
        """The number. Raises PydanticCustomError."""
        if value is None:
            raise refused("empty")
        if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,8}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise refused("not_whole", least=self.least, most=self.most)
        return value

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": "^(?:0|[1-9][0-9]{0,8})$"}]}


@dataclass(frozen=True)
class TrueOrFalse:
    """``true`` or ``false``, and no other spelling: readers differ about ``off``, ``no`` and ``0``."""

    kind: Kind = "yes_no"

    def read(self, value: object) -> bool:
        """The answer. Raises PydanticCustomError."""
        if value is None:
            raise refused("empty")
        if value in ("true", "false"):
            return value == "true"
        if not isinstance(value, bool):
            raise refused("not_true_or_false")
        return value

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]}


def read_cidr(text: str) -> IPv4Network:
    """The IPv4 network that ``text`` writes as address/prefix. Raises PydanticCustomError."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}", text):
        raise refused("cidr")
    try:
        network = IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError):
        raise refused("cidr") from None
    if str(network) != text:
        raise refused("cidr_host_bits", network=str(network))
    return network


def read_service_cidr(text: str) -> IPv4Network:
    """A service CIDR as EKS takes it: private, /24 to /12 (user guide, "Create an Amazon EKS cluster")."""
    network = read_cidr(text)
    if not 12 <= network.prefixlen <= 24 or not any(network.subnet_of(private) for private in PRIVATE):
        raise refused("service_cidr")
    return network


PRIVATE: Final = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


def read_principal(text: str) -> str:
    """The ARN of an IAM role or user.

    The ARN of a session (``arn:aws:sts::…:assumed-role/NAME/SESSION``) becomes that of its role. A session's ARN leaves
    the role's path out, so for a role with a path the result is not the role's ARN: give the role's own ARN there.
    """
    session = re.fullmatch(_SESSION.replace("(?:", "("), text)
    return "arn:{}:iam::{}:role/{}".format(*session.groups()) if session else text


def read_proxy(text: str) -> str:
    """A proxy's URL, ``http://host:port``. Raises PydanticCustomError, with a reason of its own for a password."""
    if "@" in text:
        raise refused("proxy_password")
    if text.startswith("https:"):
        raise refused("proxy_https")
    if not (port := re.search(r":([0-9]{1,5})$", text)) or not 1 <= int(port[1]) <= 65535:
        raise refused("proxy_url")
    return text


def read_no_proxy(text: str) -> str:
    """A host, a .domain, an address or a CIDR. Raises PydanticCustomError."""
    if text.lower().lstrip("*.") in ("amazonaws.com", ""):
        # Services without an endpoint would be asked directly and time out.
        raise refused("no_proxy_too_wide")
    if "/" in text:
        return str(read_cidr(text))
    return text


def _not_reserved(text: str) -> str:
    if text.lower().startswith(("aws:", "eks-wizard:")):
        raise refused("tag_key_reserved")
    return text


def _not_an_id(text: str) -> str:
    if text.lower().startswith("sg-"):
        raise refused("security_group_name_is_an_id")
    return text


_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*"
_IAM = r"[A-Za-z0-9+=,.@_-]"
_SESSION = rf"arn:(?:aws[a-z-]*):sts::(?:[0-9]{{12}}):assumed-role/(?:{_IAM}{{1,64}})/{_IAM}{{2,64}}"
_ID = r"(?:[0-9a-f]{8}|[0-9a-f]{17})"

Cidr = Annotated[IPv4Network, Text("cidr", r"[0-9.]+/[0-9]+", 18, "cidr", read_cidr)]
ServiceCidr = Annotated[IPv4Network, Text("service_cidr", r"[0-9.]+/[0-9]+", 18, "cidr", read_service_cidr)]
Region = Annotated[str, Text("region", "[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}", 32)]
Zone = Annotated[str, Text("zone", "[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}[a-z]", 33)]
AccountId = Annotated[str, Text("account_id", "[0-9]{12}", 64)]
ProfileName = Annotated[str, Text("profile_name", "[A-Za-z0-9][A-Za-z0-9._-]{0,62}")]

# Letters, numbers and spaces of any script, and _.:/=+-@ (IAM and EC2, "Tag naming limits").
TagKey = Annotated[str, Text("tag_key", r"(?:[^\W_]| |[_.:/=+\-@]){1,128}", 1024, then=_not_reserved)]
TagValue = Annotated[str, Text("tag_value", r"(?:[^\W_]| |[_.:/=+\-@]){0,256}", 1024)]

ProxyUrl = Annotated[str, Text("proxy_url", rf"http://{_HOST}:[0-9]{{1,5}}", 300, then=read_proxy)]
NoProxy = Annotated[str, Text("no_proxy", rf"\.?{_HOST}(?:/[0-9]{{1,2}})?", 253, then=read_no_proxy)]

RoleName = Annotated[str, Text("role_name", rf"{_IAM}{{1,64}}")]
RoleArn = Annotated[
    str, Text("role_arn", rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:role/(?:{_IAM}+/)*{_IAM}{{1,64}}", 640, "arn")
]
RolePath = Annotated[str, Text("role_path", rf"/(?:{_IAM}+/)*", 512)]
PolicyArn = Annotated[
    str, Text("policy_arn", rf"arn:aws[a-z-]*:iam::(?:[0-9]{{12}}|aws):policy/(?:{_IAM}+/)*{_IAM}{{1,128}}", 700, "arn")
]
Policy = Annotated[
    str,
    Text(
        "policy",
        rf"{_IAM}{{1,128}}|arn:aws[a-z-]*:iam::(?:[0-9]{{12}}|aws):policy/(?:{_IAM}+/)*{_IAM}{{1,128}}",
        700,
    ),
]
Principal = Annotated[
    str,
    Text(
        "principal",
        rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:(?:role|user)/(?:{_IAM}+/)*{_IAM}{{1,64}}|{_SESSION}",
        640,
        "arn",
        read_principal,
    ),
]
KmsKeyArn = Annotated[
    str,
    Text(
        "kms_key",
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(?:key/[A-Za-z0-9-]{1,64}|alias/[A-Za-z0-9/_-]{1,250})",
        400,
        "arn",
    ),
]

VpcId = Annotated[str, Text("vpc_id", f"vpc-{_ID}")]
SubnetId = Annotated[str, Text("subnet_id", f"subnet-{_ID}")]
VpnGatewayId = Annotated[str, Text("vpn_gateway", f"create|vgw-{_ID}")]
TransitGatewayId = Annotated[str, Text("transit_gateway", f"tgw-{_ID}")]
SecurityGroupId = Annotated[str, Text("security_group_id", f"sg-{_ID}")]
SecurityGroupName = Annotated[
    str, Text("security_group_name", "[A-Za-z0-9][A-Za-z0-9._:/@+=-]{0,254}", then=_not_an_id)
]
ImageId = Annotated[str, Text("image_id", f"ami-{_ID}")]

ServiceSuffix = Annotated[str, Text("service", r"[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,3}")]
ClusterName = Annotated[str, Text("cluster_name", "[A-Za-z0-9][A-Za-z0-9_-]{0,99}")]
KubernetesVersion = Annotated[str, Text("kubernetes_version", r"1\.[1-9][0-9]", 32)]
AddonName = Annotated[str, Text("addon", "[a-z0-9][a-z0-9_-]{0,99}")]
InstanceType = Annotated[str, Text("instance_type", r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}")]
KeyPairName = Annotated[str, Text("key_pair", "[A-Za-z0-9](?:[A-Za-z0-9 ._:/@+=-]{0,253}[A-Za-z0-9._:/@+=-])?")]
FilePath = Annotated[str, Text("file_path", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+", 1024)]
ContextName = Annotated[str, Text("context", "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}")]
YesNo = Annotated[bool, TrueOrFalse()]


T = TypeVar("T")


def each_once(items: tuple[T, ...]) -> tuple[T, ...]:
    """``items``, none of which is named twice. Raises PydanticCustomError."""
    for index, item in enumerate(items):
        if item in items[:index]:
            raise refused("repeated", at=index, item=str(item))
    return items


Unique = Annotated[tuple[T, ...], AfterValidator(each_once)]


class Create(Section, Generic[T]):
    """The thing is made: ``create`` is its name, or how it is to be."""

    create: T


class Use(Section, Generic[T]):
    """The thing exists: ``use`` is its id or ARN, or which parts of it are used."""

    use: T


class VpnGateway(Section):
    """The premises are reached over a VPN gateway: ``create``, or the id of one that exists."""

    vpn_gateway: VpnGatewayId


class TransitGateway(Section):
    """The premises are reached over a transit gateway that exists; the VPC is attached to it."""

    transit_gateway: TransitGatewayId


class OneBranch:
    """Beside a union of sections with one key each: the key decides, and errors speak of that branch only."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        branches = {next(iter(section.model_fields)): handler.generate_schema(section) for section in get_args(source)}

        def only_one(value: Any) -> Any:
            if isinstance(value, BaseModel):
                return value
            given = [key for key in branches if key in value] if isinstance(value, dict) else []
            if len(given) != 1:
                raise refused("both_branches" if given else "no_branch", branches=" or ".join(branches))
            return value

        def branch(value: Any) -> str | None:
            keys = type(value).model_fields if isinstance(value, BaseModel) else value
            return next((BRANCH + key for key in branches if key in keys), None)

        tagged = {BRANCH + key: schema for key, schema in branches.items()}
        return core_schema.no_info_before_validator_function(
            only_one, core_schema.tagged_union_schema(tagged, discriminator=branch)
        )


RoleChoice = Annotated[Create[RoleName] | Use[RoleArn], OneBranch()]
SecurityGroupChoice = Annotated[Create[SecurityGroupName] | Use[SecurityGroupId], OneBranch()]
Connect = Annotated[VpnGateway | TransitGateway, OneBranch()]
