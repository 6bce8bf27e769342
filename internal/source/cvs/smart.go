// Package cvs reads what CVS publishes of its pharmacies.
package cvs

import (
	"context"
	"iter"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

const (
	smartManifest = "https://www.cvs.com/immunizations/inventory/data/$bulk-publish"
	smartSource   = "univaf-cvs-smart"
	provider      = "cvs"
	// bookingURL is for all stores: the deep links of the slots lead to one page
	// of general information.
	bookingURL = "https://www.cvs.com/vaccine/intake/store/cvd-schedule"
)

// contact is that of CVS.
var contact = source.Contact{Phone: "800-746-7287", URL: "https://www.cvs.com/immunizations"}

// Smart is the source of CVS's SMART Scheduling Links. They have one slot a day and
// store, whose capacity is "0" or "1".
var Smart = source.Definition{
	Name:     "cvsSmart",
	Help:     "CVS pharmacies, by their SMART Scheduling Links.",
	New:      func(env source.Env) source.Source { return &smartLinks{env} },
	Names:    []string{smartSource},
	Contact:  contact,
	Schedule: "3/15 * * * *",
}

type smartLinks struct{ env source.Env }

// Records reads all files before it yields a store.
func (s *smartLinks) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return source.FromSMART(ctx, s.env, smartManifest, q, s.update)
}

func (s *smartLinks) update(p *smart.Place, published time.Time) (univaf.Update, bool) {
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
	l := p.Location.Facts(p.Location.ExternalIDs(provider, nil))
	l.Name = "CVS #" + p.Location.ID
	l.Provider = provider
	l.LocationType = univaf.Pharmacy
	l.BookingPhone = p.Location.FirstTelecom("phone")
	l.BookingURL = bookingURL
	return univaf.Update{
		Location: l,
		Availability: &univaf.Availability{
			Source:    smartSource,
			ValidAt:   published,
			CheckedAt: s.env.Now(),
			IsPublic:  true,
			Available: available,
			Capacity:  smart.EncodeDays(days),
		},
	}, true
}

// check warns of what CVS has not published before.
func (s *smartLinks) check(slot *smart.Slot, store string) {
	n, ok := slot.Capacity()
	switch {
	case !ok:
		s.env.Warn(source.Warning{Kind: "capacity is not a number", ID: store, Sample: slot.ID})
	case n > 1:
		s.env.Warn(source.Warning{Kind: "capacity is more than 1", ID: store, Sample: slot.ID})
	}
	for _, e := range slot.Extension {
		if e.URL != smart.ExtSlotCapacity && e.URL != smart.ExtBookingDeepLink {
			s.env.Warn(source.Warning{Kind: "unexpected extension", ID: store, Sample: e.URL})
		}
	}
}
