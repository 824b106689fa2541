"""The operator's own side: where they sit, and what stands between them and the clusters of the practice account.

``settings`` is what can be steered, ``way`` decides whether packets from there arrive and return, ``gate`` makes a
client feel it. docs/decisions/0010 says which means stands for what.
"""
