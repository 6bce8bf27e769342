package univaf

import (
	"encoding/json"
	"time"
)

// Status says whether appointments can be had.
type Status string

// The statuses.
const (
	Yes     Status = "YES"
	No      Status = "NO"
	Unknown Status = "UNKNOWN"
)

// Availability is what one source said of one location.
type Availability struct {
	LocationID     string          `json:"location_id"`
	Source         string          `json:"source"` // e.g. "univaf-cvs-smart"
	Available      Status          `json:"available"`
	AvailableCount *int64          `json:"available_count"` // appointments that can be had; nil if unknown
	Products       []string        `json:"products"`        // codes of the vaccines; nil if unknown
	Doses          []string        `json:"doses"`           // e.g. "first_dose_only"; nil if unknown
	Capacity       json.RawMessage `json:"capacity"`        // list of Capacity by day, or nil
	Slots          json.RawMessage `json:"slots"`           // list of appointment slots, or nil
	Meta           json.RawMessage `json:"meta"`            // a JSON object, or nil
	IsPublic       bool            `json:"is_public"`
	ValidAt        time.Time       `json:"valid_at"`   // the source's own time
	CheckedAt      time.Time       `json:"checked_at"` // when we looked
	ChangedAt      time.Time       `json:"changed_at"` // when the content last changed
}

// DefaultStale is for how long what a source says holds, where nothing else is known of it.
const DefaultStale = 24 * time.Hour

// Supersedes reports whether a carries news relative to old: its ValidAt is newer
// and its CheckedAt not older, or its ValidAt is the same and its CheckedAt newer.
func (a Availability) Supersedes(old Availability) bool {
	if a.ValidAt.Equal(old.ValidAt) {
		return a.CheckedAt.After(old.CheckedAt)
	}
	return a.ValidAt.After(old.ValidAt) && !a.CheckedAt.Before(old.CheckedAt)
}

// ChangeTime is when content that a brought was new: the source's own time, but
// where that did not move since the record before (the source changed its mind without saying when), the
// time at which we saw it.
func (a Availability) ChangeTime(oldValidAt time.Time) time.Time {
	if a.ValidAt.Equal(oldValidAt) {
		return a.CheckedAt
	}
	return a.ValidAt
}
