package archive

import (
	"strconv"
	"time"

	"github.com/tidwall/gjson"

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
	Available      optionalText  `parquet:"available,optional,dict,zstd"`
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
	Available        optionalText `parquet:"available,optional,dict,zstd"`
	AvailableCount   *int64       `parquet:"available_count,optional,zstd"`
	UnavailableCount *int64       `parquet:"unavailable_count,optional,zstd"`
	Products         []string     `parquet:"products,optional,list,dict,zstd"`
	Dose             optionalText `parquet:"dose,optional,dict,zstd"`
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
	c := content{Available: optionalText(a.Available), AvailableCount: a.AvailableCount, Products: a.Products, Doses: a.Doses, Meta: rawText(a.Meta)}
	eachObject(a.Capacity, func(o gjson.Result) {
		var row capacityRow
		row.read(o, func(name string, value gjson.Result) bool {
			return name == "date" && row.setDate(value.String())
		})
		c.Capacity = append(c.Capacity, row)
	})
	eachObject(a.Slots, func(o gjson.Result) {
		var row slotRow
		row.read(o, func(name string, value gjson.Result) bool {
			return name == "start" && row.setStart(value.String()) || name == "end" && row.setEnd(value.String())
		})
		c.Slots = append(c.Slots, row)
	})
	return c
}

// eachObject gives the objects of a list.
func eachObject(list []byte, f func(gjson.Result)) {
	gjson.ParseBytes(list).ForEach(func(_, o gjson.Result) bool {
		if o.IsObject() {
			f(o)
		}
		return true
	})
}

func (r *capacityRow) setDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	if err == nil {
		r.Date = int32(t.Unix() / (24 * 60 * 60))
	}
	return err == nil
}

func (r *slotRow) setStart(s string) bool {
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		_, seconds := t.Zone()
		minutes := int32(seconds / 60)
		r.Start, r.StartOffset = momentOf(t), &minutes
	}
	return err == nil
}

func (r *slotRow) setEnd(s string) bool {
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		r.End = momentOf(t)
	}
	return err == nil
}

// read takes the members of an offer, and keeps as they are those that neither it nor the
// function can take.
func (o *offer) read(from gjson.Result, take func(name string, value gjson.Result) bool) {
	var more []byte
	from.ForEach(func(name, value gjson.Result) bool {
		if !take(name.Str, value) && !o.take(name.Str, value) {
			more = append(append(more, ','), name.Raw...)
			more = append(append(more, ':'), value.Raw...)
		}
		return true
	})
	if len(more) > 0 {
		more[0] = '{'
		o.More = rawText(append(more, '}'))
	}
}

func (o *offer) take(name string, value gjson.Result) bool {
	switch {
	case name == "available" && value.Type == gjson.String:
		o.Available = optionalText(value.Str)
	case name == "dose" && value.Type == gjson.String:
		o.Dose = optionalText(value.Str)
	case name == "available_count":
		return setCount(&o.AvailableCount, value)
	case name == "unavailable_count":
		return setCount(&o.UnavailableCount, value)
	case name == "products" && value.IsArray():
		value.ForEach(func(_, product gjson.Result) bool {
			o.Products = append(o.Products, product.String())
			return true
		})
	default:
		return false
	}
	return true
}

func setCount(to **int64, value gjson.Result) bool {
	n, err := strconv.ParseInt(value.Raw, 10, 64)
	if err == nil {
		*to = &n
	}
	return err == nil
}
