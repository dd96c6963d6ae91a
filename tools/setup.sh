# Shared by tools/demo and tools/check: packages, configuration, build. Sourced, not run.

say() { printf '\n== %s\n' "$*"; }

# install_packages [tests]: what tools/packages.txt names and this machine lacks.
install_packages() {
  local missing=() package only
  while read -r package only; do
    if [[ -n $only && $only != "${1-}" ]]; then continue; fi
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done < <(grep -v '^#' tools/packages.txt)
  if ((${#missing[@]} == 0)); then return; fi
  install_these "${missing[@]}"
}

install_these() {
  say "installing $*"
  local root=()
  if (($(id -u) != 0)); then root=(sudo); fi
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# Vega and Vega-Lite, which draw the reports, into build/web: from the npm registry, checked.
fetch_web() {
  local name version sum
  while read -r name version sum; do
    if [[ -f build/web/vega-lite.LICENSE && -f build/web/$name.min.js ]] && sha256sum --status -c <<<"$sum  build/web/$name.min.js"; then
      continue
    fi
    if ! command -v npm >/dev/null; then install_these npm; fi
    say "fetching $name $version"
    local into
    into=$(mktemp -d)
    (cd "$into" && npm pack --silent "$name@$version" </dev/null >/dev/null && tar xzf "$name-$version.tgz")
    sha256sum --status -c <<<"$sum  $into/package/build/$name.min.js" || {
      echo "$name $version is not what tools/web.txt says it is" >&2
      exit 1
    }
    mkdir -p build/web
    mv "$into/package/build/$name.min.js" build/web/
    if [[ -f $into/package/LICENSE ]]; then mv "$into/package/LICENSE" "build/web/$name.LICENSE"; fi
    rm -rf "$into"
  done < <(grep -v '^#' tools/web.txt)
}

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
  local preset=$1
  shift
  fetch_web
  say "building preset $preset"
  cmake --preset "$preset" --log-level=WARNING >/dev/null
  cmake --build "build/$preset" -j "$(nproc)" ${1:+--target "$@"}
}
