// Package walgreens reads what Walgreens publishes of its pharmacies.
package walgreens

import (
	"cmp"
	"context"
	"iter"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

const (
	manifest   = "https://wbaschedulinglinks.blob.core.windows.net/fhir/$bulk-publish"
	sourceName = "univaf-walgreens-smart"
	provider   = "walgreens"
	// queryVariable holds the query, without "?", with which Walgreens publishes the manifest's
	// address. It is open to all, but its signature is not ours to give away.
	queryVariable = "WALGREENS_SMART_QUERY"
	// query is what it looks like: it is good until 2027-01-01 if the signature is.
	query = "sv=2022-11-02&ss=b&srt=co&sp=rlf&se=2027-01-01T05:02:56Z&st=2023-06-05T20:02:56Z&spr=https&sig=masked-walgreens-signature"
	// storeSystem is Walgreens' own name for the numbers of its stores.
	storeSystem = "https://walgreens.com"
)

// Smart is the source of Walgreens' SMART Scheduling Links. A slot is usually for several
// days, with a capacity of "0" or "5".
var Smart = source.Definition{
	Name:        "walgreensSmart",
	Help:        "Walgreens pharmacies, by their SMART Scheduling Links.",
	New:         func(env source.Env) source.Source { return &smartLinks{env} },
	Names:       []string{sourceName},
	Contact:     source.Contact{Phone: "800-925-4733", URL: "https://www.walgreens.com/findcare/schedule-vaccine"},
	Schedule:    "2/15 * * * *",
	Credentials: []string{queryVariable},
}

type smartLinks struct{ env source.Env }

// Records reads all files before it yields a store.
func (s *smartLinks) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return source.FromSMART(ctx, s.env, manifest+"?"+cmp.Or(s.env.Getenv(queryVariable), query), q, s.update)
}

func (s *smartLinks) update(p *smart.Place, _ time.Time) (univaf.Update, bool) {
	available := univaf.No
	for i := range p.Slots {
		s.check(&p.Slots[i].Slot, p.Location.ID)
		if p.Slots[i].Status == smart.Free {
			available = univaf.Yes
		}
	}
	l := p.Location.Facts(p.Location.ExternalIDs("walgreens_smart", storeNumber))
	l.Name = p.Location.Name
	l.Provider = provider
	l.LocationType = univaf.Pharmacy
	l.County = source.TitleCase(l.County)
	l.InfoPhone = p.Location.FirstTelecom("phone")
	l.InfoURL = p.Location.FirstTelecom("url")
	l.Meta = source.NPI(l.ExternalIDs)
	a := &univaf.Availability{
		Source: sourceName, ValidAt: s.env.Now(), CheckedAt: s.env.Now(), IsPublic: true, Available: available,
	}
	if len(p.Slots) > 0 {
		first := &p.Slots[0]
		l.BookingPhone = smart.Find(first.Extension, smart.ExtBookingPhone).Text()
		l.BookingURL = smart.Find(first.Extension, smart.ExtBookingDeepLink).Text()
		if days := smart.DaysWithLinks(p.Slots); days != nil {
			a.Capacity = smart.EncodeDays(days)
		}
		if e := first.File.Extension; e != nil {
			if at, err := e.CurrentAsOf.Time(); err == nil {
				a.ValidAt = at
			}
		}
	}
	return univaf.Update{Location: l, Availability: a}, true
}

// storeNumber names the ids that all others know Walgreens' stores by.
func storeNumber(id smart.Identifier) smart.Identifier {
	if id.System == storeSystem {
		return smart.Identifier{System: provider, Value: source.Unpad(id.Value)}
	}
	return id
}

// check warns of what Walgreens has not published before.
func (s *smartLinks) check(slot *smart.Slot, store string) {
	n, ok := slot.Capacity()
	switch {
	case !ok:
		s.env.Warn(source.Warning{Kind: "capacity is not a number", ID: store, Sample: slot.ID})
	case n != 0 && n != 5 && smart.Find(slot.Extension, smart.ExtSlotCapacity) != nil:
		s.env.Warn(source.Warning{Kind: "capacity is neither 0 nor 5", ID: store, Sample: slot.ID})
	}
	for _, e := range slot.Extension {
		switch e.URL {
		case smart.ExtSlotCapacity, smart.ExtBookingDeepLink, smart.ExtBookingPhone:
		default:
			s.env.Warn(source.Warning{Kind: "unexpected extension", ID: store, Sample: e.URL})
		}
	}
}
