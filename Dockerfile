# syntax=docker/dockerfile:1

# A node of Parley with its demo page: the packages as they are published, their dependencies as the lockfile pins
# them, no compiler, no root. The base is pinned by the digest of its index, which has an image for each platform.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
WORKDIR /parley
COPY package.json package-lock.json .npmrc tsconfig.json LICENSE ./
COPY proto proto
COPY server server
COPY client-web client-web
COPY scripts/packages scripts/packages
COPY test/package.json test/
RUN npm ci --ignore-scripts && npm run build

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS dependencies
WORKDIR /parley
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY server/package.json server/
COPY client-web/package.json client-web/
COPY test/package.json test/
RUN npm ci --omit=dev --ignore-scripts --workspace server --workspace proto

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
ENV NODE_ENV=production
WORKDIR /parley
# Its links to the workspaces lead to the packages that follow.
COPY --from=dependencies /parley/node_modules node_modules
COPY --from=build /parley/dist/packages/proto proto
COPY --from=build /parley/dist/packages/server server
# The user "node" of the image, as a number: Kubernetes can check that it is not root.
USER 1000
# Beyond loopback a server without authentication starts only with PARLEY_OPEN=true, which is your decision.
ENV PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=8080
EXPOSE 8080
# Without a shell in between, so that SIGTERM reaches the server and it can drain.
ENTRYPOINT ["node", "server/lib/main.js"]
CMD ["serve"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PARLEY_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
