package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"getmyvax.org/univaf"
)

// A SourceStatus is what the API tells of a source.
type SourceStatus struct {
	Name        string     `json:"name"`
	State       string     `json:"state"` // a univaf.Health
	Schedule    string     `json:"schedule"`
	LastSuccess *time.Time `json:"last_success"`
	// LastRun is the last run, which may have failed; nil if there was none.
	LastRun *univaf.Run `json:"last_run"`
	// Usual is how many records its runs usually give, 0 if that is not known.
	Usual int `json:"usual_records"`
}

// Sources gives the API's sources by name.
func (c *Client) Sources(ctx context.Context) (map[string]SourceStatus, error) {
	var answer struct{ Data []SourceStatus }
	if _, err := c.fetch.JSON(ctx, http.MethodGet, c.base+"/api/v1/sources", nil, nil, &answer); err != nil {
		return nil, apiError(err)
	}
	sources := map[string]SourceStatus{}
	for _, s := range answer.Data {
		sources[s.Name] = s
	}
	return sources, nil
}

// Report tells the API how a run of a source went. An API that does not want to know is
// no error.
func (c *Client) Report(ctx context.Context, r univaf.Run) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	header := http.Header{"X-Api-Key": {c.key}, "Content-Type": {"application/json"}}
	resp, err := c.fetch.Do(ctx, http.MethodPost, c.base+"/api/v1/sources/"+url.PathEscape(r.Source)+"/runs", header, body)
	if err != nil {
		if err = apiError(err); IsUnknown(err) {
			return nil
		}
		return err
	}
	return resp.Body.Close()
}
