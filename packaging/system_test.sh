# Played by TestPackagesInAWholeSystem in a mount namespace of its own: $1 is an empty folder, $2 holds the .deb files.
mount -t tmpfs none "$1"
cp "$2"/*.deb "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs none "$1/root/tmp"
mount -t tmpfs none "$1/root/run"
mv "$1"/*.deb "$1/root/tmp"

cat >"$1/root/tmp/inside" <<'INSIDE'
check() { # SENTENCE COMMAND...
	sentence=$1
	shift
	if "$@" >/tmp/said 2>&1; then echo "ok    $sentence"; else echo "FAIL  $sentence: $*"; cat /tmp/said; fi
}
not() { ! "$@"; }
is() { [ "$1" = "$2" ] || { echo "got $1, want $2"; return 1; }; }
as() { user=$1; shift; setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all -- "$@"; }

check "the packages' dependencies are what make setup installs" dpkg --install /tmp/*.deb
for name in hexiao-hub hexiao-agent; do
	check "$name runs as a user without a shell" sh -c "getent passwd $name | grep -q ':/var/lib/$name:/usr/sbin/nologin$'"
	check "$name has a program that its user can run" as "$name" "/usr/bin/$name" --help
	if command -v systemd-analyze >/dev/null; then
		check "systemd takes $name's unit" is "$(systemd-analyze verify "/usr/lib/systemd/system/$name.service" 2>&1)" ""
	else
		echo "note  no systemd-analyze here: $name's unit is only read by the Go test"
	fi
done
check "the hub's folder is the hub's alone" is "$(stat -c '%U:%G %a' /var/lib/hexiao-hub)" "hexiao-hub:hexiao-hub 700"
check "the agent's folder may be entered by the window" is "$(stat -c '%U:%G %a' /var/lib/hexiao-agent)" "hexiao-agent:hexiao-agent 755"
check "the till finds its libraries" not sh -c 'ldd /usr/bin/hexiao-till | grep "not found"'
check "installing again changes nothing" dpkg --install /tmp/*.deb
check "the packages go" env HEXIAO_FORCE=1 dpkg --purge hexiao-hub hexiao-agent hexiao-till
INSIDE
chroot "$1/root" sh -eu /tmp/inside

left=$(cd "$1/upper" && find . -name '*hexiao*')
[ -z "$left" ] || echo "FAIL  purging leaves $left"
for file in passwd group shadow; do
	cmp -s "/etc/$file" "$1/root/etc/$file" || echo "FAIL  purging leaves a user behind in /etc/$file"
done
echo "all done"
