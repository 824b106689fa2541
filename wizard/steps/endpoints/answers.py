"""What is asked about the VPC endpoints."""

from wizard.answer_types import Section, SecurityGroupChoice, ServiceSuffix, Unique


class Answers(Section):
    """``services`` are what follows ``com.amazonaws.<region>.``; no group means one named after the cluster."""

    services: Unique[ServiceSuffix] = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")
    security_group: SecurityGroupChoice | None = None
