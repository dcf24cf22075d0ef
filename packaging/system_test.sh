# Played by TestPackagesInAWholeSystem in namespaces of its own: $1 is an empty folder, $2 holds the .deb files.
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs none "$1/root/tmp"
mount -t tmpfs none "$1/root/run"
cp "$2"/*.deb "$1/root/tmp"

cat >"$1/root/tmp/inside" <<'INSIDE'
check() { # SENTENCE COMMAND...
	sentence=$1
	shift
	if ("$@") >/tmp/said 2>&1; then echo "ok    $sentence"; else echo "FAIL  $sentence"; cat /tmp/said; fi
}
not() { ! ("$@"); }
is() { [ "$1" = "$2" ] || { echo "got $1, want $2"; return 1; }; }
code() { want=$1; shift; got=0; "$@" || got=$?; is "exit code $got" "exit code $want"; }
as() { # USER PROGRAM...: the shell becomes the program, so $! of a job is its process
	user=$1
	shift
	exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --inh-caps=-all -- "$@"
}
# start USER PROGRAM ARGUMENTS... as its unit does, files of root's handed back; waits for the line that says it is ready.
start() {
	chown -Rh "$1:$1" "/var/lib/$2"
	rm -f "/tmp/$2.ready"
	mkfifo "/tmp/$2.ready"
	user=$1; shift
	as "$user" "$@" >"/tmp/$1.ready" 2>>"/tmp/$1.log" &
	read -r ready <"/tmp/$1.ready" || { echo "FAIL  $1 does not start"; cat "/tmp/$1.log"; exit 1; }
	ready=$(echo "$ready" | sed 's/.*"\(https\{0,1\}:[^"]*\)".*/\1/')
}
field() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$2" | head -n 1; }

check "the packages' dependencies are what make setup installs" dpkg --install /tmp/*.deb
for name in hexiao-hub hexiao-agent; do
	check "$name has a user without a shell" sh -c "getent passwd $name | grep -q ':/var/lib/$name:/usr/sbin/nologin$'"
	if command -v systemd-analyze >/dev/null; then
		check "systemd takes $name's unit" is "$(systemd-analyze verify "/usr/lib/systemd/system/$name.service" 2>&1)" ""
	else
		echo "note  no systemd-analyze here: $name's unit is only read by the Go test"
	fi
done
check "the hub's folder is the hub's alone" is "$(stat -c '%U:%G %a' /var/lib/hexiao-hub)" "hexiao-hub:hexiao-hub 700"
check "the agent's folder may be entered by the window" is "$(stat -c '%U:%G %a' /var/lib/hexiao-agent)" "hexiao-agent:hexiao-agent 755"
check "the till finds its libraries" not sh -c 'ldd /usr/bin/hexiao-till | grep "not found"'
check "the till says its version" hexiao-till --version

hub="--data /var/lib/hexiao-hub" agent="--data /var/lib/hexiao-agent"
start hexiao-hub hexiao-hub serve $hub --config /etc/hexiao-hub/hub.toml --listen 127.0.0.1:0
hub_process=$! url=$ready
check "root reaches the running hub" hexiao-hub campaign apply /usr/share/hexiao-hub/lushan.toml --start "$(date --date='1 hour ago' +%Y-%m-%dT%H:%M:%S%:z)" $hub
check "the sample of merchants is taken" hexiao-hub merchant import /usr/share/hexiao-hub/merchants-sample.csv $hub
check "vouchers are issued" hexiao-hub voucher issue --tier supermarket-10 --count 2 --out /tmp/vouchers $hub
hexiao-hub terminal token --merchant M0001 --json $hub >/tmp/token
check "root enrols the PC" hexiao-agent enrol --hub "$url" --token "$(field token /tmp/token)" $agent
start hexiao-agent hexiao-agent run $agent --config /etc/hexiao-agent/agent.toml --desk 127.0.0.1:0
agent_process=$!
check "whoever sits at the PC reaches the desk" as nobody hexiao-agent status --json $agent
check "and may read the desk's token" as nobody head -c 1 /var/lib/hexiao-agent/desk.token
for secret in device.key journal.db; do
	check "but not $secret" not as nobody head -c 1 "/var/lib/hexiao-agent/$secret"
done
head -n 1 /tmp/vouchers >/tmp/first
tail -n 1 /tmp/vouchers >/tmp/second
check "a voucher is FINAL" code 0 hexiao-agent redeem --bill 100 $agent "$(field code /tmp/first)"

until hexiao-agent status --json $agent | grep -q '"lease":{"count":[1-9]'; do :; done
kill -9 "$hub_process"
wait "$hub_process" || true
check "without the hub it is PROVISIONAL" code 3 hexiao-agent redeem --bill 100 $agent "$(field code /tmp/second)"
check "the agent stays while something is unsent" not dpkg --remove hexiao-agent
mv /tmp/said /tmp/refusal
check "and says how much" grep -q 'has not had: 1;' /tmp/refusal
start hexiao-hub hexiao-hub serve $hub --listen "${url#https://}"
hub_process=$!
until hexiao-agent status --json $agent | grep -q '"queued":0'; do :; done
check "it goes when all is sent" dpkg --remove hexiao-agent
kill "$agent_process" "$hub_process"
wait "$agent_process" "$hub_process" || echo "FAIL  hub or agent ended with an error"; tail -n 3 /tmp/hexiao-*.log

check "the hub stays while it has a book" not dpkg --purge hexiao-hub
check "installing over it again changes nothing" dpkg --install /tmp/*.deb
check "the packages go when forced" env HEXIAO_FORCE=1 dpkg --purge hexiao-hub hexiao-agent hexiao-till
INSIDE
chroot "$1/root" sh -eu /tmp/inside

left=$(cd "$1/upper" && find . -name '*hexiao*')
[ -z "$left" ] || echo "FAIL  purging leaves $left"
for file in passwd group shadow; do
	cmp -s "/etc/$file" "$1/root/etc/$file" || echo "FAIL  purging leaves a user behind in /etc/$file"
done
echo "all done"
