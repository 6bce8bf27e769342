package univaf

// An Offer is a slot, or what can be had on a day, as far as it says what can be had: the
// texts of its members, nil where it has none.
type Offer struct {
	Products, Available, AvailableCount []byte
}

// Offers goes through slots or capacity as records hold them.
type Offers struct{ c cursor }

// OffersIn gives the offers of a list.
func OffersIn(list []byte) Offers { return Offers{inside(list)} }

// Next gives the next offer; ok is false at the end.
func (o *Offers) Next() (offer Offer, ok bool) {
	if o.c.next() != '{' {
		return offer, false
	}
	o.c.enter()
	for {
		name, value := o.c.member()
		if name == nil {
			break
		}
		switch string(name) {
		case `"products"`:
			offer.Products = value
		case `"available"`:
			offer.Available = value
		case `"available_count"`:
			offer.AvailableCount = value
		}
	}
	o.c.leave()
	return offer, true
}
