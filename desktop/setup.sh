# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by desktop/run and tests/run: what both need of the system, and how both build.
# Expects $root, the top of the checkout.

packages_build=(
    build-essential cmake ninja-build pkg-config
    qt6-base-dev qt6-declarative-dev qt6-charts-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
    qt6-declarative-dev-tools
    libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libabsl-dev zlib1g-dev libnghttp2-dev
    libboost1.81-dev libboost-json1.81-dev libsimdjson-dev libjemalloc-dev libssl-dev libsqlitecpp-dev libsqlite3-dev
    libcli11-dev libfreetype-dev prometheus-cpp-dev libtorch-dev libopenblas-dev libopenblas0-pthread libbenchmark-dev
)
packages_run=(
    qml6-module-qtquick qml6-module-qtquick-controls qml6-module-qtquick-layouts qml6-module-qtquick-window
    qml6-module-qtquick-templates qml6-module-qtqml qml6-module-qtqml-workerscript qml6-module-qtqml-models
    qml6-module-qtcharts qml6-module-qtquick-dialogs qml6-module-qtquick-shapes qml6-module-qtcore
    qml6-module-qt-labs-platform qml6-module-qt-labs-qmlmodels libqt6svg6 qt6-translations-l10n
    fonts-inter fonts-dejavu-core curl
)
packages_test=(qml6-module-qttest xvfb prometheus clang-format dbus-daemon python3-grpcio nghttp2-client
    nginx haproxy)
# For the presets clang and fuzz only; llvm has the symbolizer that makes their reports readable.
packages_clang=(clang-14 libclang-rt-14-dev llvm)

say() { printf '%s\n' "$*" >&2; }

# ensure_packages NAME…: installs those that are missing, asking for sudo only where it is needed. Services among them are
# neither started nor enabled: the tests run their programs themselves, on ports of their own.
ensure_packages() {
    local missing=() name
    for name in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { say "Missing packages: ${missing[*]}. Install them as root."; return 1; }
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq || say "apt-get update failed; trying with the lists that are here"
    # shellcheck disable=SC2016  # expanded by that shell
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap "rm -f $policy" EXIT
            trap "exit 130" INT TERM
            printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy
        fi
        apt-get install -y -qq --no-install-recommends "$@" || exit
        for name; do
            case $name in nginx | haproxy | prometheus) systemctl --quiet disable $name 2>/dev/null ;; esac
        done
        true' sh "${missing[@]}" >/dev/null
}

# build PRESET [TARGET…]: configures when needed, builds with at most two jobs. MILLRACE_CMAKE_ARGS goes to cmake.
build() {
    local preset=$1 folder=$root/build/$1 log
    shift
    log=$folder.log
    mkdir -p "$root/build"
    # shellcheck disable=SC2086  # several arguments
    if ! (cd "$root" && cmake --preset "$preset" ${MILLRACE_CMAKE_ARGS:-}) >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        say "Configuring failed; the whole log is $log"
        return 1
    fi
    say "Building ($preset)"
    if ! cmake --build "$folder" -j 2 ${1:+--target "$@"} >>"$log" 2>&1; then
        grep -E -A5 'error|FAILED' "$log" | tail -n 60 >&2
        say "The build failed; the whole log is $log"
        return 1
    fi
}
