# Build with `docker build -t keyplate .`; what it needs to run: docs/operations.md, "Image".
ARG BASE=python:3.13-slim

# ------------------------------------------------------------------------------ build
FROM ${BASE} AS build
WORKDIR /app
COPY requirements-runtime.lock ./
# Nothing but wheels whose digests are in the lock: no compiler, no set-up script.
RUN python -m venv --without-pip /opt/keyplate \
    && python -m pip --python /opt/keyplate/bin/python install --no-cache-dir \
        --no-deps --only-binary :all: --require-hashes -r requirements-runtime.lock
ENV PATH=/opt/keyplate/bin:$PATH
# .dockerignore lets in what runs, and nothing else.
COPY . .
# The settings want secrets even to collect files; these live for this one command.
RUN KEYPLATE_PUBLIC_URL=https://build.invalid \
    KEYPLATE_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    KEYPLATE_TICKET_KEYS="b:$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    KEYPLATE_PEPPERS="b:$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    python manage.py collectstatic --noinput --verbosity 0 \
    && rm requirements-runtime.lock \
    && python -m compileall -q .

# -------------------------------------------------------------------------------- run
FROM ${BASE}
LABEL org.opencontainers.image.title="Keyplate" \
      org.opencontainers.image.description="A self-hosted API-key desk for products that have customers" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin keyplate \
    && install --directory --owner keyplate --group keyplate --mode 0750 /data
COPY --from=build /opt/keyplate /opt/keyplate
# Owned by root: the server cannot change its own code.
COPY --from=build /app /app
ENV PATH=/opt/keyplate/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KEYPLATE_DATABASE_URL=sqlite:////data/keyplate.sqlite3 \
    UVICORN_HOST=0.0.0.0 \
    UVICORN_PORT=8000
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "config.probe"]
CMD ["python", "-m", "config.server"]
