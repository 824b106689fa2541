"""Where moto is thinner than AWS: one subject a file, each tied to moto's version by a test."""
