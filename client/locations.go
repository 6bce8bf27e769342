package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"getmyvax.org/univaf"
)

// Locations gives the places that the API shows, with all that it says of them but their
// availability. The query is that of GET /api/edge/locations, e.g. state=NJ.
func (c *Client) Locations(ctx context.Context, query url.Values) (places []univaf.Update, err error) {
	for text, err := range c.RawLocations(ctx, query) {
		if err != nil {
			return nil, err
		}
		var one map[string]json.RawMessage
		if err := json.Unmarshal(text, &one); err != nil {
			return nil, fmt.Errorf("a location of the API is no JSON object: %w", err)
		}
		delete(one, "availability")
		if text, err = json.Marshal(one); err != nil {
			return nil, err
		}
		place, _, err := univaf.DecodeUpdate(text)
		if err != nil {
			return nil, fmt.Errorf("location %s of the API: %w", one["id"], err)
		}
		places = append(places, place)
	}
	return places, nil
}

// RawLocations gives the places, with availability, as GET /api/edge/locations does: each
// is a JSON object. An error is the last that it gives.
func (c *Client) RawLocations(ctx context.Context, query url.Values) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		address := c.base + "/api/edge/locations"
		if len(query) > 0 {
			address += "?" + query.Encode()
		}
		header := http.Header{}
		if c.key != "" {
			header.Set("X-Api-Key", c.key)
		}
		for address != "" {
			var page struct {
				Links struct{ Next string }
				Data  []json.RawMessage
			}
			if _, err := c.fetch.JSON(ctx, http.MethodGet, address, header, nil, &page); err != nil {
				yield(nil, apiError(err))
				return
			}
			if page.Data == nil {
				yield(nil, fmt.Errorf("GET %s: the answer lists no places: is this UNIVAF's API?", address))
				return
			}
			for _, one := range page.Data {
				if !yield(one, nil) {
					return
				}
			}
			var err error
			if address, err = c.next(page.Links.Next); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// next gives the address of a page on the API itself, whatever host the link names: the
// key is for nobody else.
func (c *Client) next(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	base, err := url.Parse(c.base)
	if err != nil {
		return "", err
	}
	to, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("the API's link to the next page is no URL: %q", link)
	}
	to.Scheme, to.Host, to.User = base.Scheme, base.Host, base.User
	return to.String(), nil
}
