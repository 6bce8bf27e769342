package vaccine

import (
	"iter"
	"math/bits"

	"getmyvax.org/univaf"
)

// Diseases lists those of the catalogue. Do not change it.
var Diseases = []Disease{
	COVID19, Influenza, RSV,
	Adenovirus, HepatitisA, HepatitisB, Hib, HPV, JapaneseEncephalitis, Meningococcal, MMR, Mpox, Pneumococcal, Polio, Rabies,
	Rotavirus, Tetanus, Typhoid, Varicella, YellowFever, Zoster,
}

var diseaseNumbers = numberDiseases()

func numberDiseases() map[Disease]int {
	numbers := map[Disease]int{}
	for i, d := range Diseases {
		numbers[d] = i
	}
	return numbers
}

// IsDisease reports whether the catalogue has the disease.
func IsDisease(name string) bool {
	_, known := diseaseNumbers[Disease(name)]
	return known
}

// A diseaseSet has a bit for each of Diseases.
type diseaseSet uint32

// covid is what those speak for who name no product: the sources of 2021 knew no other.
const covid diseaseSet = 1

// productSets gives the disease of each product.
var productSets = indexSets()

func indexSets() map[string]diseaseSet {
	sets := map[string]diseaseSet{}
	for _, p := range Products {
		sets[p.Code] = 1 << diseaseNumbers[p.Disease]
	}
	return sets
}

// each yields the numbers of the diseases.
func (s diseaseSet) each(yield func(int) bool) {
	for ; s != 0; s &= s - 1 {
		if !yield(bits.TrailingZeros32(uint32(s))) {
			return
		}
	}
}

// Statuses are the statuses of many diseases: two bits for each, the better the greater.
type Statuses uint64

const (
	unsaid = iota
	no
	unknown
	yes
)

var statusNames = [...]univaf.Status{unsaid: "", no: univaf.No, unknown: univaf.Unknown, yes: univaf.Yes}

func statusNumber(s univaf.Status) Statuses {
	switch s {
	case univaf.Yes:
		return yes
	case univaf.No:
		return no
	}
	return unknown
}

func (s Statuses) at(n int) Statuses { return s >> (2 * n) & 3 }

// known is at, where nothing said is Unknown.
func (s Statuses) known(n int) Statuses {
	if status := s.at(n); status != unsaid {
		return status
	}
	return unknown
}

// better puts the status there if it is better than what is there.
func (s *Statuses) better(n int, status Statuses) {
	if s.at(n) < status {
		*s = *s&^(3<<(2*n)) | status<<(2*n)
	}
}

// said gives the diseases that have a status, at least the given one.
func (s Statuses) said(least Statuses) (set diseaseSet) {
	for n := range Diseases {
		if s.at(n) >= least {
			set |= 1 << n
		}
	}
	return set
}

// Turns yields what is other than it was before, in the order of Diseases: of each turn
// the disease and the statuses. Of what nothing is said nothing is known.
func (s Statuses) Turns(before Statuses) iter.Seq[univaf.Turn] {
	return func(yield func(univaf.Turn) bool) {
		if s == before {
			return
		}
		for n, d := range Diseases {
			from, to := before.known(n), s.known(n)
			if from != to && !yield(univaf.Turn{Disease: string(d), From: statusNames[from], To: statusNames[to]}) {
				return
			}
		}
	}
}
