# Before the program goes away: what must be said, then the end of the service. Before another version comes only the
# former; the service runs on until that is there.
case "$1" in
remove) before_removal ;;
upgrade)
	before_upgrade
	exit 0
	;;
*) exit 0 ;;
esac
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	deb-systemd-invoke stop "$name.service" >/dev/null || true
fi
