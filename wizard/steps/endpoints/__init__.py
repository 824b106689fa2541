"""The endpoints step."""
