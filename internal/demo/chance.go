package demo

// A chance is a number that stands for something fictitious and decides all about
// it: the same on every machine and after every start.
type chance uint64

// of gives the chance of a part of c, or of c at some time.
func (c chance) of(parts ...uint64) chance {
	z := uint64(c)
	for _, part := range parts { // splitmix64 (Steele, Lea and Flood, 2014)
		z = z ^ part + 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return chance(z)
}

// below gives a number from 0 to n-1.
func (c chance) below(n int) int { return int(uint64(c) % uint64(n)) }

// percent is true for so many in a hundred.
func (c chance) percent(n int) bool { return c.below(100) < n }

// fraction gives a number from 0 up to 1.
func (c chance) fraction() float64 { return float64(c>>11) / (1 << 53) }

// What is decided by chance. The order is part of what the feed looks like.
const (
	theKind = iota
	theStreet
	theHouse
	theSuite
	theDirection
	theDistance
	thePhone
	thePosition
	thePIN
	theProducts
	theDemand
	thePace
	theBooking
	theDay
	theSlot
	theStatus
)

// pick gives one of the choices.
func pick[T any](c chance, choices []T) T { return choices[c.below(len(choices))] }
