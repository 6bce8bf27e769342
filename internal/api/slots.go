package api

import (
	"cmp"
	"io"
	"net/http"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
)

// A slotEntry is something that can be had at a place.
type slotEntry struct {
	Start    string    `json:"start,omitempty"` // as the source gave it, with its offset
	End      string    `json:"end,omitempty"`
	Date     string    `json:"date"` // local to the place
	Products []string  `json:"products"`
	Doses    []string  `json:"doses"`
	Count    *int64    `json:"available_count,omitempty"`
	URL      *string   `json:"booking_url"`
	Phone    *string   `json:"booking_phone"`
	Location slotPlace `json:"location"`
}

// A slotPlace is where that is.
type slotPlace struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Provider     string           `json:"provider"`
	AddressLines []string         `json:"address_lines"`
	City         *string          `json:"city"`
	State        string           `json:"state"`
	PostalCode   *string          `json:"postal_code"`
	Position     *univaf.Position `json:"position"`
	Miles        *float64         `json:"distance_miles,omitempty"`
	From         string           `json:"distance_from,omitempty"`
}

// slots answers with what can be had soonest, over all places that are looked for.
func (s *Server) slots(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.BySoonest)
	if err != nil {
		return err
	}
	if q.Order != catalog.BySoonest {
		return badParameter("sort", "The 'sort' query param can be nothing but soonest here")
	}
	q.Most, q.clocked = q.limit+1, true
	list := view.Slots(&q.Search)
	a := answer{contentType: jsonType, private: q.Private, view: view, size: -1}
	links := ""
	if len(list) > q.limit {
		list = list[:q.limit]
		a.links, links = true, s.nextLink(r, q.cursor(list[q.limit-1].SortMark))
	}
	for i := range list {
		a.seq = max(a.seq, list[i].Seq)
	}
	if a.count = len(list); a.count > 0 {
		a.last = q.cursor(list[a.count-1].SortMark)
	}
	q.clock(&a)
	head, err := s.pageHead(links)
	if err != nil {
		return err
	}
	a.write = func(w io.Writer) error {
		return writePage(w, head, len(list), func(b []byte, i int) []byte { return q.appendSlot(b, &list[i]) })
	}
	return s.respond(w, r, v1, a)
}

func (q *search) appendSlot(b []byte, slot *catalog.Slot) []byte {
	l := slot.Location()
	entry := slotEntry{
		Start: slot.Start, End: slot.End, Date: slot.Date, Products: orEmpty(slot.Products), Doses: orEmpty(slot.Doses), Count: slot.Count,
		URL: orNull(cmp.Or(slot.BookingURL, l.BookingURL, l.InfoURL)), Phone: orNull(cmp.Or(l.BookingPhone, l.InfoPhone)),
		Location: slotPlace{
			ID: l.ID, Name: l.Name, Provider: l.Provider, AddressLines: orEmpty(l.AddressLines), City: orNull(l.City), State: l.State,
			PostalCode: orNull(l.PostalCode), Position: l.Position,
		},
	}
	if q.Near != nil {
		miles := milesOf(&slot.Match)
		entry.Location.Miles = &miles
		if slot.ByPostalCode() {
			entry.Location.From = fromPostalCode
		}
	}
	text, _ := marshal(entry) // there is nothing in it that could fail
	return append(b, text...)
}
