"""The cluster step."""
