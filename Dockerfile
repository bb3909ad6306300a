# syntax=docker/dockerfile:1
# One image for every process of ours: what runs is the command. Nothing that builds is in what runs.

FROM node:22-bookworm-slim AS explorer
WORKDIR /app/router/explorer
COPY router/explorer/package.json router/explorer/package-lock.json router/explorer/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY router/explorer ./
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements.lock ./
# The lock holds what tests need as well; what runs is little smaller without, and no less what was tested.
RUN /opt/venv/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY entrepot entrepot
COPY router router
COPY shared shared
COPY subgraphs subgraphs
COPY --from=explorer /app/router/explorer/dist router/explorer/dist
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && /opt/venv/bin/python -m compileall -q entrepot

FROM python:3.11-slim-bookworm
# Volumes take over these folders' owner when they are made.
RUN groupadd --gid 10001 entrepot && useradd --uid 10001 --gid 10001 --no-create-home entrepot \
    && install -d -o 10001 -g 10001 /var/lib/entrepot /run/identity/private /run/identity/public
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app /app
COPY schema schema
COPY deploy/router deploy/router
USER 10001:10001
ENTRYPOINT ["entrepot"]
CMD ["--help"]
