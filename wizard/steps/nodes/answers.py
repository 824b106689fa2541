"""What is asked about the worker nodes."""

from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator

from wizard.answer_types import ImageId, InstanceType, KeyPairName, KmsKeyArn, Section, Whole, YesNo, refused

# An Auto Scaling group takes more, but no VPC that the wizard makes has room for them.
NodeCount = Annotated[int, Whole(0, 1000)]


class Answers(Section):
    """``ami`` None takes EKS's recommended one when the nodes are made; ``volume_size`` is in GiB."""

    kind: Literal["stack", "managed"] = "stack"
    os: Literal["al2023", "bottlerocket"] = "al2023"
    instance_type: InstanceType = "m5.large"
    min: NodeCount = 2
    max: Annotated[int, Whole(1, 1000)] = 4
    desired: NodeCount = 2
    ami: ImageId | None = None
    volume_size: Annotated[int, Whole(20, 16384)] = 20
    key_pair: KeyPairName | None = None
    volume_kms_key: KmsKeyArn | None = None
    prefix_delegation: YesNo = False

    @field_validator("max")
    @classmethod
    def _max_from_min(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("min", value):
            raise refused("max_below_min", min=info.data["min"], max=value)
        return value

    @field_validator("desired")
    @classmethod
    def _desired_within(cls, value: int, info: ValidationInfo) -> int:
        if "min" not in info.data or "max" not in info.data:
            return value
        least, most = info.data["min"], info.data["max"]
        if not least <= value <= most:
            raise refused("desired_outside", min=least, max=most, desired=value)
        return value
