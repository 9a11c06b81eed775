"""The gateway: whether a key may make a request, now."""

from apiauth.gateway.checks import check, check_all
from apiauth.gateway.codes import Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Question, ask
from apiauth.gateway.settlement import Outcome
from apiauth.gateway.verdict import Verdict

__all__ = [
    "Code",
    "Facts",
    "Outcome",
    "Question",
    "Verdict",
    "ask",
    "check",
    "check_all",
]
