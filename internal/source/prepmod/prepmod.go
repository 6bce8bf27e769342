// Package prepmod reads the clinics of PrepMod, which many health departments use. Each
// customer has a deployment of its own.
package prepmod

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

const (
	manifestPath = "/api/smart-scheduling-links/$bulk-publish"
	sourceName   = "univaf-prepmod"
	provider     = "prepmod"
)

// Source is the source of the SMART Scheduling Links of all deployments. A place that is
// no longer in one is closed to the public.
var Source = source.Definition{
	Name:          "prepmod",
	Help:          "Clinics of health departments that use PrepMod, by their SMART Scheduling Links.",
	New:           func(env source.Env) source.Source { return &clinics{env} },
	Names:         []string{sourceName},
	Schedule:      "9/15 * * * *",
	States:        states(),
	Authoritative: provider,
}

type clinics struct{ env source.Env }

// Records goes on with the other deployments when one can't be read.
func (s *clinics) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var failed []error
		for _, d := range deployments {
			if len(q.States) > 0 && !slices.Contains(q.States, d.state) {
				continue
			}
			for u, err := range s.read(ctx, d.host) {
				var bad *source.RecordError
				switch {
				case err == nil || errors.As(err, &bad):
					if !yield(u, err) {
						return
					}
				case isNotFound(err):
					s.env.Warn(source.Warning{Kind: "deployment without SMART Scheduling Links", ID: d.host, Sample: err.Error()})
				default:
					failed = append(failed, err)
				}
			}
			if ctx.Err() != nil {
				break
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

func isNotFound(err error) bool {
	var status *fetch.StatusError
	return errors.As(err, &status) && status.Code == http.StatusNotFound
}

// read yields all places of a deployment, whatever state they are in.
func (s *clinics) read(ctx context.Context, host string) iter.Seq2[univaf.Update, error] {
	return source.FromSMART(ctx, s.env, host+manifestPath, source.Query{}, func(p *smart.Place, published time.Time) (univaf.Update, bool) {
		if len(p.Schedules) == 0 {
			return univaf.Update{}, false
		}
		s.check(p)
		u := univaf.Update{Location: place(host, &p.Location), Availability: s.availability(p, published), UpdateLocation: true}
		u.Given = u.Given.With("is_public")
		return u, true
	})
}

var clinicSystem = regexp.MustCompile(`^urn:.*:prepmod:clinic$`)

func place(host string, from *smart.Location) univaf.Location {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(host, "https://"), "http://"))
	ids := from.ExternalIDs("prepmod-"+name+"-location", func(id smart.Identifier) smart.Identifier {
		if clinicSystem.MatchString(id.System) {
			id.System = "prepmod-" + name + "-clinic"
		}
		return id
	})
	l := from.Facts(ids)
	l.Name = from.Name
	l.Provider = provider
	l.LocationType = univaf.Clinic
	l.AddressLines = addressLines(from.Address.Line)
	l.IsPublic = true
	l.InfoPhone = from.FirstTelecom("phone")
	l.InfoURL = from.FirstTelecom("url")
	l.BookingURL = searchURL(host, from)
	return l
}

// searchURL finds what can be booked at the place: its clinics have links of their own,
// and the place has none. The radius is around the middle of the ZIP code.
func searchURL(host string, l *smart.Location) string {
	return host + "/appointment/en/clinic/search?location=" + url.QueryEscape(l.Address.PostalCode) +
		"&search_radius=10+miles&q%5Bvenue_search_name_or_venue_name_i_cont%5D=" + url.QueryEscape(l.Name)
}

// A slot is what a record holds of an appointment.
type slot struct {
	Start          string        `json:"start"`
	End            string        `json:"end"`
	Available      univaf.Status `json:"available"`
	AvailableCount int64         `json:"available_count,omitempty"` // where it stands for several
	Products       []string      `json:"products,omitempty"`
	Dose           string        `json:"dose,omitempty"`
	BookingURL     string        `json:"booking_url,omitempty"`
}

func (s *clinics) availability(p *smart.Place, published time.Time) *univaf.Availability {
	a := &univaf.Availability{
		Source: sourceName, ValidAt: published, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No,
	}
	offers := source.Offers(s.env, p)
	slots := make([]slot, 0, len(p.Slots))
	for i := range p.Slots {
		from := &p.Slots[i]
		o := offers[from.Schedule]
		one := slot{
			Start: from.Start.Full(), End: from.End.Full(), Available: univaf.No, Products: o.Products.Codes, Dose: o.Dose,
			BookingURL: smart.Find(from.Extension, smart.ExtBookingDeepLink).Text(),
		}
		if from.Status == smart.Free {
			one.Available, a.Available = univaf.Yes, univaf.Yes
		}
		n, ok := from.Capacity()
		if ok && n > 1 {
			one.AvailableCount = n
		}
		if !ok {
			s.env.Warn(source.Warning{Kind: "capacity is not a number", ID: p.Location.ID, Sample: from.ID})
		}
		slots = append(slots, one)
	}
	a.Slots = source.Encode(slots)
	unknown := source.UnknownProducts(p, offers)
	a.Meta = unknown.Meta()
	return a
}

// check warns of what PrepMod has not published before.
func (s *clinics) check(p *smart.Place) {
	unexpected := func(id, url string) {
		s.env.Warn(source.Warning{Kind: "unexpected extension", ID: cmp.Or(id, p.Location.ID), Sample: url})
	}
	for _, schedule := range p.Schedules {
		for _, e := range schedule.Extension {
			if e.URL != smart.ExtVaccineProduct && e.URL != smart.ExtVaccineDose {
				unexpected(schedule.ID, e.URL)
			}
		}
	}
	for i := range p.Slots {
		for _, e := range p.Slots[i].Extension {
			if e.URL != smart.ExtSlotCapacity && e.URL != smart.ExtBookingDeepLink {
				unexpected(p.Slots[i].ID, e.URL)
			}
		}
	}
}
