package journal

import (
	"bytes"

	"hexiao/hub/wire"
)

// met is what the disk holds of the hub that spoke last.
type met struct {
	Generation []byte       `cbor:"1,keyasint,omitempty"`
	Ratchet    wire.Ratchet `cbor:"2,keyasint,omitzero"`
}

func (m met) same(n met) bool {
	return bytes.Equal(m.Generation, n.Generation) && m.Ratchet.Turn == n.Ratchet.Turn && m.Ratchet.Tick == n.Ratchet.Tick
}

// begins tells whether the other is the first word of another connection.
func (m met) begins(n met) bool {
	return !bytes.Equal(m.Generation, n.Generation) || m.Ratchet.Turn != n.Ratchet.Turn
}

// Turn says that a ratchet, verified, has come from a hub of a generation. The first of a connection is on disk when Turn
// returns, because it shows that this disk was there; later ones go along with the next write. A disk that refuses is only
// logged: the older ratchet is then still shown, and the hub was never told of the newer one.
func (j *Journal) Turn(generation []byte, r wire.Ratchet) {
	j.mu.Lock()
	defer j.mu.Unlock()
	was := j.fold.hub
	j.heard = met{bytes.Clone(generation), wire.Ratchet{Turn: r.Turn, Tick: r.Tick, Secret: bytes.Clone(r.Secret)}}
	if j.closed || !was.begins(j.heard) {
		return
	}
	if err := j.write(nil, j.clock.stamp(j.now())); err != nil {
		j.log.Warn("hub's ratchet not kept", "err", err)
	}
}

// turned is the put that brings the disk the ratchet heard last, when it is not there already.
func (j *Journal) turned() ([]put, error) {
	if j.heard.same(j.fold.hub) {
		return nil, nil
	}
	value, err := wire.Marshal(j.heard)
	return []put{named(keyHub, value)}, err
}
