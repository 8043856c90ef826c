#!/bin/sh
# Brings Temporal's two databases to the schema of this image. Runs again at every start and then changes nothing.
# temporal-sql-tool reads SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN.
set -eu

schema=/etc/temporal/schema/postgresql/v12

update() {
  temporal-sql-tool --db "$1" update-schema --schema-dir "$schema/$2/versioned"
}

prepare() {
  # A database that is there needs the update only; `create` and `setup-schema` fail on one, so they are the second way.
  update "$1" "$2" && return
  temporal-sql-tool --db "$1" create || true
  temporal-sql-tool --db "$1" setup-schema --version 0.0 || true
  update "$1" "$2"
}

prepare temporal temporal
prepare temporal_visibility visibility
