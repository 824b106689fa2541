"""Pages of EKS's lists."""

from typing import Any

from wizard.practice.protocol import AwsError, Params


def page(items: list[Any], key: str, params: Params) -> Params:
    """One page: at most ``maxResults`` items (100 by default) from ``nextToken`` on. Raises AwsError."""
    token = str(params.get("nextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidParameterException", f"Invalid nextToken: {token}")
    start, size = int(token), int(params.get("maxResults") or 100)
    answer: Params = {key: items[start : start + size]}
    if start + size < len(items):
        answer["nextToken"] = str(start + size)
    return answer
