package conform

import "getmyvax.org/univaf/internal/usa"

// A state is a small number for one of usa.States; 0 is an unknown one.
type state uint8

var stateOf = func() map[string]state {
	numbers := map[string]state{}
	for i, s := range usa.States {
		numbers[s.Code] = state(i + 1)
	}
	return numbers
}()

// code is the USPS code.
func (s state) code() string { return usa.States[s-1].Code }

// states are those that a file is said to be about; nil where nothing is said.
type states map[state]bool

// lacks reports whether something in s does not belong into the file. What is in an
// unknown state may.
func (list states) lacks(s state) bool { return list != nil && s != 0 && !list[s] }
