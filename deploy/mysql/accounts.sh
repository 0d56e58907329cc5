#!/bin/sh
# Make or renew the users of the services. SECRETS is a folder with one file for each user, its password, and one named
# root, by which this logs in.
set -eu
secrets=${SECRETS:-/secrets}
MYSQL_PWD=$(cat "$secrets/root")
export MYSQL_PWD
{
  for file in "$secrets"/*; do
    # In hexadecimal, so that no character of it means anything to SQL; by pipe, so that it is on no command line.
    printf 'SET @`%s` = CONVERT(0x%s USING utf8mb4);\n' "${file##*/}" "$(od -An -v -tx1 "$file" | tr -d ' \n')"
  done
  cat "$(dirname "$0")/accounts.sql"
} | mysql --host="${MYSQL_HOST:-mysql}" --port="${MYSQL_PORT:-3306}" --user="${MYSQL_USER:-root}" "${MYSQL_DATABASE:-oi}"
