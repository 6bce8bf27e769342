package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"getmyvax.org/univaf"
)

// Locations gives the places that the API shows, with all that it says of them but their
// availability. The query is that of GET /api/edge/locations, e.g. state=NJ.
func (c *Client) Locations(ctx context.Context, query url.Values) (places []univaf.Update, err error) {
	address := c.base + "/api/edge/locations"
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	for address != "" {
		var page struct {
			Links struct{ Next string }
			Data  []map[string]json.RawMessage
		}
		if _, err := c.fetch.JSON(ctx, http.MethodGet, address, http.Header{"X-Api-Key": {c.key}}, nil, &page); err != nil {
			return nil, apiError(err)
		}
		for _, one := range page.Data {
			delete(one, "availability")
			text, err := json.Marshal(one)
			if err != nil {
				return nil, err
			}
			place, _, err := univaf.DecodeUpdate(text)
			if err != nil {
				return nil, fmt.Errorf("GET %s: location %s: %w", address, one["id"], err)
			}
			places = append(places, place)
		}
		if address, err = c.next(page.Links.Next); err != nil {
			return nil, err
		}
	}
	return places, nil
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
