#!/bin/sh
# Start Redis with one user for each service (users.acl, made by deploy/access/redis_acl.py) and none without a name.
# Passwords come as SHA-256 sums, one file a user: nothing that opens a door lies here but the operator's own.
set -eu
umask 077
here=$(dirname "$0")
secrets=${SECRETS:-/secrets}
file=${ACL_FILE:-/tmp/users.acl}
# Clients introduce themselves by a command that 7.0 does not know yet.
case $(redis-server --version) in
  *v=7.0.*) introduction= ;;
  *) introduction=' +client|setinfo' ;;
esac
{
  # Nobody can be it. But the server itself is, when it reads its append-only file: without rights it would leave out
  # every transaction and script in it, and lose what it has said to be safe.
  echo 'user default off resetpass ~* &* +@all'
  while read -r _ name _ rest; do
    printf 'user %s on #%s %s\n' "$name" "$(cat "$secrets/$name.sha256")" "$rest$introduction"
  done <"$here/users.acl"
} >"$file"
exec redis-server --aclfile "$file" --appendonly yes --appendfsync always \
  --maxmemory "${REDIS_MAXMEMORY:-512mb}" --maxmemory-policy noeviction "$@"
