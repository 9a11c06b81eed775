"""The gateway: whether a key may make a request, now."""

from apiauth.gateway.checks import check
from apiauth.gateway.questions import Asker, Question, ask
from apiauth.gateway.verdict import Code, Facts, Verdict

__all__ = ["Asker", "Code", "Facts", "Question", "Verdict", "ask", "check"]
