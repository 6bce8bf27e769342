package vaccine

import (
	"strconv"

	"getmyvax.org/univaf"
)

// A DiseaseStatus says whether appointments against one disease can be had.
type DiseaseStatus struct {
	Disease        Disease
	Available      univaf.Status
	AvailableCount *int64 // how many can be had; nil if unknown
}

// maxCount is the most that a count may be (RFC 8259, section 6).
const maxCount = 1<<53 - 1

// ByDisease gives the status of each disease that a record, of one source or merged,
// speaks of, in the order of Diseases. One flag can't speak for two diseases: Gist.Statuses
// tells the rule.
//
// The count is the sum of those of the disease's offers; an offer of products against two
// diseases counts for both. Where no offer tells, it is the record's own if that speaks of
// one disease alone.
func ByDisease(a *univaf.Availability) []DiseaseStatus {
	g := GistOf(a)
	all, ofNameless := g.speaks()
	statuses := g.Statuses()
	counts := map[int]int64{}
	for o := range offers(a.Capacity) {
		count, err := strconv.ParseInt(string(o.count), 10, 64)
		if err != nil {
			continue // it has none
		}
		if o.status == no {
			count = 0
		}
		set := o.diseases
		if set == 0 && !o.strange {
			set = ofNameless
		}
		for n := range set.each {
			counts[n] = min(counts[n]+count, maxCount)
		}
	}
	var list []DiseaseStatus
	for n := range all.each {
		s := DiseaseStatus{Disease: Diseases[n], Available: statusNames[statuses.at(n)]}
		count := counts[n]
		if count == 0 && all == 1<<n && a.AvailableCount != nil {
			count = *a.AvailableCount
		}
		switch {
		case s.Available == univaf.No:
			s.AvailableCount = new(int64)
		case s.Available == univaf.Yes && count > 0:
			s.AvailableCount = &count
		}
		list = append(list, s)
	}
	return list
}
