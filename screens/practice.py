"""``practice``: the training room, and its report."""

import os
from typing import Any

from screens import practising, safe, streams
from screens.arguments import UsageError
from screens.cli import is_plain
from screens.exit_codes import Exit
from screens.output import Output
from screens.practice_serve import serve
from screens.stopping import Stopping
from wizard.places import places
from wizard.training import progress, scenario
from wizard.words import screen as label


def practice(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Opens the training room, keeps an account up, or reports. Returns how it ended."""
    if arguments.practice_command == "serve":
        return serve(arguments, output, stop)
    if arguments.report:
        return _report(arguments, output)
    if arguments.json or arguments.quiet:
        raise UsageError(
            "The training room speaks with people: --json and --quiet are for practice --report, --json for serve."
        )
    loaded = practising.found(arguments.scenario) if arguments.scenario else None
    if not streams.can_ask():
        if loaded is None:
            output.result(*practising.listed(practising.solved_by(practising.learner(arguments.learner))), "")
        output.say(label("practice.no_terminal", given=arguments.scenario or label("practice.a_number")))
        return Exit.USAGE
    if arguments.plain or is_plain(os.environ):
        from screens.practice_plain import Plain

        return Plain(arguments, output, stop).go(loaded)
    from screens.practice_room import run

    return run(arguments, stop, loaded)


def _report(arguments: Any, output: Output) -> Exit:
    """What each learner has solved."""
    path = progress.path_in(places())
    known = progress.read(path)
    if known is None:
        raise UsageError(label("practice.report_unreadable", path=path))
    learners = sorted(name for name in known if arguments.learner in (None, name))
    shipped = scenario.shipped()
    for name in learners:
        done = known[name]
        points = sum(one.points for each, one in done.items() if each in shipped)
        solved = sum(each in shipped for each in done)
        output.result(
            label("practice.report_title", name=safe.line(name), points=points, solved=solved, count=len(shipped))
        )
        order = {each: number for number, each in enumerate(shipped, 1)}
        for each in sorted(done, key=lambda each: (order.get(each, len(order) + 1), each)):
            one, loaded = done[each], shipped.get(each)
            title = loaded.scenario.title if loaded else ""
            output.event({"type": "solved", "learner": name, "scenario": each, "number": order.get(each),
                          "title": title, "points": one.points, "level": loaded.scenario.level if loaded else None,
                          "hints": one.hints, "at": one.at, "times": one.times})  # fmt: skip
            said = safe.fill(safe.line(title or each), 46)
            worth = label("practice.report_points", points=f"{one.points:>3}")
            output.result(f"  {worth}  {order.get(each, ''):>2}  {said}  {safe.line(one.at[:10])}")
    if not learners:
        given = arguments.learner
        output.say(label("practice.report_nobody", name=given) if given else label("practice.report_none"))
    return Exit.DONE
