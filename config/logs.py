"""Logs for operators: one JSON object a line, and no secret in any of them."""

import json
import logging
import re
from datetime import UTC, datetime

# Tickets and development sessions travel in queries; our secrets have a shape. It is
# looked for inside words too: what comes before and after is not ours to choose.
_IN_QUERY = re.compile(r"(ticket|__dev_session__)=[^&\s\"']+")
_SECRET = re.compile(r"([a-z][a-z0-9_]{1,30})_[0-9A-Za-z]{40,}")
_TICKET = re.compile(r"apt\.[A-Za-z0-9_\-.]{20,}")
_BEARER = re.compile(r"(?i)(bearer|basic)\s+[^\s\"']+")
_FIELDS = ("request_id", "method", "path", "status", "milliseconds", "address", "error")


def redact(message: str) -> str:
    """Blot out whatever looks like a secret, a ticket or a token."""
    message = _IN_QUERY.sub(r"\1=[redacted]", message)
    message = _TICKET.sub("apt.[redacted]", message)
    message = _BEARER.sub(r"\1 [redacted]", message)
    return _SECRET.sub(r"\1_[redacted]", message)


class JsonFormatter(logging.Formatter):
    """Write a record as one line of redacted JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for field in _FIELDS:
            if hasattr(record, field):
                line[field] = getattr(record, field)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))
