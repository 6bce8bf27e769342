package njvss

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const (
	provider = "njvss"
	// The state's own hotline and pages; places have none of their own here.
	phone      = "1-855-568-0545"
	infoURL    = "https://covid19.nj.gov/pages/vaccine"
	bookingURL = "https://covidvaccine.nj.gov"
)

// update makes an update of a row. It is nil if the row has no position: that is how
// places look that are not set up.
func (s *report) update(r row, changed time.Time) (*univaf.Update, error) {
	id, _ := number(r[colID])
	if id == "" || strings.TrimSpace(r[colName]) == "" {
		return nil, &source.RecordError{Kind: "invalid row", ID: id, Err: errors.New("res_id or name is missing"), Sample: sample(r)}
	}
	left, told := count(r[colAvailable])
	if isZero(r[colLatitude]) || isZero(r[colLongitude]) {
		if left > 0 {
			s.env.Warn(source.Warning{Kind: "appointments without position", ID: id, Sample: sample(r)})
		}
		return nil, nil
	}
	u := &univaf.Update{Location: s.place(id, r), UpdateLocation: true, PublicUnsaid: true}
	u.Given = u.Given.With("requires_waitlist")
	u.Position = source.Position(s.env, id, degrees(r[colLatitude]), degrees(r[colLongitude]))
	u.Availability = s.availability(id, r, changed)
	if !told || left > 0 {
		u.Description = description(r[colText])
	}
	return u, nil
}

func (s *report) availability(id string, r row, changed time.Time) *univaf.Availability {
	a := &univaf.Availability{Source: sourceName, ValidAt: changed, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No}
	left, told := count(r[colAvailable])
	if left > 0 {
		a.Available = univaf.Yes
	}
	if told {
		a.AvailableCount = &left
	} else {
		s.env.Warn(source.Warning{Kind: "invalid count", ID: id, Sample: source.Sample(r[colAvailable])})
		a.Available = univaf.Unknown
	}
	a.Products, a.Meta = s.products(id, r[colText])
	return a
}

// count is how many appointments are left.
func count(cell string) (n int64, ok bool) {
	const most = 1e9
	text, _ := number(cell)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, false
	}
	return n, true
}

var (
	// Many pharmacies of Walmart and Sam's Club are called by the town first.
	walmart  = regexp.MustCompile(`(?i)\bWalmart\s*#\s*(\d+)\s*$`)
	samsClub = regexp.MustCompile(`(?i)\bWalmart/Sams\s*#?\s*(\d+)\s*$`)
	blanks   = regexp.MustCompile(`[\s\v\p{Z}]+`)
)

// place gives what a row tells of a place, but for its position and description.
func (s *report) place(id string, r row) univaf.Location {
	name := r[colName]
	l := univaf.Location{
		Name:         name,
		Provider:     provider,
		LocationType: locationType(name),
		InfoPhone:    phone,
		InfoURL:      infoURL,
		BookingPhone: phone,
		BookingURL:   bookingURL,
	}
	if njiis, isNumber := number(r[colProvider]); njiis != "" {
		l.ExternalIDs = append(l.ExternalIDs, univaf.ExternalID{
			System: "njiis_covid", Value: njiis + ":" + blanks.ReplaceAllString(strings.ToUpper(name), "_"),
		})
		var inMeta any = njiis
		if isNumber {
			inMeta = json.Number(njiis)
		}
		l.Meta = source.Encode(map[string]any{"njiis": inMeta})
	}
	l.ExternalIDs = append(l.ExternalIDs, univaf.ExternalID{System: "njvss_res_id", Value: id})
	for _, chain := range []struct {
		name             *regexp.Regexp
		provider, called string
	}{
		{walmart, "walmart", "Walmart #"},
		{samsClub, "sams_club", "Sam\u2019s Club #"},
	} {
		if found := chain.name.FindStringSubmatch(name); found != nil {
			n := source.Unpad(found[1])
			l.Name, l.Provider, l.LocationType = chain.called+n, chain.provider, univaf.Pharmacy
			l.ExternalIDs = append(l.ExternalIDs, univaf.ExternalID{System: chain.provider, Value: n})
		}
	}
	s.address(&l, id, r)
	return l
}

func locationType(name string) univaf.LocationType {
	name = strings.ToLower(name)
	switch {
	case strings.Contains(name, "megasite"):
		return univaf.MassVax
	case strings.Contains(name, "pharmacy") || strings.Contains(name, "drugs"):
		return univaf.Pharmacy
	}
	return univaf.Clinic
}

// address sets the place's address and county.
func (s *report) address(l *univaf.Location, id string, r row) {
	text, corrected := corrections[id]
	if !corrected {
		text = r[colAddress]
	}
	a, err := usa.ParseAddress(text)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid address", ID: id, Sample: source.Sample(text)})
		a = usa.Address{State: "NJ"}
		if strings.TrimSpace(text) != "" {
			a.Lines = []string{text}
		}
	}
	l.AddressLines, l.City, l.State, l.PostalCode = a.Lines, a.City, a.State, a.ZIP
	l.County = source.TitleCase(strings.TrimSpace(r[colCounty]))
	if l.County == "" {
		zip, _ := usa.ByZIP(a.ZIP)
		l.County = zip.County
	}
}

var (
	whole   = regexp.MustCompile(`^\+?\d+$`)
	numeric = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)
)

// number gives a cell's text. One that looks like a number has always been read as one, so
// that ids have no zeros in front.
func number(cell string) (text string, isNumber bool) {
	cell = strings.TrimSpace(cell)
	if whole.MatchString(cell) {
		return source.Unpad(strings.TrimPrefix(cell, "+")), true
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || !numeric.MatchString(cell) {
		return cell, false
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

func degrees(cell string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// isZero reports whether a cell is empty or the number 0.
func isZero(cell string) bool { return strings.TrimSpace(cell) == "" || degrees(cell) == 0 }

// sample shows a row's first cells.
func sample(r row) string {
	return source.Sample(fmt.Sprintf("%s,%s,%s,%s", r[colID], r[colProvider], r[colName], r[colAddress]))
}
