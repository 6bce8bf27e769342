package archive

import (
	"strconv"
	"time"

	"getmyvax.org/univaf"
)

// Rows are structs that are written both as JSON and as Parquet. These types are read by
// the one as null what the other takes for null: a zero value.

// An optionalText is a string; "" is null.
type optionalText string

// MarshalJSON renders the text, or null.
func (t optionalText) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return appendJSONString(nil, string(t)), nil
}

// A rawText is JSON as it came; "" is null.
type rawText string

// MarshalJSON gives the JSON, or null.
func (t rawText) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return []byte(t), nil
}

// A moment is a time in milliseconds since 1970.
type moment int64

func momentOf(t time.Time) moment { return moment(t.UnixMilli()) }

func (m moment) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// MarshalJSON renders 2021-11-01T12:00:00.000Z.
func (m moment) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, univaf.FormatTime(m.time())), nil
}
