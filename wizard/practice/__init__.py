"""The practice account: AWS as far as this program uses it, on the operator's own machine.

It runs in a process of its own (``python -m wizard.practice``); only ``wizard.practice.process`` may be imported
from outside, and that file starts the process and nothing else.
"""
