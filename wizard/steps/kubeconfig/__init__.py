"""The kubeconfig step."""
