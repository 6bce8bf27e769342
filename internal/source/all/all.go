// Package all lists the sources.
package all

import (
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/albertsons"
	"getmyvax.org/univaf/internal/source/cdc"
	"getmyvax.org/univaf/internal/source/cvs"
	"getmyvax.org/univaf/internal/source/heb"
	"getmyvax.org/univaf/internal/source/hyvee"
	"getmyvax.org/univaf/internal/source/kroger"
	"getmyvax.org/univaf/internal/source/njvss"
	"getmyvax.org/univaf/internal/source/prepmod"
	"getmyvax.org/univaf/internal/source/riteaid"
	"getmyvax.org/univaf/internal/source/vaccinespotter"
	"getmyvax.org/univaf/internal/source/vts"
	"getmyvax.org/univaf/internal/source/wadoh"
	"getmyvax.org/univaf/internal/source/walgreens"
)

// Sources lists the sources that can be named on the command line.
var Sources = []source.Definition{
	albertsons.Mhealth,
	albertsons.Scraper,
	cdc.API,
	cvs.API,
	cvs.Scraper,
	cvs.Smart,
	heb.Source,
	hyvee.Source,
	kroger.Smart,
	njvss.Source,
	prepmod.Source,
	riteaid.API,
	riteaid.Scraper,
	riteaid.Smart,
	vaccinespotter.Source,
	vts.Geo,
	wadoh.Source,
	walgreens.Smart,
}

// StoreLists are the lists of chains' stores that some of them read.
var StoreLists = []source.StoreList{
	albertsons.Stores,
	cvs.Stores,
}

// Aliases are other names for sources.
var Aliases = map[string]string{"albertsons": "albertsonsScraper"}
