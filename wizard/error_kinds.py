"""What AWS's error codes mean for whoever made the call. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """What an error means for whoever made the call."""

    DENIED = "denied"
    CREDENTIALS = "credentials"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"
    EXISTS = "exists"
    MISSING = "missing"
    YOUNG = "young"
    IN_USE = "in use"
    NOT_TOLD = "not told"
    REFUSED = "refused"


# Codes by meaning. AWS has no common list; each stands in the API reference of a service that we call.
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "Client.UnauthorizedOperation",
    }
)
CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "AuthFailure",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestTimeTooSkewed",
        "OptInRequired",
    }
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "ConcurrentModification",
    }
)
EXISTS = frozenset(
    {
        "EntityAlreadyExists",
        "AlreadyExistsException",
        "ResourceInUseException",
        "RouteAlreadyExists",
        "Resource.AlreadyAssociated",
        "InvalidVpnGatewayAttachment.Duplicate",
        "InvalidSubnet.Conflict",
        "DuplicateTransitGatewayAttachment",
        "TokenAlreadyExistsException",
        "IdempotentParameterMismatch",
    }
)
EXISTS_WORDS = ("already exists", "already attached", "already associated", "already a conflicting dns domain")
MISSING = frozenset(
    {
        "NoSuchEntity",
        "ResourceNotFoundException",
        "ParameterNotFound",
        "NotFoundException",
        "NoSuchResourceException",
    }
)
# What is to be deleted is still used by something, which may be on its way out itself.
IN_USE = frozenset({"DependencyViolation", "DeleteConflict", "InvalidNetworkInterface.InUse"})
# Refused with a status below 500, although what came of it is as open as after a lost answer.
AMBIGUOUS = frozenset({"RequestTimeout", "RequestTimeoutException"})
# What a call builds on is still changing its state; it is as good as young.
CHANGING = frozenset({"IncorrectState", "InvalidVpcState"})
NOT_TOLD = frozenset({"NotImplementedInPractice", "501", "404", "NotImplemented", "UnknownOperationException"})
# "Role could not be assumed because the role does not exist", "invalid principal": the role is there, AWS is not yet.
YOUNG = (
    "could not be assumed",
    "invalid principal",
    "is invalid: invalid",
    "does not exist or is not authorized to assume",
)


def kind_of(code: str, message: str, status: int) -> Kind:
    """What an error code means (pure). A server's fault leaves open whether the call was carried out."""
    if code in NOT_TOLD or status == 501:
        return Kind.NOT_TOLD
    if code in IN_USE:
        return Kind.IN_USE
    if code in THROTTLED:
        return Kind.THROTTLED
    if code in DENIED:
        return Kind.DENIED
    if code in CREDENTIALS:
        return Kind.CREDENTIALS
    said = message.lower()
    exists = code in EXISTS or code.endswith((".Duplicate", ".AlreadyExists"))
    if exists or any(words in said for words in EXISTS_WORDS):
        return Kind.EXISTS
    if code in CHANGING or any(words in said for words in YOUNG):
        return Kind.YOUNG
    if code in MISSING or code.endswith("NotFound") or "does not exist" in said:
        return Kind.MISSING
    return Kind.AMBIGUOUS if status >= 500 or code in AMBIGUOUS else Kind.REFUSED
