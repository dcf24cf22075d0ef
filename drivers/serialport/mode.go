package serialport

import (
	"fmt"
	"strconv"
	"strings"

	"go.bug.st/serial"
)

// DefaultMode is what most scanner engines are delivered with (manuals of Waveshare and Hamlet modules).
const DefaultMode = "9600 8N1"

// parseMode reads line settings: speed, then data bits, parity (N, E, O, M or S) and stop bits (1 or 2).
func parseMode(mode string) (*serial.Mode, error) {
	if mode == "" {
		mode = DefaultMode
	}
	speed, frame, ok := strings.Cut(strings.TrimSpace(mode), " ")
	baud, err := strconv.Atoi(speed)
	frame = strings.ToUpper(strings.TrimSpace(frame))
	if !ok || err != nil || baud < 50 || baud > 4_000_000 || len(frame) != 3 {
		return nil, modeError(mode)
	}
	parity, ok := parities[frame[1]]
	stop, stopOK := stopBits[frame[2]]
	bits := int(frame[0] - '0')
	if !ok || !stopOK || bits < 5 || bits > 8 {
		return nil, modeError(mode)
	}
	return &serial.Mode{BaudRate: baud, DataBits: bits, Parity: parity, StopBits: stop}, nil
}

var parities = map[byte]serial.Parity{
	'N': serial.NoParity, 'E': serial.EvenParity, 'O': serial.OddParity, 'M': serial.MarkParity, 'S': serial.SpaceParity,
}

var stopBits = map[byte]serial.StopBits{'1': serial.OneStopBit, '2': serial.TwoStopBits}

func modeError(mode string) error {
	return fmt.Errorf("line mode %q: 应写成如 9600 8N1（速率、数据位 5-8、校验 N/E/O/M/S、停止位 1/2）/ "+
		"write it as in 9600 8N1 (speed, data bits 5-8, parity N/E/O/M/S, stop bits 1/2)", mode)
}
