# Makes the virtual environment and installs locked packages into it; sourced by scripts/start and scripts/test.
#
# Use: `environment_ready LOCK...`, where LOCK names requirements/LOCK.txt, or is `miniapp` for what Node runs.
# Leaves the interpreter in $python.
# What was installed is recorded by digest, so nothing is done twice; an interrupted installation starts over.

project="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="$project/.venv"
python="$venv/bin/python"
unfinished="$venv/.unfinished"

# Settings of the caller that would send packages or imports elsewhere.
unset PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PYTHONPATH="$project"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
  exit 1
}

environment_ready() {
  trap 'exit 130' INT
  lock_environment
  ensure_venv
  local lock
  for lock in "$@"; do
    if [[ "$lock" == miniapp ]]; then
      ensure_node
      ensure_node_packages
    else
      ensure_packages "$lock"
    fi
  done
  exec 9<&-
  trap - INT
}

# One installation at a time; the lock goes with the process, so nothing is left behind by a killed one.
lock_environment() {
  exec 9<"$project"
  command -v flock >/dev/null || fail "the program flock is missing; install it with: apt-get install util-linux"
  if ! flock --nonblock 9; then
    say "Waiting for another start or test that is installing packages …"
    flock 9
  fi
}

ensure_venv() {
  if [[ -e "$venv" && ! -e "$unfinished" ]] && venv_works; then
    return
  fi
  local base
  base="$(find_python)"
  ensure_venv_module "$base"
  if [[ -e "$unfinished" ]]; then
    say "The last installation was interrupted; starting it again."
  fi
  say "Making a virtual environment with $("$base" --version) …"
  rm -rf -- "$venv"
  mkdir -- "$venv"
  : >"$unfinished"
  "$base" -m venv "$venv" >/dev/null || fail "cannot make a virtual environment in $venv"
}

# A system upgrade can leave an environment whose interpreter is gone or looks for packages elsewhere.
venv_works() {
  [[ "$("$python" -c 'import importlib.util as u; print(u.find_spec("pip") is not None)' 2>/dev/null)" == True ]]
}

find_python() {
  local candidate
  if [[ -n "${PYTHON:-}" ]]; then
    python_fits "$PYTHON" || fail "PYTHON is set to $PYTHON, which is not a Python 3.11, 3.12 or 3.13"
    printf '%s\n' "$PYTHON"
    return
  fi
  for candidate in python3 python3.13 python3.12 python3.11; do
    if python_fits "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  local present
  present="$(python3 --version 2>/dev/null || printf 'no Python 3')"
  fail "Python 3.11, 3.12 or 3.13 is needed and this machine has $present; install one, for example with:" \
    "sudo apt-get install python3.11 python3.11-venv"
}

# 3.14 is left out because the embedded database has no build for it.
python_fits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

ensure_venv_module() {
  if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
    return
  fi
  ensure_debian_package "$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  "$1" -c 'import ensurepip, venv' 2>/dev/null || fail "$1 has no venv module; install one that has"
}

