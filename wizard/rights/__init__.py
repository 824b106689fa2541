"""May who builds do what the plan needs? What AWS is asked before a build, and what follows from its answers."""
