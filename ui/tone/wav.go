package tone

import (
	"bytes"
	"encoding/binary"
	"time"
)

// WAV writes samples as a RIFF file of 16-bit PCM, one channel (Microsoft and IBM, Multimedia Programming Interface 1.0,
// 1991), which every player takes.
func WAV(samples []int16) []byte {
	const head, pcm, channels, sampleBytes = 44, 1, 1, 2
	size := uint32(len(samples) * sampleBytes)
	var b bytes.Buffer
	b.Grow(head + int(size))
	write := func(all ...any) {
		for _, v := range all {
			binary.Write(&b, binary.LittleEndian, v) // to memory: it cannot fail
		}
	}
	write([]byte("RIFF"), head-8+size, []byte("WAVE"))
	write([]byte("fmt "), uint32(16), uint16(pcm), uint16(channels), uint32(Rate), uint32(Rate*channels*sampleBytes), uint16(channels*sampleBytes), uint16(8*sampleBytes))
	write([]byte("data"), size, samples)
	return b.Bytes()
}

// Lasts is how long so many samples sound.
func Lasts(samples int) time.Duration { return time.Duration(samples) * time.Second / Rate }
