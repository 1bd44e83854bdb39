#!/usr/bin/env bash
# What the scripts that measure filittle beside other programs have in common. It is sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034  # the scripts use it
cache=${XDG_CACHE_HOME:-$HOME/.cache}/filittle

say() {
    echo "$*" >&2
}

# Prints the comment at the beginning of the script.
usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
}

# Ends the script unless the argument of --binary is a program.
check_binary() {
    if [ ! -x "$1" ]; then
        say "--binary is followed by a program, and '$1' is none."
        exit 2
    fi
}

# Reads lines of a command and its Debian package, and prints the packages of those missing.
packages_of_missing() {
    local name package
    while read -r name package; do
        command -v "$name" >/dev/null || echo "$package"
    done
}

install_packages() {
    local install=(apt-get install -y --no-install-recommends "$@")
    local become=()
    if ! command -v apt-get >/dev/null; then
        say "There is no apt-get here. Install what these packages of Debian have: $*"
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            say "Packages are missing, and this user may not install them. Run:"
            say "    sudo apt-get update && sudo ${install[*]}"
            return 1
        fi
        become=(sudo -n)
    fi
    "${become[@]}" apt-get update >&2
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2
}

# Installs the packages whose names the function prints, if it prints any.
install_missing() {
    local packages
    mapfile -t packages < <("$1" | sort -u)
    if [ "${#packages[@]}" -gt 0 ]; then
        install_packages "${packages[@]}"
    fi
}

# Prints where it is. In a substitution the shell does not stop at what fails by itself.
build() {
    say "Building filittle"
    cd "$root" && cargo build --release --package filittle >&2 &&
        realpath "${CARGO_TARGET_DIR:-target}/release/filittle"
}
