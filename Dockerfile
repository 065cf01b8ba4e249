# syntax=docker/dockerfile:1

# A node of Parley with its demo page: no compiler, no development dependency, no root.
FROM node:24-bookworm-slim AS build
WORKDIR /parley
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY server/package.json server/
COPY client-web/package.json client-web/
COPY test/package.json test/
# esbuild, for the page, is all that is needed of the development dependencies.
RUN npm ci --ignore-scripts
COPY proto proto
COPY tsconfig.json ./
COPY client-web client-web
RUN node client-web/scripts/build-demo.ts

FROM node:24-bookworm-slim AS dependencies
WORKDIR /parley
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY server/package.json server/
COPY client-web/package.json client-web/
COPY test/package.json test/
RUN npm ci --omit=dev --ignore-scripts --workspace server --workspace proto

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /parley
COPY --from=dependencies /parley/node_modules node_modules
COPY package.json LICENSE ./
# Node runs TypeScript by leaving its types out. It does not do so inside node_modules; there the workspaces are
# links to these folders, and Node goes by where a file really is.
COPY proto proto
COPY server server
COPY --from=build /parley/server/dist server/dist
# The user "node" of the image, as a number: Kubernetes can tell that it is not root.
USER 1000
# Beyond loopback a server without authentication starts only with PARLEY_OPEN=true: that is for you to say.
ENV PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=8080
EXPOSE 8080
# Without a shell in between, so that SIGTERM reaches the server and it can drain.
ENTRYPOINT ["node", "server/src/main.ts"]
CMD ["serve"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PARLEY_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
