# Before the program goes away: what must be said, then the end of the service.
[ "$1" = remove ] || exit 0
before_removal
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	deb-systemd-invoke stop "$name.service" >/dev/null || true
fi
