"""The measuring: what it reads, pairs, judges and writes down."""

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from apiauth import credentials, gateway
from apiauth.models import Key, KeySecret
from bench import __main__ as command
from bench import cpu, fill, goals, machine, pages, questions, report, results, wrk
from bench import sections as sectioning
from bench.goals import GOALS, Verdict
from bench.questions import Answer, Keyring
from bench.results import Result, Sample
from bench.targets import Server
from devtools.paths import Missing

SAID = """\
Running 2s test @ http://127.0.0.1:8000
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.05ms    1.11ms  24.61ms   92.87%
    Req/Sec    16.02k     1.62k   18.31k    75.00%
  Latency Distribution
     50%    1.79ms
     75%  915.00us
     90%    2.95ms
     99%    1.02s
  31903 requests in 2.00s, 20.11MB read
  Non-2xx or 3xx responses: 3190
Requests/sec:  15933.15
Transfer/sec:     10.04MB
"""


def sample(rate: float = 100.0, **columns: float) -> Sample:
    return Sample(**{"rate": rate, "p50": 1.0, "p99": 2.0, **columns})


def result(what: str = "headline", **members) -> Result:
    known = {"date": "2026-11-28", "machine": machine.describe(), "load1": 0.2}
    return Result(what=what, **{**known, **members})


# ----------------------------------------------------------------------- its commands


def test_alone_it_lists_what_there_is(capsys):
    assert command.main([]) == 0

    said = capsys.readouterr().out
    assert not [name for name in command.COMMANDS if f"./dev bench {name} " not in said]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["speed"], 2), (["verify", "--targets", "nobody"], 1)],
)
def test_says_what_it_cannot_measure(arguments, status, capsys):
    assert command.main(arguments) == status

    assert arguments[-1] in capsys.readouterr().err


def test_knows_its_sections(capsys):
    with pytest.raises(SystemExit):
        command.main(["verify", "--only", "headline,speed"])

    assert "there is no section speed" in capsys.readouterr().err


def test_a_missing_target_fails_the_run_unless_it_may():
    missing = {"batch-10": "not there"}

    assert command._judge(missing, is_allowed=False) == 1
    assert command._judge(missing, is_allowed=True) == 0
    assert command._judge({}, failed=["growth"], is_allowed=True) == 1


# ------------------------------------------------------------------------------ wrk


def test_reads_what_wrk_says():
    found = wrk.read(SAID)

    assert (found.answers, found.refusals, found.rate) == (31903, 3190, 15933.15)
    assert (found.p50, found.p99) == (1.79, 1020.0)


def test_no_refusal_is_said_by_silence():
    said = "".join(
        line for line in SAID.splitlines(keepends=True) if "Non-2xx" not in line
    )

    assert wrk.read(said).refusals == 0


@pytest.mark.parametrize(
    "said",
    [
        SAID + "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
        SAID.replace("Requests/sec", "Something"),
    ],
)
def test_a_load_that_went_wrong_is_no_load(said):
    with pytest.raises(Missing):
        wrk.read(said)


# --------------------------------------------------------------------------- targets


def server(**members) -> Server:
    known = {"port": 0, "pid": os.getpid(), "requests": Path()}
    return Server(name="product", **{**known, "good": b"g", "bad": b"b", **members})


def load(answers: int = 2000, refusals: int = 200) -> wrk.Load:
    return wrk.Load(answers=answers, refusals=refusals, rate=1.0, p50=1.0, p99=1.0)


@pytest.mark.parametrize("rows", [2000, 2032])
def test_every_answer_has_its_row_and_what_is_on_its_way_may_have_one(rows):
    server()._compare(Counter(valid=rows - 200, unknown=200), load(), 32)


@pytest.mark.parametrize("rows", [1999, 2033])
def test_a_row_too_few_or_too_many_stops_the_run(rows):
    with pytest.raises(Missing, match=f"logged {rows} decisions"):
        server()._compare(Counter(valid=rows), load(), 32)


def test_a_verdict_that_nobody_asked_for_stops_the_run():
    with pytest.raises(Missing, match="rate_limited"):
        server()._compare(Counter(valid=1000, rate_limited=1000), load(), 32)


