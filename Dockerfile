# One image, and thin ones for the parts over the same layers: `docker build --target sisock-http .` and so on.
# `docker compose build` builds those that docker-compose.yaml uses.
ARG NODE_IMAGE=docker.io/library/node:20-bookworm-slim
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

# Manifests alone: the layer of dependencies is built anew only when they change.
FROM ${NODE_IMAGE} AS manifests
COPY packages /packages
RUN find /packages -type f ! -name package.json -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY --from=manifests /packages packages
RUN npm ci --no-audit --no-fund --no-progress
COPY tsconfig.json tsconfig.base.json ./
COPY crossbar crossbar
COPY packages packages
RUN npx tsc -b \
    && npm prune --omit=dev --no-audit --no-fund \
    && find packages -path '*/dist/*' \( -name '*.map' -o -name '*.d.ts' -o -name '.tsbuildinfo' \) -delete \
    && find packages -mindepth 2 -maxdepth 2 \( -name src -o -name test -o -name 'tsconfig*.json' \) -exec rm -r {} +

FROM ${NODE_IMAGE} AS sisock-base
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
# The user of OCS's aggregator: what it writes, these parts read.
RUN groupadd --gid 9000 ocs && useradd --uid 9000 --gid ocs --home-dir /app --no-create-home ocs \
    && install -d -o ocs -g ocs /var/lib/sisock /data
COPY --from=build /app /app
RUN ln -s /app/packages/stack/dist/bin/sisock.js /usr/local/bin/sisock && chmod 755 /app/packages/stack/dist/bin/sisock.js
WORKDIR /app
USER ocs
ENV NODE_ENV=production \
    CROSSBAR_HOST=sisock-crossbar \
    CROSSBAR_DIR=/app/.crossbar \
    SISOCK_DATA_DIR=/var/lib/sisock \
    HEALTH_PORT=9100
VOLUME /var/lib/sisock
ENTRYPOINT ["tini", "--", "sisock"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["sisock", "health"]

FROM sisock-base AS sisock-http
# Its port is published on the loopback of the host (docker-compose.yaml); docs/access.md tells how to open it further.
ENV SISOCK_BIND=0.0.0.0 PORT=5000
EXPOSE 5000
CMD ["http"]

FROM sisock-base AS sisock-weather-server
ENV WEATHER_DIRECTORY=/data
CMD ["node", "weather"]

FROM sisock-base AS sisock-sensors-server
CMD ["node", "sensors"]

FROM sisock-base AS sisock-apex-weather-server
CMD ["node", "apex-weather"]

FROM sisock-base AS sisock-radiometer-server
CMD ["node", "radiometer"]

# Also under the older name sisock-thermometry-server.
FROM sisock-base AS sisock-data-feed-server
CMD ["node", "data-feed"]

FROM sisock-base AS sisock-g3-reader-server
CMD ["node", "g3-reader"]

FROM sisock-base AS sisock-joined-server
CMD ["node", "joined"]

FROM sisock-base AS sisock-g3-file-scanner
ENV DATA_DIRECTORY=/data
CMD ["g3-file-scanner"]

# Crossbar, and our hub beside it.
FROM ${PYTHON_IMAGE} AS sisock-crossbar
ARG CROSSBAR_VERSION=26.10.1
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 9000 ocs && useradd --uid 9000 --gid ocs --home-dir /app --no-create-home ocs \
    && install -d -o ocs -g ocs /var/lib/sisock
RUN python3 -m venv /opt/crossbar && /opt/crossbar/bin/pip install --no-cache-dir --quiet "crossbar==${CROSSBAR_VERSION}"
COPY --from=sisock-base /usr/local/bin/node /usr/local/bin/node
COPY --from=sisock-base /app /app
RUN ln -s /app/packages/stack/dist/bin/sisock.js /usr/local/bin/sisock
WORKDIR /app
USER ocs
ENV NODE_ENV=production \
    PATH=/opt/crossbar/bin:$PATH \
    CROSSBAR_DIR=/app/.crossbar \
    SISOCK_DATA_DIR=/var/lib/sisock \
    SISOCK_BIND=0.0.0.0 \
    HEALTH_PORT=9100
VOLUME /var/lib/sisock
EXPOSE 8001 8080
ENTRYPOINT ["tini", "--", "sisock"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["sisock", "health"]
CMD ["crossbar"]

# Any command: `docker run --rm sisock g3 info FILE`.
FROM sisock-base AS sisock
CMD ["--help"]
