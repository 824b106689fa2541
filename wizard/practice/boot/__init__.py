"""What a node does when it boots.

``boot`` in ``sequence`` is pure: a ``Machine`` and its ``Surroundings`` (see ``snapshot``) go in, the outcome and the
console log come out. Each thing that can end it is a rule with a name (see ``rules``). ``observe`` gathers machines and
surroundings from the practice account. Nothing here knows what the wizard checks: it follows the node's own user data,
its role and the packets.
"""
