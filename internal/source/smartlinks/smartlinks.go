// Package smartlinks reads any publisher that keeps to SMART Scheduling Links.
package smartlinks

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

// Options describe a publisher.
type Options struct {
	ManifestURL  string // ends in $bulk-publish
	Source       string // name of the source in availability, e.g. "univaf-demo"
	IDSystem     string // of the publisher's own ids of places, without a colon
	Provider     string // e.g. "demo"
	LocationType univaf.LocationType
	States       []string // USPS codes of those that the publisher is asked about; nil for all
}

// New makes a source that reads any publisher that keeps to the standard.
func New(o Options, env source.Env) source.Source { return &publisher{o, env} }

type publisher struct {
	Options
	env source.Env
}

// Records reads all files before it yields a place. A place that has schedules,
// but none for vaccines, is left out.
func (s *publisher) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	if q.States = s.wanted(q.States); len(q.States) == 0 && len(s.States) > 0 {
		return func(func(univaf.Update, error) bool) {} // others are asked for
	}
	return source.FromSMART(ctx, s.env, s.ManifestURL, q, s.update)
}

// wanted gives the states that are asked for and that the publisher is to be asked about.
func (s *publisher) wanted(asked []string) []string {
	switch {
	case len(s.States) == 0:
		return asked
	case len(asked) == 0:
		return s.States
	}
	return slices.DeleteFunc(slices.Clone(asked), func(state string) bool { return !slices.Contains(s.States, state) })
}

func (s *publisher) update(p *smart.Place, published time.Time) (univaf.Update, bool) {
	if len(p.Schedules) == 0 && p.OtherServices > 0 {
		return univaf.Update{}, false
	}
	l := p.Location.Facts(p.Location.ExternalIDs(s.IDSystem, withoutColon))
	l.Name = p.Location.Name
	l.Description = p.Location.Description
	l.Provider = s.Provider
	l.LocationType = s.LocationType
	l.InfoPhone = p.Location.FirstTelecom("phone")
	l.InfoURL = p.Location.FirstTelecom("url")
	l.BookingPhone = common(p.Slots, smart.ExtBookingPhone)
	l.BookingURL = common(p.Slots, smart.ExtBookingDeepLink)

	offers := source.Offers(s.env, p)
	a := &univaf.Availability{
		Source: s.Source, ValidAt: published, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No,
	}
	var list []slot
	for i := range p.Slots {
		one := s.slot(&p.Slots[i], offers[p.Slots[i].Schedule], p.Location.ID)
		if one.Available == univaf.Yes {
			a.Available = univaf.Yes
		}
		list = append(list, one)
	}
	heard(a, p, offers)
	if list != nil {
		a.Slots = source.Encode(list)
	}
	unknown := source.UnknownProducts(p, offers)
	a.Meta = unknown.Meta()
	return univaf.Update{Location: l, Availability: a}, true
}

// heard adds what aggregators say of a place besides its slots: when they heard of it, and
// whether there is something to be had where they know no times.
func heard(a *univaf.Availability, p *smart.Place, offers map[*smart.Schedule]*source.Offer) {
	if meta := p.Location.Meta; meta != nil {
		if at, err := smart.Instant(smart.Find(meta.Extension, smart.ExtLastSourceSync).Text()).Time(); err == nil {
			a.ValidAt = at
		}
	}
	if len(p.Slots) > 0 {
		return
	}
	for _, schedule := range p.Schedules {
		has := smart.Find(schedule.Extension, smart.ExtHasAvailability)
		if has == nil {
			continue
		}
		switch has.Text() {
		case smart.AvailabilitySome:
			a.Available = univaf.Yes
		case smart.AvailabilityUnknown:
			if a.Available == univaf.No {
				a.Available = univaf.Unknown
			}
		}
		o := offers[schedule]
		for _, code := range o.Products.Codes {
			if !slices.Contains(a.Products, code) {
				a.Products = append(a.Products, code)
			}
		}
		if o.Dose != "" && !slices.Contains(a.Doses, o.Dose) {
			a.Doses = append(a.Doses, o.Dose)
		}
	}
}

// withoutColon names an identifier's system, a URI, as the domain can.
func withoutColon(id smart.Identifier) smart.Identifier {
	if system, ok := univaf.SystemFromURI(id.System); ok {
		id.System = system
	}
	id.System = strings.ReplaceAll(id.System, ":", "_")
	return id
}

// A slot is what a record holds of an appointment.
type slot struct {
	Start          string        `json:"start"`
	End            string        `json:"end"`
	Dose           string        `json:"dose,omitempty"`
	Products       []string      `json:"products,omitempty"`
	Available      univaf.Status `json:"available"`
	AvailableCount *int64        `json:"available_count,omitempty"` // where it stands for several
	BookingPhone   string        `json:"booking_phone,omitempty"`
	BookingURL     string        `json:"booking_url,omitempty"`
}

func (s *publisher) slot(p *smart.PlacedSlot, o *source.Offer, place string) slot {
	out := slot{
		Start: p.Start.Full(), End: p.End.Full(), Dose: o.Dose, Products: o.Products.Codes, Available: univaf.No,
		BookingPhone: smart.Find(p.Extension, smart.ExtBookingPhone).Text(),
		BookingURL:   smart.Find(p.Extension, smart.ExtBookingDeepLink).Text(),
	}
	n, ok := p.Capacity()
	if !ok {
		s.env.Warn(source.Warning{Kind: "capacity is not a number", ID: place, Sample: p.ID})
	}
	if p.Status == smart.Free && (n > 0 || !ok) {
		out.Available = univaf.Yes
		if n > 1 {
			out.AvailableCount = &n
		}
	}
	return out
}

// common gives the text of an extension that all slots share, or "".
func common(slots []smart.PlacedSlot, url string) string {
	shared := ""
	for i := range slots {
		text := smart.Find(slots[i].Extension, url).Text()
		if text == "" || i > 0 && text != shared {
			return ""
		}
		shared = text
	}
	return shared
}
