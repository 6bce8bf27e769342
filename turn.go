package univaf

import "time"

// A Turn says that a place's status for a disease became another, as everybody sees it.
type Turn struct {
	LocationID string
	Seq        int64     // the log entry that turned it
	At         time.Time // when it was written
	Disease    string    // e.g. "covid_19"
	From       Status    // "" if nobody had spoken of the place before
	To         Status
	Count      *int64 // appointments that could be had then; nil if unknown
	Source     string // whose word the new status is
}

// Opens reports whether appointments came to be had where there had been none. What a place
// has when it is first heard of may have been there for long.
func (t *Turn) Opens() bool { return t.To == Yes && t.From != "" }

// A TurnQuery asks for turns of one place.
type TurnQuery struct {
	LocationID string
	Disease    string    // all if empty
	From, To   time.Time // from the one to before the other
	Before     TurnCursor
	Most       int
}

// A TurnCursor is a place in the list of turns, the newest first: behind the turn with
// that Seq and Disease. The zero TurnCursor is before all.
type TurnCursor struct {
	Seq     int64
	Disease string
}

// A TurnSum sums up the turns of a place for a disease in a time.
type TurnSum struct {
	Disease  string
	Turns    int64
	Openings int64         // turns that open
	Open     time.Duration // for how long there was something to be had
}

// An OpeningQuery asks how often places came to have something to be had. Of State,
// Provider and Disease each may be empty for all.
type OpeningQuery struct {
	State, Provider, Disease string
	From                     time.Time // on the hour
}

// OpeningCounts says how many openings there were in each hour of the week, by the clocks of
// the places. The week begins on Monday.
type OpeningCounts [7][24]int64

// Add counts openings in an hour: hours since 1970 by a place's clock.
func (c *OpeningCounts) Add(localHour, openings int64) {
	const mondays = 3 // 1 January 1970 was a Thursday
	c[(localHour/24+mondays)%7][localHour%24] += openings
}

// Hour gives the whole hours since 1970, and how many hours a clock in the zone is ahead.
func Hour(t time.Time, zone *time.Location) (hour, ahead int64) {
	_, offset := t.In(zone).Zone()
	return t.Unix() / 3600, int64(offset) / 3600
}
