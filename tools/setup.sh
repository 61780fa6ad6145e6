# What ./demo and ./check have in common: headings, timings, Debian's packages, configure and build. Sourced by bash, in
# the project's directory.

heading() { printf '\n== %s\n' "$*"; }

# Prints a command as it could be typed, and runs it.
run() {
  printf '$ %s\n' "$*"
  "$@"
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command and says how long it took.
timed() {
  local started=$SECONDS
  run "$@"
  printf '(%d s)\n' $((SECONDS - started))
}

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs those of the packages that are missing. Needs neither network nor root where none is.
install_missing() {
  heading "Debian packages"
  if ! command -v dpkg-query >/dev/null; then
    printf 'This is no Debian system. Going on with what is here; needed are: %s\n' "$*"
    return
  fi
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    printf 'all %d are installed\n' $#
    return
  fi
  printf 'missing: %s\n' "${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "cannot install as $(id -un); as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  run "${root[@]}" apt-get update -q ||
    fail "apt-get update failed: are there a network and a Debian mirror?"
  run "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install ${missing[*]}"
}

# configure PRESET [OPTION...]: with ccache where it is installed.
configure() {
  local preset=$1 launcher=()
  shift
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  run cmake --preset "$preset" "${launcher[@]}" "$@"
}

build_packages=(g++ cmake ninja-build pkg-config libfmt-dev libcli11-dev libzstd-dev libxxhash-dev nlohmann-json3-dev)
