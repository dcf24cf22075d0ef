#!/usr/bin/env bash
# Builds what runs on Windows, and the archive that a technician takes there, in build/windows: `make windows`. The hub and
# the rehearsal are built for whoever tries them on a Windows PC; they are not in the archive. FLAGS and VERSION come from make.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

out=build/windows
export GOOS=windows GOARCH=amd64
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)

main() {
	mkdir -p "$out"
	resources hexiao-agent "hexiao 消费券核销服务"
	resources hexiao-till "hexiao 消费券核销窗口"
	go build -ldflags "$FLAGS" -o "$out/" ./packaging/hexiao-agent ./packaging/hexiao-hub ./packaging/hexiao-rehearsal
	# windowsgui: no black console behind the window.
	CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build -ldflags "$FLAGS -H=windowsgui" -o "$out/" ./packaging/hexiao-till
	archive
	(cd "$out" && ls -l ./*.exe ./*.zip)
}

# resources makes the object that `go build` links into a program on Windows: its icon, version and manifest.
resources() {
	local name=$1 title=$2 numbers rc=$out/$1.rc
	# Windows wants four numbers; what is no release has none.
	numbers=$(sed -nE 's/^v([0-9]+)\.([0-9]+)\.([0-9]+).*/\1,\2,\3,0/p' <<<"$VERSION")
	cat >"$rc" <<-RC
		#pragma code_page(65001)
		1 ICON "packaging/hexiao-till/hexiao-till.ico"
		1 24 "packaging/windows/program.manifest"
		1 VERSIONINFO
		FILEVERSION ${numbers:-0,0,0,0}
		PRODUCTVERSION ${numbers:-0,0,0,0}
		BEGIN
		BLOCK "StringFileInfo" BEGIN BLOCK "080404B0" BEGIN
		VALUE "FileDescription", "$title"
		VALUE "FileVersion", "$VERSION"
		VALUE "InternalName", "$name"
		VALUE "OriginalFilename", "$name.exe"
		VALUE "ProductName", "hexiao"
		VALUE "ProductVersion", "$VERSION"
		END END
		BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x0804, 1200 END
		END
	RC
	x86_64-w64-mingw32-windres -c 65001 -O coff "$rc" "packaging/$name/${name}_windows_amd64.syso"
}

# archive packs what a till needs. Names and times come from the commit, so that the same commit gives the same bytes.
archive() {
	local folder=hexiao-$VERSION stage=$out/stage
	rm -rf "$stage" "$out"/*.zip
	mkdir -p "$stage/$folder"
	cp "$out/hexiao-agent.exe" "$out/hexiao-till.exe" "$stage/$folder/"
	dos <packaging/windows/agent.toml >"$stage/$folder/agent.toml"
	{ printf '\xef\xbb\xbf'; sed "s/VERSION/$VERSION/" packaging/windows/INSTALL.txt | dos; } >"$stage/$folder/INSTALL.txt"
	{ printf '\xef\xbb\xbf'; packaging/licences.sh hexiao-agent; packaging/licences.sh hexiao-till; } | dos >"$stage/$folder/THIRD-PARTY.txt"
	find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$stage" && TZ=UTC0 python3 -m zipfile -c "../$folder.zip" "$folder")
	rm -rf "$stage"
}

# dos ends lines as old editors on Windows need it.
dos() { sed 's/$/\r/'; }

main
