#!/usr/bin/env bash
# The licences of all that is linked into a program, module by module: `licences.sh NAME`, for the system that GOOS names.
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
	local path version dir file
	echo "$1 contains Go's runtime and standard library, and these modules, under the licences that follow."
	section Go "$(go env GOROOT)/LICENSE"
	CGO_ENABLED=$([ "$1" = hexiao-till ] && echo 1 || echo 0) go list -deps \
		-f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' "./packaging/$1" | sort -u |
		while read -r path version dir; do
			find "$dir" -maxdepth 2 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort |
				while read -r file; do section "$path $version: ${file#"$dir"/}" "$file"; done
		done
}

section() {
	printf '\n\n======== %s\n\n' "$1"
	cat "$2"
}

main "$1"
