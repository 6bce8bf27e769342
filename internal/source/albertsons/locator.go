package albertsons

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

// Stores is the list of the chain's pharmacies. It is imported from lines of JSON, each the
// members of a store's page that we use or more.
//
// The company has a site of pages for the pharmacies of each of its brands, all made by Yext.
// A site's sitemap.xml lists its pages; that of a store holds what Yext knows of it as the
// value of the JavaScript variable Yext.Profile. So there is a request for each store, of which
// there are some 1,700. Haggen has no such site: its stores are only in lists made by hand.
var Stores = source.StoreList{
	Name:   provider,
	Help:   "Pharmacies of Albertsons's brands, for albertsonsScraper and albertsonsMhealth, from the brands' store pages.",
	Import: importStores,
	Update: func(ctx context.Context, env source.Env, yield func(any) error) error {
		return crawl(ctx, env, sites, yield)
	},
}

func importStores(r io.Reader, yield func(any) error) error {
	for l, err := range readStores(r) {
		if err == nil {
			err = yield(l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sites are the hosts of the brands' pages.
var sites = []string{
	"local.pharmacy.acmemarkets.com",
	"local.pharmacy.albertsons.com",
	"local.pharmacy.albertsonsmarket.com",
	"local.pharmacy.amigosunited.com",
	"local.pharmacy.carrsqc.com",
	"local.pharmacy.jewelosco.com",
	"local.pharmacy.luckylowprices.com",
	"local.pharmacy.marketstreetunited.com",
	"local.pharmacy.pavilions.com",
	"local.pharmacy.randalls.com",
	"local.pharmacy.safeway.com",
	"local.pharmacy.shaws.com",
	"local.pharmacy.starmarket.com",
	"local.pharmacy.tomthumb.com",
	"local.pharmacy.unitedsupermarkets.com",
	"local.pharmacy.vons.com",
}

// crawl reads the page of each store. It goes on with the other sites when one fails; the list
// is whole only if there is no error.
func crawl(ctx context.Context, env source.Env, hosts []string, yield func(any) error) error {
	seen := map[string]bool{} // numbers of stores: some have a page on two sites
	var failed []error
	for _, host := range hosts {
		// No redirect may lead into our own network.
		ctx := fetch.From(ctx, "https://"+host+"/")
		pages, err := storePages(ctx, env, host)
		if err == nil {
			err = crawlSite(ctx, env, pages, func(l listed) error {
				if number := source.Unpad(l.Number); !seen[number] {
					seen[number] = true
					return yield(l)
				}
				return nil
			})
		}
		var stop *yieldError
		if errors.As(err, &stop) {
			return stop.err
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", host, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// A yieldError is of who takes the stores, not of a site.
type yieldError struct{ err error }

func (e *yieldError) Error() string { return e.err.Error() }

// crawlSite reads the pages. Some lead nowhere, as sitemaps are not always up to date: if
// those are many, something else is wrong.
func crawlSite(ctx context.Context, env source.Env, pages []string, yield func(listed) error) error {
	bad, most := 0, 2+len(pages)/10
	for _, page := range pages {
		l, open, err := storePage(ctx, env, page)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			env.Warn(source.Warning{Kind: "no store in a page", ID: page, Sample: source.Sample(err.Error())})
			if bad++; bad > most || bad == len(pages) {
				return fmt.Errorf("%d pages of stores can't be read (have the pages changed?), the last one is %s: %w", bad, page, err)
			}
		case open:
			if err := yield(l); err != nil {
				return &yieldError{err}
			}
		}
	}
	return nil
}

const (
	mostMaps  = 20 // files of a sitemap
	mostPages = 5000
)

// storePath is of the page of a store: /ca/simi-valley/1268-madera-rd.html, on some sites
// behind the brand.
var storePath = regexp.MustCompile(`^(?:/[a-z-]+)?/[a-z]{2}/[^/]+/[^/]+\.html$`)

// storePages gives the addresses of the pages of stores, by the sitemap of the site
// (https://www.sitemaps.org/protocol.html).
func storePages(ctx context.Context, env source.Env, host string) (pages []string, err error) {
	maps := []string{"https://" + host + "/sitemap.xml"}
	seen := map[string]bool{maps[0]: true}
	for i := 0; i < len(maps); i++ {
		text, _, err := env.Fetch.Text(ctx, maps[i], nil)
		if err != nil {
			return nil, err
		}
		var sitemap struct {
			Pages []string `xml:"url>loc"`
			Maps  []string `xml:"sitemap>loc"`
		}
		if err := xml.Unmarshal([]byte(text), &sitemap); err != nil {
			return nil, fmt.Errorf("%s is no sitemap: %w", maps[i], err)
		}
		for _, address := range append(sitemap.Maps, sitemap.Pages...) {
			u, err := url.Parse(strings.TrimSpace(address))
			if err != nil || u.Scheme != "https" || u.Host != host || seen[u.String()] {
				continue
			}
			seen[u.String()] = true
			switch {
			case storePath.MatchString(u.Path):
				pages = append(pages, u.String())
			case strings.HasSuffix(u.Path, ".xml"):
				maps = append(maps, u.String())
			}
		}
		if len(maps) > mostMaps || len(pages) > mostPages {
			return nil, fmt.Errorf("the sitemap names %d more sitemaps and %d stores: that is not to be believed", len(maps)-1, len(pages))
		}
	}
	if len(pages) == 0 {
		return nil, errors.New("no pages of stores in the sitemap: have their addresses changed?")
	}
	return pages, nil
}

var profileStart = regexp.MustCompile(`\bYext(?:\.Profile|\["Profile"\])\s*=\s*`)

// storePage reads the page of a store. It is not open if it is closed for good.
func storePage(ctx context.Context, env source.Env, page string) (l listed, open bool, err error) {
	text, _, err := env.Fetch.Text(ctx, page, nil)
	if err != nil {
		return l, false, err
	}
	start := profileStart.FindStringIndex(text)
	if start == nil {
		return l, false, errors.New("there is no Yext.Profile")
	}
	var profile struct {
		listed
		Closed          json.RawMessage `json:"closed"`
		MetaInformation struct {
			Description string `json:"description"`
		} `json:"c_metaInformation"`
		SiteInstructions string `json:"covidVaccineSiteInstructions"`
	}
	// What follows the value is JavaScript.
	if err := json.NewDecoder(strings.NewReader(text[start[1]:])).Decode(&profile); err != nil {
		return l, false, fmt.Errorf("Yext.Profile: %w", err)
	}
	l = profile.listed
	l.URL = cmp.Or(l.URL, page)
	// The one for search engines tells most of this store; the others are much the same for all.
	l.Description = cmp.Or(profile.MetaInformation.Description, profile.SiteInstructions, l.Description)
	if err := l.check(); err != nil {
		return l, false, fmt.Errorf("Yext.Profile: %w", err)
	}
	return l, string(profile.Closed) != "true", nil
}
