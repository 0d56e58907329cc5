#!/bin/sh
# Make .venv what requirements.lock and the members' pyproject.toml say. Does nothing when it already is.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv
STAMP=$VENV/.setup-stamp
LOG=$VENV/setup.log
MEMBERS="libs/common services/* cli"
MINIMUM="3, 11"

say() { printf '%s\n' "$*" >&2; }

fail() {
    say ""
    say "Set-up stopped: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

digest() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

# All that decides what the environment must hold: the lock, the members, this checkout's place, the interpreter.
wanted_state() {
    {
        cat requirements.lock pyproject.toml deploy/bootstrap.sh
        for member in $MEMBERS; do [ -f "$member/pyproject.toml" ] && cat "$member/pyproject.toml"; done
        [ -f "$VENV/pyvenv.cfg" ] && cat "$VENV/pyvenv.cfg"
        printf '%s\n' "$PWD" "${PYTHON:-}"
    } | digest
}

is_current() {
    [ -x "$VENV/bin/python" ] && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted_state)" ]
}

is_new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < ($MINIMUM))" >/dev/null 2>&1; }

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON cannot be run, or is older than 3.11"
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3.12 python3.11 python3.13 python3.14 python3; do
        if is_new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "no Python of at least 3.11 was found" \
        "install one (Debian 12 and later, Ubuntu 24.04 and later: apt-get install python3 python3-venv)" \
        "or name one: make setup PYTHON=/path/to/python3.12"
}

# step TITLE HINT COMMAND...: quiet when it succeeds, the end of its output when it does not.
step() {
    title=$1 hint=$2
    shift 2
    number=$((number + 1))
    printf '[%s/4] %s ... ' "$number" "$title" >&2
    started=$(date +%s)
    if "$@" >>"$LOG" 2>&1; then
        say "done in $(($(date +%s) - started)) s"
        return
    fi
    say "failed"
    tail -n 25 "$LOG" >&2
    fail "$title" "$hint" "the whole output is in $LOG"
}

can_make_venv() { "$1" -c "import venv, ensurepip" >/dev/null 2>&1; }

# Debian keeps venv and ensurepip in a package of their own.
need_venv_module() {
    can_make_venv "$1" && return
    package=$("$1" -c "import sys; print(f'python{sys.version_info[0]}.{sys.version_info[1]}-venv')")
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "$1 cannot make virtual environments yet: installing $package with apt-get ..."
        apt_get update && apt_get install -y --no-install-recommends "$package" || true
    fi
    can_make_venv "$1" || fail "$1 cannot make a virtual environment (its venv or ensurepip module is missing)" \
        "as root: apt-get install $package" "then run the same command again"
}

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >>"$LOG" 2>&1; }

make_venv() {
    rm -rf "$VENV/bin" "$VENV/lib" "$VENV/lib64" "$VENV/include" "$VENV/pyvenv.cfg"
    "$1" -m venv "$VENV"
}

is_usable_venv() {
    is_new_enough "$VENV/bin/python" && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$VENV/bin/python")" ]
}

version_of() { "$1" -c "import sys; print(sys.version)"; }

# uv comes from the lock too, so its hash is checked like every other one.
install_uv() {
    awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements.lock >"$VENV/uv.lock"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$VENV/uv.lock"
}

# A machine that is told where packages come from is told so for pip; uv reads other names.
use_pips_settings() {
    index=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"; fi
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" UV_LINK_MODE="${UV_LINK_MODE:-copy}"
}

uv_pip() {
    action=$1
    shift
    "$VENV/bin/uv" pip "$action" --python "$VENV/bin/python" "$@"
}

install_members() {
    set --
    for member in $MEMBERS; do [ -f "$member/pyproject.toml" ] && set -- "$@" -e "$member"; done
    uv_pip install --no-deps --no-build-isolation "$@"
}

main() {
    is_current && exit 0
    number=0
    mkdir -p "$VENV"
    : >"$LOG"
    network="is the package index reachable? try again, or set PIP_INDEX_URL to one that is"
    if is_usable_venv; then
        number=1
    else
        python=$(choose_python)
        need_venv_module "$python"
        step "Making .venv with $("$python" --version 2>&1)" "remove .venv and try again" make_venv "$python"
    fi
    rm -f "$STAMP"
    use_pips_settings
    step "Fetching uv" "$network" install_uv
    step "Installing the locked packages" "$network" uv_pip sync --require-hashes requirements.lock
    step "Installing this project" "see above" install_members
    wanted_state >"$STAMP"
}

main
