"""How many pods kubelet takes, as nodeadm works it out (amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go)."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

# kubelet's own default, which is left where the instance type is unknown.
KUBELET_DEFAULT = 110
_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_CONDITIONAL = re.compile(r"(?P<test>.+?)\?(?P<true>.+):(?P<false>.+)", re.DOTALL)


def standard(interfaces: int, addresses_per_interface: int) -> int:
    """An address for each pod: every interface keeps one for itself; two pods have the node's own."""
    return interfaces * (addresses_per_interface - 1) + 2


def managed(interfaces: int, addresses_per_interface: int, vcpus: int, *, prefixes: bool) -> int:
    """What EKS writes into the user data that it makes for managed nodes, with or without prefix delegation.

    It stops at 110 pods, and at 250 from 30 vCPUs on (EKS user guide, "Choose an optimal Amazon EC2 node instance
    type"). A prefix is sixteen addresses in the place of one.
    """
    of_each = (addresses_per_interface - 1) * (16 if prefixes else 1)
    return capped(interfaces * of_each + 2, vcpus)


def capped(pods: int, vcpus: int) -> int:
    """No managed node whose user data EKS makes holds more."""
    return min(pods, 110 if vcpus < 30 else 250)


def by_expression(expression: str, interfaces: int, addresses_per_interface: int) -> int | None:
    """What a maxPodsExpression comes to; None where it can't be evaluated or is no positive number.

    The expression is CEL. Arithmetic, comparisons and one outer conditional are understood; nodeadm itself goes back
    to the standard value for what it can't evaluate.
    """
    values = {
        "default_enis": interfaces,
        "ips_per_eni": addresses_per_interface,
        "max_pods": standard(interfaces, addresses_per_interface),
    }
    try:
        found = _conditional(expression, values)
    except (SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError):
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**31 - 1 else None


def _conditional(expression: str, values: Mapping[str, int]) -> Any:
    match = _CONDITIONAL.fullmatch(expression)
    if match is None:
        return _value(ast.parse(expression.strip(), mode="eval").body, values)
    chosen = match["true"] if _conditional(match["test"], values) is True else match["false"]
    return _conditional(chosen, values)


def _value(node: ast.AST, values: Mapping[str, int]) -> Any:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=ast.Div() | ast.Mod() as sign, right=right):
            first, second = _value(left, values), _value(right, values)
            # CEL's integers divide towards zero.
            quotient = int(first / second)
            return quotient if isinstance(sign, ast.Div) else first - quotient * second
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left, values), _value(right, values))
    raise ValueError(ast.dump(node))