ensure_debian_package() {
  local package="$1"
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    fail "the package $package is missing; install it with: sudo apt-get install $package"
  fi
  say "Installing the system package $package …"
  local log
  log="$(mktemp)"
  if ! apt_install "$package" >"$log" 2>&1; then
    say "  fetching the list of packages first …"
    { apt-get update && apt_install "$package"; } >"$log" 2>&1 || {
      tail -n 15 -- "$log" >&2
      fail "cannot install $package; see above"
    }
  fi
  rm -f -- "$log"
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$1" </dev/null; }

ensure_packages() {
  local lock="$1" stamp="$venv/.installed-$1" digest
  digest="$(sha256sum <"$project/requirements/$lock.txt")"
  if [[ ! -e "$unfinished" && "$(cat -- "$stamp" 2>/dev/null)" == "$digest" ]]; then
    return
  fi
  install_packages "$lock"
  printf '%s\n' "$digest" >"$stamp.new"
  mv -- "$stamp.new" "$stamp"
  rm -f -- "$unfinished"
}

install_packages() {
  local lock="$1" requirements="$project/requirements/$1.txt" log="$venv/install-$1.log" count leash=()
  count="$(grep -c '^[A-Za-z0-9]' "$requirements")"
  say "Installing $count locked packages for $lock; the first time, this takes a minute or two …"
  : >"$unfinished"
  # Everything comes ready built but lunar-python, of which there is the source only: plain Python, built in a second.
  # When this script is killed, the installation goes with it.
  if command -v setpriv >/dev/null; then leash=(setpriv --pdeathsig KILL); fi
  if ! "${leash[@]}" "$python" -m pip install --require-hashes --no-deps --only-binary :all: --no-binary lunar-python \
    --disable-pip-version-check --no-input \
    --progress-bar off --requirement "$requirements" </dev/null 2>&1 | tee -- "$log" | show_progress "$count"; then
    grep -v '^WARNING: Location' -- "$log" | tail -n 15 | cut -c 1-300 >&2
    fail "the packages of requirements/$lock.txt could not be installed; see above, and all of it in $log"
  fi
}

show_progress() {
  local total="$1" line seen=0 shown_at=$SECONDS
  while IFS= read -r line; do
    case "$line" in
      Collecting\ * | Processing\ * | Ignoring\ * | Requirement\ already\ *)
        seen=$((seen + 1))
        if ((SECONDS - shown_at >= 5)); then
          say "  fetched $seen of $total"
          shown_at=$SECONDS
        fi
        ;;
      Installing\ collected\ *) say "  unpacking …" ;;
    esac
  done
}

# 18.18 is the oldest that the linter takes; Debian 12 has a newer one, of its own.
ensure_node() {
  if node_fits; then
    return
  fi
  ensure_debian_package nodejs
  command -v npm >/dev/null || ensure_debian_package npm
  node_fits || fail "Node 18.18 or newer is needed, with npm, and this machine has" \
    "$(node --version 2>/dev/null || printf 'no Node'); install one"
}

node_fits() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 18 || (major === 18 && minor >= 18) ? 0 : 1);' 2>/dev/null
}

# npm ci begins by removing what is there, the stamp too: an interrupted installation starts over.
ensure_node_packages() {
  local home="$project/miniapp" digest
  local stamp="$home/node_modules/.installed"
  digest="$(cat -- "$home/package.json" "$home/package-lock.json" | sha256sum)"
  if [[ "$(cat -- "$stamp" 2>/dev/null)" == "$digest" ]]; then
    return
  fi
  install_node_packages "$home"
  printf '%s\n' "$digest" >"$stamp.new"
  mv -- "$stamp.new" "$stamp"
}

# Within the folder and not by --prefix, which also makes npm look for the machine's own settings in another place: a
# registry or a certificate that is set there would be lost. No script of a package is run. Settings of the caller that would leave out the tools are overruled.
install_node_packages() {
  local home="$1" log="$venv/install-miniapp.log" try leash=()
  say "Installing the locked packages of the mini-program …"
  if command -v setpriv >/dev/null; then leash=(setpriv --pdeathsig KILL); fi
  for try in 1 2 3; do
    if (cd -- "$home" && exec "${leash[@]}" npm ci --include=dev --include=optional --ignore-scripts \
      --no-audit --no-fund --prefer-offline --fetch-retries 2 --fetch-retry-mintimeout 2000 --fetch-retry-maxtimeout 10000) \
      </dev/null >"$log" 2>&1; then
      return
    fi
    if ((try < 3)); then
      say "  that did not work; trying again …"
      sleep $((try * 5))
    fi
  done
  tail -n 15 -- "$log" | cut -c 1-300 >&2
  fail "the packages of miniapp/package-lock.json could not be installed: can this machine reach npm's registry?" \
    "See above, and all of it in $log"
}
