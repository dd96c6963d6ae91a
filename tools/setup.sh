# Shared by tools/demo and tools/check: packages, configuration, build. Sourced, not run.

say() { printf '\n== %s\n' "$*"; }

# Installs what tools/packages.txt names and this machine lacks.
install_packages() {
  local missing=() package
  while read -r package; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done < <(grep -v '^#' tools/packages.txt)
  if ((${#missing[@]} == 0)); then return; fi
  say "installing ${missing[*]}"
  local root=()
  if (($(id -u) != 0)); then root=(sudo); fi
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
  local preset=$1
  shift
  say "building preset $preset"
  cmake --preset "$preset" --log-level=WARNING >/dev/null
  cmake --build "build/$preset" -j "$(nproc)" ${1:+--target "$@"}
}
