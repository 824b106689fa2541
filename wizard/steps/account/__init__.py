"""The account step."""
