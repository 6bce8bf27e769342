package feed

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"getmyvax.org/univaf/internal/fetch"
)

// address gives the URL that is asked: that of a Google spreadsheet as people see it
// becomes that of its CSV.
func (c *Config) address() string {
	u, err := url.Parse(strings.TrimSpace(c.URL))
	if err != nil {
		return c.URL
	}
	if found := googleSheet.FindStringSubmatch(u.Path); u.Host == googleHost && found != nil {
		return sheetCSV(u, found[1], found[2] != "", found[3])
	}
	return u.String()
}

const googleHost = "docs.google.com"

// googleSheet finds the folder of a spreadsheet, which may be one of an organization,
// whether it is published, and what is done with it.
var googleSheet = regexp.MustCompile(`^((?:/a/[^/]+)?/spreadsheets)(?:/u/\d+)?/d/(e/)?([^/]+(?:/.*)?)$`)

// sheetCSV gives the address of a sheet as CSV. That of a sheet that is given as data
// already stays.
func sheetCSV(u *url.URL, folder string, published bool, rest string) string {
	id, action, _ := strings.Cut(rest, "/")
	query := u.Query()
	gid := query.Get("gid")
	if fragment, err := url.ParseQuery(u.Fragment); err == nil && fragment.Get("gid") != "" {
		gid = fragment.Get("gid")
	}
	csv := url.URL{Scheme: "https", Host: googleHost}
	switch {
	case action == "export" || action == "pub" && query.Has("output") || strings.HasPrefix(action, "gviz/"):
		return u.String()
	case published:
		csv.Path = folder + "/d/e/" + id + "/pub"
		query = url.Values{"output": {"csv"}}
		if gid != "" {
			query.Set("single", "true")
		}
	default:
		csv.Path = folder + "/d/" + id + "/export"
		query = url.Values{"format": {"csv"}}
	}
	if gid != "" {
		query.Set("gid", gid)
	}
	csv.RawQuery = query.Encode()
	return csv.String()
}

// withHint adds what to do about a page that came instead of data, or a refusal.
func withHint(address string, err error) error {
	var status *fetch.StatusError
	refused := errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden || status.Code == http.StatusNotFound)
	if !refused && !errors.Is(err, fetch.ErrHTML) {
		return err
	}
	u, parseErr := url.Parse(address)
	if parseErr != nil {
		return err
	}
	switch host := u.Hostname(); {
	case host == googleHost:
		return fmt.Errorf(`%w: in Google Sheets, share the spreadsheet with "Anyone with the link" as viewer, or publish it (File, Share, Publish to web) as CSV`, err)
	case host == "1drv.ms", host == "onedrive.live.com", strings.HasSuffix(host, ".sharepoint.com"):
		return fmt.Errorf("%w: share the file with anyone who has the link, and give the link by which it is downloaded (mostly the one that is shared with download=1 behind it)", err)
	case refused:
		return err
	}
	return fmt.Errorf("%w: give the address of the data itself, which must not need a login", err)
}
