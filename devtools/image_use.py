"""Start a built image the way compose.yaml does, and do the main job with it.

On SQLite in its volume, as `docker run` would have it, and as two nodes on one
PostgreSQL, where what one of them revokes the other refuses.
"""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from demo import journey
from demo.browser import Browser
from demo.traveller import Addresses, Traveller, WrongTurnError, expect, expect_code
from devtools import postgres, surroundings
from devtools.buildah import STORE, Recorded
from devtools.container import Box, Running, outcome
from devtools.paths import Missing, say

STARTS_WITHIN = 120.0
SECRETS = ("KEYPLATE_SECRET_KEY", "KEYPLATE_TICKET_KEYS", "KEYPLATE_PEPPERS")
APP_SLUG = "image-check"
HOST = "http://shop.localhost:8149"
CLEAN_EXITS = (0, 143)  # It ended by itself, or of the signal after tidying up.

# Fed to `manage.py shell` inside: what an operator does first.
PROVISION = f"""
import json
from django.utils import timezone
from apiauth import applications, backend_keys, deployments
from apiauth.actors import SYSTEM
by = {{"actor": SYSTEM, "now": timezone.now()}}
deployment = deployments.provision(
    slug="image-check", name="Image check", embed_origins=["{HOST}"], **by)
applications.provision(
    deployment=deployment, app_slug="{APP_SLUG}", name="Image check",
    key_prefix="check_live", **by)
minted = backend_keys.mint(
    deployment=deployment, name="Image check",
    scopes=["tickets:issue", "keys:verify"], **by)
print(json.dumps(minted.secret))
"""


def check(root: Path, image: Recorded, *, ports: range) -> None:
    """Start it without secrets, then on SQLite, then as two nodes on PostgreSQL."""
    free = _free(ports)
    _refuse_to_start(root, image, next(free))
    _use([_box(root, image, next(free))], database="SQLite in /data")
    beside = next(free)
    settings = {"listen_addresses": "127.0.0.1", "port": str(beside)}
    with postgres.running(settings=settings):
        url = f"postgresql://keyplate@127.0.0.1:{beside}/keyplate"
        first = _box(root, image, next(free), KEYPLATE_DATABASE_URL=url)
        # The other node of the same Keyplate: all is shared but where it listens.
        shared = {**first.environment, "UVICORN_PORT": str(next(free))}
        second = Box(
            root=root, data=_volume(image, "2"), image=image, environment=shared
        )
        _use([first, second], database="PostgreSQL, two nodes at once")


def _refuse_to_start(root: Path, image: Recorded, port: int) -> None:
    """Without a secret it ends at once, and one sentence names what is missing."""
    for name in SECRETS:
        box = _box(root, image, port)
        del box.environment[name]
        status, said = outcome(box, log=STORE / "refusal.log")
        if status in CLEAN_EXITS or name not in said or "Traceback" in said:
            raise Missing(f"without {name} it should say so and end; it said:\n{said}")
    say("Without its secrets it does not start, and says in a sentence why.")


def _use(boxes: list[Box], *, database: str) -> None:
    began = time.monotonic()
    with _started(boxes) as nodes:
        seconds = time.monotonic() - began
        say(f"On {database}: started in {seconds:.1f} s.")
        for node in nodes:
            _look_at_process(node)
            node.run(node.box.image.health[1:])
        do_main_job(nodes)
        for node in nodes:
            status, seconds = node.stop()
            if status not in CLEAN_EXITS:
                raise Missing(f"SIGTERM made it end with {status}:\n{node.tail()}")
    say(f"On {database}: the main job is done; SIGTERM stopped it in {seconds:.1f} s.")


@contextmanager
def _started(boxes: list[Box]) -> Iterator[list[Running]]:
    """Start them all at the same moment, and wait until the last one answers."""
    nodes = [
        Running(box, log=STORE / f"node-{number}.log")
        for number, box in enumerate(boxes, 1)
    ]
    deadline = time.monotonic() + STARTS_WITHIN
    try:
        for node in nodes:
            while not _answers(node):
                if time.monotonic() > deadline or node.outside.poll() is not None:
                    raise Missing(f"the image does not answer:\n{node.tail()}")
                time.sleep(0.1)
        yield nodes
    finally:
        for node in nodes:
            node.kill()


