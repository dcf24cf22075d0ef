//go:build !windows

package sound

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui/tone"
)

// asPlayer makes the test binary a player that tells the test what it got, and ends with the code that the test gives it.
const asPlayer = "HEXIAO_SOUND_TEST_PLAYER"

func TestMain(m *testing.M) {
	if at := os.Getenv(asPlayer); at != "" {
		os.Exit(player(at))
	}
	os.Exit(m.Run())
}

// got is what a player was asked to do.
type got struct {
	Program string
	Args    []string
	WAV     []byte
}

func player(at string) int {
	line, err := net.Dial("unix", at)
	if err != nil {
		return 9
	}
	g := got{Program: filepath.Base(os.Args[0]), Args: os.Args[1:]}
	g.WAV, _ = os.ReadFile(os.Args[len(os.Args)-1])
	if json.NewEncoder(line).Encode(g) != nil {
		return 9
	}
	code, err := bufio.NewReader(line).ReadByte()
	if err != nil {
		return 9
	}
	return int(code)
}

// room is a PC with programs that play or speak.
type room struct {
	t    *testing.T
	bin  string
	hear net.Listener
	log  bytes.Buffer
	*Speaker
}

func newRoom(t *testing.T, programs ...string) *room {
	t.Helper()
	r := &room{t: t, bin: t.TempDir()}
	at := filepath.Join(t.TempDir(), "s")
	var err error
	if r.hear, err = net.Listen("unix", at); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.hear.Close() })
	t.Setenv(asPlayer, at)
	t.Setenv("PATH", r.bin)
	r.install(programs...)
	r.Speaker = NewSpeaker(Config{Folder: t.TempDir(), Lang: "zh", Log: slog.New(slog.NewTextHandler(&r.log, nil))})
	return r
}

