# What is the agent's own in its package's scripts; packages.sh puts it in front of postinst.sh, prerm.sh and postrm.sh.
mode=0755 # of the data folder: the window finds the desk's token there, what is secret in it is mode 0600

after_install() {
	rm -f "$data/unsent"
	# So that commands with --data alone, such as doctor, read the settings that the service has.
	if [ -z "$root" ] && [ ! -e "$data/agent.toml" ]; then
		ln -sf /etc/hexiao-agent/agent.toml "$data/agent.toml"
	fi
	# Scanners that are plugged in already get their groups, too.
	if [ -z "$root" ] && [ -d /run/udev ]; then
		udevadm control --reload || true
		udevadm trigger --subsystem-match=tty --subsystem-match=input --action=change || true
	fi
}

# Removing keeps the journal, but nobody is left to send what the hub has not had; and an administrator waits for it.
# The file "unsent" keeps the number for before_purge, when the program that can count is gone.
before_removal() {
	n=$(queued)
	rm -f "$data/unsent"
	[ "$n" != 0 ] || return 0
	refuse "本机还有 $n 笔核销未上传中心，卸载后将无人上传。请先联网等待上传完成；确认要卸载，请带 HEXIAO_FORCE=1 再执行一次（数据保留）" \
		"redemptions here that the hub has not had: $n; once removed, nobody sends them. Go online and wait until they are sent; to remove it all the same (the data stays), run this again with HEXIAO_FORCE=1"
	echo "$n" >"$data/unsent"
}

# An upgrade takes nothing away; what waits is said all the same, because the PC should be seen to send it afterwards.
before_upgrade() {
	n=$(queued)
	if [ "$n" != 0 ]; then
		printf '%s: %s\n%s: %s\n' "$name" "本机还有 $n 笔核销未上传中心；升级不影响这些记录，升级后会继续上传，请确认联网。" \
			"$name" "redemptions here that the hub has not had: $n; upgrading keeps them, and they are sent afterwards: see that the PC is online." >&2
	fi
}

before_purge() {
	[ -e "$data/unsent" ] || return 0
	n=$(cat "$data/unsent")
	refuse "$data 中还有 $n 笔核销未上传中心，删除后无法恢复。请重新安装并联网上传；确认要删除，请带 HEXIAO_FORCE=1 再执行一次" \
		"$data holds redemptions that the hub has not had: $n; nothing brings them back. Install again and go online; to delete them, run this again with HEXIAO_FORCE=1"
}

# queued asks the agent how many records the hub has not settled; "?" when it does not say though there is a journal.
queued() {
	[ -e "$data/journal.db" ] || [ -e "$data/journal.log" ] || { echo 0; return; }
	if [ -z "$root" ]; then as="runuser -u $name --"; else as=; fi
	n=$($as "$root/usr/bin/hexiao-agent" status --data "$data" --json 2>/dev/null |
		sed -n 's/.*"queued": *\([0-9][0-9]*\).*/\1/p' | head -n 1)
	echo "${n:-?}"
}
