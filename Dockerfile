# One image per service: docker build --build-arg MEMBER=services/poller .
# COMMAND is the console command when it is not the folder's name (cli: oi).

FROM python:3.12-slim AS wheels
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
COPY deploy/locks/build.lock /locks/
RUN --mount=type=cache,target=/var/cache/pip pip install --quiet --require-hashes --no-deps -r /locks/build.lock
WORKDIR /src
COPY libs libs
COPY services services
COPY cli cli
RUN pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /wheels ./libs/* ./services/* ./cli

FROM python:3.12-slim AS environment
ARG MEMBER
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
RUN test -n "$MEMBER" || { echo "say which member: --build-arg MEMBER=services/poller" >&2; exit 1; } \
    && python -m venv --without-pip /venv
COPY deploy/locks /locks
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /venv/bin/python install --quiet --require-hashes --no-deps --only-binary :all: \
    -r "/locks/$(basename "$MEMBER").lock"
# The member and those of ours it asks for; --no-index makes anything that the lock forgot an error.
RUN --mount=from=wheels,source=/wheels,target=/wheels \
    pip --python /venv/bin/python install --quiet --no-index --find-links /wheels "oi-$(basename "$MEMBER")"

FROM python:3.12-slim
ARG MEMBER
ARG COMMAND
RUN groupadd --gid 10001 oi \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin oi \
    && install -d -o oi -g oi /data /data/recordings
COPY migrations /migrations
COPY --from=environment /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1 \
    HOME=/tmp DATA_DIR=/data MIGRATIONS_DIR=/migrations \
    HEALTH_HOST=0.0.0.0 HEALTH_PORT=8080 LOG_FORMAT=json \
    MEMBER=$MEMBER COMMAND=$COMMAND
USER 10001:10001
# Libraries that write beside themselves find a place, also where the root file system is read-only.
WORKDIR /tmp
# By bare socket: a full HTTP library costs more to load, every time, than the answer.
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --start-interval=2s --retries=3 \
    CMD ["python", "-ISc", "import os, socket; c = socket.create_connection(('127.0.0.1', int(os.environ['HEALTH_PORT'])), 5); c.sendall(b'GET /readyz HTTP/1.0\\r\\n\\r\\n'); raise SystemExit(b' 200 ' not in c.recv(64))"]
# The shell hands over its process: signals reach the command itself.
ENTRYPOINT ["/bin/sh", "-c", "exec \"${COMMAND:-${MEMBER##*/}}\" \"$@\"", "--"]