func (r *room) install(programs ...string) {
	r.t.Helper()
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, p := range programs {
		if err := os.Symlink(self, filepath.Join(r.bin, p)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// run runs the speaker; the function ends it and waits.
func (r *room) run() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	end = func() { cancel(); <-done }
	r.t.Cleanup(end)
	return end
}

// call is one program that was started.
type call struct {
	t *testing.T
	got
	line net.Conn
}

// next waits for the next program.
func (r *room) next() call {
	r.t.Helper()
	r.hear.(*net.UnixListener).SetDeadline(time.Now().Add(20 * time.Second))
	line, err := r.hear.Accept()
	if err != nil {
		r.t.Fatal("no program was started: ", err)
	}
	line.SetDeadline(time.Now().Add(20 * time.Second))
	c := call{t: r.t, line: line}
	if err := json.NewDecoder(line).Decode(&c.got); err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (c call) end(code byte) { c.line.Write([]byte{code}) }

// killed waits until the program is gone without having been told to.
func (c call) killed() {
	c.t.Helper()
	if _, err := c.line.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		c.t.Errorf("%s goes on", c.Program)
	}
}

func (c call) plays(s tone.Sound, volume int) {
	c.t.Helper()
	if !bytes.Equal(c.WAV, tone.WAV(s.Samples(volume))) {
		c.t.Errorf("%s %v does not play %v at volume %d", c.Program, c.Args, s, volume)
	}
}

func TestAnAnswerIsPlayedAtTheVolumeThatIsSet(t *testing.T) {
	r := newRoom(t, "pw-play", "paplay", "aplay")
	r.run()
	r.Set(desk.Settings{Volume: 35})
	r.Tell(desk.Answer{Answer: voucher.Provisional, Practice: true})
	c := r.next()
	if c.Program != "pw-play" {
		t.Errorf("%s plays", c.Program)
	}
	c.plays(tone.Sound{Answer: voucher.Provisional, Practice: true}, 35)
	c.end(0)
}

func TestANewerAnswerCutsTheOlderOff(t *testing.T) {
	r := newRoom(t, "aplay")
	r.run()
	r.Tell(desk.Answer{Answer: voucher.Final})
	first := r.next()
	r.Tell(desk.Answer{Answer: voucher.Refused})
	first.killed()
	second := r.next()
	second.plays(tone.Sound{Answer: voucher.Refused}, desk.DefaultSettings().Volume)
	second.end(0)
}

func TestNothingIsTriedAtVolumeZero(t *testing.T) {
	r := newRoom(t) // where whatever is tried fails, and is said
	r.utter(t.Context(), desk.Answer{Answer: voucher.Final}, desk.Settings{Volume: 0, Speech: true})
	if r.log.Len() > 0 {
		t.Error(r.log.String())
	}
}

func TestAnotherPlayerIsTriedWhereOneFails(t *testing.T) {
	r := newRoom(t, "pw-play", "aplay")
	r.run()
	r.Tell(desk.Answer{Answer: voucher.Final})
	r.next().end(1)
	c := r.next()
	if c.Program != "aplay" {
		t.Errorf("%s plays after the first has failed", c.Program)
	}
	c.end(0)
}

func TestMissingSoundAndSpeechAreSaidOnce(t *testing.T) {
	r := newRoom(t)
	for range 3 {
		r.utter(t.Context(), desk.Answer{Answer: voucher.Final}, desk.Settings{Volume: 70, Speech: true})
	}
	if n := strings.Count(r.log.String(), "\n"); n != 2 || !strings.Contains(r.log.String(), "aplay") || !strings.Contains(r.log.String(), "espeak-ng") {
		t.Errorf("said %d times:\n%s", n, r.log.String())
	}
	r.install("aplay") // and is there from then on
	r.run()
	r.Tell(desk.Answer{Answer: voucher.Final})
	r.next().end(0)
}

func TestAnswersAreSpokenBehindTheirSound(t *testing.T) {
	r := newRoom(t, "aplay", "espeak-ng", "spd-say")
	r.run()
	r.Set(desk.Settings{Volume: 50, Speech: true, Lang: "zh"})
	r.Tell(desk.Answer{Answer: voucher.Final, Pay: 4800})
	r.next().end(0)
	c := r.next()
	if want := []string{"-v", "cmn", "-a", "100", "--", "核销成功，应收四十八元"}; c.Program != "espeak-ng" || !slices.Equal(c.Args, want) {
		t.Errorf("%s %q", c.Program, c.Args)
	}
	r.Set(desk.Settings{Volume: 50, Speech: false, Lang: "en"})
	r.Tell(desk.Answer{Answer: voucher.ScanAgain})
	c.killed()
	c = r.next()
	c.plays(tone.Sound{Answer: voucher.ScanAgain}, 50)
	c.end(0)
}

func TestWhatSpeechDispatcherSaysIsCutOffToo(t *testing.T) {
	r := newRoom(t, "aplay", "spd-say")
	end := r.run()
	r.Set(desk.Settings{Volume: 50, Speech: true, Lang: "en"})
	r.Tell(desk.Answer{Answer: voucher.Refused, Reason: voucher.AlreadyRedeemed})
	r.next().end(0)
	c := r.next()
	if want := []string{"--wait", "--language", "en", "--volume", "0", "--", "This voucher has been used already."}; !slices.Equal(c.Args, want) {
		t.Errorf("%q", c.Args)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); end() }()
	c.killed()
	stop := r.next()
	if !slices.Equal(stop.Args, []string{"--stop"}) {
		t.Errorf("%q", stop.Args)
	}
	stop.end(0)
	<-ended
}

func TestNothingSoundsAfterTheEnd(t *testing.T) {
	r := newRoom(t, "paplay")
	end := r.run()
	r.Tell(desk.Answer{Answer: voucher.Final})
	c := r.next()
	end()
	c.killed()
}

func TestTellingNeverWaits(t *testing.T) {
	r := newRoom(t) // and nobody runs it
	for range 1000 {
		r.Tell(desk.Answer{Answer: voucher.Refused})
	}
	r.Tell(desk.Answer{Answer: voucher.Final})
	if a := <-r.told; a.Answer != voucher.Final {
		t.Errorf("%s is what is played next", a.Answer)
	}
}
