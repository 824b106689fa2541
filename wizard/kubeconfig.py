"""The kubeconfig: what ``aws eks update-kubeconfig`` would write, merged into a file that is somebody else's too.

The file is edited as YAML nodes, not as values: what others wrote keeps its spelling (``yes``, ``012``, dates,
anchors), only comments and spacing are lost, and the file as it was stands beside it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import yaml

from wizard import whole_file

_SECTIONS = ("clusters", "contexts", "users")
_EMPTY = {
    "apiVersion": "v1",
    "clusters": [],
    "contexts": [],
    "current-context": "",
    "kind": "Config",
    "preferences": {},
    "users": [],
}
_LINE_ENDS = frozenset("\x85\u2028\u2029\ufeff")
_OUR_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "null", "bool", "int", "float", "timestamp", "binary", "merge", "value")
)


class KubeconfigError(Exception):
    """A kubeconfig that cannot be read as one; the message names the file and what is wrong with it."""


def entry(
    cluster_name: str,
    cluster_arn: Any,
    endpoint: Any,
    ca_data: Any,
    region: str,
    context: str | None = None,
    command: Literal["aws", "eks-wizard"] = "aws",
    aws_profile: str | None = None,
) -> dict[str, Any]:
    """One cluster, user and context, as plain data keyed by the section of the file that each goes to.

    ARN, endpoint and CA may be Refs. Cluster and user are named by the ARN, and so is the context where no other name
    is given, as the aws CLI does it. ``command`` is what kubectl runs for a token.
    """
    if command == "aws":
        arguments = ["--region", region, "eks", "get-token", "--cluster-name", cluster_name, "--output", "json"]
    else:
        arguments = ["token", "--cluster-name", cluster_name, "--region", region]
    exec_: dict[str, Any] = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "args": arguments,
        "command": command,
    }
    if aws_profile:
        exec_["env"] = [{"name": "AWS_PROFILE", "value": aws_profile}]
    return {
        "clusters": {"cluster": {"certificate-authority-data": ca_data, "server": endpoint}, "name": cluster_arn},
        "contexts": {"context": {"cluster": cluster_arn, "user": cluster_arn}, "name": context or cluster_arn},
        "users": {"name": cluster_arn, "user": {"exec": exec_}},
    }


def merged(existing: str | None, entry: Mapping[str, Any], where: Path | str = "kubeconfig") -> str:
    """The text of the file with the entry in it, its context the current one; ``where`` names the file in errors.

    An entry of the same name is replaced, everything else is kept. Raises KubeconfigError.
    """
    root = _root(existing, where)
    for section in _SECTIONS:
        _put(_entries(root, section, where), _node(entry[section]))
    _set(root, "current-context", _node(entry["contexts"]["name"]))
    return _serialized(root)


def holds(existing: str | None, entry: Mapping[str, Any], where: Path | str = "kubeconfig") -> bool:
    """Whether the file has this very entry already, whichever context is the current one. Raises KubeconfigError."""
    root = _root(existing, where)
    for section in _SECTIONS:
        wanted = entry[section]
        found = [node for node in _entries(root, section, where).value if _name(node) == wanted["name"]]
        if len(found) != 1 or _value(found[0]) != wanted:
            return False
    return True


def without(existing: str, cluster: str, context: str, where: Path | str = "kubeconfig") -> str | None:
    """The text of the file without the entry of the cluster with this ARN; None where it holds no such entry.

    The context goes if it leads to that cluster; cluster and user go unless a context of somebody else's names them.
    Raises KubeconfigError.
    """
    root = _root(existing, where)
    entries = {section: _entries(root, section, where) for section in _SECTIONS}
    leading = [node for node in entries["contexts"].value if _leads_to(node, cluster)]
    ours = [node for node in leading if _name(node) == context]
    removed = {"contexts": ours, "clusters": [], "users": []}
    if len(leading) == len(ours):
        for section in ("clusters", "users"):
            removed[section] = [node for node in entries[section].value if _name(node) == cluster]
    if not any(removed.values()):
        return None
    for section, nodes in removed.items():
        entries[section].value = [node for node in entries[section].value if node not in nodes]
    current = _get(root, "current-context")
    if ours and current is not None and _is_text(current, context):
        _set(root, "current-context", _node(""))
    return _serialized(root)


def path(environment: Mapping[str, str], *, cluster: str | None = None, windows: bool = os.name == "nt") -> Path:
    """The file that kubectl would read and that an entry belongs into.

    Of several in KUBECONFIG it is the first that has the cluster entry named ``cluster``, else the first that exists,
    else the first; without KUBECONFIG it is ``.kube/config`` in the user's home. A file that cannot be read is passed
    over while searching.
    """
    named = [part.strip() for part in environment.get("KUBECONFIG", "").split(";" if windows else ":")]
    home = _home(environment, windows)
    paths = [_expanded(Path(part), home) for part in named if part]
    if not paths:
        return home / ".kube" / "config"
    having = (one for one in paths if cluster is not None and _has_cluster(one, cluster))
    existing = (one for one in paths if one.exists())
    return next(having, None) or next(existing, None) or paths[0]


def read(path: Path) -> str | None:
    """The text of the file, None when there is none. Raises KubeconfigError when it is no text, and OSError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise KubeconfigError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def write(path: Path, text: str) -> None:
    """Replaces the file at once or not at all, readable by its owner only.

    Directories are made, links are followed and stay links, and what was there before is kept as
    ``<name>.backup`` beside the file. Nothing is written when the text is there already. Raises OSError, and
    KubeconfigError where links run in a circle.
    """
    try:
        target = path.resolve()
    except RuntimeError as error:
        raise KubeconfigError(f"{path}: its links run in a circle") from error
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        before = target.read_bytes()
        if before == text.encode():
            target.chmod(0o600)
            return
        whole_file.write_bytes(target.with_name(f"{target.name}.backup"), before)
    whole_file.write(target, text)


