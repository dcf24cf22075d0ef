# Makes the service's user and data folder, enables the service and starts it.
case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove) ;;
*) exit 0 ;;
esac

if [ -z "$root" ]; then
	if ! getent passwd "$name" >/dev/null; then
		adduser --system --group --quiet --no-create-home --home "$data" "$name"
	fi
	install -d -o "$name" -g "$name" -m "$mode" "$data"
fi
after_install

if deb-systemd-helper --quiet was-enabled "$name.service"; then
	deb-systemd-helper enable "$name.service" >/dev/null
else
	deb-systemd-helper update-state "$name.service" >/dev/null
fi
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	if [ -n "${2:-}" ]; then action=restart; else action=start; fi
	deb-systemd-invoke "$action" "$name.service" >/dev/null || true # it says itself what it lacks: journalctl -u
fi
