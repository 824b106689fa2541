"""A cluster that stands, looked at without a profile: what starts its nodes, and why they don't join."""
