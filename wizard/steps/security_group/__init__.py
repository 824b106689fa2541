"""The security group step."""
