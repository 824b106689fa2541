"""What is asked about the control plane's security group."""

from wizard.answer_types import SecurityGroupChoice

# The whole section is the choice: {create: NAME} or {use: sg-…}.
Answers = SecurityGroupChoice
