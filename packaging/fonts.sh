#!/usr/bin/env bash
# Makes the two fonts of the till window from Debian's Noto Sans CJK: `make fonts`. The result is committed, so that a
# build needs neither Debian's font package nor HarfBuzz; this recipe is run again only when the list of characters changes.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

source=/usr/share/fonts/opentype/noto
target=ui/cashier/fonts
list=$(mktemp)
trap 'rm -f "$list"' EXIT

# GB 2312-1980 whole: rows 1 to 9 (punctuation, numbers, kana, Greek, Cyrillic, frames) and 16 to 87 (its 6763 hanzi).
# In EUC-CN row and cell are the two bytes less 160; iconv -c leaves out the cells that the standard leaves empty.
gb2312() {
	local row cell
	for row in $(seq 161 169) $(seq 176 247); do
		for cell in $(seq 161 254); do
			printf "\\x$(printf %x "$row")\\x$(printf %x "$cell")"
		done
	done | iconv -c -f EUC-CN -t UTF-32BE | od -An -v -tx4 -w4 --endian=big | tr -d ' '
}

# What a screen and a keypad need besides: ASCII, Latin-1 with the yen sign, dashes and quotes, the euro, arrows, minus,
# the check mark, CJK punctuation, full-width forms with the full-width yen.
others() {
	printf '%s\n' 20-7E A0-FF 2010-2027 2030-203E 20AC 2190-2193 2212 2713 3000-303F FF01-FF5E FFE0-FFE6
}

{ others; gb2312; } >"$list"

# Face 2 of the collection is SC, the forms of mainland China. No layout tables: Fyne sets one line of upright text at a
# time, and they would double the size.
for weight in Regular Bold; do
	hb-subset --font-file="$source/NotoSansCJK-$weight.ttc" --face-index=2 --unicodes-file="$list" \
		--no-hinting --layout-features= --drop-tables+=vhea,vmtx,VORG,BASE,GSUB,GPOS \
		--output-file="$target/NotoSansSC-$weight.otf"
done

# The licence, as Debian ships it with the font, without the indentation of its copyright file.
{
	cat <<'TXT'
NotoSansSC-Regular.otf and NotoSansSC-Bold.otf are subsets (a Modified Version in the words of the licence below) of
Noto Sans CJK SC 2.004, Copyright 2014-2021 Adobe (http://www.adobe.com/). Noto is a trademark of Google Inc.
The fonts name no Reserved Font Name. They are licensed under the SIL Open Font License, Version 1.1:
TXT
	awk '/^[^ ]/ { inside = /^License: SIL-1.1$/; next } inside && !/^ -+$/ { sub(/^ \.?/, ""); print }' \
		/usr/share/doc/fonts-noto-cjk/copyright
} >"$target/OFL.txt"
ls -l "$target"
