"""``practice serve``: a practice account that stays up for other tools, with an exercise in it if one was named."""

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from screens import log, practising, report, session
from screens.arguments import PRACTICE_TIME_SCALE
from screens.exit_codes import Exit
from screens.output import Output
from screens.stopping import Stopping
from wizard.practice import process
from wizard.practice.running import Running
from wizard.training.attempt import Attempt
from wizard.training.scenario import number_of
from wizard.words import screen as label

_LOOK_SECONDS = 0.5
# How often it is asked whether the exercise is solved.
_JUDGE_SECONDS = 2.0


def serve(arguments: Any, output: Output, stop: Stopping) -> Exit:
    """Serves until a stop is asked for. Says when it is ready and when it is solved, to programs by JSON lines."""
    scale = PRACTICE_TIME_SCALE if arguments.time_scale is None else arguments.time_scale
    loaded = practising.found(arguments.scenario) if arguments.scenario else None
    with process.start(time_scale=scale, settle=arguments.settle, port=arguments.port) as account:
        log.open_in(account.folder)
        attempt = Attempt(loaded, account) if loaded else None
        if attempt:
            attempt.begin()
        elif arguments.profile:
            session.plant(Path(arguments.profile), Running(account.endpoint_url, scale, account.folder))
        ready = {
            "type": "practice",
            "endpoint_url": account.endpoint_url,
            "region": account.region,
            "env": dict(account.env),
            "unset": list(account.unset),
            "time_scale": account.time_scale,
            "folder": str(account.folder),
        }
        if loaded:
            # Without its name, which tells a learner too much.
            ready |= {"number": number_of(loaded), "title": loaded.scenario.title, "task": loaded.scenario.task.strip()}
        # Who reads lines at a terminal has no use for that one.
        as_json = arguments.json or not sys.stdout.isatty()
        if as_json:
            output.document(json.dumps(ready) + "\n")
        if sys.stderr.isatty():
            back = label("practice.serve_judges") if loaded else label("practice.serve_ends")
            output.tell("", *practising.shell(account, back, cluster=bool(loaded)))
        if loaded:
            task = f"{label('practice.task')}: {loaded.scenario.task}"
            output.tell("", practising.titled(loaded), loaded.scenario.story, "", task)
        judged, told = time.monotonic(), list[str]()
        while not stop.asked.wait(_LOOK_SECONDS):
            if account.process.poll() is not None:
                reason = account.folder / "practice.log"
                report.error(output, f"The practice account ended by itself; {reason} says why.")
                return Exit.BUG
            if attempt and time.monotonic() - judged >= _JUDGE_SECONDS:
                judged = time.monotonic()
                # An account that is ending does not answer; the next look tells that it has.
                with suppress(*practising.GONE):
                    now = attempt.standing()
                    hindered = practising.verdict(now) if now.ready >= now.wanted else []
                    if hindered and hindered != told:
                        output.tell("", *hindered)
                    told = hindered
                    if now.solved:
                        _solved(attempt, practising.learner(arguments.learner), output, as_json=as_json)
                        attempt = None
    return Exit.DONE


def _solved(attempt: Attempt, learner: str, output: Output, *, as_json: bool) -> None:
    told = practising.keep(attempt, learner)
    if as_json:
        output.document(json.dumps({"type": "solved", "scenario": attempt.loaded.id, "points": attempt.points}) + "\n")
    output.tell("", label("practice.serve_solved", title=practising.titled(attempt.loaded)), *told)
    for heading, lines in practising.debrief(attempt):
        output.tell("", f"{heading}:", *lines)
