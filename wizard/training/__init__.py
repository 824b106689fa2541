"""The training room's subjects: scenarios, the accounts that are built from them, and what a learner has done."""
