"""The nodes step."""
