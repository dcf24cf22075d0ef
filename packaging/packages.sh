#!/usr/bin/env bash
# Makes build/packages/*.deb from build/bin: `make packages`. The same commit gives the same bytes: times come from the
# commit, modes from the lists, and nothing from this machine.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

stage=build/stage
out=build/packages
ARCH=$(go env GOARCH)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export ARCH VERSION SOURCE_DATE_EPOCH

main() {
	VERSION=$(version)
	rm -rf "$stage" "$out"
	mkdir -p "$out"
	for name in hexiao-hub hexiao-agent hexiao-till; do
		mkdir -p "$stage/$name"
		packaging/licences.sh "$name" | gzip -9n >"$stage/$name/third-party.gz"
		if [ -e "packaging/$name/package.sh" ]; then
			for step in postinst prerm postrm; do script "$name" "$step" >"$stage/$name/$step"; done
		fi
		build/tools/nfpm package --packager deb --config "packaging/$name/nfpm.yaml" --target "$out" >"$stage/$name/nfpm.log" ||
			{ cat "$stage/$name/nfpm.log" >&2; exit 1; }
	done
	(cd "$out" && ls -l ./*.deb)
}

# A tag v1.2.3 is version 1.2.3; commits after it, or without a tag, sort behind it by the time of the commit.
version() {
	local tag
	tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || echo v0.0.0)
	if [ "$(git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null)" = "$tag" ]; then
		echo "${tag#v}"
	else
		echo "${tag#v}+$(TZ=UTC0 git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd).$(git log -1 --format=%h)"
	fi
}

# A maintainer script: what all have, what is the package's own, and the step.
script() {
	cat <<-HEAD
		#!/bin/sh
		set -e
		name=$1
		root=\${DPKG_ROOT:-} # set when the package goes into a tree that is not running
		data=\$root/var/lib/\$name

		# refuse says why in Chinese and English and ends with an error, unless HEXIAO_FORCE=1.
		refuse() {
		    printf '%s: %s。\n%s: %s.\n' "\$name" "\$1" "\$name" "\$2" >&2
		    [ "\${HEXIAO_FORCE:-}" = 1 ] || exit 1
		    printf '%s: HEXIAO_FORCE=1: 继续执行 / going on\n' "\$name" >&2
		}

	HEAD
	cat "packaging/$1/package.sh"
	echo
	cat "packaging/$2.sh"
}

main
