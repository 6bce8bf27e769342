package publish

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/usa"
)

// sourceBase is what Meta.Source begins with; the name of the source follows.
const sourceBase = "https://fhir.usdigitalresponse.org/sources/"

// unknown stands in addresses where something is not known that the standard requires.
const unknown = "unknown"

// AppendLocation appends the Location.
func (w *Writer) AppendLocation(b []byte, p *Place) []byte {
	w.read(p)
	f := &w.facts
	l := smart.Location{
		ID: p.ID, Name: textOf(f.name), Description: textOf(f.description),
		Identifier: identifiers(f.ids), Telecom: w.telecom(p), Address: address(f, p.State), Meta: w.meta(f.updatedAt),
	}
	if l.Name == "" {
		l.Name = unknown
	}
	if f.position != nil {
		l.Position = position(f.position)
	}
	return appendResource(b, l)
}

func identifiers(ids []byte) (list []smart.Identifier) {
	if ids == nil {
		return nil
	}
	for pair := range univaf.Elements(ids) {
		var parts []string
		for one := range univaf.Elements(pair) {
			parts = append(parts, textOf(one))
		}
		if len(parts) != 2 || strings.TrimSpace(parts[1]) == "" {
			continue
		}
		list = append(list, smart.Identifier{System: identifierSystem(parts[0]), Value: strings.TrimSpace(parts[1])})
	}
	return list
}

func identifierSystem(system string) string {
	switch system {
	case univaf.SystemVTrckS:
		return smart.SystemVTrckS
	case univaf.SystemNPI:
		return smart.SystemNPI
	}
	return IdentifierBase + escape(system)
}

// escape makes any text a part of a URI's path.
func escape(s string) string { return (&url.URL{Path: s}).EscapedPath() }

// telecom gives a telephone and a web address: the place's own, or those of who told of it.
// The standard wants one at least.
func (w *Writer) telecom(p *Place) (list []smart.Telecom) {
	f := &w.facts
	phone, site := textOf(first(f.infoPhone, f.bookingPhone)), textOf(link(f.infoURL, f.bookingURL))
	if p.Contact != nil && w.answer.sources != nil && (phone == "" || site == "") {
		for source := range univaf.Elements(w.answer.sources) {
			theirPhone, theirSite := p.Contact(textOf(source))
			phone, site = cmp.Or(phone, theirPhone), cmp.Or(site, theirSite)
		}
	}
	if phone != "" {
		list = append(list, smart.Telecom{System: "phone", Value: phone})
	}
	return append(list, smart.Telecom{System: "url", Value: cmp.Or(site, p.Page)})
}

// address gives the address; the ZIP code tells the city if need be.
func address(f *facts, state string) smart.Address {
	a := smart.Address{City: textOf(f.city), State: state, PostalCode: textOf(f.postalCode), District: textOf(f.county)}
	if f.lines != nil {
		for line := range univaf.Elements(f.lines) {
			a.Line = append(a.Line, textOf(line))
		}
	}
	a.Line = slices.DeleteFunc(a.Line, func(s string) bool { return strings.TrimSpace(s) == "" })
	if zip, known := usa.ByZIP(a.PostalCode); known && zip.State == state {
		if a.City == "" {
			a.City = zip.City
		}
		if a.District == "" {
			a.District = zip.County
		}
	}
	if len(a.Line) == 0 {
		a.Line = []string{unknown}
	}
	for _, member := range []*string{&a.City, &a.PostalCode} {
		if *member == "" {
			*member = unknown
		}
	}
	return a
}

func position(value []byte) *smart.Position {
	var p smart.Position
	if json.Unmarshal(value, &p) != nil {
		return nil
	}
	return &p
}
