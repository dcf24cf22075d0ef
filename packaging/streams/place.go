package streams

import "math"

// point is a position in WGS84 degrees.
type point struct{ lat, lon float64 }

const degree = 111320.0 // metres in a degree of latitude

// moved is the point so many metres away.
func (p point) moved(east, north float64) point {
	return point{p.lat + north/degree, p.lon + east/(degree*math.Cos(p.lat*math.Pi/180))}
}

// towards is the point at a distance in metres in a direction in radians.
func (p point) towards(angle, metres float64) point {
	return p.moved(metres*math.Cos(angle), metres*math.Sin(angle))
}

// near is a point around p; sd in metres.
func (p point) near(c chance, sd float64) point { return p.moved(c.normal(sd), c.normal(sd)) }

// off is a point at a distance between lo and hi metres.
func (p point) off(c chance, lo, hi float64) point {
	return p.towards(c.between(0, 2*math.Pi), c.between(lo, hi))
}

// apart is the distance in metres, good enough within a province.
func apart(a, b point) float64 {
	north := (a.lat - b.lat) * degree
	east := (a.lon - b.lon) * degree * math.Cos(a.lat*math.Pi/180)
	return math.Hypot(north, east)
}
