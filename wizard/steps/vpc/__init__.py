"""The vpc step."""
