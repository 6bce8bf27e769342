package riteaid

import (
	"context"
	"errors"
	"iter"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const (
	smartManifest = "https://api.riteaid.com/digital/vaccine-provider/$bulk-publish"
	smartSource   = "univaf-rite-aid-smart"
)

// Smart is the source of Rite Aid's SMART Scheduling Links. A slot is for a day, with as
// many appointments as its capacity says. Its schedules name no products, and a dose that
// means nothing.
var Smart = source.Definition{
	Name:    "riteAidSmart",
	Help:    "Rite Aid pharmacies, by their SMART Scheduling Links.",
	New:     func(env source.Env) source.Source { return &smartLinks{env} },
	Names:   []string{smartSource},
	States:  states,
	Retired: retired,
}

type smartLinks struct{ env source.Env }

// Records reads all files before it yields a store.
func (s *smartLinks) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var bad error // of the store at hand
		stores := source.FromSMART(ctx, s.env, smartManifest, q, func(p *smart.Place, _ time.Time) (u univaf.Update, wanted bool) {
			u, bad = s.update(p)
			return u, true
		})
		for u, err := range stores {
			if bad != nil {
				u, err, bad = univaf.Update{}, bad, nil
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

func (s *smartLinks) update(p *smart.Place) (univaf.Update, error) {
	l, err := s.place(&p.Location)
	if err != nil {
		return univaf.Update{}, &source.RecordError{
			Kind: "invalid Location", ID: p.Location.ID, Err: err, Sample: source.Sample(source.Encode(p.Location)),
		}
	}
	a := &univaf.Availability{Source: smartSource, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No}
	for i := range p.Slots {
		s.check(&p.Slots[i].Slot, p.Location.ID)
		if p.Slots[i].Status == smart.Free {
			a.Available = univaf.Yes
		}
	}
	if len(p.Slots) > 0 {
		first := &p.Slots[0]
		l.BookingPhone = smart.Find(first.Extension, smart.ExtBookingPhone).Text()
		l.BookingURL = smart.Find(first.Extension, smart.ExtBookingDeepLink).Text()
		if days := smart.DaysWithLinks(p.Slots); days != nil {
			a.Capacity = smart.EncodeDays(days)
		}
	}
	return univaf.Update{Location: l, Availability: a}, nil
}

// errNumber says that two ids of a place contradict each other.
var errNumber = errors.New("the number of the store is not that of its VTrckS PIN")

// place gives the facts. That the VTrckS PIN holds the store's number, behind a prefix of
// three characters, shows that the location's id is that number.
func (s *smartLinks) place(from *smart.Location) (univaf.Location, error) {
	ids := from.ExternalIDs("", nil)
	switch pin := idIn(ids, univaf.SystemVTrckS); {
	case pin == "":
		s.env.Warn(source.Warning{Kind: "no VTrckS PIN", ID: from.ID, Sample: source.Sample(source.Encode(from.Identifier))})
	case source.Unpad(pin[min(3, len(pin)):]) != from.ID:
		return univaf.Location{}, errNumber
	default:
		ids, _ = ids.With(storeIDs(from.ID))
	}
	l := from.Facts(ids)
	l.Name = storeName(ids)
	l.Provider = provider
	l.LocationType = univaf.Pharmacy
	l.Description = from.Description
	l.County = source.TitleCase(l.County)
	l.InfoPhone = from.FirstTelecom("phone")
	l.InfoURL = from.FirstTelecom("url")
	l.Meta = source.NPI(ids)
	var err error
	l.PostalCode, err = usa.FormatZIP(l.PostalCode)
	return l, err
}

// check warns of what Rite Aid has not published before.
func (s *smartLinks) check(slot *smart.Slot, store string) {
	if _, ok := slot.Capacity(); !ok {
		s.env.Warn(source.Warning{Kind: "invalid capacity", ID: store, Sample: slot.ID})
	}
	for _, e := range slot.Extension {
		switch e.URL {
		case smart.ExtSlotCapacity, smart.ExtBookingDeepLink, smart.ExtBookingPhone:
		default:
			s.env.Warn(source.Warning{Kind: "unexpected extension", ID: store, Sample: e.URL})
		}
	}
}