def _look_at_process(running: Running) -> None:
    """Ask the kernel whom it runs as and what it may do."""
    status = Path(f"/proc/{running.first}/status").read_text()
    told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    user = running.box.image.user.split(":")[0]
    if set(told["Uid"].split()) != {user}:
        raise Missing(f"it runs as {told['Uid']}, not as {user}.")
    if told["NSpid"].split()[-1] != "1":
        raise Missing("the server is not the image's first process.")
    strays = [
        entry
        for entry in running.box.data.iterdir()
        if str(entry.stat().st_uid) != user
    ]
    if strays:
        raise Missing(f"/data holds what is not the user's: {strays[0].name}")


def do_main_job(nodes: list[Running]) -> None:
    """Ticket, portal, key, verdict, revocation, verdict: as the demo does them.

    The portal is the first node's; the last one gives the verdicts.
    """
    shell = ["python", "manage.py", "shell", "--verbosity=0"]
    secret = json.loads(nodes[0].run(shell, given=PROVISION).splitlines()[-1])
    walk = Traveller(
        Addresses(
            base_url=_address(nodes[-1]),
            portal_origin=_address(nodes[0]),
            host_url=HOST,
            app_slug=APP_SLUG,
            backend_key=secret,
        )
    )
    try:
        _be_healthy(walk)
        _ask_for_ticket(walk)
        journey.enter_portal(walk)
        journey.create_key(walk)
        _verdict(walk, HTTPStatus.OK, "valid")
        journey.revoke_key(walk)
        _verdict(walk, HTTPStatus.UNAUTHORIZED, "revoked")
        journey.replay_ticket(walk)
    except WrongTurnError as wrong:
        said = "\n".join(node.tail() for node in nodes)
        raise Missing(f"the main job failed: {wrong}\n{said}") from wrong


def _be_healthy(walk: Traveller) -> None:
    answer = walk.browser.get(f"{walk.addresses.base_url}/health")
    if expect(answer, HTTPStatus.OK).json().get("status") != "healthy":
        raise WrongTurnError(f"/health says {answer.text}")


def _ask_for_ticket(walk: Traveller) -> None:
    wanted = {
        "ticket_type": "api_auth_access",
        "api_auth_app_slug": walk.addresses.app_slug,
        "user_id": "user_ada",
        "organization_id": "org_acme",
        "embed_origin": HOST,
    }
    url = f"{walk.addresses.base_url}/session/tickets"
    answer = walk.browser.post_json(url, wanted, _as_host(walk))
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise WrongTurnError(f"no ticket: {answer.status} {answer.text}")
    walk.entry_url = str(answer.json()["url"])


def _verdict(walk: Traveller, status: HTTPStatus, code: str) -> None:
    question = {
        "principal": {"type": "api_key", "value": walk.secret},
        "method": "GET",
        "resource": "/reports",
    }
    url = f"{walk.addresses.base_url}/v1/authz/check"
    answer = walk.browser.post_json(url, question, _as_host(walk))
    expect_code(expect(answer, status), code)
    if answer.json().get("allowed") is not (code == "valid"):
        raise WrongTurnError(f"the verdict contradicts itself: {answer.text}")


def _as_host(walk: Traveller) -> dict[str, str]:
    return {"Authorization": f"Bearer {walk.addresses.backend_key}"}


def _address(node: Running) -> str:
    return f"http://keyplate.localhost:{node.box.environment['UVICORN_PORT']}"


def _answers(node: Running) -> bool:
    try:
        return Browser().get(f"{_address(node)}/readyz").status == HTTPStatus.OK
    except OSError:
        return False


def _box(root: Path, image: Recorded, port: int, **extra: str) -> Box:
    """Lay out a fresh volume and the variables of one start."""
    environment = {
        **surroundings.made_secrets(),
        "KEYPLATE_PUBLIC_URL": f"http://keyplate.localhost:{port}",
        "KEYPLATE_ALLOWED_HOSTS": "keyplate.localhost",
        # The network is this machine's own, so loopback only.
        "UVICORN_HOST": "127.0.0.1",
        "UVICORN_PORT": str(port),
        **extra,
    }
    data = _volume(image, "1")
    return Box(root=root, data=data, image=image, environment=environment)


def _volume(image: Recorded, number: str) -> Path:
    """Make an empty volume that belongs to the image's user, as an engine would."""
    folder = STORE / f"data-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o750)
    user, _, group = image.user.partition(":")
    os.chown(folder, int(user), int(group or user))
    return folder


def _free(ports: range) -> Iterator[int]:
    """Give the ports nobody listens on, one after the other."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
    raise Missing(f"too few of {ports} are free; choose another --port.")
