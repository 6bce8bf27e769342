package archive

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// An availabilityRow is a row of availability as Parquet.
type availabilityRow struct {
	ID         string `parquet:"id,zstd"`
	LocationID string `parquet:"location_id,dict,zstd"`
	State      string `parquet:"state,dict,zstd"`
	Source     string `parquet:"source,dict,zstd"`
	content
	IsPublic  bool   `parquet:"is_public"`
	ValidAt   moment `parquet:"valid_at,timestamp(millisecond),zstd"`
	CheckedAt moment `parquet:"checked_at,timestamp(millisecond),zstd"`
	ChangedAt moment `parquet:"changed_at,timestamp(millisecond),zstd"`
}

// A logRow is a row of availability_log as Parquet. Of a re-check only times are given.
type logRow struct {
	LocationID string `parquet:"location_id,dict,zstd"`
	State      string `parquet:"state,dict,zstd"`
	Source     string `parquet:"source,dict,zstd"`
	CheckedAt  moment `parquet:"checked_at,timestamp(millisecond),delta,zstd"`
	ValidAt    moment `parquet:"valid_at,optional,timestamp(millisecond),delta,zstd"`
	ChangedAt  moment `parquet:"changed_at,optional,timestamp(millisecond),zstd"`
	content
	IsPublic *bool `parquet:"is_public,optional"`
}

// content is what was said besides who said it and when.
type content struct {
	Available      text          `parquet:"available,optional,dict,zstd"`
	AvailableCount *int64        `parquet:"available_count,optional,zstd"`
	Products       []string      `parquet:"products,optional,list,dict,zstd"`
	Doses          []string      `parquet:"doses,optional,list,dict,zstd"`
	Capacity       []capacityRow `parquet:"capacity,optional,list"`
	Slots          []slotRow     `parquet:"slots,optional,list"`
	Meta           rawText       `parquet:"meta,optional,zstd"`
}

// A capacityRow is what there is on one day.
type capacityRow struct {
	Date int32 `parquet:"date,optional,date,zstd"` // days since 1970
	offer
}

// A slotRow is an appointment, or several at the same time.
type slotRow struct {
	Start moment `parquet:"start,optional,timestamp(millisecond),zstd"`
	// StartOffset is by how many minutes the place's clock is ahead of UTC.
	StartOffset *int32 `parquet:"start_offset,optional,zstd"`
	End         moment `parquet:"end,optional,timestamp(millisecond),zstd"`
	offer
}

// An offer is what a slot and a day have in common.
type offer struct {
	Available        text     `parquet:"available,optional,dict,zstd"`
	AvailableCount   *int64   `parquet:"available_count,optional,zstd"`
	UnavailableCount *int64   `parquet:"unavailable_count,optional,zstd"`
	Products         []string `parquet:"products,optional,list,dict,zstd"`
	Dose             text     `parquet:"dose,optional,dict,zstd"`
	// More is what the source told besides, as a JSON object; also what could not be read
	// as its column wants it.
	More rawText `parquet:"more,optional,zstd"`
}

func newAvailabilityRow(a *univaf.Availability, state string) availabilityRow {
	return availabilityRow{
		ID: a.RecordID(), LocationID: a.LocationID, State: state, Source: a.Source, content: newContent(a), IsPublic: a.IsPublic,
		ValidAt: momentOf(a.ValidAt), CheckedAt: momentOf(a.CheckedAt), ChangedAt: momentOf(a.ChangedAt),
	}
}

func newContent(a *univaf.Availability) content {
	c := content{Available: text(a.Available), AvailableCount: a.AvailableCount, Products: a.Products, Doses: a.Doses, Meta: rawText(a.Meta)}
	for _, members := range objects(a.Capacity) {
		var row capacityRow
		take(members, "date", func(s string) bool {
			t, err := time.Parse(time.DateOnly, s)
			row.Date = int32(t.Unix() / (24 * 60 * 60))
			return err == nil
		})
		row.offer = newOffer(members)
		c.Capacity = append(c.Capacity, row)
	}
	for _, members := range objects(a.Slots) {
		var row slotRow
		take(members, "start", func(s string) bool {
			t, err := time.Parse(time.RFC3339, s)
			if err == nil {
				_, seconds := t.Zone()
				minutes := int32(seconds / 60)
				row.Start, row.StartOffset = momentOf(t), &minutes
			}
			return err == nil
		})
		take(members, "end", func(s string) bool {
			t, err := time.Parse(time.RFC3339, s)
			row.End = momentOf(t)
			return err == nil
		})
		row.offer = newOffer(members)
		c.Slots = append(c.Slots, row)
	}
	return c
}

// newOffer takes what it knows of the members, and keeps the rest as it is.
func newOffer(members map[string]json.RawMessage) (o offer) {
	take(members, "available", func(s text) bool { o.Available = s; return true })
	take(members, "available_count", func(n int64) bool { o.AvailableCount = &n; return true })
	take(members, "unavailable_count", func(n int64) bool { o.UnavailableCount = &n; return true })
	take(members, "products", func(list []string) bool { o.Products = list; return true })
	take(members, "dose", func(s text) bool { o.Dose = s; return true })
	if len(members) > 0 {
		var more bytes.Buffer
		for i, name := range slices.Sorted(maps.Keys(members)) {
			more.WriteString([]string{"{", ","}[min(i, 1)])
			more.Write(append(appendJSONString(nil, name), ':'))
			more.Write(members[name])
		}
		more.WriteByte('}')
		o.More = rawText(more.String())
	}
	return o
}

// take reads a member; it stays among the others if it can't be read.
func take[T any](members map[string]json.RawMessage, name string, set func(T) bool) {
	raw, ok := members[name]
	if !ok {
		return
	}
	var value T
	if json.Unmarshal(raw, &value) == nil && set(value) {
		delete(members, name)
	}
}

// objects reads a list of objects; what is none is left out.
func objects(list json.RawMessage) []map[string]json.RawMessage {
	if len(list) == 0 {
		return nil
	}
	var all []map[string]json.RawMessage
	if json.Unmarshal(list, &all) != nil {
		return nil
	}
	return all
}
