"""The exit codes that callers may rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; ``meaning`` is the sentence that the help shows."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    BUG = 1, "a bug of eks-wizard; the log file holds more"
    USAGE = 2, "the command line or the profile is wrong (also: another account or region than the profile's)"
    FINDINGS = 3, "findings stop it: warnings not accepted, another digest, or another run holds the cluster"
    AWS = 4, "AWS refused or could not be reached before anything was written"
    PARTWAY = 5, "stopped or failed part-way; the same command resumes"
    UNVERIFIED = 6, "built, but verify fails"
    CHANGES = 7, "plan --exit-code: there are changes"
    INTERRUPTED = 130, "interrupted twice"
