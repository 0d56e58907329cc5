#!/bin/sh
# Make the secrets that are not there yet, and lay out for each service the few it needs, in a folder of its own.
#   make_secrets.sh FOLDER [GIVEN] [TELEGRAM_TOKEN]
# GIVEN holds lines NAME=value of what only a person knows (.env), TELEGRAM_TOKEN may be a file with the bot's token.
# Passwords are random, made once, and kept in FOLDER/made; deleting one and running this again makes a new one.
set -eu
umask 022
folder=$1
given=${2:-/dev/null}
telegram=${3:-/dev/null}
services="ingest-ws poller bucketer ai-minimal ai-rich paper-trader notifier dashboard recorder"
redis_at=${REDIS_ADDRESS:-redis:6379}
mysql_at=${MYSQL_ADDRESS:-mysql:3306}

# In one step: whoever reads meanwhile finds the whole of it, old or new.
put() {
  [ -d "$folder/${1%/*}" ] || mkdir -p "$folder/${1%/*}"
  printf %s "$2" >"$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

said() { awk -v name="$1=" 'index($0, name) == 1 { value = substr($0, length(name) + 1) } END { printf "%s", value }' "$given"; }

# made NAME [GIVEN_NAME]: what a person has said, else what was made before, else something random.
made() {
  value=$(if [ -n "${2:-}" ]; then said "$2"; fi)
  if [ -n "$value" ] || [ ! -s "$folder/made/$1" ]; then
    put "made/$1" "${value:-$(od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n')}"
  fi
  cat "$folder/made/$1"
}

redis_url() { put "$1/redis_url" "redis://$2:$(made "redis-$2")@$redis_at/0"; }
database_url() { put "$1/database_url" "mysql+pymysql://$2:$(made "mysql-$2")@$mysql_at/oi?charset=utf8mb4"; }

for user in $services simulator operator exporter; do
  put "redis/$user.sha256" "$(made "redis-$user" | sha256sum | cut -d' ' -f1)"
done
for user in $services operator; do
  put "accounts/$user" "$(made "mysql-$user")"
done
for user in $services; do database_url "$user" "$user"; done
for user in $services simulator; do redis_url "$user" "$user"; done
put redis/operator "$(made redis-operator)"
put accounts/root "$(made mysql-root MYSQL_ROOT_PASSWORD)"
put mysql/root "$(made mysql-root MYSQL_ROOT_PASSWORD)"
put mysql/migrate "$(made mysql-migrate)"
database_url migrate migrate
redis_url oi operator
database_url oi operator
redis_url owner operator
database_url owner migrate
put exporter/passwords.json "{\"redis://exporter@$redis_at\": \"$(made redis-exporter)\"}"

for service in ingest-ws poller; do
  for name in ANGEL_API_KEY ANGEL_PIN ANGEL_TOTP_SECRET; do
    put "$service/$(echo "$name" | tr '[:upper:]' '[:lower:]')" "$(said "$name")"
  done
done
for service in ai-minimal ai-rich; do put "$service/openrouter_api_key" "$(said OPENROUTER_API_KEY)"; done
token=$(cat "$telegram")
put notifier/telegram_bot_token "${token:-$(said TELEGRAM_BOT_TOKEN)}"
put dashboard/token "$(made dashboard-token DASHBOARD_TOKEN)"

put grafana/admin_password "$(made grafana-admin GRAFANA_ADMIN_PASSWORD)"
put grafana/mysql_password "$(made mysql-grafana)"
put grafana-user/root "$(made mysql-root MYSQL_ROOT_PASSWORD)"
put grafana-user/mysql_password "$(made mysql-grafana)"
echo "the secrets are laid out in $folder"
