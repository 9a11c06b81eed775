"""The gateway: whether a key may make a request, now."""

from apiauth.gateway.checks import check
from apiauth.gateway.codes import Code
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Asker, Question, ask
from apiauth.gateway.verdict import Verdict

__all__ = ["Asker", "Code", "Facts", "Question", "Verdict", "ask", "check"]
