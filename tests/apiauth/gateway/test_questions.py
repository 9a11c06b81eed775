"""What is kept of questions once they are answered."""

import sys

from apiauth import gateway


def ask(entry):
    gateway.ask(secret="", method="GET", resource="/", required_permissions=[entry])


def test_keeps_no_long_requirement():
    entry = ",".join(["a"] * 400)
    held = sys.getrefcount(entry)

    ask(entry)

    assert sys.getrefcount(entry) == held


def test_reads_a_long_requirement_as_a_short_one():
    names = [f"reports:{n}" for n in range(60)]

    question = gateway.ask(
        secret="", method="GET", resource="/", required_permissions=[",".join(names)]
    )

    assert question.required.allows(names)
    assert not question.required.allows(names[:-1])
