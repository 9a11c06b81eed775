"""The verdict: pure, from a question and what the store knows at one moment.

The order of evaluation is published (docs/gateway.md): the first condition that
fails decides. Shape and checksum of the secret come before any look-up, the limits
after everything else: `decide`, then `charges`, and `limited` once they are settled.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from apiauth import networks, ratelimits, resources
from apiauth.gateway.codes import SENTENCES, Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Question
from apiauth.policies import AtCheck
from apiauth.ratelimits import Charge, Outcome, Rule, Standing


class Failing(Struct, frozen=True):
    """One condition that fails, for people who ask why.

    `rule` names a policy's rule or a limit; `missing` lists permissions that, granted
    together, would satisfy what was required.
    """

    code: Code
    sentence: str
    rule: str = ""
    missing: tuple[str, ...] = ()


class Verdict(Struct, frozen=True):
    """One answer; `facts` is None where the asker may not know any.

    `rule` names the rule of the policy or the limit that refused, else it is empty;
    `violation` a rule of the policy that is broken and only reported. `explanation`
    lists every condition that fails, in order, where the question asked for that.
    """

    question: Question
    code: Code
    facts: Facts | None = None
    rule: str = ""
    violation: str = ""
    standings: tuple[Standing, ...] = ()
    retry_after: int | None = None
    explanation: tuple[Failing, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.code is Code.VALID

    @property
    def request_id(self) -> str:
        """The decision's id as hosts see it."""
        return f"req_{self.question.id}"


def _is_foreign(facts: Facts, question: Question) -> bool:
    environment = question.environment
    return environment is not None and environment != facts.app.environment


def _is_app_off(facts: Facts, _: Question) -> bool:
    return facts.app.is_off


def _breaks_policy(facts: Facts, _: Question) -> bool:
    return facts.app.at_check is AtCheck.ENFORCE and bool(facts.broken_rule)


def _is_elsewhere(facts: Facts, question: Question) -> bool:
    listed = facts.app.networks
    return bool(listed) and not networks.covers(listed, question.client_ip)


def _lacks(facts: Facts, question: Question) -> bool:
    required = question.required
    return bool(required.parts) and not required.allows(facts.held)


type Condition = Callable[[Facts, Question], bool]

# In the published order; each says when its condition fails. The limits come last.
STAGES: tuple[tuple[Code, Condition], ...] = (
    (Code.APP_INACTIVE, _is_app_off),
    (Code.SUSPENDED, lambda facts, _: facts.key.owner_is_shut),
    (Code.REVOKED, lambda facts, _: facts.key.revoked_at is not None),
    (Code.ROTATED, lambda facts, _: _is_over(facts.key.secret_ends_at, facts.at)),
    (Code.DISABLED, lambda facts, _: facts.key.disabled_at is not None),
    (Code.EXPIRED, lambda facts, _: _is_over(facts.key.expires_at, facts.at)),
    (Code.POLICY_VIOLATION, _breaks_policy),
    (
        Code.RESOURCE_FORBIDDEN,
        lambda facts, asked: not resources.reaches(facts.app.resources, asked.resource),
    ),
    (Code.NETWORK_FORBIDDEN, _is_elsewhere),
    (Code.PERMISSION_DENIED, _lacks),
)


def decide(question: Question, facts: Facts | None) -> Verdict:
    """Judge a question by everything but the limits.

    `facts` is None when nothing is known to the asker. Of a key of another environment
    than the one asked for, nothing is told.
    """
    if not question.is_well_formed:
        return told_nothing(question, Code.MALFORMED)
    if facts is None or _is_foreign(facts, question):
        return told_nothing(question, Code.UNKNOWN)
    if facts.is_plain and not question.explain and _passes(facts, question):
        return Verdict(question, Code.VALID, facts)
    fails = (code for code, condition in STAGES if condition(facts, question))
    failed = list(fails if question.explain else islice(fails, 1))
    code = failed[0] if failed else Code.VALID
    return Verdict(
        question=question,
        code=code,
        facts=facts,
        rule=facts.broken_rule if code is Code.POLICY_VIOLATION else "",
        violation=facts.broken_rule if facts.app.at_check is AtCheck.REPORT else "",
        explanation=(
            tuple(_failing(one, question, facts) for one in failed)
            if question.explain
            else ()
        ),
    )


def told_nothing(question: Question, code: Code) -> Verdict:
    """Answer without any facts."""
    if not question.explain:
        return Verdict(question, code)
    failing = Failing(code=code, sentence=SENTENCES[code])
    return Verdict(question, code, explanation=(failing,))


def _passes(facts: Facts, question: Question) -> bool:
    """Whether a plain key passes: all that is left of the stages for it."""
    return not (
        _is_over(facts.key.secret_ends_at, facts.at)
        or _is_over(facts.key.expires_at, facts.at)
        or _lacks(facts, question)
    )


def charges(verdict: Verdict, usual: Sequence[Rule]) -> tuple[Charge, ...]:
    """List what a decided question is held against; `usual` without a scheme.

    It is nothing where the limits cannot change the answer. A question that was refused
    and wants to be explained has charges, too: they are looked at, never taken.
    """
    facts, question = verdict.facts, verdict.question
    if facts is None or not (verdict.allowed or question.explain):
        return ()
    limits = facts.app.limits
    return ratelimits.charges(
        usual if limits is None else limits,
        deployment_id=facts.app.deployment_id,
        app_id=facts.app.id,
        key_id=facts.key.id,
        client_ip=question.client_ip,
        path=question.resource,
        at=facts.at,
    )


def limited(verdict: Verdict, outcome: Outcome) -> Verdict:
    """Finish a verdict by what became of its charges; an earlier refusal stays."""
    if not outcome.standings:
        return verdict
    if verdict.allowed and outcome.refused_by is None:
        return replace(verdict, standings=outcome.standings)
    finished = replace(verdict, standings=outcome.standings)
    if outcome.refused_by is None:
        return finished
    if verdict.question.explain:
        exceeded = [one for one in outcome.standings if one.exceeded]
        more = tuple(_exceeded(one.rule) for one in exceeded)
        finished = replace(finished, explanation=verdict.explanation + more)
    if not verdict.allowed:
        return finished
    return replace(
        finished,
        code=Code.RATE_LIMITED,
        rule=ratelimits.label(outcome.standings[outcome.refused_by].rule),
        retry_after=outcome.retry_after,
    )


def _failing(code: Code, question: Question, facts: Facts) -> Failing:
    lacks = code is Code.PERMISSION_DENIED
    return Failing(
        code=code,
        sentence=SENTENCES[code],
        rule=facts.broken_rule if code is Code.POLICY_VIOLATION else "",
        missing=question.required.missing(facts.held) if lacks else (),
    )


def _exceeded(rule: Rule) -> Failing:
    code = Code.RATE_LIMITED
    return Failing(code=code, sentence=SENTENCES[code], rule=ratelimits.label(rule))


def _is_over(end: datetime | None, at: datetime) -> bool:
    return end is not None and end <= at
