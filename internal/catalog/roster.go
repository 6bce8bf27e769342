package catalog

// A roster finds records by their numbers. Indexes of what seldom changes hold numbers, so
// that they stay as they are while availability changes.
//
// It is a tree of three floors, of which only the way to what changes is copied.
type roster []*binder

// fan is how many records are on a sheet, and how many sheets in a binder: few, since both
// are copied for each record that changes.
const fan = 64

type (
	binder struct {
		owner  *owner
		sheets [fan]*recordSheet
	}
	recordSheet struct {
		owner   *owner
		records [fan]*Record
		hints   [fan]hint // of the records' openings
	}
	// An owner is who may change what has its name on it.
	owner struct{ _ byte }
)

func (r roster) sheet(number uint32) *recordSheet { return r[number/(fan*fan)].sheets[number/fan%fan] }

func (r roster) get(number uint32) *Record { return r.sheet(number).records[number%fan] }

// hint gives the hint of the record with the number, which it takes less time to look at
// than at the record.
func (r roster) hint(number uint32) hint { return r.sheet(number).hints[number%fan] }

// set puts the record in the place of its number. What is not the owner's is copied.
func (r *roster) set(record *Record, by *owner) {
	n := record.number
	for uint32(len(*r)) <= n/(fan*fan) {
		*r = append(*r, &binder{owner: by})
	}
	b := &(*r)[n/(fan*fan)]
	if (*b).owner != by {
		fresh := **b
		fresh.owner, *b = by, &fresh
	}
	s := &(*b).sheets[n/fan%fan]
	switch {
	case *s == nil:
		*s = &recordSheet{owner: by}
	case (*s).owner != by:
		fresh := **s
		fresh.owner, *s = by, &fresh
	}
	(*s).records[n%fan], (*s).hints[n%fan] = record, record.openings.hint()
}
