package api

import (
	"cmp"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/vaccine"
)

var atomType = []string{"application/atom+xml; charset=utf-8"}

// An atomFeed is a document of the Atom Syndication Format (RFC 4287).
type atomFeed struct {
	XMLName  xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
	ID       string     `xml:"id"`
	Title    string     `xml:"title"`
	Subtitle string     `xml:"subtitle,omitempty"`
	Updated  string     `xml:"updated"`
	Author   string     `xml:"author>name"`
	Links    []atomLink `xml:"link"`
	Entries  []entry    `xml:"entry"`
}

type entry struct {
	ID      string     `xml:"id"`
	Title   string     `xml:"title"`
	Updated string     `xml:"updated"`
	Summary string     `xml:"summary"`
	Links   []atomLink `xml:"link"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

// openingsAtom answers with a feed of the places that are looked for and have something to be
// had, those first of which that was said last.
func (s *Server) openingsAtom(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.ByUpdate)
	if err != nil {
		return err
	}
	q.Statuses, q.clocked = []univaf.Status{univaf.Yes}, true
	a := answer{contentType: atomType, private: q.Private, view: view, size: -1}
	list := q.page(view, &a)
	f := s.atomFeed(r, list)
	if a.links {
		f.Links = append(f.Links, atomLink{Rel: "next", Type: atomType[0], Href: s.nextLink(r, q.cursor(list[len(list)-1].SortMark))})
	}
	a.links = true // to the places
	a.write = func(w io.Writer) error {
		first := view.First(&q.Filter, list)
		for i := range first {
			f.Entries = append(f.Entries, s.entry(r, &first[i]))
		}
		if _, err := io.WriteString(w, xml.Header); err != nil {
			return err
		}
		return xml.NewEncoder(w).Encode(f)
	}
	return s.respond(w, r, v1, a)
}

// atomFeed begins a feed of the places.
func (s *Server) atomFeed(r *http.Request, list []catalog.Match) *atomFeed {
	self := s.Base(r) + r.URL.EscapedPath()
	if values := r.URL.Query(); len(values) > 0 {
		self += "?" + values.Encode()
	}
	f := &atomFeed{
		ID: self, Title: "Vaccination appointments", Subtitle: lookedFor(r.URL.Query()), Author: "UNIVAF",
		Links: []atomLink{{Rel: "self", Type: atomType[0], Href: self}},
	}
	if s.Demo != nil {
		f.Title, f.Subtitle = "Demonstration: "+f.Title, strings.TrimSpace(DemoNotice+" "+f.Subtitle)
	}
	updated := time.Unix(0, 0)
	for i := range list {
		if at := list[i].ChangedAt(); at.After(updated) {
			updated = at
		}
	}
	f.Updated = univaf.FormatTime(updated)
	return f
}

// lookedFor tells people what a feed is of.
func lookedFor(values url.Values) string {
	var list []string
	for _, name := range slices.Concat([]string{"state", "provider"}, searchParameters) {
		if value := strings.Join(values[name], ","); value != "" {
			list = append(list, strings.ReplaceAll(name, "_", " ")+": "+value)
		}
	}
	return strings.Join(list, "; ")
}

// entry tells in plain words what can be had at a place.
func (s *Server) entry(r *http.Request, slot *catalog.Slot) entry {
	l := slot.Location()
	place := v1.prefix + "/locations/" + l.ID
	e := entry{
		ID: "urn:uuid:" + l.ID, Title: l.Name + ", " + town(&l) + ": " + what(slot), Updated: univaf.FormatTime(slot.ChangedAt()),
		Summary: sentences(&l, slot),
		Links:   []atomLink{{Rel: "related", Type: "application/json", Href: s.Base(r) + place}},
	}
	page := webAddress(slot.BookingURL, l.BookingURL, l.InfoURL)
	if page == "" {
		page = s.Base(r) + place // there must be one
	}
	e.Links = append(e.Links, atomLink{Rel: "alternate", Href: page})
	return e
}

// webAddress gives the first that is an address of the web. Others might be made to do harm
// in whatever shows the feed.
func webAddress(list ...string) string {
	for _, text := range list {
		if u, err := url.Parse(text); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
			return text
		}
	}
	return ""
}

func sentences(l *univaf.Location, slot *catalog.Slot) string {
	address := strings.Join(append(slices.Clone(l.AddressLines), strings.TrimSpace(town(l)+" "+l.PostalCode)), ", ")
	list := []string{l.Name + " (" + address + ") has " + what(slot) + "."}
	if when := when(slot); when != "" {
		list = append(list, "The first is on "+when+".")
	}
	phone, page := cmp.Or(l.BookingPhone, l.InfoPhone), webAddress(slot.BookingURL, l.BookingURL, l.InfoURL)
	switch {
	case phone != "" && page != "":
		list = append(list, "Book at "+page+" or call "+phone+".")
	case phone != "":
		list = append(list, "Call "+phone+".")
	case page != "":
		list = append(list, "Book at "+page+".")
	}
	return strings.Join(list, " ")
}

func town(l *univaf.Location) string {
	if l.City == "" {
		return l.State
	}
	return l.City + ", " + l.State
}

func what(slot *catalog.Slot) string {
	var names []string
	for _, code := range slot.Products {
		if p, ok := vaccine.ByCode(code); ok {
			code = p.Name
		}
		names = append(names, code)
	}
	if names == nil {
		return "appointments"
	}
	return "appointments for " + strings.Join(names, "; ")
}

// when gives the time as it is at the place.
func when(slot *catalog.Slot) string {
	const day = "Monday, January 2, 2006"
	if t, err := time.Parse(time.RFC3339, slot.Start); err == nil {
		return t.Format(day + " at 3:04 PM")
	}
	if t, err := time.Parse(time.DateOnly, slot.Date); err == nil {
		return t.Format(day)
	}
	return ""
}
