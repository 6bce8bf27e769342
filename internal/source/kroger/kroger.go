// Package kroger reads what Kroger published of the pharmacies of all its brands.
package kroger

import (
	"context"
	"iter"
	"regexp"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

const (
	manifest   = "https://api.kroger.com/v1/health-wellness/schedules/vaccines/$bulk-publish"
	sourceName = "univaf-kroger-smart"
	provider   = "kroger"
)

// Smart is the source of Kroger's SMART Scheduling Links.
var Smart = source.Definition{
	Name:     "krogerSmart",
	Help:     "Pharmacies of Kroger's brands, by their SMART Scheduling Links.",
	New:      func(env source.Env) source.Source { return &smartLinks{env} },
	Names:    []string{sourceName},
	Contact:  source.Contact{Phone: "800-576-4377", URL: "https://www.kroger.com/health/pharmacy"},
	Schedule: "0 1/6 * * *",
	Retired:  "Kroger's feed is believed to be shut down; it is tried four times a day",
}

type smartLinks struct{ env source.Env }

// Records reads all files before it yields a store.
func (s *smartLinks) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return source.FromSMART(ctx, s.env, manifest, q, s.update)
}

// testID is of places that only try the system out: 99999.
var testID = regexp.MustCompile(`^9+$`)

func (s *smartLinks) update(p *smart.Place, published time.Time) (univaf.Update, bool) {
	if testID.MatchString(p.Location.ID) {
		return univaf.Update{}, false
	}
	for i := range p.Slots {
		s.check(&p.Slots[i].Slot, p.Location.ID)
	}
	days := smart.Days(p.Slots)
	available := univaf.No
	for _, day := range days {
		if day.Available == univaf.Yes {
			available = univaf.Yes
		}
	}
	ids, _ := p.Location.ExternalIDs(provider, nil).With(s.brandIDs(&p.Location))
	l := p.Location.Facts(source.UnpaddedIDs(ids))
	l.Name = p.Location.Name
	l.Provider = provider
	l.LocationType = univaf.Pharmacy
	l.InfoPhone = p.Location.FirstTelecom("phone")
	l.InfoURL = p.Location.FirstTelecom("url")
	l.BookingURL = s.bookingURL(p)
	return univaf.Update{
		Location: l,
		Availability: &univaf.Availability{
			Source:    sourceName,
			ValidAt:   published,
			CheckedAt: s.env.Now(),
			IsPublic:  true,
			Available: available,
			Capacity:  smart.EncodeDays(days),
		},
	}, true
}

// check warns of what Kroger has not published before.
func (s *smartLinks) check(slot *smart.Slot, store string) {
	if n, ok := slot.Capacity(); !ok || n < 0 {
		s.env.Warn(source.Warning{Kind: "invalid capacity", ID: store, Sample: slot.ID})
	}
	for _, e := range slot.Extension {
		if e.URL != smart.ExtSlotCapacity && e.URL != smart.ExtBookingDeepLink {
			s.env.Warn(source.Warning{Kind: "unexpected extension", ID: store, Sample: e.URL})
		}
	}
}

// bookingURL is the link that all slots have. It is none if they differ, which they never did.
func (s *smartLinks) bookingURL(p *smart.Place) (shared string) {
	for i := range p.Slots {
		link := smart.Find(p.Slots[i].Extension, smart.ExtBookingDeepLink).Text()
		switch {
		case shared == "":
			shared = link
		case link != shared:
			s.env.Warn(source.Warning{Kind: "different booking links", ID: p.Location.ID, Sample: link})
			return ""
		}
	}
	return shared
}
