# One image for every process: `serve`, `work`, `migrate`, `setup`, … A glibc image, as Temporal's native core needs one.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency needs its install script, so none gets to run.
RUN npm ci --ignore-scripts
COPY . .
# The engine, then the installation: configuration, activities, routes and workflow bundle, which is all that production loads.
# nodemailer is what only this installation's activities import, and needs nothing itself: it is kept from being pruned.
RUN npm run build && node bin/posthorn.js build && cp -r node_modules/nodemailer /tmp \
  && npm prune --omit=dev --ignore-scripts && mv /tmp/nodemailer node_modules/

FROM node:24-bookworm-slim
# Temporal's core trusts the system's certificates, and the slim image has none.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/.posthorn ./.posthorn
USER node
EXPOSE 3000
ENTRYPOINT ["node", "bin/posthorn.js"]
CMD ["serve"]
