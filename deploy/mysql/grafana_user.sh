#!/bin/sh
# Make or renew Grafana's read-only user. MYSQL_PWD is root's password, GRAFANA_MYSQL_PASSWORD the new user's.
set -eu
# In hexadecimal, so that no character of it means anything to SQL; by pipe, so that it is on no command line.
hex=$(printf %s "${GRAFANA_MYSQL_PASSWORD:?is the password of the user grafana}" | od -An -v -tx1 | tr -d ' \n')
{
  printf 'SET @grafana_password = CONVERT(0x%s USING utf8mb4);\n' "$hex"
  cat "$(dirname "$0")/grafana.sql"
} | mysql --host="${MYSQL_HOST:-mysql}" --port="${MYSQL_PORT:-3306}" --user="${MYSQL_USER:-root}" "${MYSQL_DATABASE:-oi}"