def test_a_call_with_many_keys_has_as_many_rows():
    server(at_once=10)._compare(Counter(valid=20_000), load(refusals=0), 32)


@pytest.mark.parametrize("refusals", [0, 2000])
def test_answering_everybody_alike_stops_the_run(refusals):
    with pytest.raises(Missing, match="refused"):
        server()._judge(load(refusals=refusals))


def test_a_server_without_keys_refuses_nobody():
    server(good=None)._judge(load(refusals=0))
    with pytest.raises(Missing):
        server(good=None)._judge(load())


def test_no_answer_at_all_stops_the_run():
    with pytest.raises(Missing, match="no answer"):
        server()._judge(load(answers=0, refusals=0))


# -------------------------------------------------------------------------- requests


def test_one_key_in_ten_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(questions, "FEWEST", 150)
    known = [f"k{n}" for n in range(90)]
    unknown = [f"u{n}" for n in range(questions.unknown_beside(len(known)))]

    questions.write(
        tmp_path / "all", questions.drf, Keyring(known=known, unknown=unknown)
    )

    sent = (tmp_path / "all").read_bytes().split(b"Api-Key ")[1:]
    asked = [one.split(b"\r")[0].decode() for one in sent]
    assert asked == [*known, *unknown] * 2
    assert len(unknown) == 10


def test_a_request_lies_behind_its_length(tmp_path):
    form = questions.check("apb_secret")

    questions.write(tmp_path / "all", form, Keyring(known=["k"], unknown=[]))

    length, _, request = (tmp_path / "all").read_bytes().partition(b"\n")
    assert int(length) == len(request)
    head, _, body = request.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["principal"] == {"type": "api_key", "value": "k"}


def test_a_batch_asks_for_as_many_as_it_says(tmp_path):
    form = questions.check_batch("apb_secret")
    ring = Keyring(known=["k"] * 9, unknown=["u"])

    questions.write(tmp_path / "all", form, ring, at_once=7)

    body = (tmp_path / "all").read_bytes().split(b"\r\n\r\n")[1]
    assert body.count(b'"principal"') == 7


def test_counts_the_verdicts_of_one_answer_or_of_many():
    one = {"allowed": True, "rate_limits": [{"limit": 3}]}

    single = Answer.read(200, json.dumps(one).encode())
    many = Answer.read(200, json.dumps({"results": [one, one, {}]}).encode())

    assert (single.passes, single.limits) == (1, 1)
    assert (many.passes, many.limits) == (2, 2)
    assert Answer.read(500, b"<html>").passes == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_limited", [True, False])
def test_fills_a_database_with_keys_that_pass(tmp_path, is_limited):
    fill.fill(tmp_path, keys=40, is_limited=is_limited)

    ring = Keyring.read(tmp_path)
    codes = [
        gateway.check(gateway.ask(secret=key, method="GET", resource="/")).code
        for key in (ring.known[0], ring.known[-1], ring.unknown[0])
    ]
    assert codes == ["valid", "valid", "unknown"]
    assert len(set(ring.known)) == Key.objects.count() == KeySecret.objects.count()


def test_of_very_many_keys_some_are_known_and_spread_over_all():
    born = list(fill._born(range(1000), keys=1000, known=10, now=timezone.now()))

    known = [key.number for key in born if key.secret]
    assert len(known) == 10
    assert known[-1] - known[0] >= 900
    assert all(credentials.looks_right(key.secret) for key in born if key.secret)
    assert len({fill._digest(key) for key in born}) == 1000


# --------------------------------------------------------------------------- results


def test_a_ratio_pairs_what_was_measured_in_one_round():
    found = result(
        samples={
            "product": [sample(10), sample(40), sample(90)],
            "drf": [sample(10), sample(20), sample(30)],
        }
    )

    ratio = found.ratio("product", "drf", goals.rate)

    assert (ratio.median, ratio.least, ratio.most) == (2.0, 1.0, 3.0)
    assert found.ratio("product", "nobody", goals.rate) is None


