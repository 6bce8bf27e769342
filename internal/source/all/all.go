// Package all lists the sources.
package all

import (
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/cvs"
)

// Sources lists the sources that can be named on the command line.
var Sources = []source.Definition{
	cvs.Smart,
}

// Find gives the source of that name.
func Find(name string) (source.Definition, bool) {
	for _, d := range Sources {
		if d.Name == name {
			return d, true
		}
	}
	return source.Definition{}, false
}

// Names gives the names of the sources in their order.
func Names() []string {
	names := make([]string, len(Sources))
	for i, d := range Sources {
		names[i] = d.Name
	}
	return names
}
