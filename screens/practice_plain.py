"""The training room line by line: nothing is painted over, nothing depends on colour."""

import os
import subprocess
from contextlib import ExitStack
from typing import Any

from screens import practising, safe
from screens.exit_codes import Exit
from screens.output import Output
from screens.plain_prompts import Leave, keyboard
from screens.practice_accounts import Accounts
from screens.stopping import Stopping
from wizard.cloud import CloudError
from wizard.training import scenario
from wizard.training.attempt import Attempt
from wizard.training.scenario import Loaded
from wizard.words import screen as label


class Plain:
    """A learner at a terminal that shows lines."""

    def __init__(self, arguments: Any, output: Output, stop: Stopping) -> None:
        self.arguments, self.output = arguments, output
        self.keyboard = keyboard(arguments, stop, os.environ)
        self.learner = practising.learner(arguments.learner)

    def go(self, loaded: Loaded | None) -> Exit:
        """One exercise after the other until it is left; only this one where one is named."""
        self.tell(label("practice.title"), label("practice.what"), label("practice.learner", name=self.learner))
        try:
            if loaded is not None:
                self._exercise(loaded)
                return Exit.DONE
            self._list()
            # Later only when it is asked for: the debrief shall not scroll away.
            while True:
                chosen = self._chosen()
                if chosen is None:
                    return Exit.DONE
                self._exercise(chosen)
        except Leave:
            return Exit.DONE

    def tell(self, *lines: str) -> None:
        """Lines to read or to hear."""
        self.output.tell(*lines)

    def _typed(self, ways: str) -> str:
        self.tell("", ways)
        return self.keyboard.line(label("practice.prompt")).strip().lower()

    def _chosen(self) -> Loaded | None:
        found = list(scenario.shipped().values())
        while True:
            typed = self._typed(label("practice.plain_choose"))
            if typed == "q":
                return None
            if typed == "l":
                self._list()
            elif typed.isdecimal() and 0 < int(typed) <= len(found):
                return found[int(typed) - 1]
            else:
                self.tell(label("practice.plain_refused", count=len(found)))

    def _list(self) -> None:
        self.tell(*practising.listed(practising.solved_by(self.learner)))

    def _exercise(self, loaded: Loaded) -> None:
        with ExitStack() as ends:
            self.tell("", label("practice.building"))
            account = Accounts(self.arguments).take()
            ends.callback(account.discard)
            attempt = Attempt(loaded, account)
            attempt.begin()
            self._story(attempt)
            while self._once(attempt):
                pass

    def _once(self, attempt: Attempt) -> bool:
        """Does what is typed next. Returns whether the exercise goes on."""
        hint = attempt.next_hint
        costs = label("practice.plain_hint", costs=hint.costs) if hint else label("practice.plain_no_hint")
        typed = self._typed(label("practice.plain_do", hint=costs))
        try:
            match typed:
                case "c":
                    return self._check(attempt)
                case "h":
                    self._hint(attempt)
                case "n":
                    self.tell(*practising.nodes(attempt.standing()))
                case "o":
                    self._consoles(attempt)
                case "w":
                    self._wizard(attempt)
                case "t":
                    self.tell(*practising.shell(attempt.account))
                case "r":
                    self._replace(attempt)
                case "g":
                    attempt.gave_up = True
                    return self._debrief(attempt, [label("practice.debrief_unsolved")])
                case "s":
                    self._story(attempt)
                case "q":
                    return False
                case _:
                    self.tell(label("practice.plain_unknown", typed=safe.line(repr(typed[:20]))))
        except practising.GONE:
            self.tell(label("practice.ended"))
            return False
        return True

    def _story(self, attempt: Attempt) -> None:
        found = attempt.loaded.scenario
        self.tell("", practising.titled(attempt.loaded), found.story, "", f"{label('practice.task')}: {found.task}")
        self.tell("", *practising.nodes(attempt.standing()))
        self.tell(label("practice.worth", points=attempt.points))

    def _check(self, attempt: Attempt) -> bool:
        now = attempt.standing()
        if now.solved:
            return self._debrief(attempt, practising.keep(attempt, self.learner))
        self.tell(*practising.verdict(now), *practising.nodes(now))
        return True

    def _debrief(self, attempt: Attempt, first: list[str]) -> bool:
        self.tell("", *first)
        for heading, lines in practising.debrief(attempt):
            self.tell("", f"{heading}:", *lines)
        return False

    def _hint(self, attempt: Attempt) -> None:
        hint = attempt.next_hint
        if hint is None:
            self.tell(practising.no_hint(attempt))
            return
        attempt.read_hint()
        self.tell(label("practice.hint", number=attempt.read, says=hint.says))
        self.tell(label("practice.worth", points=attempt.points))

    def _consoles(self, attempt: Attempt) -> None:
        for node in attempt.standing().nodes:
            self.tell("", label("practice.console_title", instance=node.instance))
            self.output.table(*(attempt.console(node.instance) or (label("practice.console_empty"),)))

    def _replace(self, attempt: Attempt) -> None:
        try:
            self.tell(label("practice.replaced", count=attempt.replace_instances()))
        except CloudError as error:
            self.tell(label("practice.not_replaced", why=error.message))

    def _wizard(self, attempt: Attempt) -> None:
        command = practising.wizard_command([*practising.wizard_options(attempt), "--plain"])
        subprocess.run(command, check=False)
        self.tell(label("practice.wizard_left"), *practising.nodes(attempt.standing()))
