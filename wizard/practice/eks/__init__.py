"""EKS of the practice account's own: it checks its input as AWS does, takes its time, and may fail."""