def put(path: Path, entry: Mapping[str, Any]) -> None:
    """Merges the entry into the file on disk. Raises KubeconfigError and OSError; the file is then as it was."""
    write(path, merged(read(path), entry, path))


def remove(path: Path, cluster: str, context: str) -> None:
    """Takes the cluster's entry out of the file on disk, as ``without``. Raises KubeconfigError and OSError."""
    existing = read(path)
    left = without(existing, cluster, context, path) if existing is not None else None
    if left is not None:
        write(path, left)


def _serialized(root: yaml.MappingNode) -> str:
    # PyYAML writes Unicode's own line ends so that it cannot read them back, unless everything is escaped.
    readable = not any(isinstance(node, yaml.ScalarNode) and _LINE_ENDS & set(node.value) for node in _walk(root))
    return str(yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=readable, width=10_000))


def _leads_to(context: yaml.MappingNode, cluster: str) -> bool:
    inner = _get(context, "context")
    named = _get(inner, "cluster") if isinstance(inner, yaml.MappingNode) else None
    return named is not None and _is_text(named, cluster)


def _home(environment: Mapping[str, str], windows: bool) -> Path:
    if windows:
        drive = environment.get("HOMEDRIVE", "") + environment.get("HOMEPATH", "")
        named = environment.get("USERPROFILE") or drive
    else:
        named = environment.get("HOME", "")
    return Path(named) if named else Path.home()


def _expanded(path: Path, home: Path) -> Path:
    return Path(os.path.abspath(home.joinpath(*path.parts[1:]) if path.parts[:1] == ("~",) else path))  # noqa: PTH100


def _has_cluster(path: Path, cluster: str) -> bool:
    try:
        return any(_name(node) == cluster for node in _entries(_root(read(path), path), "clusters", path).value)
    except (KubeconfigError, OSError):
        return False


def _root(text: str | None, where: Path | str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text or "", Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"{where}: not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise KubeconfigError(f"{where}: nested too deep") from error
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag.endswith(":null")):
        root = _node(_EMPTY)
    if not isinstance(root, yaml.MappingNode):
        raise KubeconfigError(f"{where}: not a kubeconfig: no mapping at the top")
    for node in _walk(root):
        if node.tag not in _OUR_TAGS:
            raise KubeconfigError(f"{where}: not a kubeconfig: tag {node.tag}")
    keys = [key.value for key, _ in root.value if isinstance(key, yaml.ScalarNode)]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise KubeconfigError(f"{where}: {repeated[0]} stands there twice")
    return root


def _walk(root: yaml.Node) -> Iterator[yaml.Node]:
    """Every node once, whatever the aliases."""
    seen = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            todo += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value


def _entries(root: yaml.MappingNode, section: str, where: Path | str) -> yaml.SequenceNode:
    """The list of a section; an absent or empty one is made."""
    node = _get(root, section)
    if node is None or node.tag.endswith(":null"):
        node = yaml.SequenceNode("tag:yaml.org,2002:seq", [], flow_style=False)
        _set(root, section, node)
    if not isinstance(node, yaml.SequenceNode) or not all(isinstance(one, yaml.MappingNode) for one in node.value):
        raise KubeconfigError(f"{where}: not a kubeconfig: {section} is no list of mappings")
    return node


def _put(entries: yaml.SequenceNode, new: yaml.MappingNode) -> None:
    if not entries.value:
        entries.flow_style = False  # an empty list is mostly written []
    for index, node in enumerate(entries.value):
        if _name(node) == _name(new):
            entries.value[index] = new
            return
    entries.value.append(new)


def _get(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for found, value in mapping.value if _is_text(found, key)), None)


def _set(mapping: yaml.MappingNode, key: str, value: yaml.Node) -> None:
    for index, (found, _) in enumerate(mapping.value):
        if _is_text(found, key):
            mapping.value[index] = (found, value)
            return
    mapping.value.append((_node(key), value))


def _is_text(node: yaml.Node, text: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == text


def _name(mapping: yaml.MappingNode) -> str | None:
    node = _get(mapping, "name")
    return node.value if isinstance(node, yaml.ScalarNode) else None


def _node(data: Any) -> Any:
    """Plain data as a YAML node, in block style."""
    return yaml.compose(yaml.safe_dump(data, default_flow_style=False, sort_keys=False), Loader=yaml.SafeLoader)


def _value(node: yaml.Node) -> Any:
    """The plain value of a node; what cannot be constructed is nobody's entry."""
    with suppress(yaml.YAMLError, ValueError, RecursionError):
        return yaml.safe_load(yaml.serialize(node, Dumper=yaml.SafeDumper))
    return None
