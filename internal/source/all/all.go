// Package all lists the sources.
package all

import (
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/cvs"
	"getmyvax.org/univaf/internal/source/vaccinespotter"
)

// Sources lists the sources that can be named on the command line.
var Sources = []source.Definition{
	cvs.Smart,
	vaccinespotter.Source,
}

// Aliases are other names for sources.
var Aliases = map[string]string{}
