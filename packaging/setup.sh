#!/usr/bin/env bash
# Installs what a bare Debian 12 with Go, git and make lacks to build, test and package hexiao: `make setup`. With the
# word "fonts", "lab", "windows" or "wine": also what `make` of that name needs. It says what it installs, and installs
# nothing that is already there; when nothing is missing it asks neither apt nor the network.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/build/tools
log=$PWD/build/setup.log
did=

debian=(
	ca-certificates         # Go modules come over https
	gcc libc6-dev pkg-config # the till window is the one program with C in it
	libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev # for Fyne 2.7
	xvfb                    # the window's tests open it on displays of their own,
	xdotool                 # type into it as a scanner does,
	openbox                 # and minimise it, for which it takes a window manager
	chromium                # the plain page's tests look at it in a browser
	curl python3            # the examples for POS software in README are run
)
case ${1:-} in
fonts) debian+=(libharfbuzz-bin fonts-noto-cjk) ;;
lab) debian+=(qemu-system-x86 xz-utils) ;;
windows) debian+=(gcc-mingw-w64-x86-64) ;;
wine) debian+=(gcc-mingw-w64-x86-64 wine wine64) ;;
esac

main() {
	mkdir -p build
	packages
	# Versions known to work with Go 1.26; a newer nfpm (2.48) needs modules that the proxy refuses.
	tool staticcheck v0.8.2 honnef.co/go/tools/cmd/staticcheck
	tool nfpm v2.43.0 github.com/goreleaser/nfpm/v2/cmd/nfpm
	[ "${1:-}" != lab ] || system
	[ -n "$did" ] || echo "setup: nothing to do"
}

packages() {
	command -v dpkg-query >/dev/null || fail "this is not Debian. Install with its own package manager what Debian calls ${debian[*]}"
	local present name missing=()
	present=$(dpkg-query -W -f '${Package}=${db:Status-Status}\n' "${debian[@]}" 2>/dev/null || true)
	for name in "${debian[@]}"; do
		grep -qxF "$name=installed" <<<"$present" || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	local cure="As root, this must work first: apt-get update && apt-get install ${missing[*]}"
	as_root || fail "missing: ${missing[*]}; to install them takes root, and there is no sudo. $cure"
	echo "setup: installing Debian packages: ${missing[*]}"
	get update || echo "setup: apt-get update failed (see build/setup.log); going on with the lists that are here"
	get install -y --no-install-recommends "${missing[@]}" || fail "apt-get install failed; the log ends:
$(tail -n 5 "$log")
$cure"
	did=yes
}

root=() # what to put before a command that takes root
as_root() {
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null || return 1
	root=(sudo)
}

# system unpacks what the driver lab boots into build/lab/system, and installs none of it: the kernel that Debian has today with
# the modules the lab may want, udev, and the tool that our udev rules call. The cloud kernel will not do: it has no USB.
system() {
	local to=$PWD/build/lab/system fetched=$PWD/build/lab/packages wanted="udev coreutils" deb
	[ "$(cat "$to/complete" 2>/dev/null)" != "$wanted" ] || return 0
	rm -rf "$to"
	mkdir -p "$to"
	echo "setup: unpacking into build/lab/system, without installing it: Debian's kernel, $wanted, and their libraries (80 MB)"
	if ! fetch "$fetched" $wanted; then # the lists of packages may be missing, or too old
		as_root && get update || true
		fetch "$fetched" $wanted || fail "apt-get download failed; the log ends:
$(tail -n 5 "$log")
It takes the network and Debian's lists of packages for amd64; as root, this must work: apt-get update"
	fi
	for deb in "$fetched"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --exclude './usr/share/*' --exclude './boot/System.map*' \
			--exclude './lib/modules/*/kernel/net/*' --exclude './lib/modules/*/kernel/sound/*' \
			--exclude './lib/modules/*/kernel/drivers/net/*' --exclude './lib/modules/*/kernel/drivers/gpu/*'
	done
	rm -r "$fetched"
	echo "$wanted" >"$to/complete"
	did=yes
}

# fetch FOLDER NAME...: the packages, the libraries below them, and the kernel that linux-image-amd64 stands for today.
fetch() {
	local to=$1 kernel libraries
	shift
	rm -rf "$to"
	mkdir -p "$to"
	kernel=$(apt-cache depends linux-image-amd64 2>>"$log" | awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }')
	[ -n "$kernel" ] || { echo "apt knows no linux-image-amd64" >>"$log" && return 1; }
	libraries=$(apt-cache depends --recurse --important "$@" |
		grep -E '^lib(acl|attr|blkid|c6|cap2|gcc|gmp|kmod|lzma|pcre2-8|selinux|ssl|udev|zstd)' | sort -u)
	(cd "$to" && apt-get -q -o Acquire::Retries=3 download "$kernel" "$@" $libraries) </dev/null >>"$log" 2>&1
}

# get runs apt-get as root, without a question; its chatter goes to the log.
get() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1
}

# tool NAME VERSION PATH: that version of a Go program, built by the Go at hand, in build/tools.
tool() {
	local name=$1 version=$2 path=$3 have
	have=$(go version -m "$tools/$name" 2>/dev/null | awk 'NR == 1 { go = $2 } $1 == "mod" { print $3, go }' || true)
	[ "$have" != "$version $(go env GOVERSION)" ] || return 0
	echo "setup: installing $name $version into build/tools"
	CGO_ENABLED=0 GOBIN=$tools go install "$path@$version" >>"$log" 2>&1 || fail "go install $path@$version failed; the log ends:
$(tail -n 5 "$log")
It takes the Go module proxy: look at the network and at 'go env GOPROXY'."
	did=yes
}

fail() {
	echo "setup: $1" >&2
	exit 1
}

main "$@"
