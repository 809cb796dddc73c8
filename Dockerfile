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
COPY site-configs site-configs
COPY packages packages
RUN npm run --silent build
# The example set of the weather node. It is generated, and says so in its headers.
RUN node -e "import('./packages/stack/dist/demo/weather-files.js').then((demo) => demo.writeWeatherFiles('/weather'))"
# What no part reads at run time: types, maps, sources, documents, builds for other C libraries.
RUN npm prune --omit=dev --no-audit --no-fund \
    && rm -rf packages/testkit node_modules/@sisock/testkit node_modules/@types node_modules/undici-types \
        node_modules/@libsql/linux-*-musl package-lock.json tsconfig*.json \
    && find packages -mindepth 2 -maxdepth 2 \( -name src -o -name test -o -name page -o -name 'tsconfig*.json' -o -name bundle.mjs \) -exec rm -r {} + \
    && find packages node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \
        -o -name '.tsbuildinfo' \) -delete \
    && chmod 755 packages/stack/dist/bin/*.js

FROM ${NODE_IMAGE} AS sisock-base
ARG SISOCK_VERSION=0.1.0
LABEL org.opencontainers.image.title="sisock" \
    org.opencontainers.image.description="Housekeeping data of an observatory, live and archived, over WAMP and HTTP" \
    org.opencontainers.image.licenses="BSD-2-Clause" \
    org.opencontainers.image.version="${SISOCK_VERSION}"
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
# The user of OCS's aggregator: what it writes, these parts read.
RUN groupadd --gid 9000 ocs && useradd --uid 9000 --gid ocs --home-dir /app --no-create-home ocs \
    && install -d -o ocs -g ocs /var/lib/sisock /data \
    && ln -s /app/packages/stack/dist/bin/sisock.js /usr/local/bin/sisock \
    && ln -s /app/packages/stack/dist/bin/health.js /usr/local/bin/sisock-health
COPY --from=build /app /app
WORKDIR /app
USER ocs
ENV NODE_ENV=production \
    CROSSBAR_HOST=sisock-crossbar \
    CROSSBAR_DIR=/app/.crossbar \
    SISOCK_DATA_DIR=/var/lib/sisock \
    HEALTH_PORT=9100
ENTRYPOINT ["tini", "--", "sisock"]
# `sisock health`, with nothing else loaded.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["sisock-health"]

FROM sisock-base AS sisock-http
# Its port is published on the loopback of the host (docker-compose.yaml); docs/access.md tells how to open it further.
ENV SISOCK_BIND=0.0.0.0 PORT=5000
EXPOSE 5000
CMD ["http"]

FROM sisock-base AS sisock-weather-server
# Used where no directory of files is mounted over it.
COPY --from=build --chown=ocs:ocs /weather /data
ENV WEATHER_DIRECTORY=/data
CMD ["node", "weather"]

FROM sisock-base AS sisock-sensors-server
CMD ["node", "sensors"]

FROM sisock-base AS sisock-apex-weather-server
CMD ["node", "apex-weather"]

FROM sisock-base AS sisock-radiometer-server
CMD ["node", "radiometer"]

# `docker tag` gives it its older name, sisock-thermometry-server.
FROM sisock-base AS sisock-data-feed-server
CMD ["node", "data-feed"]

FROM sisock-base AS sisock-g3-reader-server
CMD ["node", "g3-reader"]

FROM sisock-base AS sisock-joined-server
CMD ["node", "joined"]

FROM sisock-base AS sisock-g3-file-scanner
ENV DATA_DIRECTORY=/data
CMD ["g3-file-scanner"]

# Crossbar from PyPI, without its installer and others' tests.
FROM ${PYTHON_IMAGE} AS crossbar
ARG CROSSBAR_VERSION=26.10.1
RUN python3 -m venv /opt/crossbar \
    && /opt/crossbar/bin/pip install --no-cache-dir --quiet "crossbar==${CROSSBAR_VERSION}" \
    && cd /opt/crossbar/lib/python3*/site-packages \
    && find twisted numpy Crypto -type d \( -name test -o -name tests -o -name SelfTest \) -prune -exec rm -r {} + \
    && rm -r pip pip-*.dist-info /opt/crossbar/bin/pip*

# Crossbar, and our hub beside it.
FROM ${PYTHON_IMAGE} AS sisock-crossbar
ARG SISOCK_VERSION=0.1.0
LABEL org.opencontainers.image.title="sisock-crossbar" \
    org.opencontainers.image.description="Crossbar as sisock's router, and sisock's hub" \
    org.opencontainers.image.licenses="BSD-2-Clause" \
    org.opencontainers.image.version="${SISOCK_VERSION}"
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --gid 9000 ocs && useradd --uid 9000 --gid ocs --home-dir /app --no-create-home ocs \
    && install -d -o ocs -g ocs /var/lib/sisock
COPY --from=crossbar /opt/crossbar /opt/crossbar
COPY --from=sisock-base /usr/local/bin/node /usr/local/bin/node
COPY --from=sisock-base /app /app
RUN ln -s /app/packages/stack/dist/bin/sisock.js /usr/local/bin/sisock \
    && ln -s /app/packages/stack/dist/bin/health.js /usr/local/bin/sisock-health
WORKDIR /app
USER ocs
ENV NODE_ENV=production \
    PATH=/opt/crossbar/bin:$PATH \
    CROSSBAR_DIR=/app/.crossbar \
    SISOCK_DATA_DIR=/var/lib/sisock \
    SISOCK_BIND=0.0.0.0 \
    HEALTH_PORT=9100
EXPOSE 8001 8080
ENTRYPOINT ["tini", "--", "sisock"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["sisock-health"]
CMD ["crossbar"]

# Any command: `docker run --rm sisock g3 info FILE`.
FROM sisock-base AS sisock
CMD ["--help"]
