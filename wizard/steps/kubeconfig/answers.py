"""What is asked about the kubeconfig."""

from wizard.answer_types import ContextName, FilePath, Section


class Answers(Section):
    """None in ``path`` means kubectl's own place, None in ``context`` a name made of the cluster's."""

    path: FilePath | None = None
    context: ContextName | None = None
