# After the program is gone. Removing leaves data and settings; purging leaves nothing.
if [ "$1" = purge ]; then
	before_purge
	rm -rf "$data"
	deb-systemd-helper purge "$name.service" >/dev/null || true
	if [ -z "$root" ] && command -v deluser >/dev/null && getent passwd "$name" >/dev/null; then
		deluser --quiet --system "$name"
	fi
fi
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
