package albertsons

import (
	"cmp"
	"slices"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// anyBooking is where people begin to book at a place whose entries have a link each.
const anyBooking = "https://www.mhealthappointments.com/covidappt"

// A groupKey says which entries are of one place: those with the number of a brand's store,
// those of clinics with one name and address or, with no brand, those with one id.
type groupKey struct {
	brand *brand
	id    string
}

// groups are the entries of each place, in the order in which places first come.
type groups struct {
	inOrder []*[]*listing
	byKey   map[groupKey]*[]*listing
}

func (g *groups) add(l *listing) {
	if g.byKey == nil {
		g.byKey = map[groupKey]*[]*listing{}
	}
	group := g.byKey[l.place]
	if group == nil {
		group = &[]*listing{}
		g.byKey[l.place] = group
		g.inOrder = append(g.inOrder, group)
	}
	*group = append(*group, l)
}

// merge makes one record of the entries of a place. The last of them counts for what is not
// in all of them alike.
func merge(group []*listing) univaf.Update {
	last := group[len(group)-1]
	u, meta := last.Update, last.meta
	var products source.Products
	if len(group) > 1 {
		meta = mergedMeta(group)
		u.BookingURL = anyBooking
		u.ExternalIDs = nil
		for _, l := range group {
			u.ExternalIDs, _ = u.ExternalIDs.With(l.ExternalIDs)
		}
		u.Availability.Available = mergedStatus(group)
	}
	for _, l := range group {
		products.Codes = appendNew(products.Codes, l.Availability.Products)
		products.Unknown = appendNew(products.Unknown, l.unknown)
	}
	u.Availability.Products = products.Codes
	u.Availability.Meta = products.Meta()
	u.Meta = source.Encode(meta)
	return u
}

func appendNew(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// mergedMeta prefers what the first entry for adults says, then that for children, for infants,
// and that which names no products.
func mergedMeta(group []*listing) mhealthMeta {
	meta := group[len(group)-1].meta
	for _, is := range []func(*listing) bool{
		func(l *listing) bool { return l.Availability.Products == nil },
		func(l *listing) bool { return l.meta.Infant != "" },
		func(l *listing) bool { return l.meta.Pediatric != "" },
		func(l *listing) bool { return l.meta.Adult != "" },
	} {
		if i := slices.IndexFunc(group, is); i >= 0 {
			meta = group[i].meta
		}
	}
	meta.Adult, meta.Pediatric, meta.Infant, meta.Bookings = "", "", "", nil
	for _, l := range group {
		meta.Adult = cmp.Or(meta.Adult, l.meta.Adult)
		meta.Pediatric = cmp.Or(meta.Pediatric, l.meta.Pediatric)
		meta.Infant = cmp.Or(meta.Infant, l.meta.Infant)
		meta.Bookings = append(meta.Bookings, l.meta.Bookings...)
	}
	return meta
}

// mergedStatus is YES if an entry but the last says so, else UNKNOWN: the last one's answer never
// counted for places with several entries. So it stays, as the file is not published any more.
func mergedStatus(group []*listing) univaf.Status {
	for _, l := range group[:len(group)-1] {
		if l.Availability.Available == univaf.Yes {
			return univaf.Yes
		}
	}
	return univaf.Unknown
}
