package gate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ending is why a session ended, as the metrics count it. The set is small and fixed.
type ending string

const (
	endLost     ending = "lost"      // the line broke, or the terminal closed it
	endSilent   ending = "silent"    // nothing was heard in time
	endSlow     ending = "slow"      // the terminal did not read what it was sent
	endReplaced ending = "replaced"  // the same terminal came in again
	endBadFrame ending = "bad_frame" // what was sent breaks the protocol
	endStranger ending = "stranger"  // not enrolled, or not with this key
	endFault    ending = "fault"     // the hub could not serve it
	endDrain    ending = "drain"     // the hub stops
	endAgain    ending = "again"     // it must say hello anew
)

// Farewell is why the hub ends a session, with the sentence that the terminal is told before the line is closed.
type Farewell struct {
	Bye   wire.Bye
	code  int // of the websocket's close frame
	why   ending
	cause error // for the log; nil when the sentence says all
}

// Error gives the English sentence and the cause.
func (f *Farewell) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s (%v)", f.Bye.Text.En, f.cause)
	}
	return f.Bye.Text.En
}

// Unwrap gives the cause.
func (f *Farewell) Unwrap() error { return f.cause }

// badFrame is the answer to a terminal that breaks the protocol: trying again with the same bytes will not help.
func badFrame(cause error, zh, en string) *Farewell {
	return &Farewell{
		Bye:  wire.Bye{Text: voucher.Text{Zh: zh + "；请联系技术支持，并提供本机日志。", En: en + "; call support, with this PC's log."}, Fatal: true},
		code: websocket.ClosePolicyViolation, why: endBadFrame, cause: cause,
	}
}

func badText() *Farewell {
	f := badFrame(nil, "本机发送了文本消息，应为二进制", "this PC sent a text message where a binary one is due")
	f.code = websocket.CloseUnsupportedData
	return f
}

func tooLarge() *Farewell {
	f := badFrame(nil, fmt.Sprintf("本机发送的消息超过 %d 字节", wire.MaxUp), fmt.Sprintf("this PC sent a message of more than %d bytes", wire.MaxUp))
	f.code = websocket.CloseMessageTooBig
	return f
}

// stranger is the answer to one who is not enrolled, or not with this key.
func stranger(zh, en string) *Farewell {
	return &Farewell{
		Bye:  wire.Bye{Text: voucher.Text{Zh: zh, En: en}, Fatal: true},
		code: websocket.ClosePolicyViolation, why: endStranger,
	}
}

// fault is the answer when the hub itself could not do what was asked. The terminal keeps its records and comes again.
func fault(cause error) *Farewell {
	return &Farewell{
		Bye: wire.Bye{
			Text:  voucher.Text{Zh: "中心内部错误，本机记录均已保留，将自动重试。", En: "Internal error of the hub; this PC keeps its records and tries again by itself."},
			After: spread(2*time.Second, 10*time.Second),
		},
		code: websocket.CloseInternalServerErr, why: endFault, cause: cause,
	}
}

// replaced is what the older of two connections of one terminal is told. If it is another PC with a copy of the same
// identity, half a minute keeps the two from throwing each other out all the time.
func replaced() *Farewell {
	return &Farewell{
		Bye: wire.Bye{
			Text:  voucher.Text{Zh: "本终端已从另一处连接中心；如果不是您操作的，请联系技术支持。", En: "This terminal has connected to the hub from elsewhere; if that was not you, call support."},
			After: (30 * time.Second).Milliseconds(),
		},
		code: websocket.ClosePolicyViolation, why: endReplaced,
	}
}

// draining is what everybody is told when the hub stops. The moments to come back are spread, so that a thousand
// terminals do not return in one second.
func draining(over time.Duration) *Farewell {
	return &Farewell{
		Bye: wire.Bye{
			Text:  voucher.Text{Zh: "中心正在重启，本机将自动重新连接。", En: "The hub is restarting; this PC connects again by itself."},
			After: spread(time.Second, over),
		},
		code: websocket.CloseServiceRestart, why: endDrain,
	}
}

// again is what a terminal is told that must say hello anew: the hub has something to say that it says in its welcome. When
// all must, they are spread as after a restart.
func again(all bool, over time.Duration) *Farewell {
	f := &Farewell{
		Bye:  wire.Bye{Text: voucher.Text{Zh: "中心要求本机重新连接，本机将自动进行。", En: "The hub asks this PC to connect again; it does so by itself."}},
		code: websocket.CloseServiceRestart, why: endAgain,
	}
	if all {
		f.Bye.After = spread(time.Second, over)
	}
	return f
}

// spread is a random number of milliseconds from least to less than least + over.
func spread(least, over time.Duration) int64 {
	if over > 0 {
		least += rand.N(over)
	}
	return least.Milliseconds()
}

// asFarewell finds the farewell in an error; nil when the line is simply gone.
func asFarewell(err error) *Farewell {
	f, _ := errors.AsType[*Farewell](err)
	return f
}
