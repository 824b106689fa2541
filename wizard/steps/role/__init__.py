"""The role step."""