def test_keeps_the_newest_of_each_section(tmp_path):
    old = result(date="2026-11-27")
    new = result(samples={"drf": [sample(1.23456)]}, missing={"x": "not there"})
    other = result("latency", date="2026-01-01", figures={"y": 2.0})
    for one in (new, old, other):
        results.write(one, tmp_path)

    found = results.newest(tmp_path)

    rounded = dataclasses.replace(new, samples={"drf": [sample(1.235)]})
    assert found == {
        "headline": dataclasses.replace(rounded, load1=0.2),
        "latency": other,
    }


def test_a_machine_is_described_without_its_name():
    facts = machine.describe()

    assert facts["cores"].isdigit()
    assert os.uname().nodename not in " ".join(facts.values())
    assert "/" not in facts["kernel"]


def test_counts_the_time_of_what_a_process_started():
    before = cpu.seconds(os.getpid())

    subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)

    assert cpu.seconds(os.getpid()) - before > 0.02


# ----------------------------------------------------------------------------- goals


def _headline(product: float) -> dict[str, Result]:
    samples = {"product": [sample(product)], "drf": [sample(100.0)]}
    return {"headline": result(samples=samples)}


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [
        (399, Verdict.MISSED),
        (400, Verdict.HELD),
        (999, Verdict.HELD),
        (1000, Verdict.REACHED),
    ],
)
def test_more_is_better_for_throughput(rate, verdict):
    assert GOALS[0].verdict(_headline(rate)) is verdict


@pytest.mark.parametrize(
    ("kib", "verdict"),
    [(31.0, Verdict.MISSED), (30.0, Verdict.HELD), (25.0, Verdict.REACHED)],
)
def test_less_is_better_for_weight(kib, verdict):
    found = {"pages": result("pages", figures={"first_load_kib": kib})}

    assert GOALS[-1].verdict(found) is verdict


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.what)
def test_a_goal_is_beyond_its_floor_and_unknown_unless_measured(goal):
    assert goal.verdict({}) is Verdict.UNKNOWN
    assert goal._is_within(goal.goal, goal.floor)
    assert goal.how


def test_only_what_was_measured_is_judged():
    assert set(goals.verdicts(_headline(400))) <= {goal.what for goal in GOALS}
    assert goals.verdicts({}) == {}


# ----------------------------------------------------------------- sections and pages


@pytest.mark.parametrize("name", sectioning.SECTIONS)
def test_every_target_has_a_name_and_somebody_to_compare_with(name):
    targets = sectioning.targets_of(name, keys=100_000, is_quick=False)

    assert sectioning.SECTIONS[name].base in targets
    unnamed = set(targets) - set(sectioning.NAMES)
    assert not [target for target in unnamed if sectioning.named(target) == target]


def test_growth_goes_from_a_thousand_to_five_million():
    targets = sectioning.targets_of("growth", keys=100_000, is_quick=False)

    assert targets == ["product-1000", "product-100000", "product-5000000"]
    assert sectioning.named("product-5000000") == "Keyplate, 5 000 000 keys"


def test_finds_what_a_page_makes_a_browser_load():
    page = """<link rel="icon" href="i.svg"><link rel="stylesheet" href="/s.css">
        <link rel="modulepreload" href="/m.js"><script src="/p.js"></script>"""
    script = b'import "./a.js";import*as b from"./b.0f.js";import("./c.js")'

    assert pages.links(page) == ["/s.css", "/m.js", "/p.js"]
    assert pages.imports(script) == ["./a.js", "./b.0f.js"]


def test_finds_what_it_loads_later():
    page = '<script src="/p.js"></script><meta name="portal-later" content="/l.css">'
    script = b'import "./a.js";import("./c.js")'

    assert pages.links(page, is_later=True) == ["/p.js", "/l.css"]
    assert pages.imports(script, is_later=True) == ["./a.js", "./c.js"]


def test_the_page_is_what_the_kept_results_say():
    assert report.PAGE.read_text() == report.page(results.newest())


def test_a_page_shows_what_was_measured_and_what_was_not():
    samples = {"product": [sample(400)], "drf": [sample(100)]}
    found = {"headline": result(samples=samples, missing={"batch-10": "not there"})}

    written = report.page(found)

    assert "| ≥ 4x | ≥ 10x | 4x | floor held |" in written
    assert "| Keyplate | 400 | 4.00 (4.00..4.00) |" in written
    assert "not measured" in written
    assert "**Lacking** in Keyplate, 10 keys a call: not there." in written
